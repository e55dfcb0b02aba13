/**
 * @module Records of spare keys: which sealed key stands by for which key in use, where its file is, and what opens it where that
 * is ours to know. Without its record a sealed file is worth nothing; losing the records loses no key in use.
 */
import type { Home } from './home.ts';
import { appendRecords, readRecords } from './records.ts';

/**
 * `sealing`: about to be put in place. `sealed`: in its place. `promoted`: it has taken the place of the key. Times are ISO 8601
 * UTC, digests lower-case hex, paths absolute.
 */
export type SpareRecord = {
  readonly event: 'sealing' | 'sealed' | 'promoted';
  readonly at: string;
  /** SHA-256 of the public key in use. */
  readonly spkiSha256Hex: string;
  /** SHA-256 of the public half of the spare. */
  readonly spareSpkiSha256Hex: string;
  /** When the spare was made. */
  readonly createdAt: string;
  readonly file: string;
  /** SHA-256 of the encrypted key (DER), by which the file is known wherever it is moved. */
  readonly sealSha256Hex: string;
  /** Absent where the user has it. */
  readonly passphrase?: string;
  /** Of a promoted one: the key file that holds it now. */
  readonly keyFile?: string;
};

const SPARES_FILE = 'spares.jsonl';

/** Appends and syncs; the file is for the owner alone. Call it under the home's lock. */
export function appendSpareRecord(home: Home, record: SpareRecord): void {
  appendRecords(home, SPARES_FILE, [record]);
}

/** All records that can be read, oldest first. */
export function readSpareRecords(home: Home): SpareRecord[] {
  return readRecords(home, SPARES_FILE).filter(isSpareRecord);
}

const EVENTS: readonly unknown[] = ['sealing', 'sealed', 'promoted'];

function isSpareRecord(record: object): record is SpareRecord {
  const { event, ...rest } = record as Partial<SpareRecord>;
  const texts = [rest.spkiSha256Hex, rest.spareSpkiSha256Hex, rest.sealSha256Hex, rest.file, rest.createdAt];
  return EVENTS.includes(event) && texts.every((text) => typeof text === 'string');
}
