/** @module Public keys: strict SubjectPublicKeyInfo in, weak and odd keys refused, each with its code. */
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseHex } from '../der/bytes.ts';
import * as w from '../der/writer.ts';
import { nodeSha256 } from '../node/hash.ts';
import { CURVES, KEY_TYPES, OID_EC_PUBLIC_KEY, OID_ED25519, OID_RSA_ENCRYPTION, parseKeyType } from './algorithms.ts';
import { parseSubjectKey, readKeyBits } from './subject-key.ts';

const parse = (spki: Uint8Array) => parseSubjectKey(spki, nodeSha256);
const code = (name: string, message = /./) =>
  expect.objectContaining({
    code: name,
    message: expect.stringMatching(message) as string,
    hint: expect.stringMatching(/./) as string,
  });
const spki = (algorithm: Uint8Array[], bits: Uint8Array) =>
  w.encodeSequence(w.encodeSequence(...algorithm), w.encodeBitString(bits));

const bytesOfBits = (bits: number): Uint8Array => {
  const bytes = new Uint8Array(Math.ceil(bits / 8)).fill(0xff);
  bytes[0] = 0xff >> (bytes.length * 8 - bits);
  return bytes;
};
const rsa = (modulus: Uint8Array, exponent: Uint8Array, parameters: Uint8Array = w.encodeNull()) =>
  spki(
    [w.encodeOid(OID_RSA_ENCRYPTION), parameters],
    w.encodeSequence(w.encodeUnsignedInteger(modulus), w.encodeUnsignedInteger(exponent)),
  );
const F4 = Uint8Array.of(1, 0, 1);
const ec = (curve: Uint8Array, point: Uint8Array) => spki([w.encodeOid(OID_EC_PUBLIC_KEY), curve], point);
const point = (length: number, first = 4) => Uint8Array.of(first, ...new Uint8Array(length - 1));

