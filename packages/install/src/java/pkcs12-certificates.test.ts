/** @module PKCS#12 keystores of roots, made here byte by byte in the shape that keytool writes. */
import { derTags, derWriter } from '@mintmark/ca-core';
import { describe, expect, it } from 'vitest';
import { parsePkcs12Certificates } from './pkcs12-certificates.ts';

const { encodeDer, encodeOctetString, encodeOid, encodeSequence, encodeSetOf, encodeSmallInteger } = derWriter;
const explicit = (value: Uint8Array): Uint8Array => encodeDer(derTags.contextConstructed(0), value);
const OID_DATA = '1.2.840.113549.1.7.1';
const OID_ENCRYPTED_DATA = '1.2.840.113549.1.7.6';

const contentInfo = (value: Uint8Array, oid = OID_DATA): Uint8Array =>
  encodeSequence(encodeOid(oid), explicit(encodeOctetString(value)));
const attribute = (oid: string, value: Uint8Array): Uint8Array => encodeSequence(encodeOid(oid), encodeSetOf(value));
const nameOf = (alias: string): Uint8Array =>
  attribute('1.2.840.113549.1.9.20', encodeDer(0x1e, Buffer.from(alias, 'utf16le').swap16()));
const trusted = attribute('2.16.840.1.113894.746875.1.1', encodeOid('2.5.29.37.0'));

const certBag = (bytes: number[], attributes: Uint8Array[], oid = '1.2.840.113549.1.12.10.1.3'): Uint8Array =>
  encodeSequence(
    encodeOid(oid),
    explicit(encodeSequence(encodeOid('1.2.840.113549.1.9.22.1'), explicit(encodeOctetString(Uint8Array.from(bytes))))),
    ...(attributes.length === 0 ? [] : [encodeSetOf(...attributes)]),
  );
const pfx = (contents: Uint8Array[], mac: Uint8Array[] = [], version = 3): Uint8Array =>
  encodeSequence(encodeSmallInteger(version), contentInfo(encodeSequence(...contents)), ...mac);
const plain = (...bags: Uint8Array[]): Uint8Array => contentInfo(encodeSequence(...bags));

describe('a PKCS#12 keystore', () => {
  it('tells its trusted certificates by name', () => {
    const file = pfx([plain(certBag([1], [nameOf('eins ü'), trusted]), certBag([2], [nameOf('zwei'), trusted]))]);
    expect(parsePkcs12Certificates(file)).toEqual({
      entries: [
        { alias: 'eins ü', certDer: Uint8Array.of(1) },
        { alias: 'zwei', certDer: Uint8Array.of(2) },
      ],
      hasMac: false,
    });
  });

  it('says whether a MAC holds it to its password', () => {
    expect(parsePkcs12Certificates(pfx([plain()], [encodeSequence()]))).toEqual({ entries: [], hasMac: true });
  });

  it('does not take parts of chains and keys for trusted', () => {
    const key = certBag([3], [nameOf('key'), trusted], '1.2.840.113549.1.12.10.1.2');
    const file = pfx([plain(certBag([1], [nameOf('chain')]), certBag([2], []), key)]);
    expect(parsePkcs12Certificates(file)).toEqual({ entries: [], hasMac: false });
  });

  it('leaves to keytool what is encrypted, signed or without a name', () => {
    expect(parsePkcs12Certificates(pfx([contentInfo(Uint8Array.of(1), OID_ENCRYPTED_DATA)]))).toBe('encrypted');
    expect(parsePkcs12Certificates(pfx([plain(certBag([1], [trusted]))]))).toBe('encrypted');
    const signed = encodeSequence(encodeSmallInteger(3), contentInfo(Uint8Array.of(1), '1.2.840.113549.1.7.2'));
    expect(parsePkcs12Certificates(signed)).toBe('encrypted');
  });

  it('that is damaged, cut off or of another kind is none', () => {
    const file = pfx([plain(certBag([1], [nameOf('eins'), trusted]))]);
    for (let length = 0; length < file.length; length += 1)
      expect(parsePkcs12Certificates(file.subarray(0, length))).toBeUndefined();
    expect(parsePkcs12Certificates(Buffer.concat([file, Buffer.of(0)]))).toBeUndefined();
    expect(parsePkcs12Certificates(Buffer.from('feedfeed', 'hex'))).toBeUndefined();
    expect(parsePkcs12Certificates(pfx([plain()], [], 2))).toBeUndefined();
  });
});
