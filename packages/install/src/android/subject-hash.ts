/**
 * @module The name under which Android looks for a root: OpenSSL's hash of a subject as it was before 1.0.0, which is the first
 * four bytes, little-endian, of the MD5 of the subject's DER (X509_NAME_hash_old of x509_cmp.c).
 */
import { createHash } from 'node:crypto';

/** Eight hex digits; the file is named by them, a full stop and a number. */
export function hashSubjectOld(subjectDer: Uint8Array): string {
  const digest = createHash('md5').update(subjectDer).digest();
  return digest.readUInt32LE(0).toString(16).padStart(8, '0');
}
