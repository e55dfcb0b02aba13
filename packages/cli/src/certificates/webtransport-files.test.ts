/** @module Names of the next pair's files, and which certificates belong to such pairs. */
import { describe, expect, it } from 'vitest';
import type { IssuedEntry } from '@mintmark/ca-store';
import { isRolled, nextPaths } from './webtransport-files.ts';

describe('nextPaths', () => {
  it.each([
    ['/x/a.pem', '/x/a-key.pem', '/x/a-next.pem', '/x/a-next-key.pem'],
    ['/x/a+2.pem', '/x/a+2-key.pem', '/x/a+2-next.pem', '/x/a+2-next-key.pem'],
    ['/x/a.test.pem', '/x/a.test-key.pem', '/x/a.test-next.pem', '/x/a.test-next-key.pem'],
    ['/x/server.crt', '/y/server.key', '/x/server-next.crt', '/y/server-next.key'],
    ['/x/both', '/x/both', '/x/both-next', '/x/both-next'],
    ['/x/-key.pem', '/x/k', '/x/-key-next.pem', '/x/k-next'],
  ])('of %s and %s', (certFile, keyFile, nextCert, nextKey) => {
    expect(nextPaths({ certFile, keyFile })).toEqual({ certFile: nextCert, keyFile: nextKey });
  });
});

describe('isRolled', () => {
  const entry = (certFile: string, days: number, profile: IssuedEntry['profile'] = 'self-signed'): IssuedEntry => ({
    event: 'issued',
    at: '2026-01-01T00:00:00.000Z',
    ca: '',
    profile,
    serialHex: '01',
    names: ['a.test'],
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: new Date(Date.UTC(2026, 0, 1 + days)).toISOString(),
    certSha256Hex: '',
    spkiSha256Hex: '',
    certFile,
  });
  const judge = (...entries: readonly IssuedEntry[]): boolean[] => entries.map((one) => isRolled(one, entries));

  it('is true for both of a pair, and for nothing that stands alone, lasts longer, or is of a CA', () => {
    expect(judge(entry('/a.pem', 13), entry('/a-next.pem', 13))).toEqual([true, true]);
    expect(judge(entry('/a.pem', 13), entry('/b-next.pem', 13))).toEqual([false, false]);
    expect(judge(entry('/a.pem', 397), entry('/a-next.pem', 13))).toEqual([false, false]);
    expect(judge(entry('/a.pem', 13, 'server'), entry('/a-next.pem', 13))).toEqual([false, false]);
  });
});
