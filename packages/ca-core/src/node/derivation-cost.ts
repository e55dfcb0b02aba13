/**
 * @module A ceiling on the work an encrypted key may ask for before its passphrase is even tried: a hostile file with
 * 2^31 rounds would otherwise hold the process for an hour.
 */
import { coreError } from '../core-errors.ts';
import { DerReader } from '../der/reader.ts';
import { TAG_INTEGER, TAG_OCTET_STRING, TAG_SEQUENCE } from '../der/tags.ts';
import { isCaError } from '../errors.ts';

export const MAX_ITERATIONS = 1_000_000; // 0.3 s of PBKDF2-HMAC-SHA-256, 1.2 s of SHA-512; OWASP asks for 600,000
const OID_PBES2 = '1.2.840.113549.1.5.13'; // RFC 8018 appendix A.4
const OID_SCRYPT = '1.3.6.1.4.1.11591.4.11'; // RFC 7914 section 7
const MAX_SCRYPT_COST = 2 ** 20; // N * r * p; N = 2^17, r = 8 is what age uses

/**
 * Throws KEY_TOO_COSTLY, and KEY_INVALID where the parameters are not strict DER: OpenSSL, which decrypts, reads BER too, so
 * what can't be read here could still ask for any number of rounds there. A scheme without a count is left to OpenSSL.
 */
export function assertDerivationCost(encryptedDer: Uint8Array, what: string): void {
  const iterations = readIterations(encryptedDer, what);
  if (iterations > MAX_ITERATIONS)
    throw coreError('KEY_TOO_COSTLY', { what, iterations, maxIterations: MAX_ITERATIONS });
}

function readIterations(encryptedDer: Uint8Array, what: string): number {
  try {
    const algorithm = new DerReader(encryptedDer, what).enterSequence().enterSequence();
    const isPbes2 = algorithm.readOid() === OID_PBES2;
    const parameters = algorithm.enterSequence();
    if (!isPbes2) return readPbkdfCount(parameters);
    const kdf = parameters.enterSequence();
    const isScrypt = kdf.readOid() === OID_SCRYPT;
    return isScrypt ? readScryptCost(kdf.enterSequence()) : readPbkdfCount(kdf.enterSequence());
  } catch (cause) {
    // A count of over 31 bits is malformed to the reader, and the most costly of all.
    if (isCaError(cause) && cause.message.includes('INTEGER too large')) return Number.MAX_SAFE_INTEGER;
    throw coreError('KEY_INVALID', { what, reason: 'its encryption parameters are malformed' }, { cause });
  }
}

function readPbkdfCount(parameters: DerReader): number {
  if (parameters.peekTag() === TAG_OCTET_STRING) parameters.readElement(TAG_OCTET_STRING);
  else parameters.readElement(TAG_SEQUENCE);
  return parameters.peekTag() === TAG_INTEGER ? parameters.readSmallInteger() : 0;
}

function readScryptCost(parameters: DerReader): number {
  parameters.readElement(TAG_OCTET_STRING);
  const cost = parameters.readSmallInteger() * parameters.readSmallInteger() * parameters.readSmallInteger();
  return cost > MAX_SCRYPT_COST ? Number.MAX_SAFE_INTEGER : 0;
}
