/**
 * @module The cryptography of PKCS#12 that node:crypto has, as plain functions over bytes. RC2 and RC4, which OpenSSL 3 keeps in
 * a provider that Node does not load, stand in files of their own. This file and chain.ts import node:crypto; no other here does.
 */
import { createDecipheriv, createHmac, hash as digestOnce, pbkdf2Sync, scryptSync, timingSafeEqual } from 'node:crypto';
import type { Bytes } from '../der/bytes.ts';

/** `name` as node:crypto says it, `label` as people do; `blockBytes` is `v` of RFC 7292 appendix B.2. */
export type HashAlgorithm = {
  readonly name: string;
  readonly label: string;
  readonly digestBytes: number;
  readonly blockBytes: number;
};

export const digest = (hash: HashAlgorithm, data: Uint8Array): Bytes => digestOnce(hash.name, data, 'buffer');

/** So many rounds of a hash on itself. Text of one byte a character costs a third of what a new buffer for each round does. */
export function digestAgain(hash: HashAlgorithm, data: Uint8Array, rounds: number): Bytes {
  const buffer = Buffer.from(data);
  for (let i = 0; i < rounds; i++) buffer.write(digestOnce(hash.name, buffer, 'binary'), 'binary');
  return new Uint8Array(buffer);
}

export const hmac = (hash: HashAlgorithm, key: Uint8Array, data: Uint8Array): Bytes =>
  createHmac(hash.name, key).update(data).digest();

/** Takes the same time wherever two MACs of one length differ. */
export const isEqualMac = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

/** How a key is stretched from a password. */
export type Stretching = { readonly salt: Uint8Array; readonly iterations: number; readonly keyBytes: number };

/** RFC 8018 section 5.2. */
export const derivePbkdf2 = (
  hash: HashAlgorithm,
  password: Uint8Array,
  { salt, iterations, keyBytes }: Stretching,
): Bytes => pbkdf2Sync(password, salt, iterations, keyBytes, hash.name);

/** RFC 7914, with twice the memory that the ceiling on its cost lets it ask for. */
export const deriveScrypt = (
  password: Uint8Array,
  { salt, keyBytes, N, r, p }: { salt: Uint8Array; keyBytes: number; N: number; r: number; p: number },
): Bytes => scryptSync(password, salt, keyBytes, { N, r, p, maxmem: 256 * 1024 * 1024 });

/** Undefined where the padding is wrong, which a wrong key shows as. */
export function decryptByNode(
  cipherName: string,
  ciphertext: Uint8Array,
  { key, iv }: { key: Uint8Array; iv: Uint8Array },
): Bytes | undefined {
  try {
    const decipher = createDecipheriv(cipherName, key, iv);
    const head = decipher.update(ciphertext);
    const tail = decipher.final();
    const plaintext = new Uint8Array(head.length + tail.length);
    plaintext.set(head);
    plaintext.set(tail, head.length);
    return plaintext;
  } catch {
    return undefined;
  }
}
