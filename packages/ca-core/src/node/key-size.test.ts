/** @module Keys that OpenSSL would take long to read, in whatever encoding it reads them. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concatBytes, type Bytes } from '../der/bytes.ts';
import {
  encodeOctetString,
  encodeOid,
  encodeSequence,
  encodeSmallInteger,
  encodeUnsignedInteger,
} from '../der/writer.ts';
import { formatPem } from '../pem/pem.ts';
import { openPrivateKey } from './private-key.ts';

const DSA = '1.2.840.10040.4.1';
const DH = '1.2.840.113549.1.3.1';
const DHX = '1.2.840.10046.2.1';

/** Odd, and as long as it says. */
function number(length: number): Bytes {
  const bytes = Uint8Array.from(randomBytes(length));
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  bytes[length - 1] = (bytes[length - 1] ?? 0) | 1;
  return encodeUnsignedInteger(bytes);
}

/** A length in more bytes than it needs. */
function withLongLength(tag: number, value: Uint8Array, lengthBytes: number): Bytes {
  const length = new Uint8Array(lengthBytes);
  for (let i = 0; i < 4 && i < lengthBytes; i++) length[lengthBytes - 1 - i] = value.length >>> (8 * i);
  return concatBytes([Uint8Array.of(tag, 0x80 | lengthBytes), length, value]);
}

type Shape = { readonly oidLengthBytes?: number; readonly algorithmLengthBytes?: number };

/** PKCS#8 whose numbers are this long. */
function createSlowKey(oid: string, length: number, { oidLengthBytes, algorithmLengthBytes }: Shape = {}): Bytes {
  const isDh = oid === DH || oid === DHX;
  const parameters = isDh ? [number(length), number(length)] : [number(length), number(32), number(length)];
  const plainOid = encodeOid(oid);
  const shapedOid = oidLengthBytes === undefined ? plainOid : withLongLength(6, plainOid.slice(2), oidLengthBytes);
  const algorithm = concatBytes([shapedOid, encodeSequence(...parameters)]);
  const head =
    algorithmLengthBytes === undefined
      ? encodeSequence(algorithm)
      : withLongLength(0x30, algorithm, algorithmLengthBytes);
  return encodeSequence(encodeSmallInteger(0), head, encodeOctetString(number(length)));
}

const open = (der: Bytes, label = 'PRIVATE KEY') =>
  openPrivateKey({ label, der, headers: '', pem: formatPem('PRIVATE KEY', der) }, { what: 'a.key' });

describe('a key of a kind that is slow to read', () => {
  it.each<[string, string, number, Shape]>([
    ['DSA', DSA, 3000, {}],
    ['dsa-with-sha1', '1.2.840.10040.4.3', 3000, {}],
    ['DSA of the OIW', '1.3.14.3.2.12', 3000, {}],
    ['the same with SHA', '1.3.14.3.2.13', 3000, {}],
    ['the same with SHA-1', '1.3.14.3.2.27', 3000, {}],
    ['DH', DH, 3000, {}],
    ['X9.42 DH', DHX, 3000, {}],
    ['DSA, its OID with a length of two bytes', DSA, 3000, { oidLengthBytes: 1 }],
    ['DSA, its OID with a length of five bytes', DSA, 3000, { oidLengthBytes: 4 }],
    ['DSA, its OID far behind', DSA, 3000, { algorithmLengthBytes: 40 }],
    ['DSA, its OID behind the middle', DSA, 700, { algorithmLengthBytes: 120 }],
    ['DH, both', DH, 3000, { oidLengthBytes: 60, algorithmLengthBytes: 60 }],
  ])('is refused by its size before OpenSSL sees it: %s', (_what, oid, length, shape) => {
    const der = createSlowKey(oid, length, shape);
    expect(der.length).toBeLessThan(10 * 1024);
    for (const label of ['PRIVATE KEY', 'DER']) {
      const started = performance.now();
      expect(() => open(der, label)).toThrow(
        expect.objectContaining({
          code: 'KEY_INVALID',
          message: expect.stringContaining(`${der.length} bytes are more than a key of its kind has`),
        }),
      );
      expect(performance.now() - started).toBeLessThan(200);
    }
  });

  it('is read where it is of an ordinary size, in such encodings as well', () => {
    expect(open(createSlowKey(DSA, 128)).asymmetricKeyType).toBe('dsa');
    expect(open(createSlowKey(DSA, 384, { oidLengthBytes: 1 })).asymmetricKeyType).toBe('dsa');
  });
});

it('a large RSA key is none of them', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 4096 });
  const der = Uint8Array.from(privateKey.export({ type: 'pkcs8', format: 'der' }));
  expect(der.length).toBeGreaterThan(2048);
  expect(open(der).asymmetricKeyType).toBe('rsa');
});
