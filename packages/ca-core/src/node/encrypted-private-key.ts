/**
 * @module EncryptedPrivateKeyInfo (RFC 5958 section 3): written as PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018 section 6.2); read
 * here where it is scrypt (RFC 7914 section 7), of which OpenSSL takes no more than 32 MB and calls everything else undecryptable.
 */
import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';
import type { Bytes } from '../der/bytes.ts';
import { DerReader } from '../der/reader.ts';
import { TAG_INTEGER, TAG_OCTET_STRING } from '../der/tags.ts';
import { encodeNull, encodeOctetString, encodeOid, encodeSequence, encodeSmallInteger } from '../der/writer.ts';

const OID_PBES2 = '1.2.840.113549.1.5.13'; // RFC 8018 appendix A.4
const OID_PBKDF2 = '1.2.840.113549.1.5.12'; // RFC 8018 appendix A.2
const OID_HMAC_SHA256 = '1.2.840.113549.2.9'; // RFC 8018 appendix B.1.2
const OID_AES256_CBC = '2.16.840.1.101.3.4.1.42'; // RFC 8018 appendix B.2.5

const OID_SCRYPT = '1.3.6.1.4.1.11591.4.11'; // RFC 7914 section 7.1

const ITERATIONS = 600_000; // OWASP Password Storage Cheat Sheet for PBKDF2-HMAC-SHA256
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const IV_BYTES = 16;

/** DER of the encrypted form of a PKCS#8 key. Takes a few tenths of a second, by design. */
export function encryptPrivateKey(pkcs8Der: Uint8Array, passphrase: string): Bytes {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(IV_BYTES);
  const key = pbkdf2Sync(passphrase, salt, ITERATIONS, KEY_BYTES, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const ciphertext = Buffer.concat([cipher.update(pkcs8Der), cipher.final()]);
  const prf = encodeSequence(encodeOid(OID_HMAC_SHA256), encodeNull());
  const pbkdf2 = encodeSequence(encodeOctetString(salt), encodeSmallInteger(ITERATIONS), prf);
  const parameters = encodeSequence(
    encodeSequence(encodeOid(OID_PBKDF2), pbkdf2),
    encodeSequence(encodeOid(OID_AES256_CBC), encodeOctetString(iv)),
  );
  return encodeSequence(encodeSequence(encodeOid(OID_PBES2), parameters), encodeOctetString(ciphertext));
}

/** AES in CBC by its OID (NIST CSOR): its name in Node, and the bytes of its key. */
const AES_CBC: Readonly<Record<string, readonly [cipher: string, keyBytes: number]>> = {
  '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16],
  '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24],
  [OID_AES256_CBC]: ['aes-256-cbc', KEY_BYTES],
};

const MAX_MEMORY_BYTES = 256 * 1024 * 1024; // above what `assertDerivationCost` lets through

/**
 * The PKCS#8 DER in one that was encrypted by scrypt and AES-CBC; undefined for every other scheme, which is left to OpenSSL. Call
 * `assertDerivationCost` first. @throws an Error of Node where the passphrase is wrong
 */
export function decryptScryptKey(encryptedDer: Uint8Array, passphrase: string): Buffer | undefined {
  const outer = new DerReader(encryptedDer, 'the encrypted key').enterSequence();
  const algorithm = outer.enterSequence();
  if (algorithm.readOid() !== OID_PBES2) return undefined;
  const parameters = algorithm.enterSequence();
  const kdf = parameters.enterSequence();
  if (kdf.readOid() !== OID_SCRYPT) return undefined;
  const scrypt = kdf.enterSequence();
  const salt = scrypt.readElement(TAG_OCTET_STRING).value;
  const [N, r, p] = [scrypt.readSmallInteger(), scrypt.readSmallInteger(), scrypt.readSmallInteger()];
  const scheme = parameters.enterSequence();
  const [cipher, keyBytes] = AES_CBC[scheme.readOid()] ?? [];
  if (cipher === undefined || keyBytes === undefined) return undefined;
  if (scrypt.peekTag() === TAG_INTEGER && scrypt.readSmallInteger() !== keyBytes) return undefined;
  const key = scryptSync(passphrase, salt, keyBytes, { N, r, p, maxmem: MAX_MEMORY_BYTES });
  const decipher = createDecipheriv(cipher, key, scheme.readElement(TAG_OCTET_STRING).value);
  return Buffer.concat([decipher.update(outer.readElement(TAG_OCTET_STRING).value), decipher.final()]);
}
