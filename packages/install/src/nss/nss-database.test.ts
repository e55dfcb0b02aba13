/** @module What is read out of databases that NSS itself wrote: certificates, names, trust of both kinds, the password. */
import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { derWriter } from '@mintmark/ca-core';
import { describe, expect, it } from 'vitest';
import { encodeNssDatabase, encodeSqlite } from '../../../testkit/src/index.ts';
import { parseNssDatabase } from './nss-database.ts';
import { hasPrimaryPassword } from './nss-password.ts';

const readFixture = (name: string): Uint8Array =>
  new Uint8Array(gunzipSync(readFileSync(new URL(`fixtures/${name}.db.gz`, import.meta.url))));
const rootDer = new Uint8Array(readFileSync(new URL('fixtures/root.der', import.meta.url)));
const root = {
  sha256Hex: createHash('sha256').update(rootDer).digest('hex'),
  sha1Hex: createHash('sha1').update(rootDer).digest('hex'),
};
const read = (name: string) => ({ cert9: readFixture(`${name}.cert9`), key4: readFixture(`${name}.key4`) });

describe('an NSS database', () => {
  it('says which certificates it holds, their names, and which it trusts', () => {
    const { certificates } = parseNssDatabase(read('old'), [root]);
    expect(certificates).toHaveLength(27);
    const named = (name: string) => certificates.find(({ nickname }) => nickname === name);
    expect(named('trusted root')).toEqual({
      sha256Hex: root.sha256Hex,
      nickname: 'trusted root',
      isTrusted: true,
      isTrustedByNewNss: true,
    });
    expect(named('another root')).toMatchObject({ isTrusted: false, isTrustedByNewNss: false });
    expect(named('row 24')).toMatchObject({ isTrusted: true });
  });

  it('tells trust that only a new NSS sees', () => {
    const { certificates, strangers } = parseNssDatabase(read('new'), [root]);
    expect(certificates).toEqual([
      { sha256Hex: root.sha256Hex, nickname: 'new nick', isTrusted: false, isTrustedByNewNss: true },
    ]);
    expect(strangers).toBe(0);
  });

  it('counts what is not the wanted root', () => {
    expect(parseNssDatabase(read('old'), [root]).strangers).toBe(50);
    expect(parseNssDatabase(read('new'), []).strangers).toBe(2);
  });

  it('takes trust without a signature for none, as NSS does', () => {
    const { cert9 } = read('old');
    const { key4 } = read('new');
    expect(parseNssDatabase({ cert9, key4 }, []).certificates.some(({ isTrusted }) => isTrusted)).toBe(false);
    const unsigned = parseNssDatabase({ cert9, key4: undefined }, []);
    expect(unsigned.certificates.some(({ isTrustedByNewNss }) => isTrustedByNewNss)).toBe(false);
  });

  it('reads what the fake of the tests writes', () => {
    const entry = { nickname: 'n', certDer: rootDer, flags: 'C,,' };
    const { certificates, strangers } = parseNssDatabase(encodeNssDatabase([entry]), [root]);
    expect(certificates).toMatchObject([{ nickname: 'n', isTrusted: true, sha256Hex: root.sha256Hex }]);
    expect(strangers).toBe(0);
  });
});

describe('the primary password', () => {
  it('is told from key4.db', () => {
    expect(hasPrimaryPassword(readFixture('old.key4'))).toBe(false);
    expect(hasPrimaryPassword(readFixture('new.key4'))).toBe(false);
    expect(hasPrimaryPassword(readFixture('password.key4'))).toBe(true);
  });

  it('is none where none was ever set, and unknown where the bytes make no sense', () => {
    const columns = ['id', 'item1', 'item2'];
    expect(hasPrimaryPassword(encodeSqlite([{ name: 'metaData', columns, rows: [] }]))).toBe(false);
    const salt = Buffer.alloc(20);
    for (const item of [null, new Uint8Array(), new Uint8Array([0x30, 0x80]), salt])
      expect(
        hasPrimaryPassword(encodeSqlite([{ name: 'metaData', columns, rows: [['password', salt, item]] }])),
      ).toBeUndefined();
    expect(hasPrimaryPassword(new Uint8Array(Buffer.from('nonsense')))).toBeUndefined();
  });

  it.each([
    ['', false],
    ['x', true],
  ])('is told from the form of old versions too (%j)', (password, expected) => {
    const columns = ['id', 'item1', 'item2'];
    const globalSalt = Buffer.from('12345678901234567890');
    const item = encryptByTripleDes(password, globalSalt, Buffer.from('a salt of its own'));
    const key4 = encodeSqlite([{ name: 'metaData', columns, rows: [['password', globalSalt, item]] }]);
    expect(hasPrimaryPassword(key4)).toBe(expected);
  });
});

/** The formula of lowpbe.c, written down once more. */
function encryptByTripleDes(password: string, globalSalt: Buffer, salt: Buffer): Uint8Array {
  const outer = createHash('sha1').update(globalSalt).update(password).digest();
  const key = createHash('sha1')
    .update(Buffer.concat([outer, salt]))
    .digest();
  const hmac = (bytes: Buffer): Buffer => createHmac('sha1', key).update(bytes).digest();
  const padded = Buffer.concat([salt, Buffer.alloc(20)]).subarray(0, 20);
  const bytes = Buffer.concat([hmac(Buffer.concat([padded, salt])), hmac(Buffer.concat([hmac(padded), salt]))]);
  const cipher = createCipheriv('des-ede3-cbc', bytes.subarray(0, 24), bytes.subarray(32, 40));
  const encrypted = Buffer.concat([cipher.update('password-check'), cipher.final()]);
  const { encodeSequence, encodeOid, encodeOctetString, encodeSmallInteger } = derWriter;
  const parameters = encodeSequence(encodeOctetString(salt), encodeSmallInteger(1));
  const algorithm = encodeSequence(encodeOid('1.2.840.113549.1.12.5.1.3'), parameters);
  return encodeSequence(algorithm, encodeOctetString(encrypted));
}
