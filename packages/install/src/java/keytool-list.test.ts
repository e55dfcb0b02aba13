/** @module Listings as keytool prints them, and what an alias may try. */
import { formatPem } from '@mintmark/ca-core';
import { describe, expect, it } from 'vitest';
import { parseKeytoolList } from './keytool-list.ts';

const entry = (alias: string, type: string, ...certificates: number[]): string =>
  [
    `Alias name: ${alias}`,
    'Creation date: Nov 22, 2026',
    `Entry type: ${type}`,
    '',
    ...certificates.map((byte) => formatPem('CERTIFICATE', Uint8Array.of(byte))),
    '*******************************************',
    '',
  ].join('\n');
const HEAD = 'Keystore type: PKCS12\nKeystore provider: SUN\n\nYour keystore contains 2 entries\n\n';

describe('a listing of keytool', () => {
  it('gives each trusted certificate with its alias', () => {
    const listing = HEAD + entry('one two', 'trustedCertEntry', 1) + entry("d'ü", 'trustedCertEntry', 2);
    const expected = [
      { alias: 'one two', certDer: Uint8Array.of(1) },
      { alias: "d'ü", certDer: Uint8Array.of(2) },
    ];
    expect(parseKeytoolList(listing)).toEqual(expected);
    expect(parseKeytoolList(listing.replaceAll('\n', '\r\n'))).toEqual(expected);
  });

  it('passes over private keys, whose chains are not trusted', () => {
    const listing = HEAD + entry('key', 'PrivateKeyEntry', 1, 2) + entry('root', 'trustedCertEntry', 3);
    expect(parseKeytoolList(listing)).toEqual([{ alias: 'root', certDer: Uint8Array.of(3) }]);
  });

  it('without entries or with a broken certificate gives nothing', () => {
    expect(parseKeytoolList('')).toEqual([]);
    expect(parseKeytoolList('keytool error: java.io.IOException')).toEqual([]);
    expect(parseKeytoolList('Alias name: a\nEntry type: trustedCertEntry\n-----BEGIN CERTIFICATE-----\n!!!')).toEqual(
      [],
    );
  });
});
