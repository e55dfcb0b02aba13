/**
 * @module One certificate made anew: same names, profile, subject, CA, files and, unless told otherwise, the same key. For a key that
 * stays, the certificate on disk says which it is: no private key is opened but that of a self-signed one.
 */
import {
  createNameAttribute,
  findBlocks,
  isCaError,
  isEqualBytes,
  KEY_TYPE_FACTS,
  KEY_TYPES,
  parseSubjectKey,
  PRIVATE_KEY_LABELS,
  PROFILES,
  quoteWord,
  type Bytes,
  type CertificateDraft,
  type KeyType,
  type NameAttribute,
  type Profile,
  type Signer,
} from '@mintmark/ca-core';
import {
  createNodeSigner,
  createPrivateKeyOfType,
  isPrivateKeyEncrypted,
  nodeSha256,
  parsePrivateKey,
  type NodePrivateKey,
} from '@mintmark/ca-core/node';
import { parseCertificate, type CertificateFacts } from '@mintmark/ca-core/read';
import { changeHome, readCa, readIfPresent, type Home, type IssuedEntry, type StoredCa } from '@mintmark/ca-store';
import type { Access } from '../command.ts';
import { isOptionSet, optionDays } from '../parse-args.ts';
import { openingPassphrase } from '../passphrase.ts';
import { rotationError } from '../rotation-errors.ts';
import { formatPath } from '../terminal/text.ts';
import { isChainAlone } from './chain-file.ts';
import type { Choice } from './choose-renewals.ts';
import type { IssuedCertificate } from './issued.ts';
import { commitPairs, prepareOrder, signCertificate, signPair, type PairOrder, type SignedPair } from './mint-pair.ts';
import { parseNames } from './name-rules.ts';
import { unlockSigner } from './open-ca.ts';
import { CLIENT_AND_SERVER, isNewKeyAsked, prepareFolders, withSuccession } from './order.ts';

/** One run of `renew`: what its certificates share. */
export type RenewalRun = {
  readonly home: Home;
  readonly access: Access;
  /** By CA: a passphrase is asked for once. */
  readonly signers: Map<string, Signer<Bytes>>;
  /** New keys by key file: certificates that share a file share its new key. */
  readonly newKeys: Map<string, NodePrivateKey>;
  /** Called under the lock, just before a certificate is put in place. */
  readonly noteDue?: (entry: IssuedEntry) => void;
};

const DAY_MS = 86_400_000;
const SECOND_MS = 1000;

/** `isPinLost`: the key was replaced by one that no client has been told of. */
type Renewed = { readonly issued: IssuedCertificate; readonly isPinLost: boolean };

/** @throws RENEW_IMPOSSIBLE, the codes of `prepareCertificate`, of CAs and keys, of spares, disk codes */
export async function renewCertificate(choice: Choice, run: RenewalRun): Promise<Renewed> {
  const { home, access } = run;
  const old = readOld(choice, run);
  const order = await describeRenewal(choice, old, run);
  prepareOrder(order, { subjectKey: parseSubjectKey(old.spkiDer, nodeSha256) });
  const { sign, isPinLost } = order.isNewKey
    ? await planNewKey(order, choice, run)
    : { sign: await planSameKey(order, { choice, old }, run), isPinLost: false };
  return changeHome(home, () => {
    prepareFolders([choice.certFile], access);
    if (!isEqualBytes(readOld(choice, run).certDer, old.certDer))
      throw refuse(choice, access, { reason: 'it was replaced just now', command: 'run it again', isExpected: true });
    const signed = withKeyFile(sign(), choice);
    run.noteDue?.(signed.entry);
    const [issued] = commitPairs(home, [signed]);
    if (issued === undefined) throw new TypeError('one pair was written');
    return { issued, isPinLost };
  });
}

/** What it would be, for a dry run. */
export async function rehearseRenewal(choice: Choice, run: RenewalRun): Promise<CertificateDraft> {
  const old = readOld(choice, run);
  const order = await describeRenewal(choice, old, run);
  if (order.isNewKey) await withSuccession(order, run.access);
  return prepareOrder(order, { subjectKey: parseSubjectKey(old.spkiDer, nodeSha256) });
}

/** `command`: what to type instead. `isExpected`: whoever asked for all has lost nothing. */
type Refusal = { readonly reason: string; readonly command: string; readonly isExpected?: true };

