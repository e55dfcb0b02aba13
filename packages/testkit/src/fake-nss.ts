/**
 * @module NSS databases for tests, written byte by byte as NSS lays them out, and a certutil in memory that keeps them. One page
 * a table: enough for a handful of certificates.
 */
import { createCipheriv, createHash, pbkdf2Sync, randomBytes } from 'node:crypto';
import { derWriter, formatHex, parsePemOrDer } from '@mintmark/ca-core';
import type { FakeMachine, FakeProgram } from './fake-machine.ts';

/** A certificate in a database. `flags` as certutil's: `C,,` is an authority for TLS servers. */
export type FakeNssEntry = { readonly nickname: string; readonly certDer: Uint8Array; readonly flags: string };

type Value = null | number | string | Uint8Array;
type Table = {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
};

const PAGE_BYTES = 65_536;

/** Bytes of an SQLite database with these tables. */
export function encodeSqlite(tables: readonly Table[]): Uint8Array {
  const schema = tables.map(({ name, columns }, index) => {
    const sql = `CREATE TABLE ${name} (${columns.join(', ')})`;
    return ['table', name, name, index + 2, sql];
  });
  const header = Buffer.alloc(100);
  header.write('SQLite format 3\0');
  header.writeUInt16BE(1, 16); // 65 536
  header.set([1, 1, 0, 64, 32, 32], 18);
  header.writeUInt32BE(tables.length + 1, 28);
  header.writeUInt32BE(4, 44);
  header.writeUInt32BE(1, 56); // UTF-8
  return new Uint8Array(Buffer.concat([encodePage(schema, header), ...tables.map(({ rows }) => encodePage(rows))]));
}

function encodePage(rows: readonly (readonly Value[])[], header: Buffer = Buffer.alloc(0)): Buffer {
  const page = Buffer.alloc(PAGE_BYTES);
  header.copy(page);
  let end = PAGE_BYTES;
  page.writeUInt8(0x0d, header.length);
  page.writeUInt16BE(rows.length, header.length + 3);
  rows.forEach((row, index) => {
    const record = encodeRecord(row);
    const cell = Buffer.concat([encodeVarint(record.length), encodeVarint(index + 1), record]);
    end -= cell.length;
    cell.copy(page, end);
    page.writeUInt16BE(end, header.length + 8 + 2 * index);
  });
  page.writeUInt16BE(end % PAGE_BYTES, header.length + 5);
  return page;
}

function encodeRecord(row: readonly Value[]): Buffer {
  const bodies = row.map(encodeValue);
  const types = Buffer.concat(row.map((value, index) => encodeVarint(typeOf(value, bodies[index]?.length ?? 0))));
  const headerBytes = types.length + 1 < 128 ? types.length + 1 : types.length + 2;
  return Buffer.concat([encodeVarint(headerBytes), types, ...bodies]);
}

function encodeValue(value: Value): Buffer {
  if (value === null) return Buffer.alloc(0);
  if (typeof value !== 'number') return Buffer.from(value as Uint8Array);
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const typeOf = (value: Value, length: number): number =>
  value === null ? 0 : typeof value === 'number' ? 4 : typeof value === 'string' ? 13 + 2 * length : 12 + 2 * length;

function encodeVarint(value: number): Buffer {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return Buffer.from(bytes);
}

const ulong = (value: number): Uint8Array => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const FIRST_OBJECT = 0x1000;

/** cert9.db and key4.db that hold these certificates; with a primary password when one is given. */
export function encodeNssDatabase(
  entries: readonly FakeNssEntry[],
  password = '',
): { readonly cert9: Uint8Array; readonly key4: Uint8Array } {
  const objects = entries.flatMap(({ nickname, certDer, flags }, index): Value[][] => {
    const id = FIRST_OBJECT + 2 * index;
    const sha1 = createHash('sha1').update(certDer).digest();
    const trust = flags.startsWith('C') ? 0xce534352 : 0xce534353;
    return [
      [id, ulong(1), Buffer.from(nickname), certDer, null, null],
      [id + 1, ulong(0xce534353), Buffer.from([0xa5, 0, 0x5a]), null, sha1, ulong(trust)],
    ];
  });
  const columns = ['id PRIMARY KEY UNIQUE ON CONFLICT ABORT', 'a0', 'a3', 'a11', 'ace5363b4', 'ace536358'];
  const signatures = entries.map((_, index): Value[] => {
    const id = (FIRST_OBJECT + 2 * index + 1).toString(16).padStart(8, '0');
    return [`sig_cert_${id}_ce536358`, randomBytes(8), null];
  });
  const meta = {
    name: 'metaData',
    columns: ['id', 'item1', 'item2'],
    rows: [encodePasswordRow(password), ...signatures],
  };
  return {
    cert9: encodeSqlite([{ name: 'nssPublic', columns, rows: objects }]),
    key4: encodeSqlite([{ name: 'nssPrivate', columns, rows: [] }, meta]),
  };
}

function encodePasswordRow(password: string): Value[] {
  const { encodeSequence, encodeOid, encodeOctetString, encodeSmallInteger } = derWriter;
  const [globalSalt, salt, tail] = [randomBytes(20), randomBytes(32), randomBytes(14)];
  const iv = encodeOctetString(tail);
  const digest = createHash('sha1').update(globalSalt).update(password).digest();
  const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync(digest, salt, 1, 32, 'sha256'), iv);
  const encrypted = Buffer.concat([cipher.update('password-check'), cipher.final()]);
  const prf = encodeSequence(encodeOid('1.2.840.113549.2.9'));
  const pbkdf2 = encodeSequence(encodeOctetString(salt), encodeSmallInteger(1), encodeSmallInteger(32), prf);
  const derivation = encodeSequence(encodeOid('1.2.840.113549.1.5.12'), pbkdf2);
  const encryption = encodeSequence(encodeOid('2.16.840.1.101.3.4.1.42'), iv);
  const algorithm = encodeSequence(encodeOid('1.2.840.113549.1.5.13'), encodeSequence(derivation, encryption));
  return ['password', globalSalt, encodeSequence(algorithm, encodeOctetString(encrypted))];
}

