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
  stageFile,
  storeError,
  sweepTemporaries,
  withDiskErrors,
  type Home,
  type StagedFile,
} from '@mintmark/ca-store';

const RECORDS_FILE = 'keystores.jsonl';

/** What is in a key store, as far as its renewal needs to know. Of no secret more than where it lies. */
export type KeystoreContents = {
  /** SHA-256 of the leaf, hex. */
  readonly certSha256Hex: string;
  readonly alias: string;
  readonly isLegacy: boolean;
  /** The file with the password, absolute; absent where the password was typed. */
  readonly passwordFile?: string;
};

export type KeystoreRecord = Partial<KeystoreContents> & {
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
  /** Absent for a trust store. */
  readonly contents?: KeystoreContents;
};

/** Refuses a path where a file stands that this home did not write. @throws FILE_EXISTS, disk codes */
export function assertKeystoreReplaceable(home: Home, path: string, isForced: boolean): void {
  const status = withDiskErrors(path, () => home.fs.status(path));
  if (status === undefined || isForced) return;
  const digest = status.kind === 'file' ? digestOfFile(home, path) : undefined;
  if (digest === undefined || !readKeystoreRecords(home).some(({ sha256Hex }) => sha256Hex === digest))
    throw storeError('FILE_EXISTS', { path });
}

/** SHA-256 of a whole file, hex; undefined where there is none, or a pipe or device, which could be read for ever. @throws disk codes */
export function digestOfFile({ fs }: Home, path: string): string | undefined {
  if (withDiskErrors(path, () => fs.status(path))?.kind === 'other') return undefined;
  const bytes = readIfPresent(fs, path);
  return bytes === undefined ? undefined : formatHex(nodeSha256(bytes));
}

/** What this home wrote, oldest first. @throws disk codes */
export const readKeystoreRecords = (home: Home): KeystoreRecord[] =>
  readRecords(home, RECORDS_FILE).filter(isKeystoreRecord);

/** By file, each oldest first: for many look-ups. */
export function groupByFile(records: readonly KeystoreRecord[]): Map<string, KeystoreRecord[]> {
  const groups = new Map<string, KeystoreRecord[]>();
  for (const record of records) {
    const own = groups.get(record.keystoreFile);
    if (own === undefined) groups.set(record.keystoreFile, [record]);
    else own.push(record);
  }
  return groups;
}

/**
 * The record of what a file holds, among those of its name: not always the last, since records come before files. Undefined where
 * somebody changed it. @throws disk codes
 */
export function findStandingRecord(
  home: Home,
  path: string,
  own: readonly KeystoreRecord[] = [],
): KeystoreRecord | undefined {
  if (own.length === 0) return undefined;
  const digest = digestOfFile(home, path);
  return own.findLast(({ sha256Hex }) => sha256Hex === digest);
}

function isKeystoreRecord(record: object): record is KeystoreRecord {
  const { event, keystoreFile, sha256Hex, ...rest } = record as Partial<KeystoreRecord>;
  const texts = [rest.certSha256Hex, rest.alias, rest.passwordFile];
  return (
    event === 'keystore' &&
    typeof keystoreFile === 'string' &&
    typeof sha256Hex === 'string' &&
    texts.every((text) => text === undefined || typeof text === 'string')
  );
}

/** Puts a store in place, with missing folders. Takes the lock of the home. @throws FILE_EXISTS, HOME_LOCKED, disk codes */
export function writeKeystoreFile(home: Home, file: KeystoreFile): void {
  changeHome(home, () => stageKeystoreFile(home, file).place());
}

/**
 * A store that is written beside its place, with missing folders, so that what can fail has failed before it is put there. Call it under
 * the lock. @throws FILE_EXISTS, disk codes
 */
export function stageKeystoreFile(home: Home, { path, p12, isForced, now, contents }: KeystoreFile): StagedFile {
  const folder = dirname(path);
  withDiskErrors(folder, () => makeFolders(home.fs, folder));
  sweepTemporaries(home.fs, folder);
  assertKeystoreReplaceable(home, path, isForced);
  const record: KeystoreRecord = {
    event: 'keystore',
    at: now.toISOString(),
    keystoreFile: path,
    sha256Hex: formatHex(nodeSha256(p12)),
    ...contents,
  };
  appendRecords(home, RECORDS_FILE, [record]); // first: a file that nobody knows could not be replaced
  return stageFile(home.fs, { path, text: p12, mode: KEY_MODE });
}
