/**
 * @module `self-signed --webtransport`: a certificate for 13 days and the next one, which begins when half of what is left of the first
 * has passed (6.5 days). Clients that hold both hashes never break: once the next has begun, the same command lets it take over
 * and makes another. W3C WebTransport, section on serverCertificateHashes.
 */
import {
  DerReader,
  findBlocks,
  formatBase64,
  formatHex,
  isCaError,
  isEqualBytes,
  parseCertificateView,
  parseHex,
  parseSubjectKey,
  PRIVATE_KEY_LABELS,
  type Bytes,
  type CertificateView,
  type PemBlock,
  type SubjectKey,
} from '@mintmark/ca-core';
import { isPrivateKeyEncrypted, nodeSha256, parsePrivateKey } from '@mintmark/ca-core/node';
import {
  appendLedger,
  changeHome,
  readIfPresent,
  readLedger,
  writePair,
  type Home,
  type IssuedEntry,
  type Pair,
} from '@mintmark/ca-store';
import { cliError } from '../cli-errors.ts';
import type { Access } from '../command.ts';
import { inspectExisting } from './existing-files.ts';
import type { CertificatePaths } from './file-names.ts';
import type { IssuedCertificate } from './issued.ts';
import { checkOrder, commitPairs, prepareOrder, signPair, type PairOrder } from './mint-pair.ts';
import { createKeyOnce, prepareFolders } from './order.ts';
import { nextPaths } from './webtransport-files.ts';

/** `isCurrentChanged`: what serves the files is to be restarted. */
export type RollingCertificates = {
  readonly current: IssuedCertificate;
  readonly next: IssuedCertificate;
  readonly isCurrentChanged: boolean;
};

/** Makes what is missing, rolls what is due, and leaves the rest as it is. @throws FILE_EXISTS, the codes of prepare, disk codes */
export function rollCertificates(order: PairOrder, access: Access): RollingCertificates {
  const home = access.context.home();
  const paths = nextPaths(order.paths);
  return changeHome(home, () => {
    assertDistinct(order.paths, paths);
    prepareFolders([...Object.values(order.paths), ...Object.values(paths)], access);
    const isAnew = order.isNewKey || order.isForced;
    const current = isAnew ? undefined : readStanding(home, order.paths, order);
    const next = isAnew ? undefined : readStanding(home, paths, order);
    if (next !== undefined && isDue(next, order)) return takeOver(home, next, order);
    return makeMissing(home, { current, next }, order);
  });
}

/** A client's clock may be behind: to it a certificate that has just begun is none yet. */
const CLOCK_SKEW_MS = 3_600_000;

const isDue = ({ view }: Standing, { now }: PairOrder): boolean =>
  view.notBefore.getTime() + CLOCK_SKEW_MS <= now.getTime();

/** When the next may take over, in milliseconds since 1970. */
export const dueMs = ({ notBefore }: IssuedCertificate): number => Date.parse(notBefore) + CLOCK_SKEW_MS;

/** One pair in the place of the other would be gone, or half of it. @throws OPTION_VALUE */
function assertDistinct(...pairs: readonly CertificatePaths[]): void {
  const count = pairs.reduce((sum, { certFile, keyFile }) => sum + (certFile === keyFile ? 1 : 2), 0);
  if (new Set(pairs.flatMap((pair) => Object.values(pair))).size === count) return;
  const reason = 'is where one of the next pair would go, which has "-next" in its names';
  throw cliError('OPTION_VALUE', { option: '--cert-file or --key-file', reason });
}

/** For a dry run: both places are free or ours. @throws FILE_EXISTS, the codes of prepare */
export function checkRolling(home: Home, order: PairOrder): void {
  assertDistinct(order.paths, nextPaths(order.paths));
  const standIn = createKeyOnce({ keyType: 'ecdsa-p256' })();
  checkOrder(home, { ...order, paths: nextPaths(order.paths), isNewKey: true }, standIn);
}

/** The next pair's files go where the current ones are, as they are; then another next is made. */
function takeOver(home: Home, { entry, pair }: Standing, order: PairOrder): RollingCertificates {
  inspectExisting(home, order.paths, order);
  // What would be refused is refused before anything moves.
  const current = describeEntry({ ...entry, ...order.paths }, false);
  const follower = signNext(home, current, order);
  appendLedger(home, [{ ...entry, ...order.paths, at: order.now.toISOString() }]);
  writePair(home.fs, home.path, { ...pair, ...order.paths });
  const [next = follower.result] = commitPairs(home, [follower]);
  return { current, next, isCurrentChanged: true };
}

type Found = { readonly current: Standing | undefined; readonly next: Standing | undefined };

/** All that is to be written is signed before the first file is: what can't be replaced is found while nothing is half-done. */
function makeMissing(home: Home, { current, next }: Found, order: PairOrder): RollingCertificates {
  const first = current === undefined ? signPair(home, order) : undefined;
  const currentOne = current?.issued ?? first?.result;
  if (currentOne === undefined) throw new TypeError('it stands or is made');
  const follower = next === undefined ? signNext(home, currentOne, order) : undefined;
  commitPairs(
    home,
    [first, follower].filter((signed) => signed !== undefined),
  );
  const nextOne = next?.issued ?? follower?.result;
  if (nextOne === undefined) throw new TypeError('it stands or is made');
  return { current: currentOne, next: nextOne, isCurrentChanged: first !== undefined };
}

