/**
 * @module Makes one certificate and key on disk: choose or make the key, prepare, sign, enter into the ledger, put in place.
 * Runs under the home's lock; the ledger entry comes first, so that whatever a crash leaves behind is known as ours.
 */
import {
  formatPem,
  issueCertificate,
  prepareCertificate,
  type Bytes,
  type CertificateDraft,
  type CertificateRequest,
  type KeyType,
  type Profile,
  type Signer,
  type SubjectKey,
} from '@mintmark/ca-core';
import {
  createNodeSigner,
  createPrivateKeyOfType,
  createSerialBytes,
  formatPrivateKey,
  type NodePrivateKey,
} from '@mintmark/ca-core/node';
import { appendLedger, writePair, type Home, type IssuedEntry, type Pair, type StoredCa } from '@mintmark/ca-store';
import { assertReplaceable, inspectExisting } from './existing-files.ts';
import type { CertificatePaths } from './file-names.ts';
import { describeIssued, type IssuedCertificate } from './issued.ts';
import { finishPromotions } from './spare-records.ts';

/** Everything about the certificate but its key. `ca` and `signer` are absent for a self-signed one. */
export type PairOrder = {
  readonly profile: Profile;
  readonly request: Omit<CertificateRequest, 'subjectKey'>;
  readonly paths: CertificatePaths;
  readonly keyType: KeyType;
  readonly ca?: StoredCa;
  readonly signer?: Signer<Bytes>;
  readonly isForced: boolean;
  readonly isNewKey: boolean;
  /** --new-key where a spare stands by: the spare, which takes the place of the key on disk. */
  readonly successor?: NodePrivateKey;
  /** --new-key where none does: clients that have the pin of the key on disk will not know the next. */
  readonly isPinLost?: boolean;
  /** --reuse-key: the key to certify; it is not written again unless to another place. */
  readonly givenKey?: NodePrivateKey;
  readonly givenKeyFile?: string;
  readonly passphrase?: string;
  readonly now: Date;
};

/** The first step alone, with the real key or one that is thrown away. @throws the codes of `prepareCertificate` */
export function prepareOrder(order: PairOrder, key: { readonly subjectKey: SubjectKey }): CertificateDraft {
  const { profile, request, ca, now } = order;
  return prepareCertificate(
    profile,
    { ...request, subjectKey: key.subjectKey },
    { now, serial: createSerialBytes(), ...(ca === undefined ? {} : { issuer: ca.issuer, caName: ca.name }) },
  );
}

/** A signed certificate that is not on disk yet. */
export type SignedPair = { readonly entry: IssuedEntry; readonly result: IssuedCertificate; readonly pair: Pair };

/** Makes one pair. Call it under the home's lock. @throws FILE_EXISTS, the codes of prepare, disk codes */
export function mintPair(home: Home, order: PairOrder, readyKey?: () => NodePrivateKey): IssuedCertificate {
  const signed = signPair(home, order, readyKey);
  const [issued = signed.result] = commitPairs(home, [signed]);
  return issued;
}

/** Chooses the key, prepares and signs; reads the disk and changes nothing. Call it under the home's lock. */
export function signPair(home: Home, order: PairOrder, readyKey?: () => NodePrivateKey): SignedPair {
  const kept = findKeptKey(home, order);
  const key = kept ?? order.givenKey ?? order.successor ?? readyKey?.() ?? createPrivateKeyOfType(order.keyType);
  const keyPem = kept === undefined ? { keyPem: formatPrivateKey(key, order.passphrase) } : {};
  return signCertificate(order, {
    subjectKey: key.subjectKey,
    signer: order.signer ?? createNodeSigner(key),
    ...keyPem,
  });
}

/** Without `keyPem` the key on disk stays. */
export type CertifiedKey = {
  readonly subjectKey: SubjectKey;
  readonly signer: Signer<Bytes>;
  readonly keyPem?: string;
};

/** Prepares and signs for a key; nothing is read or written. @throws the codes of prepare */
export function signCertificate(order: PairOrder, { subjectKey, signer, keyPem }: CertifiedKey): SignedPair {
  const { paths, ca } = order;
  const draft = prepareOrder(order, { subjectKey });
  const certDer = issueCertificate(draft, signer);
  const { entry, result } = describeIssued({
    draft,
    certDer,
    spkiDer: subjectKey.spkiDer,
    caName: ca?.name ?? null,
    ...paths,
    isKeyKept: keyPem === undefined,
    now: order.now,
  });
  const certPem = formatPem('CERTIFICATE', certDer) + (ca?.chainPem ?? '');
  return { entry, result, pair: { ...paths, certPem, ...(keyPem === undefined ? {} : { keyPem }) } };
}

/**
 * Enters the pairs into the ledger and puts them in place; a spare key among them is a spare no longer. Returns what they are, in
 * order. Call it under the home's lock.
 */
export function commitPairs(home: Home, signed: readonly SignedPair[]): IssuedCertificate[] {
  appendLedger(
    home,
    signed.map(({ entry }) => entry),
  );
  for (const { pair } of signed) writePair(home.fs, home.path, pair);
  const promoted = finishPromotions(
    home,
    signed.map(({ entry, pair }) => ({ ...entry, isWritten: pair.keyPem !== undefined })),
  );
  return signed.map(({ entry, result }) => {
    const file = promoted.get(entry.spkiSha256Hex);
    return file === undefined ? result : { ...result, promotedSpare: file };
  });
}

/**
 * What `signPair` would do, without a signature: for dry runs, and before a first CA is stored for it.
 * @throws FILE_EXISTS, the codes of prepare
 */
export function checkOrder(home: Home, order: PairOrder, standIn: NodePrivateKey): CertificateDraft {
  findKeptKey(home, order);
  return prepareOrder(order, standIn);
}

/**
 * The key that stays on disk as it is: one of this home's that fits, or the one of --reuse-key in its own place.
 * @throws FILE_EXISTS for files of somebody else
 */
function findKeptKey(home: Home, order: PairOrder): NodePrivateKey | undefined {
  const { paths, givenKey, givenKeyFile } = order;
  if (givenKey === undefined) return inspectExisting(home, paths, order);
  if (givenKeyFile !== paths.keyFile) {
    inspectExisting(home, paths, order);
    return undefined;
  }
  assertReplaceable(home, paths.certFile, { isForced: order.isForced, isPair: paths.certFile === paths.keyFile });
  // One file for both is written whole, key and all.
  return paths.certFile === paths.keyFile ? undefined : givenKey;
}