describe('parseSubjectKey', () => {
  it.each([
    ['ec', { namedCurve: 'P-256' }, 'ECDSA P-256', 'ecdsa-sha256'],
    ['ec', { namedCurve: 'P-384' }, 'ECDSA P-384', 'ecdsa-sha384'],
    ['ec', { namedCurve: 'P-521' }, 'ECDSA P-521', 'ecdsa-sha512'],
    ['ed25519', {}, 'Ed25519', 'ed25519'],
    ['rsa', { modulusLength: 2048 }, 'RSA 2048', 'rsa-sha256'],
  ])('reads what node:crypto makes: %s %j', (type, options, label, signature) => {
    const { publicKey } = generateKeyPairSync(type as 'ec', options as { namedCurve: string });
    const der = publicKey.export({ type: 'spki', format: 'der' });
    const key = parse(der);
    expect(key).toMatchObject({ label, signature: { name: signature } });
    expect(Buffer.from(key.spkiDer).equals(der)).toBe(true);
    expect(createPublicKey({ key: Buffer.from(key.spkiDer), format: 'der', type: 'spki' }).equals(publicKey)).toBe(
      true,
    );
  });

  it('identifies a key by the leftmost 160 bits of SHA-256 over its bits (RFC 7093 method 1)', () => {
    const der = rsa(bytesOfBits(2048), F4);
    const expected = createHash('sha256').update(readKeyBits(der)).digest().subarray(0, 20);
    expect(Buffer.from(parse(der).keyIdentifier).equals(expected)).toBe(true);
  });

  it.each([
    [2048, 'RSA 2048'],
    [2049, 'RSA 2049'],
    [4095, 'RSA 4095'],
    [8192, 'RSA 8192'],
  ])('counts the %i bits of an RSA modulus', (bits, label) => {
    expect(parse(rsa(bytesOfBits(bits), F4)).label).toBe(label);
  });

  it.each([
    ['RSA of 2047 bits', rsa(bytesOfBits(2047), F4), 'PUBLIC_KEY_WEAK', /2047 bits/],
    ['RSA of 1024 bits', rsa(bytesOfBits(1024), F4), 'PUBLIC_KEY_WEAK', /1024 bits/],
    ['RSA of 0', rsa(new Uint8Array(1), F4), 'PUBLIC_KEY_WEAK', /0 bits/],
    ['RSA of 8193 bits', rsa(bytesOfBits(8193), F4), 'PUBLIC_KEY_INVALID', /8193/],
    ['an even modulus', rsa(bytesOfBits(2048).fill(0xfe, -1), F4), 'PUBLIC_KEY_INVALID', /even/],
    ['exponent 3', rsa(bytesOfBits(2048), Uint8Array.of(3)), 'PUBLIC_KEY_WEAK', /exponent 3,/],
    ['exponent 1', rsa(bytesOfBits(2048), Uint8Array.of(1)), 'PUBLIC_KEY_WEAK', /exponent 1,/],
    ['exponent 65535', rsa(bytesOfBits(2048), Uint8Array.of(0xff, 0xff)), 'PUBLIC_KEY_WEAK', /65535/],
    ['an even exponent', rsa(bytesOfBits(2048), Uint8Array.of(1, 0, 2)), 'PUBLIC_KEY_INVALID', /even/],
    ['an exponent of 257 bits', rsa(bytesOfBits(2048), bytesOfBits(257)), 'PUBLIC_KEY_INVALID', /256 bits/],
    ['RSA with other parameters', rsa(bytesOfBits(2048), F4, w.encodeSequence()), 'DER_INVALID', /./],
    ['P-224', ec(w.encodeOid('1.3.132.0.33'), point(57)), 'PUBLIC_KEY_UNSUPPORTED', /1\.3\.132\.0\.33/],
    ['P-192', ec(w.encodeOid('1.2.840.10045.3.1.1'), point(49)), 'PUBLIC_KEY_UNSUPPORTED', /3\.1\.1/],
    ['secp256k1', ec(w.encodeOid('1.3.132.0.10'), point(65)), 'PUBLIC_KEY_UNSUPPORTED', /1\.3\.132\.0\.10/],
    ['explicit curve parameters', ec(w.encodeSequence(w.encodeSmallInteger(1)), point(65)), 'DER_INVALID', /./],
    ['a compressed point', ec(w.encodeOid('1.2.840.10045.3.1.7'), point(33, 2)), 'PUBLIC_KEY_INVALID', /uncompressed/],
    ['a hybrid point', ec(w.encodeOid('1.2.840.10045.3.1.7'), point(65, 6)), 'PUBLIC_KEY_INVALID', /uncompressed/],
    [
      'the point at infinity',
      ec(w.encodeOid('1.2.840.10045.3.1.7'), point(1, 0)),
      'PUBLIC_KEY_INVALID',
      /uncompressed/,
    ],
    ['a point of P-384 on P-256', ec(w.encodeOid('1.2.840.10045.3.1.7'), point(97)), 'PUBLIC_KEY_INVALID', /65 bytes/],
    ['Ed25519 of 31 bytes', spki([w.encodeOid(OID_ED25519)], point(31)), 'PUBLIC_KEY_INVALID', /31 bytes/],
    ['Ed25519 with NULL parameters', spki([w.encodeOid(OID_ED25519), w.encodeNull()], point(32)), 'DER_INVALID', /./],
    ['X25519', spki([w.encodeOid('1.3.101.110')], point(32)), 'PUBLIC_KEY_UNSUPPORTED', /1\.3\.101\.110/],
    ['Ed448', spki([w.encodeOid('1.3.101.113')], point(57)), 'PUBLIC_KEY_UNSUPPORTED', /1\.3\.101\.113/],
    ['nothing', new Uint8Array(), 'DER_INVALID', /./],
    ['trailing bytes', Uint8Array.of(...rsa(bytesOfBits(2048), F4), 0), 'DER_INVALID', /after the end/],
  ])('refuses %s', (_what, der, name, message) => {
    expect(() => parse(der)).toThrow(code(name, message));
  });

  it('refuses a DSA key', () => {
    const dsa = parseHex('300a06072a8648ce38040105000300'.slice(0, 24)) ?? new Uint8Array();
    expect(() => parse(dsa)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^(DER|PUBLIC_KEY)_/) }));
  });
});

describe('the tables', () => {
  it('name key types, and an unknown one is told what there is', () => {
    expect(KEY_TYPES.map(parseKeyType)).toEqual(KEY_TYPES);
    for (const unknown of ['', 'rsa', 'rsa-1024', 'toString', 'ECDSA-P256'])
      expect(() => parseKeyType(unknown)).toThrow(
        expect.objectContaining({ code: 'KEY_TYPE_UNKNOWN', hint: expect.stringContaining('ecdsa-p256') as string }),
      );
  });

  it('pair each curve with a hash as wide as itself', () => {
    expect(Object.values(CURVES).map(({ name, signature }) => [name, signature.hash])).toEqual([
      ['P-256', 'sha256'],
      ['P-384', 'sha384'],
      ['P-521', 'sha512'],
    ]);
  });
});
