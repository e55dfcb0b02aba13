/** @module EncryptedPrivateKeyInfo: PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018 section 6.2, RFC 5958 section 3). */
import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto';
import type { Bytes } from '../der/bytes.ts';
import { encodeNull, encodeOctetString, encodeOid, encodeSequence, encodeSmallInteger } from '../der/writer.ts';

const OID_PBES2 = '1.2.840.113549.1.5.13'; // RFC 8018 appendix A.4
const OID_PBKDF2 = '1.2.840.113549.1.5.12'; // RFC 8018 appendix A.2
const OID_HMAC_SHA256 = '1.2.840.113549.2.9'; // RFC 8018 appendix B.1.2
const OID_AES256_CBC = '2.16.840.1.101.3.4.1.42'; // RFC 8018 appendix B.2.5

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
