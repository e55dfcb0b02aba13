/**
 * @module A ceiling on the size of private keys: OpenSSL computes the public half of a DSA or DH key while it reads it, whatever the size
 * of the numbers, and a file of 16 kB would hold the process for half a minute.
 */
import { coreError } from '../core-errors.ts';
import type { PemBlock } from '../pem/pem.ts';

const MAX_KEY_BYTES = 10 * 1024; // RSA of 16,384 bits has 9.3 kB
const MAX_SLOW_KEY_BYTES = 2 * 1024; // DSA of 3,072 bits, the largest of FIPS 186-4, has 1.2 kB

/** Encoded OIDs without their tags: the last byte of the length, in whatever form it is written, and the contents. */
const SLOW_OIDS = [
  '072a8648ce380401', // DSA, RFC 3279 section 2.3.2
  '072a8648ce380403', // dsa-with-sha1, which OpenSSL takes for DSA, as it does the three below
  '052b0e03020c', // 1.3.14.3.2.12, 13 and 27: DSA in the OIW's list of 1991
  '052b0e03020d',
  '052b0e03021b',
  '092a864886f70d010301', // DH, PKCS #3
  '072a8648ce3e0201', // X9.42 DH, RFC 3279 section 2.3.3
].map((hex) => Buffer.from(hex, 'hex'));

/** @throws KEY_INVALID */
export function assertKeySize({ label, der }: PemBlock, what: string): void {
  // Anywhere: OpenSSL reads BER, in which the lengths before an OID may be of any size.
  const bytes = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
  const isSlow = label === 'DSA PRIVATE KEY' || SLOW_OIDS.some((oid) => bytes.includes(oid));
  if (der.length > (isSlow ? MAX_SLOW_KEY_BYTES : MAX_KEY_BYTES))
    throw coreError('KEY_INVALID', { what, reason: `${der.length} bytes are more than a key of its kind has` });
}
