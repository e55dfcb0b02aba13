/** @module Key stores without anything that `inspect` and `pin` look at: a secret key, a list of revoked certificates, nothing. */
import { expect, it } from 'vitest';
import { derTags, derWriter } from '@mintmark/ca-core';
import { readPkcs12Target } from './pkcs12-target.ts';

const { encodeDer, encodeNull, encodeOctetString, encodeOid, encodeSequence, encodeSmallInteger } = derWriter;
const explicit = (content: Uint8Array): Uint8Array => encodeDer(derTags.contextConstructed(0), content);
const data = (content: Uint8Array): Uint8Array =>
  encodeSequence(encodeOid('1.2.840.113549.1.7.1'), explicit(encodeOctetString(content)));
const bag = (kind: number, value: Uint8Array): Uint8Array =>
  encodeSequence(encodeOid(`1.2.840.113549.1.12.10.1.${kind}`), explicit(value));
const pfx = (...bags: Uint8Array[]): Uint8Array =>
  encodeSequence(encodeSmallInteger(3), data(encodeSequence(data(encodeSequence(...bags)))));

const crl = encodeSequence(encodeOid('1.2.840.113549.1.9.23.1'), explicit(encodeOctetString(Uint8Array.of(0x30, 0))));
const access = { invocation: { positionals: [], options: {} }, context: { canAsk: false } } as never;

it.each([
  ['a secret key', pfx(bag(5, encodeNull()))],
  ['a CRL', pfx(bag(4, crl))],
  ['nothing', pfx()],
])('a store with %s holds nothing to look at, and is not called empty', async (_what, bytes) => {
  await expect(readPkcs12Target(bytes, 'a.p12', access)).rejects.toMatchObject({
    code: 'TARGET_UNREADABLE',
    message: '"a.p12" holds neither certificates nor private keys',
  });
});
