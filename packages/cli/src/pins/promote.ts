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
import { spkiHex, tryReadKey } from '../certificates/key-files.ts';
import type { PairOrder } from '../certificates/mint-pair.ts';
import {
  digestOfKeyFile,
  findSpareInFile,
  findSpareRecord,
  isPromotedKey,
  settlePromotion,
} from '../certificates/spare-records.ts';
import { cliError } from '../cli-errors.ts';
import type { Access } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { openingPassphrase, readSparePassphrase } from '../passphrase.ts';
import { rotationError } from '../rotation-errors.ts';
import { formatPath } from '../terminal/text.ts';

/** What `--new-key` comes to for one pair. Without a successor the key is a fresh one. */
export type Succession = Pick<PairOrder, 'successor' | 'isPinLost'>;

type Replaced = Pick<PairOrder, 'paths' | 'isNewKey' | 'givenKey' | 'passphrase'>;

/**
 * The spare of the key that stands where the order goes, opened. Where that key was a spare itself and has none, a fresh one takes
 * `--force`: whoever says `--new-key` twice, because the first was cut off, wants no key that nobody knows.
 * @throws SPARE_MISSING, SPARE_UNKNOWN, SPARE_USED, SPARE_KEY_TYPE, SPARE_PASSPHRASE_NEEDED, KEY_PASSPHRASE_WRONG, OPTIONS_CONFLICT
 */
export async function openSuccession(order: Replaced, access: Access): Promise<Succession> {
  const { invocation } = access;
  const named = optionText(invocation, 'spare');
  if (order.givenKey !== undefined && named !== undefined)
    throw cliError('OPTIONS_CONFLICT', { first: '--reuse-key', second: '--spare' });
  if (order.givenKey !== undefined || !order.isNewKey) return {};
  const home = findHome(access);
  // Settles first what a crash left, for the certificate on disk says which key is in use.
  const readCurrent = () => (home === undefined ? undefined : readCurrentKey(home, order));
  const isReading = home === undefined || isOptionSet(invocation, 'dry-run');
  const current = isReading ? readCurrent() : changeHome(home, readCurrent);
  const successor =
    home === undefined ? undefined : await findSuccessor({ home, current, paths: order.paths, order }, access);
  if (successor !== undefined) {
    assertKeyType(successor, optionText(invocation, 'key'));
    return { successor };
  }
  if (named !== undefined) throw rotationError('SPARE_UNKNOWN', { target: targetOf(order, access) });
  return current === undefined ? {} : { isPinLost: true };
}

/** Undefined when there is none; a dry run only looks. */
function findHome({ invocation, context }: Access): Home | undefined {
  const { homePath, io } = context;
  if (!isHomePresent(io.fs, homePath)) return undefined;
  return isOptionSet(invocation, 'dry-run') ? { path: homePath, fs: io.fs } : context.home();
}

const targetOf = ({ paths }: Pick<Replaced, 'paths'>, { context }: Access): string =>
  formatPath(paths.certFile, context.io.cwd);

/** `current`: SHA-256 of the public key in use; undefined when there is none of this home's. */
type Scene = {
  readonly home: Home;
  readonly current: string | undefined;
  readonly paths: CertificatePaths;
  readonly order: Replaced;
};

async function findSuccessor(scene: Scene, access: Access): Promise<NodePrivateKey | undefined> {
  const { home, current, order } = scene;
  const records = readSpareRecords(home);
  if (records.length === 0) return undefined;
  const inPlace = current === undefined ? undefined : findBegun(home, current, records);
  if (inPlace !== undefined) {
    const key = tryReadKey(home, order.paths.keyFile, order.passphrase);
    return key !== undefined && spkiHex(key) === current ? key : openSpare(inPlace, scene, access);
  }
  const record = current === undefined ? undefined : findSpareRecord(home, current, records);
  if (record !== undefined && record.event !== 'promoted') return openSpare(record, scene, access);
  const named = findNamed(home, access);
  if (named !== undefined) return openSpare(named, scene, access);
  if (record !== undefined) return readPromoted(record, scene, access);
  if (current !== undefined && isPromotedKey(home, current)) refuseUsed(home, { ...scene, current }, access);
  return undefined;
}

/** The spare that is the key in use since a run that was cut off: it stays, and the rest of that run is done now. */
function findBegun(home: Home, current: string, records: readonly SpareRecord[]): SpareRecord | undefined {
  if (findSpareRecord(home, current, records) !== undefined) return undefined;
  return records
    .filter(({ spareSpkiSha256Hex }) => spareSpkiSha256Hex === current)
    .map(({ spkiSha256Hex }) => findSpareRecord(home, spkiSha256Hex, records))
    .find((newest) => newest?.spareSpkiSha256Hex === current && newest.event !== 'promoted');
}

