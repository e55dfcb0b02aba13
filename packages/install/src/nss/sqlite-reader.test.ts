/** @module The SQLite reader against databases that SQLite wrote, and against damage. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeSqlite } from '../../../testkit/src/index.ts';
import { readSqliteTable, SqliteError } from './sqlite-reader.ts';

const readFixture = (name: string): Uint8Array =>
  new Uint8Array(gunzipSync(readFileSync(new URL(`fixtures/${name}.db.gz`, import.meta.url))));
const cert9 = readFixture('old.cert9');

describe('the SQLite reader', () => {
  it('reads every row of a table with interior and overflow pages, in order', () => {
    const rows = readSqliteTable(cert9, 'nssPublic');
    expect(rows).toHaveLength(52);
    const lengths = rows.map((row) => row.get('a11')).map((value) => (value instanceof Uint8Array ? value.length : 0));
    expect(Math.max(...lengths)).toBe(9307);
    const labels = rows.map((row) => Buffer.from(row.get('a3') as Uint8Array).toString());
    expect(labels.filter((label) => label.startsWith('row '))).toEqual(
      Array.from({ length: 24 }, (_, i) => `row ${i + 1}`),
    );
  });

  it('reads text, numbers and nulls', () => {
    const rows = [
      ['été', 7, null],
      ['', -1, null],
    ];
    const [first, second] = readSqliteTable(encodeSqlite([{ name: 't', columns: ['a', 'b', 'c'], rows }]), 't');
    expect([...(first ?? [])]).toEqual([
      ['a', 'été'],
      ['b', 7],
      ['c', null],
    ]);
    expect(second?.get('b')).toBe(-1);
  });

  it('finds no rows in a table that is not there', () => {
    expect(readSqliteTable(cert9, 'nssPrivate')).toEqual([]);
  });

  it('refuses a page that leads back to itself', () => {
    const ring = cert9.slice();
    const interior = findPage(ring, 0x05);
    new DataView(ring.buffer).setUint32(interior * PAGE_BYTES + 8, interior + 1);
    expect(() => readSqliteTable(ring, 'nssPublic')).toThrow('its own descendant');
  });

  it.each(['', 'SQLite format 3\0', 'x'.repeat(200)])('refuses %j', (text) => {
    expect(() => readSqliteTable(new Uint8Array(Buffer.from(text)), 't')).toThrow(SqliteError);
  });

  it('ends every damage in a value or in its own error', () => {
    for (let length = 0; length < cert9.length; length += 997) expectOwnError(cert9.slice(0, length));
    for (let index = 0; index < 600; index += 1) {
      const damaged = cert9.slice();
      const at = (index * 2_654_435_761) % damaged.length; // spreads over the file, the same at every run
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (index % 8));
      damaged[(index * 37) % 120] = index % 256;
      expectOwnError(damaged);
    }
  });
});

const PAGE_BYTES = 4096;

const findPage = (bytes: Uint8Array, kind: number): number =>
  Array.from({ length: bytes.length / PAGE_BYTES }, (_, page) => page).find(
    (page) => page > 0 && bytes[page * PAGE_BYTES] === kind,
  ) ?? 0;

function expectOwnError(bytes: Uint8Array): void {
  try {
    readSqliteTable(bytes, 'nssPublic');
  } catch (cause) {
    expect(cause).toBeInstanceOf(SqliteError);
  }
}
