/**
 * @module The hashes and ciphers that PKCS#12 files name, by OID. What stands in no table here is refused by name: UnsupportedError.
 */
import type { Bytes } from '../der/bytes.ts';
import { decryptByNode, type HashAlgorithm } from './primitives.ts';
import { decryptRc2Cbc } from './rc2.ts';
import { decryptRc4 } from './rc4.ts';

/** What the file uses is known to exist, or not at all, and can't be read here; the message names it. Never leaves this room. */
export class UnsupportedError extends Error {}

const hash = (name: string, digestBytes: number, blockBytes: number): HashAlgorithm => ({
  name,
  label: name.toUpperCase().replace('-', '/').replace('SHA', 'SHA-'),
  digestBytes,
  blockBytes,
});

export const SHA1 = hash('sha1', 20, 64);
export const MD5 = hash('md5', 16, 64);
const SHA224 = hash('sha224', 28, 64);
const SHA256 = hash('sha256', 32, 64);
const SHA384 = hash('sha384', 48, 128);
const SHA512 = hash('sha512', 64, 128);
const SHA512_224 = hash('sha512-224', 28, 128);
const SHA512_256 = hash('sha512-256', 32, 128);

const DIGESTS: Readonly<Record<string, HashAlgorithm>> = {
  '1.2.840.113549.2.5': MD5, // RFC 8018 appendix C
  '1.3.14.3.2.26': SHA1,
  '2.16.840.1.101.3.4.2.4': SHA224, // NIST CSOR, hash functions
  '2.16.840.1.101.3.4.2.1': SHA256,
  '2.16.840.1.101.3.4.2.2': SHA384,
  '2.16.840.1.101.3.4.2.3': SHA512,
  '2.16.840.1.101.3.4.2.5': SHA512_224,
  '2.16.840.1.101.3.4.2.6': SHA512_256,
};

const HMACS: Readonly<Record<string, HashAlgorithm>> = {
  '1.2.840.113549.2.7': SHA1, // RFC 8018 appendix B.1
  '1.2.840.113549.2.8': SHA224,
  '1.2.840.113549.2.9': SHA256,
  '1.2.840.113549.2.10': SHA384,
  '1.2.840.113549.2.11': SHA512,
  '1.2.840.113549.2.12': SHA512_224,
  '1.2.840.113549.2.13': SHA512_256,
};

/** @throws UnsupportedError */
export const digestOfOid = (oid: string): HashAlgorithm => find(DIGESTS, oid, 'the hash');

/** @throws UnsupportedError */
export const hmacOfOid = (oid: string): HashAlgorithm => find(HMACS, oid, 'the HMAC');

function find<T>(table: Readonly<Record<string, T>>, oid: string, kind: string): T {
  const found = Object.hasOwn(table, oid) ? table[oid] : undefined;
  if (found === undefined) throw new UnsupportedError(`${kind} with OID ${oid}`);
  return found;
}

/** A cipher with its sizes. `decrypt` gives undefined where a wrong key shows by itself. */
export type Cipher = {
  readonly label: string;
  readonly keyBytes: number;
  readonly ivBytes: number;
  readonly decrypt: (ciphertext: Bytes, secret: { key: Bytes; iv: Bytes }) => Bytes | undefined;
};

function nodeCipher(name: string, keyBytes: number, ivBytes: number): Cipher {
  const decrypt: Cipher['decrypt'] = (ciphertext, secret) => decryptByNode(name, ciphertext, secret);
  return { label: name.toUpperCase(), keyBytes, ivBytes, decrypt };
}

const TRIPLE_DES = 'des-ede3-cbc';
const repeated = (key: Bytes, length: number): Bytes => Uint8Array.from({ length }, (_, i) => key[i % key.length] ?? 0);

/** DES in its three sizes. The smaller ones are triple DES with the first key again: what OpenSSL 3 has no name for by default. */
const des = (label: string, keyBytes: 8 | 16 | 24): Cipher => ({
  label,
  keyBytes,
  ivBytes: 8,
  decrypt: (ciphertext, { key, iv }) => decryptByNode(TRIPLE_DES, ciphertext, { key: repeated(key, 24), iv }),
});

export const TRIPLE_DES_CBC = des('3DES-CBC', 24);
export const TWO_KEY_TRIPLE_DES_CBC = des('2-key 3DES-CBC', 16);
export const DES_CBC = des('DES-CBC', 8);

/** RC2 whose key has as many bytes as its strength asks for. */
export const rc2 = (effectiveBits: number, keyBytes = effectiveBits / 8): Cipher => ({
  label: `RC2-${effectiveBits}-CBC`,
  keyBytes,
  ivBytes: 8,
  decrypt: (ciphertext, { key, iv }) => decryptRc2Cbc(ciphertext, { key, iv, effectiveBits }),
});

export const rc4 = (bits: number): Cipher => ({
  label: `RC4-${bits}`,
  keyBytes: bits / 8,
  ivBytes: 0,
  decrypt: (ciphertext, { key }) => decryptRc4(ciphertext, key),
});

const CIPHERS: Readonly<Record<string, Cipher>> = {
  '2.16.840.1.101.3.4.1.2': nodeCipher('aes-128-cbc', 16, 16), // NIST CSOR, AES
  '2.16.840.1.101.3.4.1.22': nodeCipher('aes-192-cbc', 24, 16),
  '2.16.840.1.101.3.4.1.42': nodeCipher('aes-256-cbc', 32, 16),
  '1.2.392.200011.61.1.1.1.2': nodeCipher('camellia-128-cbc', 16, 16), // RFC 3657
  '1.2.392.200011.61.1.1.1.3': nodeCipher('camellia-192-cbc', 24, 16),
  '1.2.392.200011.61.1.1.1.4': nodeCipher('camellia-256-cbc', 32, 16),
  '1.2.840.113549.3.7': TRIPLE_DES_CBC, // RFC 8018 appendix B.2.2
  '1.3.14.3.2.7': DES_CBC,
};

/** A cipher whose parameter is its IV alone. @throws UnsupportedError */
export const cipherOfOid = (oid: string): Cipher => find(CIPHERS, oid, 'the cipher');
