/**
 * @module A ceiling on the size of private keys: OpenSSL computes the public half of a DSA or DH key while it reads it, whatever the size
 * of the numbers, and a file of 16 kB would hold the process for half a minute.
 */
import { coreError } from '../core-errors.ts';
import type { PemBlock } from '../pem/pem.ts';

const MAX_KEY_BYTES = 10 * 1024; // RSA of 16,384 bits has 9.3 kB
const MAX_SLOW_KEY_BYTES = 2 * 1024; // DSA of 3,072 bits, the largest of FIPS 186-4, has 1.2 kB

/** DSA (RFC 3279 section 2.3.2), DH (PKCS #3) and X9.42 DH (RFC 3279 section 2.3.3) as encoded OIDs. */
const SLOW_OIDS = ['06072a8648ce380401', '06092a864886f70d010301', '06072a8648ce3e0201'].map((hex) =>
  Buffer.from(hex, 'hex'),
);
/** A version and the head of the algorithm stand before the OID. */
const HEAD_BYTES = 40;

/** @throws KEY_INVALID */
export function assertKeySize({ label, der }: PemBlock, what: string): void {
  const head = Buffer.from(der.subarray(0, HEAD_BYTES));
  const isSlow = label === 'DSA PRIVATE KEY' || SLOW_OIDS.some((oid) => head.includes(oid));
  if (der.length > (isSlow ? MAX_SLOW_KEY_BYTES : MAX_KEY_BYTES))
    throw coreError('KEY_INVALID', { what, reason: `${der.length} bytes are more than a key of its kind has` });
}