function refuse({ certFile }: Choice, { context }: Access, refusal: Refusal) {
  return rotationError('RENEW_IMPOSSIBLE', { certFile: formatPath(certFile, context.io.cwd), ...refusal });
}

/** @throws RENEW_IMPOSSIBLE where the file holds what renewal, which writes it whole, would lose */
function readOld(choice: Choice, { home, access }: RenewalRun): CertificateFacts {
  const { certFile, keyFile } = choice;
  const bytes = readIfPresent(home.fs, certFile) ?? new Uint8Array();
  if (!isChainAlone(bytes, keyFile === certFile))
    throw refuse(choice, access, {
      reason: 'the file holds more than its chain',
      command: `make another in a file of its own: mintmark mint ${choice.entry.names.map(quoteWord).join(' ')} --cert-file FILE`,
    });
  const [leaf] = findBlocks(bytes, certFile, { labels: ['CERTIFICATE'], wanted: 'a certificate' });
  return parseCertificate(leaf?.der ?? new Uint8Array(), certFile);
}

async function describeRenewal(choice: Choice, old: CertificateFacts, run: RenewalRun): Promise<PairOrder> {
  const { entry, certFile, keyFile } = choice;
  const { invocation, context } = run.access;
  const ca = entry.ca === '' ? undefined : readCa(run.home, entry.ca);
  return {
    profile: profileOf(entry, old),
    request: {
      names: await parseNames(entry.names),
      subject: readSubject(old),
      validityDays: optionDays(invocation) ?? daysOf(old),
    },
    paths: { certFile, keyFile: keyFile ?? certFile },
    keyType: keyTypeOf(old, choice, run.access),
    ...(ca === undefined ? {} : { ca }),
    isForced: false,
    isNewKey: isNewKeyAsked(invocation),
    now: context.io.now(),
  };
}

/** mkcert's -client certificates serve too, which their profile in the ledger does not tell. */
function profileOf({ profile }: IssuedEntry, { purposes }: CertificateFacts): Profile {
  const isBoth = profile === 'client' && purposes.includes('serverAuth');
  return isBoth ? CLIENT_AND_SERVER : PROFILES[profile];
}

/** Of our own making, so every attribute is one that we write. */
function readSubject({ subject }: CertificateFacts): NameAttribute[] {
  return subject.map(({ type, value }) => createNameAttribute(type as NameAttribute['type'], value));
}

/** Begun days count: one that was cut at its issuer's end is cut there again. */
function daysOf({ notBefore, notAfter }: CertificateFacts): number {
  return Math.max(1, Math.ceil((notAfter.getTime() - notBefore.getTime() + SECOND_MS) / DAY_MS));
}

/** A request may have brought a kind of key that we don't make; it is certified again, not replaced. */
function keyTypeOf({ keyLabel }: CertificateFacts, choice: Choice, { invocation }: Access): KeyType {
  const keyType = KEY_TYPES.find((type) => KEY_TYPE_FACTS[type].label === keyLabel);
  if (keyType === undefined && isOptionSet(invocation, 'new-key') && choice.keyFile !== null)
    throw rotationError('SPARE_KEY_KIND', { keyLabel });
  return keyType ?? 'ecdsa-p256';
}

type SignStep = () => SignedPair;
type Plan = { readonly sign: SignStep; readonly isPinLost: boolean };
type Standing = { readonly choice: Choice; readonly old: CertificateFacts };

async function planSameKey(order: PairOrder, { choice, old }: Standing, run: RenewalRun): Promise<SignStep> {
  const subjectKey = parseSubjectKey(old.spkiDer, nodeSha256);
  const keyPem = assertSameKey(choice, old, run);
  const signer =
    order.ca === undefined ? createNodeSigner(await openOwnKey(choice, old, run)) : await openCa(order.ca, run);
  return () => signCertificate(order, { subjectKey, signer, ...keyPem });
}