export type FakeCertutil = {
  readonly program: FakeProgram;
  /** Puts a database into the machine, as if it had been there before. */
  readonly plant: (
    machine: FakeMachine,
    folder: string,
    held?: { readonly entries?: readonly FakeNssEntry[]; readonly password?: string },
  ) => void;
  readonly entriesOf: (folder: string) => readonly FakeNssEntry[];
};

/** Does what certutil does with `-N`, `-A`, `-D` and `-L`, for `-d sql:FOLDER`. */
export function createFakeCertutil(): FakeCertutil {
  const databases = new Map<string, { entries: FakeNssEntry[]; password: string }>();
  const plant: FakeCertutil['plant'] = (machine, folder, { entries = [], password = '' } = {}) => {
    databases.set(folder, { entries: [...entries], password });
    write(machine, folder);
  };
  const write = (machine: FakeMachine, folder: string): void => {
    const { entries = [], password = '' } = databases.get(folder) ?? {};
    const { cert9, key4 } = encodeNssDatabase(entries, password);
    machine.entries.set(`${folder}/cert9.db`, cert9).set(`${folder}/key4.db`, key4);
    if (!machine.entries.has(`${folder}/pkcs11.txt`))
      machine.entries.set(`${folder}/pkcs11.txt`, 'library=\nname=NSS Internal PKCS #11 Module\n\n');
  };
  const program: FakeProgram = ({ command, stdin }, machine) => {
    const [, action = '', ...args] = command;
    const option = (name: string): string => args[args.indexOf(name) + 1] ?? '';
    const folder = option('-d').slice('sql:'.length);
    if (action === '-N') return plant(machine, folder);
    const database = databases.get(folder);
    if (database === undefined) return { exitCode: 255, stderr: 'SEC_ERROR_BAD_DATABASE' };
    const found = database.entries.findIndex(({ nickname }) => nickname === option('-n'));
    if (action === '-A') {
      const secret = option('-f') === '/dev/stdin' ? String(stdin) : (machine.text(option('-f')) ?? '');
      const given = args.includes('-f') ? secret.trim() : '';
      const isOpen = given === database.password;
      const [block] = parsePemOrDer(Buffer.from(machine.text(option('-i')) ?? ''), 'the input');
      if (block === undefined) return { exitCode: 255, stderr: 'unable to open input' };
      const hex = formatHex(block.der);
      database.entries = database.entries.filter(({ certDer }) => formatHex(certDer) !== hex);
      database.entries.push({ nickname: option('-n'), certDer: block.der, flags: isOpen ? option('-t') : ',,' });
      write(machine, folder);
      return isOpen ? {} : { exitCode: 255, stderr: 'SEC_ERROR_BAD_PASSWORD' };
    }
    if (action === '-D') {
      if (found < 0) return { exitCode: 255, stderr: 'could not find certificate named' };
      database.entries.splice(found, 1);
      write(machine, folder);
      return {};
    }
    return { exitCode: 255, stderr: 'usage' };
  };
  return { program, plant, entriesOf: (folder) => databases.get(folder)?.entries ?? [] };
}
