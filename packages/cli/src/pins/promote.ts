/**
 * @module `--new-key` where a spare stands by: the key that takes over is the spare, whose pin clients hold already. Opens it before
 * anything is made; `commitPairs` ends the promotion.
 */
import { resolve } from 'node:path';
import {
  findBlocks,
  formatHex,
  isCaError,
  KEY_TYPE_FACTS,
  parseCertificateView,
  type KeyType,
} from '@mintmark/ca-core';
import { nodeSha256, parsePrivateKey, type NodePrivateKey } from '@mintmark/ca-core/node';
import {
  appendSpareRecord,
  changeHome,
  isHomePresent,
  isInLedger,
  readIfPresent,
  readSpareRecords,
  type Home,
  type SpareRecord,
} from '@mintmark/ca-store';
import type { CertificatePaths } from '../certificates/file-names.ts';
import type { PairOrder } from '../certificates/mint-pair.ts';
import { digestOfKeyFile, findSpareRecord } from '../certificates/spare-records.ts';
import { cliError } from '../cli-errors.ts';
import type { Access, Context, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { readInput } from '../read-input.ts';
import { rotationError } from '../rotation-errors.ts';
import { formatPath } from '../terminal/text.ts';

/** What `--new-key` comes to for one pair. Empty: nothing stands by, so the key is a fresh one. */
export type Succession = Pick<PairOrder, 'successor'> & Partial<Pick<PairOrder, 'isNewKey'>>;

type Replaced = Pick<PairOrder, 'paths' | 'isNewKey' | 'givenKey' | 'passphrase'>;

/**
 * The spare of the key that stands where the order goes, opened.
 * @throws SPARE_MISSING, SPARE_UNKNOWN, SPARE_KEY_TYPE, SPARE_PASSPHRASE_NEEDED, KEY_PASSPHRASE_WRONG, OPTIONS_CONFLICT
 */
export async function openSuccession(order: Replaced, access: Access): Promise<Succession> {
  const { invocation, context } = access;
  const spareFile = optionText(invocation, 'spare');
  if (order.givenKey !== undefined && spareFile !== undefined)
    throw cliError('OPTIONS_CONFLICT', { first: '--reuse-key', second: '--spare' });
  if (order.givenKey !== undefined || !order.isNewKey) return {};
  const home = findHome(access);
  if (home === undefined || readSpareRecords(home).length === 0) return refuseUnknown(spareFile, order.paths, context);
  // Settles first what a crash left, for the certificate on disk says which key is in use.
  const readCurrent = () => readCurrentKey(home, order.paths);
  const current = isOptionSet(invocation, 'dry-run') ? readCurrent() : changeHome(home, readCurrent);
  if (current === undefined) return refuseUnknown(spareFile, order.paths, context);
  if (isInItsPlace(home, current)) {
    const successor = tryReadKey(home, order.paths.keyFile, order.passphrase);
    return successor === undefined ? { isNewKey: false } : { successor };
  }
  const successor = await findSuccessor(home, { current, paths: order.paths }, access);
  if (successor === undefined) return refuseUnknown(spareFile, order.paths, context);
  assertKeyType(successor, optionText(invocation, 'key'));
  return { successor };
}

/** Undefined when there is none; a dry run only looks. */
function findHome({ invocation, context }: Access): Home | undefined {
  const { homePath, io } = context;
  if (!isHomePresent(io.fs, homePath)) return undefined;
  return isOptionSet(invocation, 'dry-run') ? { path: homePath, fs: io.fs } : context.home();
}

function refuseUnknown(spareFile: string | undefined, { certFile }: CertificatePaths, { io }: Context): Succession {
  if (spareFile !== undefined) throw rotationError('SPARE_UNKNOWN', { target: formatPath(certFile, io.cwd) });
  return {};
}

type Current = { readonly current: string; readonly paths: CertificatePaths };

/** The key in use is a spare that a run put there which was cut off: it stays, and the rest of that run is done now. */
function isInItsPlace(home: Home, current: string): boolean {
  if (findSpareRecord(home, current) !== undefined) return false;
  const isOf = ({ spareSpkiSha256Hex, spkiSha256Hex }: SpareRecord): boolean => {
    const newest = spareSpkiSha256Hex === current ? findSpareRecord(home, spkiSha256Hex) : undefined;
    return newest !== undefined && newest.spareSpkiSha256Hex === current && newest.event !== 'promoted';
  };
  return readSpareRecords(home).some(isOf);
}

async function findSuccessor(
  home: Home,
  { current, paths }: Current,
  access: Access,
): Promise<NodePrivateKey | undefined> {
  const record = findSpareRecord(home, current);
  if (record === undefined) return undefined;
  return record.event === 'promoted' ? readPromoted(home, record) : openSpare(home, { record, paths }, access);
}

/** Two certificates had the same key, and the spare has taken over in one of them: it does so in the other too. */
function readPromoted(home: Home, { keyFile, spareSpkiSha256Hex }: SpareRecord): NodePrivateKey | undefined {
  const key = keyFile === undefined ? undefined : tryReadKey(home, keyFile);
  return key !== undefined && spkiHex(key) === spareSpkiSha256Hex ? key : undefined;
}

async function openSpare(
  home: Home,
  { record, paths }: { record: SpareRecord; paths: CertificatePaths },
  access: Access,
): Promise<NodePrivateKey> {
  const { invocation, context } = access;
  const named = optionText(invocation, 'spare');
  const file = named === undefined ? record.file : resolve(context.io.cwd, named);
  const refuse = (reason: string) => {
    const target = formatPath(paths.certFile, context.io.cwd);
    return rotationError('SPARE_MISSING', { file: formatPath(file, context.io.cwd), reason, target });
  };
  const bytes = readIfPresent(home.fs, file);
  if (bytes === undefined) throw refuse('is not there');
  const sealSha256Hex = digestOfKeyFile(home, file);
  if (sealSha256Hex === undefined) throw refuse('holds no key');
  // A file of other content may still be the spare, sealed anew by its owner: then the passphrase is theirs.
  if (sealSha256Hex !== record.sealSha256Hex && named === undefined) throw refuse('holds another key');
  const key = await unsealKey(bytes, file, {
    access,
    ...(record.passphrase === undefined ? {} : { known: record.passphrase }),
  });
  if (spkiHex(key) !== record.spareSpkiSha256Hex) throw refuse('is not the spare of this key');
  if (file !== record.file && !isOptionSet(invocation, 'dry-run'))
    changeHome(home, () => appendSpareRecord(home, { ...record, event: 'sealed', file, sealSha256Hex }));
  return key;
}

// A pipe gives its content once.
const passphrases = new WeakMap<Invocation['options'], string>();

/** The first line of `--spare-passphrase-file`; undefined without that option. @throws PASSPHRASE_EMPTY */
function readSparePassphrase(invocation: Invocation, context: Context): string | undefined {
  const file = optionText(invocation, 'spare-passphrase-file');
  const known = passphrases.get(invocation.options);
  if (file === undefined || known !== undefined) return known;
  const [passphrase = ''] = Buffer.from(readInput(file, context)).toString().split(/\r?\n/, 1);
  if (passphrase === '') throw cliError('PASSPHRASE_EMPTY', { source: file });
  passphrases.set(invocation.options, passphrase);
  return passphrase;
}

type Seal = { readonly access: Access; readonly known?: string };

async function unsealKey(bytes: Uint8Array, file: string, { access, known }: Seal): Promise<NodePrivateKey> {
  const { invocation, context } = access;
  const what = formatPath(file, context.io.cwd);
  const given = readSparePassphrase(invocation, context);
  const passphrase = given ?? known;
  try {
    return parsePrivateKey(bytes, { what, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    if (!isCaError(cause, 'KEY_ENCRYPTED')) throw cause;
  }
  if (!context.canAsk) throw rotationError('SPARE_PASSPHRASE_NEEDED', { file: what });
  const { askSecret } = await import('../terminal/ask.ts');
  return parsePrivateKey(bytes, { what, passphrase: await askSecret(`Passphrase for ${what}:`) });
}

function assertKeyType({ subjectKey }: NodePrivateKey, wanted: string | undefined): void {
  const facts = wanted === undefined ? undefined : KEY_TYPE_FACTS[wanted as KeyType];
  if (facts !== undefined && facts.label !== subjectKey.label)
    throw rotationError('SPARE_KEY_TYPE', { spare: subjectKey.label, wanted: wanted ?? '' });
}

/** SHA-256 of the public key in use there: the certificate's, which can always be read, else the key file's. */
function readCurrentKey(home: Home, { certFile, keyFile }: CertificatePaths): string | undefined {
  return readCertificateKey(home, certFile) ?? readKeyDigest(home, keyFile);
}

function readCertificateKey(home: Home, certFile: string): string | undefined {
  const bytes = readIfPresent(home.fs, certFile);
  if (bytes === undefined) return undefined;
  try {
    const [leaf] = findBlocks(bytes, certFile, { labels: ['CERTIFICATE'], wanted: 'a certificate' });
    if (leaf === undefined || !isInLedger(home, formatHex(nodeSha256(leaf.der)))) return undefined;
    return formatHex(nodeSha256(parseCertificateView(leaf.der, certFile).spkiDer));
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}

function readKeyDigest(home: Home, keyFile: string): string | undefined {
  const key = tryReadKey(home, keyFile);
  return key === undefined ? undefined : spkiHex(key);
}

function tryReadKey(home: Home, keyFile: string, passphrase?: string): NodePrivateKey | undefined {
  const bytes = readIfPresent(home.fs, keyFile);
  try {
    const secret = passphrase === undefined ? {} : { passphrase };
    return bytes === undefined ? undefined : parsePrivateKey(bytes, { what: keyFile, ...secret });
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}

const spkiHex = ({ subjectKey }: NodePrivateKey): string => formatHex(nodeSha256(subjectKey.spkiDer));
