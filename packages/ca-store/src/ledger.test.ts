/** @module The ledger: what was appended is read back, and what a crash or an editor spoiled spoils nothing else. */
import { appendFileSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createTemporaryFolder, createThrowAwayPair, unsyncedFileSystem as disk } from '../../testkit/src/index.ts';
import type { Home } from './home.ts';
import { appendLedger, isInLedger, readLedger } from './ledger.ts';

const root = createTemporaryFolder();
afterAll(root.remove);

const { entry } = createThrowAwayPair();
const first = { ...entry, serialHex: '01', certSha256Hex: 'aa'.repeat(32) };
const second = { ...entry, serialHex: '02', certSha256Hex: 'bb'.repeat(32) };

const createHome = (): Home => ({ path: root.next(), fs: disk });
const ledgerFile = ({ path }: Home): string => join(path, 'ledger.jsonl');

describe('the ledger', () => {
  it('gives entries back in their order, one line each, for the owner alone', () => {
    const home = createHome();
    appendLedger(home, [first]);
    appendLedger(home, [second]);
    expect(readLedger(home)).toEqual([first, second]);
    expect(readFileSync(ledgerFile(home), 'utf8').split('\n')).toHaveLength(3);
    expect(lstatSync(ledgerFile(home)).mode & 0o777).toBe(0o600);
  });

  it('syncs the folder when the file is new, and not again', () => {
    const calls: string[] = [];
    const home = {
      path: root.next(),
      fs: { ...disk, openFolder: (path: string) => (calls.push(path), disk.openFolder(path)) },
    };
    appendLedger(home, [first]);
    expect(calls).toEqual([home.path]);
    appendLedger(home, [second]);
    expect(calls).toEqual([home.path]);
  });

  it('that is not there has no entries', () => {
    const home = createHome();
    expect(readLedger(home)).toEqual([]);
    expect(isInLedger(home, first.certSha256Hex)).toBe(false);
  });

  it('loses only the torn last line of a crash, and the next entry begins a line of its own', () => {
    const home = createHome();
    appendLedger(home, [first]);
    const line = JSON.stringify(second);
    appendFileSync(ledgerFile(home), line.slice(0, line.length / 2));
    expect(readLedger(home)).toEqual([first]);
    appendLedger(home, [second]);
    expect(readLedger(home)).toEqual([first, second]);
  });

  it('takes a whole last line without its line feed for what it is', () => {
    const home = createHome();
    writeFileSync(ledgerFile(home), JSON.stringify(first));
    expect(readLedger(home)).toEqual([first]);
    appendLedger(home, [second]);
    expect(readLedger(home)).toEqual([first, second]);
  });

  it.each([
    ['no JSON', 'hello'],
    ['an array', '[]'],
    ['null', 'null'],
    ['another event', JSON.stringify({ ...first, event: 'revoked' })],
    ['no serial', JSON.stringify({ ...first, serialHex: 7 })],
    ['names that are no list', JSON.stringify({ ...first, names: 'a.test' })],
    ['bytes that are no text', '\u0000\ufffd\ufffd'],
  ])('skips a line with %s', (_what, line) => {
    const home = createHome();
    writeFileSync(ledgerFile(home), `${JSON.stringify(first)}\n${line}\n\n${JSON.stringify(second)}\n`);
    expect(readLedger(home)).toEqual([first, second]);
  });

  it('knows digests of certificates and keys, and not pieces of them', () => {
    const home = createHome();
    appendLedger(home, [first]);
    expect(isInLedger(home, first.certSha256Hex)).toBe(true);
    expect(isInLedger(home, first.spkiSha256Hex)).toBe(true);
    expect(isInLedger(home, first.certSha256Hex.slice(2))).toBe(false);
    expect(isInLedger(home, second.certSha256Hex)).toBe(false);
  });
});
