/**
 * @module Reads the rows of a table out of the bytes of an SQLite database: header, table b-trees, overflow pages, records. No
 * indexes, no write-ahead log, no journal, nothing written. Hostile bytes end in `SqliteError`.
 * @see https://www.sqlite.org/fileformat2.html
 */

/** The bytes are no database, are damaged, or use what is not read here. */
export class SqliteError extends Error {
  override readonly name = 'SqliteError';
}

type SqliteValue = null | number | bigint | string | Uint8Array;

/** One row, by column name. Columns that were added after the row was written are null. */
export type SqliteRow = ReadonlyMap<string, SqliteValue>;

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
const MAX_BYTES = 64 * 1024 * 1024; // NSS databases hold a few hundred KB
const MIN_PAGE_BYTES = 512; // section 1.3.2
const MAX_PAGE_BYTES = 65_536;
const ENCODING_UTF8 = 1;
const TABLE_INTERIOR = 0x05; // section 1.6
const TABLE_LEAF = 0x0d;
const MAX_ROWS = 100_000;
const MAX_COLUMNS = 2_000; // SQLITE_MAX_COLUMN

type Database = {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly pageBytes: number;
  readonly usable: number;
};

/** Every row of the table; none when there is no such table. @throws SqliteError */
export function readSqliteTable(bytes: Uint8Array, table: string): SqliteRow[] {
  try {
    const database = openDatabase(bytes);
    const schema = readRows(database, 1, ['type', 'name', 'tbl_name', 'rootpage', 'sql']);
    const entry = schema.find((row) => row.get('type') === 'table' && row.get('name') === table);
    if (entry === undefined) return [];
    return readRows(database, Number(entry.get('rootpage')), parseColumns(String(entry.get('sql'))));
  } catch (cause) {
    if (cause instanceof SqliteError) throw cause;
    throw new SqliteError('the database is damaged', { cause }); // reading past its end
  }
}

