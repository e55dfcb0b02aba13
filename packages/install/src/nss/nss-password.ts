/**
 * @module Whether an NSS database has a primary password, told by trying the empty one against the entry that NSS keeps for that.
 * Knows PBES2 (NSS 3.49 and later) and the Triple-DES form before it.
 */
import { createDecipheriv, createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { DerReader, derTags } from '@mintmark/ca-core';
import { readSqliteTable } from './sqlite-reader.ts';

/** What NSS encrypts with the password's key, to know the password again. */
const CHECK_TEXT = 'password-check';
const OID_PBES2 = '1.2.840.113549.1.5.13'; // RFC 8018 appendix A.4
const OID_PBKDF2 = '1.2.840.113549.1.5.12'; // RFC 8018 appendix A.2
const OID_HMAC_SHA256 = '1.2.840.113549.2.9'; // RFC 8018 appendix B.1.2
const OID_AES_256_CBC = '2.16.840.1.101.3.4.1.42'; // RFC 8018 appendix B.2.5
const OID_SHA1_TRIPLE_DES = '1.2.840.113549.1.12.5.1.3'; // NSS secoidt.h, PKCS #12 draft
const MAX_ITERATIONS = 1_000_000; // an empty password has 1; more would only be a way to keep us busy

/**
 * True when the empty password does not open the database, false when it does or none was ever set, undefined when it can't be told.
 * @param key4 bytes of key4.db
 */
export function hasPrimaryPassword(key4: Uint8Array): boolean | undefined {
  try {
    const row = readSqliteTable(key4, 'metaData').find((candidate) => candidate.get('id') === 'password');
    const [salt, entry] = [row?.get('item1'), row?.get('item2')];
    if (row === undefined) return false;
    if (!(salt instanceof Uint8Array) || !(entry instanceof Uint8Array)) return undefined;
    return isEntryOfEmptyPassword(salt, new Uint8Array(entry));
  } catch {
    return undefined;
  }
}

function isEntryOfEmptyPassword(globalSalt: Uint8Array, entry: Uint8Array<ArrayBuffer>): boolean | undefined {
  const outer = new DerReader(entry, CHECK_TEXT).enterSequence();
  const algorithm = outer.enterSequence();
  const encrypted = outer.readElement(derTags.TAG_OCTET_STRING).value;
  const oid = algorithm.readOid();
  const passwordDigest = createHash('sha1').update(globalSalt).digest(); // of salt and password, and that is empty
  const key =
    oid === OID_PBES2
      ? derivePbes2(algorithm, passwordDigest)
      : oid === OID_SHA1_TRIPLE_DES
        ? deriveTripleDes(algorithm, passwordDigest)
        : undefined;
  if (key === undefined) return undefined;
  try {
    const decipher = createDecipheriv(key.cipher, key.key, key.iv);
    return Buffer.concat([decipher.update(encrypted), decipher.final()]).toString('latin1') !== CHECK_TEXT;
  } catch {
    return true; // the padding of another key
  }
}

type CipherKey = { readonly cipher: string; readonly key: Uint8Array; readonly iv: Uint8Array };

/** RFC 8018 appendix A.4, in the one combination that NSS writes. */
function derivePbes2(algorithm: DerReader, password: Uint8Array): CipherKey | undefined {
  const parameters = algorithm.enterSequence();
  const derivation = parameters.enterSequence();
  const encryption = parameters.enterSequence();
  if (derivation.readOid() !== OID_PBKDF2 || encryption.readOid() !== OID_AES_256_CBC) return undefined;
  const pbkdf2 = derivation.enterSequence();
  const salt = pbkdf2.readElement(derTags.TAG_OCTET_STRING).value;
  const iterations = pbkdf2.readSmallInteger();
  const length = pbkdf2.readSmallInteger();
  if (pbkdf2.enterSequence().readOid() !== OID_HMAC_SHA256) return undefined;
  if (length !== 32 || iterations > MAX_ITERATIONS) return undefined;
  // NSS takes the whole OCTET STRING, tag and length too, for the 16 bytes of the vector.
  const { der, value } = encryption.readElement(derTags.TAG_OCTET_STRING);
  const iv = value.length === 16 ? value : der;
  return { cipher: 'aes-256-cbc', key: pbkdf2Sync(password, salt, iterations, length, 'sha256'), iv };
}

const SALT_BYTES = 20;
const TRIPLE_DES_KEY_BYTES = 24;
const DES_IV_BYTES = 8;

/** NSS's own derivation of old; the same as `nsspkcs5_PKCS12PBE` in lowpbe.c. */
function deriveTripleDes(algorithm: DerReader, password: Uint8Array): CipherKey {
  const salt = algorithm.enterSequence().readElement(derTags.TAG_OCTET_STRING).value;
  const key = createHash('sha1').update(password).update(salt).digest();
  const hmac = (...parts: Uint8Array[]): Buffer => {
    const state = createHmac('sha1', key);
    for (const part of parts) state.update(part);
    return state.digest();
  };
  const padded = Buffer.concat([salt, Buffer.alloc(Math.max(0, SALT_BYTES - salt.length))]);
  const first = hmac(padded, salt);
  const second = hmac(hmac(padded), salt);
  const stretched = Buffer.concat([first, second]);
  return {
    cipher: 'des-ede3-cbc',
    key: stretched.subarray(0, TRIPLE_DES_KEY_BYTES),
    iv: stretched.subarray(stretched.length - DES_IV_BYTES),
  };
}