function signNext(home: Home, { notAfter }: IssuedCertificate, order: PairOrder) {
  const nowMs = order.now.getTime();
  const notBefore = new Date(nowMs + (Date.parse(notAfter) - nowMs) / 2);
  const request = { ...order.request, notBefore };
  return signPair(home, { ...order, request, paths: nextPaths(order.paths), isNewKey: true });
}

/** A pair on disk that is what the command would make, and still lasts. */
type Standing = {
  readonly entry: IssuedEntry;
  readonly view: CertificateView;
  readonly pair: Pair;
  readonly issued: IssuedCertificate;
};

function readStanding(home: Home, paths: CertificatePaths, order: PairOrder): Standing | undefined {
  const files = readFiles(home, paths);
  if (files === undefined) return undefined;
  const { view, certPem, key } = files;
  const digest = formatHex(nodeSha256(view.certDer));
  // Not the newest entry for the file: its certificate may never have been put in place.
  const entry = readLedger(home).findLast((one) => one.certFile === paths.certFile && one.certSha256Hex === digest);
  if (entry === undefined) return undefined;
  const isSame =
    entry.profile === 'self-signed' &&
    view.notAfter > order.now &&
    isAsOrdered(view, entry, order) &&
    isKeyOf(key, view, order.passphrase);
  if (!isSame) return undefined;
  return {
    entry,
    view,
    pair: { ...paths, certPem, keyPem: key.pem },
    issued: describeEntry({ ...entry, ...paths }, true),
  };
}

const DAY_MS = 86_400_000;

/** The same names and subject, the kind of key, and no longer than it would be made. */
function isAsOrdered(view: CertificateView, entry: IssuedEntry, order: PairOrder): boolean {
  const names = order.request.names ?? [];
  const subjectKey = parseSubjectKey(view.spkiDer, nodeSha256);
  const lasts = view.notAfter.getTime() - view.notBefore.getTime();
  return (
    names.length === entry.names.length &&
    names.every(({ text }, i) => text === entry.names[i]) &&
    subjectKey.label === 'ECDSA P-256' &&
    lasts <= (order.request.validityDays ?? 0) * DAY_MS &&
    isEqualBytes(view.subjectDer, readDraftSubject(order, subjectKey))
  );
}

/** The subject that the order comes to, which is the issuer too: the fourth field of what would be signed. */
function readDraftSubject(order: PairOrder, subjectKey: SubjectKey): Bytes {
  const tbs = new DerReader(prepareOrder(order, { subjectKey }).tbsDer, 'the draft').enterSequence();
  for (let skipped = 0; skipped < 3; skipped++) tbs.readElement();
  return tbs.readElement().der;
}

type PairFiles = { readonly view: CertificateView; readonly certPem: string; readonly key: PemBlock };

/** Undefined for files that are not there, and for whatever else they hold. */
function readFiles(home: Home, { certFile, keyFile }: CertificatePaths): PairFiles | undefined {
  const [cert, key] = [certFile, keyFile].map((path) => readIfPresent(home.fs, path));
  if (cert === undefined || key === undefined) return undefined;
  try {
    const [leaf] = findBlocks(cert, certFile, { labels: ['CERTIFICATE'], wanted: 'a certificate' });
    const keys = findBlocks(key, keyFile, { labels: PRIVATE_KEY_LABELS, wanted: 'a private key' });
    const [own] = keys;
    if (leaf === undefined || own === undefined || keys.length > 1) return undefined;
    return { view: parseCertificateView(leaf.der, certFile), certPem: leaf.pem, key: own };
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}

/** A key that only its owner can open is taken at its word; a plain one is not what was asked for where a passphrase was given. */
function isKeyOf(block: PemBlock, { spkiDer }: CertificateView, passphrase: string | undefined): boolean {
  const isSealed = isPrivateKeyEncrypted(block);
  if (isSealed && passphrase === undefined) return true;
  if (!isSealed && passphrase !== undefined) return false;
  const secret = passphrase === undefined ? {} : { passphrase };
  const key = parsePrivateKey(Buffer.from(block.pem), { what: 'the key', ...secret });
  return isEqualBytes(key.subjectKey.spkiDer, spkiDer);
}

/** What the ledger says, as `mint` prints it. */
function describeEntry(entry: IssuedEntry, isKeyKept: boolean): IssuedCertificate {
  const spki = parseHex(entry.spkiSha256Hex) ?? new Uint8Array();
  const { certFile, keyFile = null, names, notBefore, notAfter, serialHex, profile, certSha256Hex } = entry;
  const pins = { certSha256Hex, spkiSha256Base64: formatBase64(spki) };
  return { certFile, keyFile, names, notBefore, notAfter, serialHex, ca: null, profile, isKeyKept, pins };
}