async function planNewKey(order: PairOrder, choice: Choice, run: RenewalRun): Promise<Plan> {
  const { keyFile, sharedWith } = choice;
  if (keyFile === null)
    throw refuse(choice, run.access, {
      reason: 'its key is not of this home',
      command: 'make a request with a new key there: mintmark csr NAME...',
    });
  if (sharedWith !== undefined) {
    const [own, other] = [choice.certFile, sharedWith].map((path) => formatPath(path, run.access.context.io.cwd));
    throw refuse(choice, run.access, {
      reason: `its key file is that of ${other ?? ''} too`,
      command: `renew both at once: mintmark renew ${quoteWord(other ?? '')} ${quoteWord(own ?? '')} --new-key`,
    });
  }
  const passphrase = await readSealOf(keyFile, run);
  const plain = { ...order, ...(passphrase === undefined ? {} : { passphrase }) };
  const { successor, isPinLost = false } = await withSuccession(plain, run.access);
  const key = successor ?? run.newKeys.get(keyFile) ?? createPrivateKeyOfType(order.keyType);
  run.newKeys.set(keyFile, key);
  const signer = order.ca === undefined ? createNodeSigner(key) : await openCa(order.ca, run);
  return { sign: () => signPair(run.home, { ...plain, successor: key, signer }), isPinLost };
}

async function openCa(ca: StoredCa, { signers, access }: RenewalRun): Promise<Signer<Bytes>> {
  const signer = signers.get(ca.name) ?? (await unlockSigner(ca, access));
  signers.set(ca.name, signer);
  return signer;
}

/** The passphrase of a key file that has one: what takes its place is encrypted with it too. */
async function readSealOf(keyFile: string, { home, access }: RenewalRun): Promise<string | undefined> {
  const block = readKeyBlock(keyFile, home);
  if (block === undefined || !isPrivateKeyEncrypted(block)) return undefined;
  const what = formatPath(keyFile, access.context.io.cwd);
  const passphrase = await openingPassphrase(access.invocation, access.context, what);
  parsePrivateKey(Buffer.from(block.pem), { what, passphrase });
  return passphrase;
}

async function openOwnKey(choice: Choice, old: CertificateFacts, run: RenewalRun): Promise<NodePrivateKey> {
  const { keyFile } = choice;
  const block = keyFile === null ? undefined : readKeyBlock(keyFile, run.home);
  if (keyFile === null || block === undefined)
    throw refuse(choice, run.access, {
      reason: 'it signs itself, and its key is gone',
      command: 'make another: mintmark self-signed NAME...',
    });
  const passphrase = await readSealOf(keyFile, run);
  const secret = passphrase === undefined ? {} : { passphrase };
  const key = parsePrivateKey(Buffer.from(block.pem), { what: keyFile, ...secret });
  if (!isEqualBytes(key.subjectKey.spkiDer, old.spkiDer)) throw refuseOtherKey(choice, run);
  return key;
}

const refuseOtherKey = (choice: Choice, { access }: RenewalRun) =>
  refuse(choice, access, {
    reason: 'its key file holds another key',
    command: 'make both anew: mintmark mint NAME...',
  });

/**
 * Looks at a key that can be read without a passphrase. Returns the text of the key where it shares the certificate's file, which is
 * written whole.
 */
function assertSameKey(choice: Choice, old: CertificateFacts, run: RenewalRun): { readonly keyPem?: string } {
  const { keyFile, certFile } = choice;
  const block = keyFile === null ? undefined : readKeyBlock(keyFile, run.home);
  if (block === undefined) return {};
  if (!isPrivateKeyEncrypted(block)) {
    const key = parsePrivateKey(Buffer.from(block.pem), { what: keyFile ?? certFile });
    if (!isEqualBytes(key.subjectKey.spkiDer, old.spkiDer)) throw refuseOtherKey(choice, run);
  }
  return keyFile === certFile ? { keyPem: block.pem } : {};
}

function readKeyBlock(keyFile: string, { fs }: Home) {
  const bytes = readIfPresent(fs, keyFile);
  if (bytes === undefined) return undefined;
  try {
    return findBlocks(bytes, keyFile, { labels: PRIVATE_KEY_LABELS, wanted: 'a private key' })[0];
  } catch (cause) {
    if (isCaError(cause, 'PEM_NOT_FOUND')) return undefined;
    throw cause;
  }
}

/** The key is said to be kept, which it is, also where it shares a file that is written anew; and null where it is elsewhere. */
function withKeyFile({ entry, result, pair }: SignedPair, { keyFile, entry: before }: Choice): SignedPair {
  const isKeyKept = entry.spkiSha256Hex === before.spkiSha256Hex;
  if (keyFile !== null) return { entry, result: { ...result, isKeyKept }, pair };
  const { keyFile: _none, ...lone } = entry;
  return { entry: lone, result: { ...result, keyFile: null, isKeyKept }, pair };
}
