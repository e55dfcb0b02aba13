/** @module Which revocations the next list tells of, and which number it gets. */
import { describe, expect, it } from 'vitest';
import { nextCrlNumber, type CrlRecord, type RevocationRecord } from '@mintmark/ca-store';
import { selectForCrl } from './revoked.ts';

const DAY_MS = 86_400_000;
const day = (count: number): string => new Date(Date.UTC(2026, 0, 1) + count * DAY_MS).toISOString();
const revoked = (serialHex: string, at: number, until: number): RevocationRecord => ({
  event: 'revoked',
  at: day(at),
  ca: 'default',
  issuerSpkiSha256Hex: 'aa',
  serialHex,
  certSha256Hex: serialHex,
  spkiSha256Hex: 'cc',
  notAfter: day(until),
  reason: 'superseded',
});
const list = (at: number, number = '1'): CrlRecord => ({
  event: 'crl',
  at: day(at),
  ca: 'default',
  issuerSpkiSha256Hex: 'aa',
  number,
  thisUpdate: day(at),
});
const serials = (records: readonly RevocationRecord[], lists: readonly CrlRecord[], now = 100): string[] =>
  selectForCrl(records, { lists, now: new Date(day(now)) }).map(({ serialHex }) => serialHex);

describe('a revocation is told (RFC 5280 section 3.3)', () => {
  const records = [revoked('1', 1, 10)];

  it('until a list that was made after the end of the certificate has told it', () => {
    expect(serials(records, [])).toEqual(['1']);
    expect(serials(records, [list(5), list(10)])).toEqual(['1']);
    expect(serials(records, [list(5), list(11)])).toEqual([]);
  });

  it('also where it came after the end, past which there was a list already', () => {
    expect(serials([revoked('1', 20, 10)], [list(15)])).toEqual(['1']);
    expect(serials([revoked('1', 20, 10)], [list(15), list(21)])).toEqual([]);
  });

  it('also where a clock that ran ahead has made a list of a time to come', () => {
    expect(serials(records, [list(30)], 5)).toEqual(['1']);
    expect(serials(records, [list(30)], 31)).toEqual([]);
  });
});

describe('the number of a list', () => {
  const now = new Date('2026-06-01T00:00:00.700Z');
  const seconds = BigInt(Date.UTC(2026, 5, 1) / 1000);

  it('is the time in seconds, and higher than the last in any case', () => {
    expect(nextCrlNumber([], now)).toBe(seconds);
    expect(nextCrlNumber([list(1, '7')], now)).toBe(seconds);
    expect(nextCrlNumber([list(1, String(seconds))], now)).toBe(seconds + 1n);
    expect(nextCrlNumber([list(1, '99999999999999999999'), list(2, '8')], now)).toBe(100_000_000_000_000_000_000n);
  });
});
