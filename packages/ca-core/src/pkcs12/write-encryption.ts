/**
 * @module How what Mintmark writes is locked: PBES2 with AES-256 and a MAC by HMAC-SHA-256, or, for readers that know neither, the
 * triple DES and SHA-1 of RFC 7292. This file imports node:crypto.
 */
import { createCipheriv, randomBytes } from 'node:crypto';
import type { Bytes } from '../der/bytes.ts';
import { concatBytes } from '../der/bytes.ts';
import { encodeNull, encodeOctetString, encodeOid, encodeSequence, encodeSmallInteger } from '../der/writer.ts';
import { digestOfOid, SHA1 } from './algorithms.ts';
import { derivePkcs12Key, PURPOSE } from './kdf.ts';
import { spellPassword } from './password-spellings.ts';
import { derivePbkdf2, hmac } from './primitives.ts';

/** One password for all locks of a file. `seal` gives an AlgorithmIdentifier and the ciphertext, `authenticate` a MacData; all DER. */
export type Locksmith = {
  readonly seal: (plaintext: Uint8Array) => { readonly algorithm: Bytes; readonly ciphertext: Bytes };
  readonly authenticate: (content: Uint8Array) => Bytes;
};

const OID_PBES2 = '1.2.840.113549.1.5.13'; // RFC 8018 appendix A.4
const OID_PBKDF2 = '1.2.840.113549.1.5.12'; // RFC 8018 appendix A.2
const OID_HMAC_SHA256 = '1.2.840.113549.2.9'; // RFC 8018 appendix B.1.2
const OID_AES256_CBC = '2.16.840.1.101.3.4.1.42'; // RFC 8018 appendix B.2.5
const OID_SHA256 = '2.16.840.1.101.3.4.2.1'; // NIST CSOR, hash functions
const OID_SHA1 = '1.3.14.3.2.26'; // RFC 8017 appendix B.1
const OID_SHA_AND_3KEY_TRIPLE_DES_CBC = '1.2.840.113549.1.12.1.3'; // RFC 7292 appendix C

/**
 * As much as .NET 9 and later take for each lock (Pkcs12LoaderLimits: 300,000 each, 1,000,000 together; a file has three). Java stops at
 * 5,000,000 and writes 10,000, OpenSSL writes 2048.
 */
const MODERN_ITERATIONS = 300_000;
// What Java wrote until 16: two blocks of SHA-1 for a triple DES key and one for a MAC are then the same work to guess.
const LEGACY_KEY_ITERATIONS = 50_000;
const LEGACY_MAC_ITERATIONS = 100_000;

const MODERN_SALT_BYTES = 16; // NIST SP 800-132 section 5.1
const LEGACY_SALT_BYTES = 20; // as many as the hash has, RFC 7292 appendix B.2
const AES_KEY_BYTES = 32;
const AES_IV_BYTES = 16;
const TRIPLE_DES_KEY_BYTES = 24;
const TRIPLE_DES_IV_BYTES = 8;

/** @throws TypeError for an empty password, which readers spell in two ways, and for one with a NUL, which none takes */
export function createLocksmith(password: string, isLegacy: boolean): Locksmith {
  const { bmp, octets } = spellPassword(password);
  const [wide, utf8] = [bmp[0], octets[0]];
  if (password === '' || wide === undefined || utf8 === undefined)
    throw new TypeError('a PKCS#12 file needs a password without NUL');
  return isLegacy
    ? { seal: (plaintext) => sealLegacy(plaintext, wide), authenticate: macBy(OID_SHA1, wide, LEGACY_MAC_ITERATIONS) }
    : { seal: (plaintext) => sealModern(plaintext, utf8), authenticate: macBy(OID_SHA256, wide, MODERN_ITERATIONS) };
}

/** The length of the key is optional; Java and NSS write it, and some of their old versions look for it. */
function sealModern(plaintext: Uint8Array, password: Bytes): ReturnType<Locksmith['seal']> {
  const [salt, iv] = [randomBytes(MODERN_SALT_BYTES), randomBytes(AES_IV_BYTES)];
  const stretching = { salt, iterations: MODERN_ITERATIONS, keyBytes: AES_KEY_BYTES };
  const key = derivePbkdf2(digestOfOid(OID_SHA256), password, stretching);
  const pbkdf2 = encodeSequence(
    encodeOctetString(salt),
    encodeSmallInteger(MODERN_ITERATIONS),
    encodeSmallInteger(AES_KEY_BYTES),
    encodeSequence(encodeOid(OID_HMAC_SHA256), encodeNull()),
  );
  const parameters = encodeSequence(
    encodeSequence(encodeOid(OID_PBKDF2), pbkdf2),
    encodeSequence(encodeOid(OID_AES256_CBC), encodeOctetString(iv)),
  );
  const algorithm = encodeSequence(encodeOid(OID_PBES2), parameters);
  return { algorithm, ciphertext: encrypt('aes-256-cbc', plaintext, { key, iv }) };
}

function sealLegacy(plaintext: Uint8Array, password: Bytes): ReturnType<Locksmith['seal']> {
  const salt = randomBytes(LEGACY_SALT_BYTES);
  const derive = (purpose: number, keyBytes: number): Bytes =>
    derivePkcs12Key(SHA1, password, { salt, iterations: LEGACY_KEY_ITERATIONS, keyBytes, purpose });
  const key = derive(PURPOSE.key, TRIPLE_DES_KEY_BYTES);
  const iv = derive(PURPOSE.iv, TRIPLE_DES_IV_BYTES);
  const parameters = encodeSequence(encodeOctetString(salt), encodeSmallInteger(LEGACY_KEY_ITERATIONS));
  const algorithm = encodeSequence(encodeOid(OID_SHA_AND_3KEY_TRIPLE_DES_CBC), parameters);
  return { algorithm, ciphertext: encrypt('des-ede3-cbc', plaintext, { key, iv }) };
}

function encrypt(cipherName: string, plaintext: Uint8Array, { key, iv }: { key: Uint8Array; iv: Uint8Array }): Bytes {
  const cipher = createCipheriv(cipherName, key, iv);
  const ciphertext = concatBytes([cipher.update(plaintext), cipher.final()]);
  key.fill(0);
  return ciphertext;
}

/** MacData of RFC 7292 section 4. PBMAC1 (RFC 9579) would be stronger, and most readers of today do not know it. */
function macBy(hashOid: string, password: Bytes, iterations: number): Locksmith['authenticate'] {
  const hash = digestOfOid(hashOid);
  return (content) => {
    const salt = randomBytes(hash === SHA1 ? LEGACY_SALT_BYTES : MODERN_SALT_BYTES);
    const stretching = { salt, iterations, keyBytes: hash.digestBytes, purpose: PURPOSE.mac };
    const key = derivePkcs12Key(hash, password, stretching);
    const digestInfo = encodeSequence(
      encodeSequence(encodeOid(hashOid), encodeNull()),
      encodeOctetString(hmac(hash, key, content)),
    );
    return encodeSequence(digestInfo, encodeOctetString(salt), encodeSmallInteger(iterations));
  };
}
