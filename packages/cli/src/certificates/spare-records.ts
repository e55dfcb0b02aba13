/**
 * @module What the records of spare keys come to: which spare counts, and the end of a promotion. A spare is promoted once its key
 * stands in its new place: told by what is in place and not by who put it there, so that the next command that writes a pair
 * settles what a crash left.
 */
import { formatHex, isCaError } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import {
  appendSpareRecord,
  errnoOf,
  readLedger,
  readSpareRecords,
  removeIfPresent,
  type Home,
  type IssuedEntry,
  type SpareRecord,
} from '@mintmark/ca-store';
import { readCertificateDigest } from './current-entries.ts';
import { findKeyBlocks, spkiHex, tryReadKey } from './key-files.ts';

/** The newest record of a key's spare that counts: one that was never put in place does not. */
export function findSpareRecord(
  home: Home,
  spkiSha256Hex: string,
  records: readonly SpareRecord[] = readSpareRecords(home),
): SpareRecord | undefined {
  return records.findLast(
    (record) =>
      record.spkiSha256Hex === spkiSha256Hex && (record.event !== 'sealing' || isSealedIn(home, record.file, record)),
  );
}

/** The spare that a file holds and that still waits, whosever it is and wherever the file lies. */
export function findSpareInFile(home: Home, file: string): SpareRecord | undefined {
  const digest = digestOfKeyFile(home, file);
  if (digest === undefined) return undefined;
  return listCounting(home).find(({ event, sealSha256Hex }) => event !== 'promoted' && sealSha256Hex === digest);
}

/** True for a key that was a spare until it took over. */
export const isPromotedKey = (home: Home, spkiSha256Hex: string): boolean =>
  readSpareRecords(home).some(
    ({ event, spareSpkiSha256Hex }) => event === 'promoted' && spareSpkiSha256Hex === spkiSha256Hex,
  );

/** Of each key the record that counts. */
function listCounting(home: Home, records: readonly SpareRecord[] = readSpareRecords(home)): SpareRecord[] {
  const keys = [...new Set(records.map(({ spkiSha256Hex }) => spkiSha256Hex))];
  return keys.flatMap((spkiSha256Hex) => findSpareRecord(home, spkiSha256Hex, records) ?? []);
}

/** True when the file holds the sealed key of the record. */
export function isSealedIn(home: Home, file: string, { sealSha256Hex }: SpareRecord): boolean {
  return digestOfKeyFile(home, file) === sealSha256Hex;
}

/** SHA-256 of the DER of the one key in a file, hex; undefined for no file and for any other content. */
export function digestOfKeyFile(home: Home, file: string): string | undefined {
  const blocks = findKeyBlocks(home, file);
  return blocks.length === 1 && blocks[0] !== undefined ? formatHex(nodeSha256(blocks[0].der)) : undefined;
}

/** A certificate and, where it is of this home, its key. `isWritten`: this command has just put both there. */
type PlacedKey = Pick<IssuedEntry, 'spkiSha256Hex' | 'certSha256Hex' | 'certFile' | 'keyFile' | 'at'> & {
  readonly isWritten?: boolean;
};

/**
 * Marks the spares among the keys that are in their places as promoted and removes their sealed files. Returns the file of each by
 * the digest of the key. Call it under the home's lock. `passphrase` opens key files that have one.
 */
export function finishPromotions(
  home: Home,
  keys: readonly PlacedKey[],
  passphrase?: string,
): ReadonlyMap<string, string> {
  const done = new Map<string, string>();
  const records = readSpareRecords(home);
  if (records.length === 0) return done;
  const counting = listCounting(home, records);
  for (const key of keys) {
    const { spkiSha256Hex, at, keyFile } = key;
    const record = counting.find((one) => one.spareSpkiSha256Hex === spkiSha256Hex);
    if (record === undefined || keyFile === undefined || done.has(spkiSha256Hex)) continue;
    if (!isInPlace(home, { ...key, keyFile }, passphrase)) continue;
    if (record.event !== 'promoted') {
      appendPromotion(home, record, { at, keyFile });
      done.set(spkiSha256Hex, record.file);
    }
    // Also where a command was cut off between the mark and this.
    if (record.file !== keyFile) removeSealed(home, record);
  }
  return done;
}

/** The same for one key that may be in its place since an earlier command, as the ledger tells and the files show. */
export function settlePromotion(home: Home, spkiSha256Hex: string, passphrase?: string): void {
  const isSpare = readSpareRecords(home).some(({ spareSpkiSha256Hex }) => spareSpkiSha256Hex === spkiSha256Hex);
  if (!isSpare) return;
  const entries = readLedger(home).filter((entry) => entry.spkiSha256Hex === spkiSha256Hex);
  finishPromotions(home, entries, passphrase);
}

/** The sealed file may be the only copy of the key, so files are looked at and no entry is believed. */
function isInPlace(home: Home, key: PlacedKey & { readonly keyFile: string }, passphrase: string | undefined): boolean {
  if (key.isWritten === true) return true;
  if (readCertificateDigest(home.fs, key.certFile) !== key.certSha256Hex) return false;
  const onDisk = tryReadKey(home, key.keyFile, passphrase);
  return onDisk !== undefined && spkiHex(onDisk) === key.spkiSha256Hex;
}

function appendPromotion(
  home: Home,
  { passphrase: _passphrase, ...record }: SpareRecord,
  place: Pick<SpareRecord, 'at' | 'keyFile'>,
): void {
  appendSpareRecord(home, { ...record, event: 'promoted', ...place });
}

function removeSealed(home: Home, record: SpareRecord): void {
  try {
    // Whatever else stands there by now is not ours to remove.
    if (isSealedIn(home, record.file, record)) removeIfPresent(home.fs, record.file);
  } catch (cause) {
    // The key is in its place: a copy that can't be read or removed is sealed still.
    if (!isCaError(cause) && errnoOf(cause) === undefined) throw cause;
  }
}