/** The spare in the file of `--spare`, of whatever key it is: the pair that it stood by for may be lost. */
function findNamed(home: Home, { invocation, context }: Access): SpareRecord | undefined {
  const named = optionText(invocation, 'spare');
  return named === undefined ? undefined : findSpareInFile(home, resolve(context.io.cwd, named));
}

/** @throws SPARE_USED unless forced */
function refuseUsed(home: Home, { current, order }: Scene & { readonly current: string }, access: Access): void {
  const { invocation } = access;
  if (!isOptionSet(invocation, 'dry-run')) changeHome(home, () => settlePromotion(home, current, order.passphrase));
  if (isOptionSet(invocation, 'force')) return;
  throw rotationError('SPARE_USED', { target: targetOf(order, access), isExpected: true });
}

/** Two certificates had the same key, and the spare has taken over in one of them: it does so in the other too. */
async function readPromoted(
  { keyFile, spareSpkiSha256Hex }: SpareRecord,
  { home, order }: Scene,
  access: Access,
): Promise<NodePrivateKey | undefined> {
  const bytes = keyFile === undefined ? undefined : readIfPresent(home.fs, keyFile);
  const key = bytes === undefined ? undefined : await openPromoted(bytes, { keyFile, order }, access);
  if (key !== undefined && spkiHex(key) === spareSpkiSha256Hex) return key;
  if (isOptionSet(access.invocation, 'force')) return undefined;
  const file = formatPath(keyFile ?? '', access.context.io.cwd);
  const reason = bytes === undefined ? 'is not there' : 'does not hold it any more';
  throw rotationError('SPARE_MISSING', { file, reason, target: targetOf(order, access) });
}

type Promoted = { readonly keyFile: string | undefined; readonly order: Replaced };

/** Undefined for a file that holds no key. @throws PASSPHRASE_NEEDED, KEY_PASSPHRASE_WRONG */
async function openPromoted(
  bytes: Uint8Array,
  { keyFile, order }: Promoted,
  { invocation, context }: Access,
): Promise<NodePrivateKey | undefined> {
  const what = formatPath(keyFile ?? '', context.io.cwd);
  const open = (secret: { passphrase?: string }) => parsePrivateKey(bytes, { what, ...secret });
  try {
    return open(order.passphrase === undefined ? {} : { passphrase: order.passphrase });
  } catch (cause) {
    if (!isCaError(cause) || cause.code === 'KEY_PASSPHRASE_WRONG') throw cause;
    if (cause.code !== 'KEY_ENCRYPTED') return undefined;
  }
  return open({ passphrase: await openingPassphrase(invocation, context, what) });
}

async function openSpare(
  record: SpareRecord,
  { home, order }: Pick<Scene, 'home' | 'order'>,
  access: Access,
): Promise<NodePrivateKey> {
  const { invocation, context } = access;
  const named = optionText(invocation, 'spare');
  const file = named === undefined ? record.file : resolve(context.io.cwd, named);
  const refuse = (reason: string) =>
    rotationError('SPARE_MISSING', { file: formatPath(file, context.io.cwd), reason, target: targetOf(order, access) });
  const bytes = readIfPresent(home.fs, file);
  if (bytes === undefined) throw refuse('is not there');
  const sealSha256Hex = digestOfKeyFile(home, file);
  if (sealSha256Hex === undefined) throw refuse('holds no key');
  // A file of other content may still be the spare, sealed anew by its owner: then the passphrase is theirs.
  if (sealSha256Hex !== record.sealSha256Hex && named === undefined) throw refuse('holds another key');
  const known = record.passphrase === undefined ? {} : { known: record.passphrase };
  const key = await unsealKey(bytes, file, { access, ...known });
  if (spkiHex(key) !== record.spareSpkiSha256Hex) throw refuse('is not the spare of this key');
  if (file !== record.file && !isOptionSet(invocation, 'dry-run'))
    changeHome(home, () => appendSpareRecord(home, { ...record, event: 'sealed', file, sealSha256Hex }));
  return key;
}

type Seal = { readonly access: Access; readonly known?: string };

async function unsealKey(bytes: Uint8Array, file: string, { access, known }: Seal): Promise<NodePrivateKey> {
  const { context } = access;
  const what = formatPath(file, context.io.cwd);
  const passphrase = readSparePassphrase(access) ?? known;
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
function readCurrentKey(home: Home, { paths, passphrase }: Replaced): string | undefined {
  const ofCertificate = readCertificateKey(home, paths.certFile);
  if (ofCertificate !== undefined) return ofCertificate;
  const key = tryReadKey(home, paths.keyFile, passphrase);
  return key === undefined ? undefined : spkiHex(key);
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