function openDatabase(bytes: Uint8Array): Database {
  if (bytes.length < HEADER_BYTES || bytes.length > MAX_BYTES) throw new SqliteError('not the size of a database');
  if (Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1') !== MAGIC) throw new SqliteError('no database');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const told = view.getUint16(16);
  const pageBytes = told === 1 ? MAX_PAGE_BYTES : told;
  const usable = pageBytes - view.getUint8(20);
  const isPowerOfTwo = (pageBytes & (pageBytes - 1)) === 0;
  if (pageBytes < MIN_PAGE_BYTES || !isPowerOfTwo || usable < MIN_PAGE_BYTES - 32)
    throw new SqliteError('bad page size');
  if (view.getUint8(19) > 2) throw new SqliteError('written for a newer reader');
  if (view.getUint32(56) !== ENCODING_UTF8) throw new SqliteError('its text is not UTF-8');
  return { bytes, view, pageBytes, usable };
}

/** Names of the columns in `CREATE TABLE name (a, b TYPE, …)`, as NSS writes it: no commas or brackets within one. */
function parseColumns(sql: string): string[] {
  const inner = sql.slice(sql.indexOf('(') + 1, sql.lastIndexOf(')'));
  const columns = inner.split(',').map((column) => /^\s*"?(\w+)/.exec(column)?.[1] ?? '');
  if (columns.length > MAX_COLUMNS) throw new SqliteError('too many columns');
  return columns;
}

function readRows(database: Database, rootPage: number, columns: readonly string[]): SqliteRow[] {
  const rows: SqliteRow[] = [];
  const visited = new Set<number>();
  const pending = [rootPage];
  for (let page = pending.pop(); page !== undefined; page = pending.pop()) {
    if (visited.has(page)) throw new SqliteError('a page is its own descendant');
    visited.add(page);
    const start = pageStart(database, page);
    const header = start + (page === 1 ? HEADER_BYTES : 0);
    const kind = database.view.getUint8(header);
    if (kind !== TABLE_LEAF && kind !== TABLE_INTERIOR) throw new SqliteError('not a page of a table');
    const isLeaf = kind === TABLE_LEAF;
    const cells = header + (isLeaf ? 8 : 12);
    const children: number[] = [];
    for (let index = 0; index < database.view.getUint16(header + 3); index += 1) {
      const cell = start + database.view.getUint16(cells + 2 * index);
      if (isLeaf) rows.push(decodeRecord(readPayload(database, cell), columns));
      else children.push(database.view.getUint32(cell));
      if (rows.length > MAX_ROWS) throw new SqliteError('too many rows');
    }
    if (!isLeaf) pending.push(database.view.getUint32(header + 8), ...children.reverse());
  }
  return rows;
}

function pageStart({ bytes, pageBytes }: Database, page: number): number {
  const start = (page - 1) * pageBytes;
  if (!Number.isInteger(page) || page < 1 || start + pageBytes > bytes.length) throw new SqliteError('no such page');
  return start;
}

/** What of a payload stays in the leaf, by section 1.6 (`X`, `M` and `K` there). */
function localLength(payload: number, usable: number): number {
  const max = usable - 35;
  if (payload <= max) return payload;
  const min = Math.floor(((usable - 12) * 32) / 255) - 23;
  const wanted = min + ((payload - min) % (usable - 4));
  return wanted <= max ? wanted : min;
}

function readPayload(database: Database, cell: number): Uint8Array {
  const { bytes, view, usable } = database;
  const length = readVarint(view, cell);
  const rowId = readVarint(view, length.end);
  const total = Number(length.value);
  if (total > bytes.length) throw new SqliteError('a row is longer than the database');
  const local = localLength(total, usable);
  const parts = [bytes.subarray(rowId.end, rowId.end + local)];
  let left = total - local;
  let page = left > 0 ? view.getUint32(rowId.end + local) : 0;
  while (left > 0) {
    const start = pageStart(database, page);
    const taken = Math.min(left, usable - 4);
    parts.push(bytes.subarray(start + 4, start + 4 + taken));
    left -= taken; // what is left shrinks with every page, so a ring of pages ends too
    page = view.getUint32(start);
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : new Uint8Array(Buffer.concat(parts));
}

function decodeRecord(record: Uint8Array, columns: readonly string[]): SqliteRow {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const header = readVarint(view, 0);
  const row = new Map<string, SqliteValue>(columns.map((column) => [column, null]));
  let typeAt = header.end;
  let valueAt = Number(header.value);
  for (const column of columns) {
    if (typeAt >= Number(header.value)) break;
    const type = readVarint(view, typeAt);
    typeAt = type.end;
    const { value, end } = decodeValue({ record, view }, Number(type.value), valueAt);
    row.set(column, value);
    valueAt = end;
  }
  return row;
}

/** Serial types of section 2.1: sizes of integers. */
const INTEGER_BYTES: Readonly<Record<number, number>> = { 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8 };
const FIRST_BLOB_TYPE = 12;

function decodeValue(
  { record, view }: { readonly record: Uint8Array; readonly view: DataView },
  type: number,
  start: number,
): { readonly value: SqliteValue; readonly end: number } {
  const size = INTEGER_BYTES[type];
  if (size !== undefined) return { value: decodeInteger(view, start, size), end: start + size };
  if (type === 0) return { value: null, end: start };
  if (type === 7) return { value: view.getFloat64(start), end: start + 8 };
  if (type === 8 || type === 9) return { value: type - 8, end: start };
  if (type < FIRST_BLOB_TYPE) throw new SqliteError('a reserved type');
  const end = start + Math.floor((type - FIRST_BLOB_TYPE) / 2);
  if (end > record.length) throw new SqliteError('a value is longer than its row');
  const value = record.subarray(start, end);
  return { value: type % 2 === 0 ? value : Buffer.from(value).toString(), end };
}

/** Big-endian two's complement; a bigint only where a number can't hold it. */
function decodeInteger(view: DataView, start: number, size: number): number | bigint {
  let value = BigInt(view.getInt8(start));
  for (let index = 1; index < size; index += 1) value = (value << 8n) | BigInt(view.getUint8(start + index));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

const VARINT_BYTES = 9;

/** Section 1.6: seven bits a byte, eight in the ninth. */
function readVarint(view: DataView, start: number): { readonly value: bigint; readonly end: number } {
  let value = 0n;
  for (let index = 0; index < VARINT_BYTES - 1; index += 1) {
    const byte = view.getUint8(start + index);
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  value = (value << 8n) | BigInt(view.getUint8(start + VARINT_BYTES - 1));
  return { value, end: start + VARINT_BYTES };
}
