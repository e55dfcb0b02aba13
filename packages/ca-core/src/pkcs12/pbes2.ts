/** @module PBES2 (RFC 8018 section 6.2) with PBKDF2 or scrypt (RFC 7914 section 7), and the PBKDF2 parameters that PBMAC1 shares. */
import type { Bytes } from '../der/bytes.ts';
import { cipherOfOid, hmacOfOid, rc2, SHA1, UnsupportedError, type Cipher } from './algorithms.ts';
import { integerOf, isTagged, octetsOf, oidOf, sequenceOf, StructureError, TAG, type BerNode } from './ber.ts';
import type { Encryption } from './encryption.ts';
import { derivePbkdf2, deriveScrypt, type HashAlgorithm } from './primitives.ts';

const OID_PBKDF2 = '1.2.840.113549.1.5.12'; // RFC 8018 appendix A.2
const OID_SCRYPT = '1.3.6.1.4.1.11591.4.11'; // RFC 7914 section 7
const OID_RC2_CBC = '1.2.840.113549.3.2'; // RFC 8018 appendix B.2.3

/** RFC 8018 appendix B.2.3: how the version field says the strength. */
const RC2_BITS: Readonly<Record<number, number>> = { 160: 40, 120: 64, 58: 128 };

/** @throws UnsupportedError, StructureError */
export function readPbes2(parameters: BerNode | undefined): Encryption {
  const [kdfNode, schemeNode] = sequenceOf(parameters);
  const { cipher, iv } = readCipher(schemeNode);
  if (iv.length !== cipher.ivBytes) throw new StructureError('an IV has the wrong length');
  const kdf = readKdf(kdfNode, cipher.keyBytes);
  return {
    label: `${cipher.label}, key by ${kdf.label}`,
    spelling: 'octets',
    iterations: kdf.iterations,
    rounds: kdf.rounds,
    decrypt: (ciphertext, password) => cipher.decrypt(ciphertext, { key: kdf.derive(password), iv }),
  };
}

function readCipher(scheme: BerNode | undefined): { cipher: Cipher; iv: Bytes } {
  const [oidNode, parameters] = sequenceOf(scheme);
  const oid = oidOf(oidNode);
  if (oid !== OID_RC2_CBC) return { cipher: cipherOfOid(oid), iv: octetsOf(parameters) };
  const [version, iv] = sequenceOf(parameters);
  const bits = RC2_BITS[integerOf(version)];
  if (bits === undefined) throw new UnsupportedError('RC2 of an unusual strength');
  return { cipher: rc2(bits), iv: octetsOf(iv) };
}

type Kdf = {
  readonly label: string;
  readonly iterations: number;
  readonly rounds: number;
  readonly derive: (password: Bytes) => Bytes;
};

function readKdf(node: BerNode | undefined, keyBytes: number): Kdf {
  const [oidNode, parameters] = sequenceOf(node);
  const oid = oidOf(oidNode);
  if (oid === OID_SCRYPT) return readScrypt(parameters, keyBytes);
  if (oid !== OID_PBKDF2) throw new UnsupportedError(`the key derivation with OID ${oid}`);
  const { salt, iterations, hash, keyBytes: stated } = readPbkdf2(parameters);
  if (stated !== undefined && stated !== keyBytes) throw new StructureError('a key length is not that of the cipher');
  return {
    label: `PBKDF2 and HMAC-${hash.label}`,
    iterations,
    rounds: pbkdf2Cost(hash, iterations, keyBytes),
    derive: (password) => derivePbkdf2(hash, password, { salt, iterations, keyBytes }),
  };
}

/** Rounds of one derivation. */
export const pbkdf2Cost = (hash: HashAlgorithm, iterations: number, keyBytes: number): number =>
  iterations * Math.ceil(keyBytes / hash.digestBytes);

/** PBKDF2-params; `keyBytes` only where they say it. @throws UnsupportedError, StructureError */
export function readPbkdf2(parameters: BerNode | undefined): {
  salt: Bytes;
  iterations: number;
  hash: HashAlgorithm;
  keyBytes?: number;
} {
  const [salt, count, ...optional] = sequenceOf(parameters);
  if (isTagged(salt, TAG.sequence)) throw new UnsupportedError('a salt that is not in the file');
  const iterations = integerOf(count);
  if (iterations < 1) throw new StructureError('a key derivation has no iterations');
  const keyLength = optional.find((node) => isTagged(node, TAG.integer));
  const prf = optional.find((node) => isTagged(node, TAG.sequence));
  const hash = prf === undefined ? SHA1 : hmacOfOid(oidOf(sequenceOf(prf)[0]));
  return { salt: octetsOf(salt), iterations, hash, ...(keyLength && { keyBytes: integerOf(keyLength) }) };
}

function readScrypt(parameters: BerNode | undefined, keyBytes: number): Kdf {
  const [saltNode, ...numbers] = sequenceOf(parameters);
  const salt = octetsOf(saltNode);
  const [N = 0, r = 0, p = 0] = numbers.slice(0, 3).map(integerOf);
  const isPowerOfTwo = N > 1 && Number.isInteger(Math.log2(N));
  if (!isPowerOfTwo || r < 1 || p < 1) throw new StructureError('the parameters of scrypt are out of range');
  const cost = N * r * p;
  return {
    label: 'scrypt',
    iterations: cost,
    rounds: cost,
    derive: (password) => deriveScrypt(password, { salt, keyBytes, N, r, p }),
  };
}
