/**
 * @module The ledger: one JSON object a line, appended and synced before the certificate it tells of is put in place.
 * Human-readable; losing it loses no key. A torn last line (crash while appending) is skipped by readers.
 */
import type { Home } from './home.ts';
import { appendRecords, readRecordBytes, readRecords } from './records.ts';

/** What was issued. Times are ISO 8601 UTC; digests lower-case hex; paths absolute; `keyFile` absent for signed CSRs. */
export type IssuedEntry = {
  readonly event: 'issued';
  readonly at: string;
  readonly ca: string;
  readonly profile: 'server' | 'client' | 'self-signed' | 'self-signed-client';
  readonly serialHex: string;
  readonly names: readonly string[];
  readonly notBefore: string;
  readonly notAfter: string;
  readonly certSha256Hex: string;
  readonly spkiSha256Hex: string;
  readonly certFile: string;
  readonly keyFile?: string;
};

/** In the home's folder. */
export const LEDGER_FILE = 'ledger.jsonl';

/** Appends entries and syncs. Call it under the home's lock. */
export function appendLedger(home: Home, entries: readonly IssuedEntry[]): void {
  appendRecords(home, LEDGER_FILE, entries);
}

/** All entries that can be read, oldest first. */
export function readLedger(home: Home): IssuedEntry[] {
  return readRecords(home, LEDGER_FILE).filter(isIssuedEntry);
}

function isIssuedEntry(record: object): record is IssuedEntry {
  const entry = record as Partial<IssuedEntry>;
  return (
    entry.event === 'issued' &&
    typeof entry.serialHex === 'string' &&
    typeof entry.notAfter === 'string' &&
    Array.isArray(entry.names) &&
    typeof entry.certFile === 'string'
  );
}

/** True when the ledger names this digest (certificate or public key), without parsing it all: it may hold thousands. */
export function isInLedger(home: Home, sha256Hex: string): boolean {
  return readRecordBytes(home, LEDGER_FILE).includes(`"${sha256Hex}"`);
}
