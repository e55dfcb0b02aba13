/**
 * @module What the records of spare keys come to: which spare counts, and the end of a promotion. A spare is promoted once its key
 * stands in its new place: told by what is in place and not by who put it there, so that the next command that writes a pair
 * settles what a crash left.
 */
import { findBlocks, formatHex, isCaError, PRIVATE_KEY_LABELS } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import {
  appendSpareRecord,
  errnoOf,
  readIfPresent,
  readSpareRecords,
  removeIfPresent,
  type Home,
  type SpareRecord,
} from '@mintmark/ca-store';

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

/** True when the file holds the sealed key of the record. */
export function isSealedIn(home: Home, file: string, { sealSha256Hex }: SpareRecord): boolean {
  return digestOfKeyFile(home, file) === sealSha256Hex;
}

/** SHA-256 of the DER of the one key in a file, hex; undefined for no file and for any other content. */
export function digestOfKeyFile(home: Home, file: string): string | undefined {
  const bytes = readIfPresent(home.fs, file);
  if (bytes === undefined) return undefined;
  try {
    const blocks = findBlocks(bytes, file, { labels: PRIVATE_KEY_LABELS, wanted: 'a private key' });
    return blocks.length === 1 && blocks[0] !== undefined ? formatHex(nodeSha256(blocks[0].der)) : undefined;
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}

/** A key that stands in its place since `at`. */
type PlacedKey = Pick<SpareRecord, 'spkiSha256Hex' | 'at'> & { readonly keyFile?: string };

/**
 * Marks the spares among the keys as promoted and removes their files. Returns the file of each by the digest of the key. Call it
 * under the home's lock.
 */
export function finishPromotions(home: Home, keys: readonly PlacedKey[]): ReadonlyMap<string, string> {
  const done = new Map<string, string>();
  const records = readSpareRecords(home);
  if (records.length === 0) return done;
  const current = [...new Set(records.map(({ spkiSha256Hex }) => spkiSha256Hex))].flatMap(
    (spkiSha256Hex) => findSpareRecord(home, spkiSha256Hex, records) ?? [],
  );
  for (const key of keys) {
    const { spkiSha256Hex } = key;
    const record = current.find((one) => one.spareSpkiSha256Hex === spkiSha256Hex && one.event !== 'promoted');
    if (record === undefined || done.has(spkiSha256Hex)) continue;
    promote(home, record, key);
    done.set(spkiSha256Hex, record.file);
  }
  return done;
}

function promote(home: Home, { passphrase: _passphrase, ...record }: SpareRecord, { at, keyFile }: PlacedKey): void {
  appendSpareRecord(home, { ...record, event: 'promoted', at, ...(keyFile === undefined ? {} : { keyFile }) });
  try {
    // Whatever else stands there by now is not ours to remove.
    if (isSealedIn(home, record.file, record)) removeIfPresent(home.fs, record.file);
  } catch (cause) {
    // The key is in its place: a copy that can't be read or removed is sealed still.
    if (!isCaError(cause) && errnoOf(cause) === undefined) throw cause;
  }
}
