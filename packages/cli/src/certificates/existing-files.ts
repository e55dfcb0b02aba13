/**
 * @module What stands where a certificate is about to be written: nothing, something of this home's, or somebody else's.
 * A key of this home is kept when it fits, so that the pair is never mismatched for an instant and its pin lives on.
 */
import {
  findBlocks,
  formatHex,
  isCaError,
  isEqualBytes,
  parseCertificateView,
  KEY_TYPE_FACTS,
  type KeyType,
} from '@mintmark/ca-core';
import { nodeSha256, parsePrivateKey, type NodePrivateKey } from '@mintmark/ca-core/node';
import { isInLedger, isKeyCompromised, KEY_MODE, readIfPresent, storeError, type Home } from '@mintmark/ca-store';
import { isChainAlone } from './chain-file.ts';
import type { CertificatePaths } from './file-names.ts';

/** `isForced`: --force, files of others are replaced too. `isNewKey`: --new-key, nothing is kept. */
export type ReplaceRules = {
  readonly isForced: boolean;
  readonly isNewKey: boolean;
  readonly keyType: KeyType;
  /** Opens a key on disk; a plain one is then not kept, because an encrypted one was asked for. */
  readonly passphrase?: string;
};

/** The key on disk that the new certificate should be for; undefined when a new key is to be written. @throws FILE_EXISTS */
export function inspectExisting(
  home: Home,
  { certFile, keyFile }: CertificatePaths,
  rules: ReplaceRules,
): NodePrivateKey | undefined {
  assertReplaceable(home, certFile, { isForced: rules.isForced, isPair: certFile === keyFile });
  const keyBytes = readIfPresent(home.fs, keyFile);
  if (keyBytes === undefined) return undefined;
  const key = tryParseKey(keyBytes, rules.passphrase);
  const isOwn = key !== undefined && isInLedger(home, hex(key.subjectKey.spkiDer));
  if (!isOwn && !rules.isForced) throw storeError('FILE_EXISTS', { path: keyFile });
  if (key !== undefined && isKeyCompromised(home, hex(key.subjectKey.spkiDer))) return undefined;
  const isLooser = rules.passphrase !== undefined && !Buffer.from(keyBytes).includes('ENCRYPTED PRIVATE KEY');
  if (!isOwn || rules.isNewKey || isLooser || certFile === keyFile) return undefined;
  return key.subjectKey.label === KEY_TYPE_FACTS[rules.keyType].label && isTight(home, keyFile) ? key : undefined;
}

/**
 * Refuses a certificate file of this home whose key is not the one of the new certificate: beside it stands another key.
 * @throws FILE_EXISTS
 */
export function assertSameKey(
  home: Home,
  certFile: string,
  { spkiDer, isForced }: { spkiDer: Uint8Array; isForced: boolean },
): void {
  assertReplaceable(home, certFile, { isForced, isPair: false });
  const bytes = readIfPresent(home.fs, certFile);
  if (bytes === undefined || isForced) return;
  const [leaf] = findBlocks(bytes, certFile, { labels: ['CERTIFICATE'], wanted: 'a certificate' });
  const isSame = leaf !== undefined && isEqualBytes(parseCertificateView(leaf.der, certFile).spkiDer, spkiDer);
  if (!isSame) throw storeError('FILE_EXISTS', { path: certFile });
}

/** `isPair`: the key goes into the same file, so one may stand there. */
type FileRules = { readonly isForced: boolean; readonly isPair: boolean };

/** Refuses one file that this home did not issue, or into which somebody put more. @throws FILE_EXISTS */
export function assertReplaceable(home: Home, certFile: string, { isForced, isPair }: FileRules): void {
  const bytes = readIfPresent(home.fs, certFile);
  if (bytes === undefined || isForced) return;
  if (!isOwnCertificate(home, bytes) || !isChainAlone(bytes, isPair))
    throw storeError('FILE_EXISTS', { path: certFile });
}

const SHORT_MS = 14 * 86_400_000; // the longest that certificates of WebTransport last

/** True for a certificate file whose first certificate lasts no longer than those whose hashes are announced. */
export function isShortLived({ fs }: Home, certFile: string): boolean {
  try {
    const bytes = readIfPresent(fs, certFile);
    if (bytes === undefined) return false;
    const [leaf] = findBlocks(bytes, certFile, { labels: ['CERTIFICATE'], wanted: 'a certificate' });
    if (leaf === undefined) return false;
    const { notBefore, notAfter } = parseCertificateView(leaf.der, certFile);
    return notAfter.getTime() - notBefore.getTime() <= SHORT_MS;
  } catch (cause) {
    if (isCaError(cause)) return false;
    throw cause;
  }
}

const hex = (bytes: Uint8Array): string => formatHex(nodeSha256(bytes));

function isOwnCertificate(home: Home, bytes: Uint8Array): boolean {
  try {
    const [leaf] = findBlocks(bytes, 'the file', { labels: ['CERTIFICATE'], wanted: 'a certificate' });
    return leaf !== undefined && isInLedger(home, hex(leaf.der));
  } catch (cause) {
    if (isCaError(cause)) return false;
    throw cause;
  }
}

function tryParseKey(bytes: Uint8Array, passphrase: string | undefined): NodePrivateKey | undefined {
  try {
    return parsePrivateKey(bytes, { what: 'the key', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}

/** A key that others could read, or that is a link to elsewhere, is not worth keeping. */
function isTight({ fs }: Home, keyFile: string): boolean {
  const status = fs.status(keyFile);
  if (status?.kind !== 'file') return false;
  return process.getuid === undefined || ((status.mode & ~KEY_MODE) === 0 && status.uid === process.getuid());
}
