/** @module Inputs that cost their reader as much as they can: huge, deep, crowded, or slow to decrypt. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { derWriter as w, formatPem } from '../../packages/ca-core/src/index.ts';

const HUGE_BYTES = 100 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/** Writes a file of 100 MB: `head`, then `body` over and over, then `tail`; without `body` a hole of zeros. */
function writeHuge(path: string, head: Uint8Array, body = '', tail = ''): void {
  const file = openSync(path, 'w');
  writeSync(file, head);
  if (body === '') ftruncateSync(file, HUGE_BYTES);
  else {
    const chunk = Buffer.from(body.repeat(CHUNK_BYTES / body.length));
    for (let written = 0; written < HUGE_BYTES; written += chunk.length) writeSync(file, chunk);
    writeSync(file, tail);
  }
  closeSync(file);
}

const hugeOctetString = Buffer.from('30840640000004840640000000', 'hex').subarray(0, 12);

/** Files of 100 MB, by what they are. Each writes itself to a path. */
export const HUGE_FILES: Readonly<Record<string, (path: string) => void>> = {
  zeros: (path) => writeHuge(path, new Uint8Array()),
  "'A's": (path) => writeHuge(path, new Uint8Array(), 'A'),
  'one PEM block': (path) =>
    writeHuge(path, Buffer.from('-----BEGIN CERTIFICATE-----\n'), `${'A'.repeat(63)}\n`, '-----END CERTIFICATE-----\n'),
  'an OCTET STRING in a SEQUENCE': (path) => writeHuge(path, hugeOctetString),
  'blocks that begin and never end': (path) =>
    writeHuge(path, new Uint8Array(), '-----BEGIN CERTIFICATE-----\n\n\n\n\n'),
};

const many = (count: number, one: (i: number) => Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.concat(Array.from({ length: count }, (_, i) => one(i))));

function nest(depth: number): Uint8Array {
  let der: Uint8Array = w.encodeNull();
  for (let i = 0; i < depth; i++) der = w.encodeSequence(der);
  return der;
}

const algorithm = w.encodeSequence(w.encodeOid('1.2.840.10045.4.3.2'));
const spki = w.encodeSequence(
  w.encodeSequence(w.encodeOid('1.2.840.10045.2.1'), w.encodeOid('1.2.840.10045.3.1.7')),
  w.encodeBitString(new Uint8Array(65).fill(4)),
);

/** A request of this many one-letter names: 100,000 of them are 300 kB. */
function createCrowdedCsr(count: number): Uint8Array {
  const names = w.encodeSequence(many(count, (i) => Uint8Array.of(0x82, 1, 0x61 + (i % 26))));
  const extension = w.encodeSequence(w.encodeOid('2.5.29.17'), w.encodeOctetString(names));
  const request = w.encodeSequence(w.encodeOid('1.2.840.113549.1.9.14'), w.encodeSetOf(w.encodeSequence(extension)));
  const info = w.encodeSequence(w.encodeSmallInteger(0), w.encodeSequence(), spki, w.encodeDer(0xa0, request));
  return w.encodeSequence(info, algorithm, w.encodeBitString(new Uint8Array(64)));
}

function createCostlyKey(kdfOid: string, ...cost: Uint8Array[]): Uint8Array {
  const kdf = w.encodeSequence(w.encodeOid(kdfOid), w.encodeSequence(w.encodeOctetString(new Uint8Array(8)), ...cost));
  const cipher = w.encodeSequence(w.encodeOid('2.16.840.1.101.3.4.1.42'), w.encodeOctetString(new Uint8Array(16)));
  const scheme = w.encodeSequence(w.encodeOid('1.2.840.113549.1.5.13'), w.encodeSequence(kdf, cipher));
  return w.encodeSequence(scheme, w.encodeOctetString(new Uint8Array(48)));
}
const ROUNDS = w.encodeSmallInteger(0x7fffffff);
const PBKDF2 = '1.2.840.113549.1.5.12';
const SCRYPT = '1.3.6.1.4.1.11591.4.11';

/** Below the limit of a megabyte, so that the parsers do see them. */
export const SMALL_FILES: Readonly<Record<string, () => Uint8Array>> = {
  'DER nested 10,000 deep': () => nest(10_000),
  'PEM of DER nested 10,000 deep': () => Buffer.from(formatPem('CERTIFICATE', nest(10_000))),
  '10,000 blocks of no certificate': () => Buffer.from(formatPem('CERTIFICATE', Uint8Array.of(0x30, 0)).repeat(10_000)),
  '10,000 blocks of another kind': () =>
    Buffer.from(formatPem('X9.42 DH PARAMETERS', Uint8Array.of(0x30, 0)).repeat(10_000)),
  '10,000 blocks that begin': () => Buffer.from('-----BEGIN CERTIFICATE-----\n'.repeat(10_000)),
  'a request with 100,000 names': () => Buffer.from(formatPem('CERTIFICATE REQUEST', createCrowdedCsr(100_000))),
  'a request with 9,000 names': () => Buffer.from(formatPem('CERTIFICATE REQUEST', createCrowdedCsr(9000))),
  'a megabyte of empty elements': () => w.encodeSequence(many(500_000, () => w.encodeNull())),
  'a key behind 2^31 rounds of PBKDF2': () =>
    Buffer.from(formatPem('ENCRYPTED PRIVATE KEY', createCostlyKey(PBKDF2, ROUNDS))),
  'a DER key behind 2^31 rounds of PBKDF2': () => createCostlyKey(PBKDF2, ROUNDS),
  'a key behind scrypt with N = 2^30': () =>
    Buffer.from(
      formatPem(
        'ENCRYPTED PRIVATE KEY',
        createCostlyKey(SCRYPT, w.encodeSmallInteger(2 ** 30), w.encodeSmallInteger(8), w.encodeSmallInteger(1)),
      ),
    ),
};
