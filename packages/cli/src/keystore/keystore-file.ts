/**
 * @module PKCS#12 files on disk: mode 0600, put in place at once, never over a stranger's file. The home keeps the SHA-256 of each one
 * it wrote, because the file itself says nothing without its password; one that was changed since is nobody's, so a stranger's.
 */
import { dirname } from 'node:path';
import { formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import {
  appendRecords,
  changeHome,
  KEY_MODE,
  makeFolders,
  readIfPresent,
  readRecords,
  storeError,
  sweepTemporaries,
  withDiskErrors,
  writeFileAtomically,
  type Home,
} from '@mintmark/ca-store';

const RECORDS_FILE = 'keystores.jsonl';

type KeystoreRecord = {
  readonly event: 'keystore';
  readonly at: string;
  readonly keystoreFile: string;
  readonly sha256Hex: string;
};

export type KeystoreFile = {
  /** Absolute. */
  readonly path: string;
  /** What `writePkcs12` made. */
  readonly p12: Uint8Array;
  /** Over whatever file is there. */
  readonly isForced: boolean;
  readonly now: Date;
};

/** Refuses a path where a file stands that this home did not write. @throws FILE_EXISTS, disk codes */
export function assertKeystoreReplaceable(home: Home, path: string, isForced: boolean): void {
  const status = withDiskErrors(path, () => home.fs.status(path));
  if (status === undefined || isForced) return;
  const bytes = status.kind === 'file' ? readIfPresent(home.fs, path) : undefined;
  if (bytes === undefined || !isRecorded(home, formatHex(nodeSha256(bytes)))) throw storeError('FILE_EXISTS', { path });
}

const isRecorded = (home: Home, sha256Hex: string): boolean =>
  readRecords(home, RECORDS_FILE).some((record) => 'sha256Hex' in record && record.sha256Hex === sha256Hex);

/** Puts a store in place, with missing folders. Takes the lock of the home. @throws FILE_EXISTS, HOME_LOCKED, disk codes */
export function writeKeystoreFile(home: Home, file: KeystoreFile): void {
  changeHome(home, () => putKeystoreFile(home, file));
}

/** To be called under the lock. */
function putKeystoreFile(home: Home, { path, p12, isForced, now }: KeystoreFile): void {
  const folder = dirname(path);
  withDiskErrors(folder, () => makeFolders(home.fs, folder));
  sweepTemporaries(home.fs, folder);
  assertKeystoreReplaceable(home, path, isForced);
  const record: KeystoreRecord = {
    event: 'keystore',
    at: now.toISOString(),
    keystoreFile: path,
    sha256Hex: formatHex(nodeSha256(p12)),
  };
  appendRecords(home, RECORDS_FILE, [record]); // first: a file that nobody knows could not be replaced
  writeFileAtomically(home.fs, { path, text: p12, mode: KEY_MODE });
}
