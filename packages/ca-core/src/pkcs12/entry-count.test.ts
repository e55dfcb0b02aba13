/** @module Files with more entries than anyone keeps in one. */
import { describe, expect, it } from 'vitest';
import type { Bytes } from '../der/bytes.ts';
import { contextConstructed } from '../der/tags.ts';
import { encodeDer, encodeOctetString, encodeOid, encodeSequence, encodeSmallInteger } from '../der/writer.ts';
import { readPkcs12 } from './index.ts';

const BAG = '1.2.840.113549.1.12.10.1';
const explicit = (content: Uint8Array): Bytes => encodeDer(contextConstructed(0), content);
const data = (content: Uint8Array): Bytes =>
  encodeSequence(encodeOid('1.2.840.113549.1.7.1'), explicit(encodeOctetString(content)));
const bag = (kind: number, value: Uint8Array): Bytes => encodeSequence(encodeOid(`${BAG}.${kind}`), explicit(value));

const certificate = bag(
  3,
  encodeSequence(encodeOid('1.2.840.113549.1.9.22.1'), explicit(encodeOctetString(Uint8Array.of(0x30, 0)))),
);
const key = bag(
  1,
  encodeSequence(encodeSmallInteger(0), encodeSequence(encodeOid('1.3.101.112')), encodeOctetString(new Uint8Array(3))),
);
/** Of an encryption that nobody knows: it must not be looked at. */
const lockedKey = bag(2, encodeSequence(encodeSequence(encodeOid('1.2.3.4')), encodeOctetString(new Uint8Array(8))));

const times = (count: number, one: Uint8Array): Uint8Array[] => Array.from({ length: count }, () => one);
const read = (...bags: Uint8Array[]) => {
  const half = bags.length >> 1;
  const safes = [bags.slice(0, half), bags.slice(half)].map((some) => data(encodeSequence(...some)));
  return readPkcs12(encodeSequence(encodeSmallInteger(3), data(encodeSequence(...safes))), { what: 'a.p12' });
};
const refusal = (reason: string): unknown =>
  expect.objectContaining({ code: 'PKCS12_UNSUPPORTED', message: expect.stringContaining(reason) });

describe('the entries of a file, over all of its safes', () => {
  it('may be 500 certificates and 50 keys', () => {
    const { certificates, privateKeys } = read(...times(50, key), ...times(500, certificate));
    expect([certificates.length, privateKeys.length]).toEqual([500, 50]);
  });

  it('may not be more', () => {
    expect(() => read(...times(501, certificate))).toThrow(refusal('more than 500 certificates'));
    expect(() => read(...times(51, key))).toThrow(refusal('more than 50 private keys'));
    expect(() => read(...times(25, key), bag(6, encodeSequence(...times(26, key))))).toThrow(
      refusal('more than 50 private keys'),
    );
  });

  it('are counted before they are decrypted', () => {
    expect(() => read(...times(50, key), lockedKey)).toThrow(refusal('more than 50 private keys'));
    expect(() => read(...times(49, key), lockedKey)).toThrow(refusal('OID 1.2.3.4'));
  });
});
