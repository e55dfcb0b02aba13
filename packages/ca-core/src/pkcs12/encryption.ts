/**
 * @module Password-based encryption by its AlgorithmIdentifier: the schemes of RFC 7292 appendix C, PBES2 with PBKDF2 or scrypt
 * (RFC 8018, RFC 7914), and PBES1. It says what a file uses and what that costs; passwords are tried elsewhere.
 */
import type { Bytes } from '../der/bytes.ts';
import {
  DES_CBC,
  MD5,
  rc2,
  rc4,
  SHA1,
  TRIPLE_DES_CBC,
  TWO_KEY_TRIPLE_DES_CBC,
  UnsupportedError,
  type Cipher,
} from './algorithms.ts';
import { integerOf, octetsOf, oidOf, sequenceOf, type BerNode } from './ber.ts';
import { derivePkcs12Key, pkcs12KeyCost, PURPOSE } from './kdf.ts';
import { readPbes2 } from './pbes2.ts';
import { digest, type HashAlgorithm } from './primitives.ts';

/** A scheme with its parameters. `label` is for people. */
export type Encryption = {
  readonly label: string;
  /** Which bytes of a password it takes. */
  readonly spelling: 'bmp' | 'octets';
  readonly iterations: number;
  /** Iterations times the blocks of key and IV. */
  readonly rounds: number;
  /** Undefined where a wrong password shows by itself; nonsense where it does not. */
  readonly decrypt: (ciphertext: Bytes, password: Bytes) => Bytes | undefined;
};

type Parameters = { readonly salt: Bytes; readonly iterations: number };

const OID_PBES2 = '1.2.840.113549.1.5.13'; // RFC 8018 appendix A.4

const PKCS12_CIPHERS: Readonly<Record<string, Cipher>> = {
  '1.2.840.113549.1.12.1.1': rc4(128), // RFC 7292 appendix C
  '1.2.840.113549.1.12.1.2': rc4(40),
  '1.2.840.113549.1.12.1.3': TRIPLE_DES_CBC,
  '1.2.840.113549.1.12.1.4': TWO_KEY_TRIPLE_DES_CBC,
  '1.2.840.113549.1.12.1.5': rc2(128),
  '1.2.840.113549.1.12.1.6': rc2(40),
};

const PBES1_SCHEMES: Readonly<Record<string, { readonly hash: HashAlgorithm; readonly cipher: Cipher }>> = {
  '1.2.840.113549.1.5.3': { hash: MD5, cipher: DES_CBC }, // RFC 8018 appendix A.3
  '1.2.840.113549.1.5.6': { hash: MD5, cipher: rc2(64) },
  '1.2.840.113549.1.5.10': { hash: SHA1, cipher: DES_CBC },
  '1.2.840.113549.1.5.11': { hash: SHA1, cipher: rc2(64) },
};

/** @throws UnsupportedError, StructureError */
export function readEncryption(algorithm: BerNode | undefined): Encryption {
  const [scheme, parameters] = sequenceOf(algorithm);
  const oid = oidOf(scheme);
  if (oid === OID_PBES2) return readPbes2(parameters);
  const pkcs12Cipher = Object.hasOwn(PKCS12_CIPHERS, oid) ? PKCS12_CIPHERS[oid] : undefined;
  if (pkcs12Cipher !== undefined) return createPkcs12Scheme(pkcs12Cipher, readParameters(parameters));
  const pbes1 = Object.hasOwn(PBES1_SCHEMES, oid) ? PBES1_SCHEMES[oid] : undefined;
  if (pbes1 !== undefined) return createPbes1Scheme(pbes1.hash, pbes1.cipher, readParameters(parameters));
  throw new UnsupportedError(`the encryption with OID ${oid}`);
}

function readParameters(node: BerNode | undefined): Parameters {
  const [salt, iterations] = sequenceOf(node);
  return { salt: octetsOf(salt), iterations: Math.max(1, integerOf(iterations)) };
}

function createPkcs12Scheme(cipher: Cipher, { salt, iterations }: Parameters): Encryption {
  const cost = (keyBytes: number): number => pkcs12KeyCost(SHA1, { iterations, keyBytes });
  return {
    label: `${cipher.label}, key by PKCS#12 and SHA-1`,
    spelling: 'bmp',
    iterations,
    rounds: cost(cipher.keyBytes) + cost(cipher.ivBytes),
    decrypt: (ciphertext, password) => {
      const derive = (purpose: number, keyBytes: number): Bytes =>
        derivePkcs12Key(SHA1, password, { salt, iterations, keyBytes, purpose });
      const key = derive(PURPOSE.key, cipher.keyBytes);
      return cipher.decrypt(ciphertext, { key, iv: derive(PURPOSE.iv, cipher.ivBytes) });
    },
  };
}

/** RFC 8018 section 6.1.2: eight bytes of key and eight of IV out of one digest. */
function createPbes1Scheme(hash: HashAlgorithm, cipher: Cipher, { salt, iterations }: Parameters): Encryption {
  return {
    label: `${cipher.label}, key by PBKDF1 and ${hash.label}`,
    spelling: 'octets',
    iterations,
    rounds: iterations,
    decrypt: (ciphertext, password) => {
      let derived = digest(hash, Uint8Array.of(...password, ...salt));
      for (let i = 1; i < iterations; i++) derived = digest(hash, derived);
      return cipher.decrypt(ciphertext, { key: derived.slice(0, 8), iv: derived.slice(8, 16) });
    },
  };
}
