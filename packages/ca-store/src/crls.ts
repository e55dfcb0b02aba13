/**
 * @module Records of revocation lists: which numbers were given away, so that none is given twice. A number is recorded before its
 * list is signed: whatever happens then, the next is higher.
 */
import type { Home } from './home.ts';
import { appendRecords, readRecords } from './records.ts';

/** Times are ISO 8601 UTC; the number is decimal. */
export type CrlRecord = {
  readonly event: 'crl';
  readonly at: string;
  readonly ca: string;
  readonly issuerSpkiSha256Hex: string;
  readonly number: string;
  readonly thisUpdate: string;
};

const CRLS_FILE = 'crls.jsonl';

/** Appends and syncs. Call it under the home's lock, and before the list is signed. */
export function appendCrlRecord(home: Home, record: CrlRecord): void {
  appendRecords(home, CRLS_FILE, [record]);
}

/** Those of one issuer, oldest first. */
export function readCrlRecords(home: Home, issuerSpkiSha256Hex: string): CrlRecord[] {
  return readRecords(home, CRLS_FILE)
    .filter(isCrlRecord)
    .filter((record) => record.issuerSpkiSha256Hex === issuerSpkiSha256Hex);
}

function isCrlRecord(record: object): record is CrlRecord {
  const { event, issuerSpkiSha256Hex, number, thisUpdate } = record as Partial<CrlRecord>;
  return (
    event === 'crl' &&
    typeof issuerSpkiSha256Hex === 'string' &&
    typeof number === 'string' &&
    /^\d{1,40}$/.test(number) &&
    typeof thisUpdate === 'string' &&
    !Number.isNaN(Date.parse(thisUpdate))
  );
}

/**
 * The seconds since 1970, or one more than the last where that is not higher. So numbers rise even where the records are lost, come
 * from a backup, or lie on two machines that share a CA.
 */
export function nextCrlNumber(records: readonly CrlRecord[], now: Date): bigint {
  const last = records.reduce((highest, { number }) => (BigInt(number) > highest ? BigInt(number) : highest), 0n);
  const seconds = BigInt(Math.floor(now.getTime() / 1000));
  return seconds > last ? seconds : last + 1n;
}
