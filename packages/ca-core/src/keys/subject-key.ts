/**
 * @module Public keys as certificates hold them: strict SubjectPublicKeyInfo, with weak and odd keys refused.
 * RFC 5280 section 4.1.2.7, RFC 3279 section 2.3, RFC 5480, RFC 8410.
 */
import { coreError } from '../core-errors.ts';
import type { Bytes } from '../der/bytes.ts';
import { DerReader } from '../der/reader.ts';
import { TAG_NULL } from '../der/tags.ts';
import {
  CURVES,
  ED25519,
  OID_EC_PUBLIC_KEY,
  OID_ED25519,
  OID_RSA_ENCRYPTION,
  RSA_SHA256,
  type KeyFamily,
  type SignatureAlgorithm,
} from './algorithms.ts';

/** A checked public key. `signature` is how its private half signs. */
export type SubjectKey = {
  readonly family: KeyFamily;
  /** For people: `ECDSA P-256`, `RSA 2048`, `Ed25519`. */
  readonly label: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly spkiDer: Bytes;
  /** 20 bytes: the leftmost 160 bits of SHA-256 over the key bits (RFC 7093 section 2, method 1). */
  readonly keyIdentifier: Bytes;
  readonly signature: SignatureAlgorithm;
};

/** SHA-256 of bytes: 32 bytes. Injected, because the platforms differ in how they hash synchronously. */
export type Sha256 = (bytes: Uint8Array) => Bytes;

const RSA_MIN_BITS = 2048; // CA/B BR 6.1.5; Apple 103769
const RSA_MAX_BITS = 8192; // more only burns the verifier's time
const RSA_MIN_EXPONENT = 65537; // BR 6.1.6: below it, old padding attacks
const RSA_MAX_EXPONENT_BYTES = 32; // BR 6.1.6: at most 2^256 - 1
const KEY_IDENTIFIER_BYTES = 20;

/**
 * A public key from a SubjectPublicKeyInfo.
 * Not checked: that an EC point lies on its curve; the proof of possession that comes with every key here shows it.
 * @throws PUBLIC_KEY_INVALID, PUBLIC_KEY_WEAK, PUBLIC_KEY_UNSUPPORTED, DER_INVALID
 */
export function parseSubjectKey(spkiDer: Uint8Array, sha256: Sha256): SubjectKey {
  const { algorithm, keyBits } = readSpki(spkiDer);
  const oid = algorithm.readOid();
  const facts = readKeyFacts(oid, algorithm, keyBits);
  const keyIdentifier = sha256(keyBits).slice(0, KEY_IDENTIFIER_BYTES);
  return { ...facts, spkiDer: Uint8Array.from(spkiDer), keyIdentifier };
}

/** The content of the subjectPublicKey BIT STRING. @throws DER_INVALID */
export function readKeyBits(spkiDer: Uint8Array): Bytes {
  return readSpki(spkiDer).keyBits;
}

function readSpki(spkiDer: Uint8Array) {
  const outer = new DerReader(spkiDer, 'the public key');
  const spki = outer.enterSequence();
  outer.assertEnd();
  const algorithm = spki.enterSequence();
  const keyBits = spki.readBitString();
  spki.assertEnd();
  return { algorithm, keyBits };
}

type KeyFacts = Pick<SubjectKey, 'family' | 'label' | 'signature'>;

function readKeyFacts(oid: string, algorithm: DerReader, keyBits: Bytes): KeyFacts {
  if (oid === OID_RSA_ENCRYPTION) return readRsa(algorithm, keyBits);
  if (oid === OID_EC_PUBLIC_KEY) return readEc(algorithm, keyBits);
  if (oid === OID_ED25519) return readEd25519(algorithm, keyBits);
  throw coreError('PUBLIC_KEY_UNSUPPORTED', { algorithm: oid });
}

function readRsa(algorithm: DerReader, keyBits: Bytes): KeyFacts {
  algorithm.readElement(TAG_NULL);
  algorithm.assertEnd();
  const outer = new DerReader(keyBits, 'the RSA public key');
  const key = outer.enterSequence();
  outer.assertEnd();
  const modulus = key.readUnsignedInteger();
  const exponent = key.readUnsignedInteger();
  key.assertEnd();
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  if (bits < RSA_MIN_BITS)
    throw coreError('PUBLIC_KEY_WEAK', { reason: `RSA of ${bits} bits, at least ${RSA_MIN_BITS} are needed` });
  if (bits > RSA_MAX_BITS)
    throw coreError('PUBLIC_KEY_INVALID', { reason: `RSA of ${bits} bits, at most ${RSA_MAX_BITS} are taken` });
  if (((modulus.at(-1) ?? 0) & 1) === 0) throw coreError('PUBLIC_KEY_INVALID', { reason: 'the RSA modulus is even' });
  assertExponent(exponent);
  return { family: 'rsa', label: `RSA ${bits}`, signature: RSA_SHA256 };
}

function assertExponent(exponent: Bytes): void {
  if (((exponent.at(-1) ?? 0) & 1) === 0) throw coreError('PUBLIC_KEY_INVALID', { reason: 'the RSA exponent is even' });
  if (exponent.length > RSA_MAX_EXPONENT_BYTES)
    throw coreError('PUBLIC_KEY_INVALID', { reason: 'the RSA exponent is over 256 bits' });
  const value = exponent.length > 4 ? Infinity : exponent.reduce((sum, byte) => sum * 256 + byte, 0);
  if (value < RSA_MIN_EXPONENT)
    throw coreError('PUBLIC_KEY_WEAK', { reason: `RSA exponent ${value}, at least ${RSA_MIN_EXPONENT} is needed` });
}

function readEc(algorithm: DerReader, keyBits: Bytes): KeyFacts {
  // Curves given by explicit parameters can be anything (CVE-2020-0601), so only names are read.
  const oid = algorithm.readOid();
  algorithm.assertEnd();
  const curve = Object.entries(CURVES).find(([known]) => known === oid)?.[1];
  if (curve === undefined) throw coreError('PUBLIC_KEY_UNSUPPORTED', { algorithm: `EC on curve ${oid}` });
  if (keyBits.length !== curve.pointBytes || keyBits[0] !== 4) {
    throw coreError('PUBLIC_KEY_INVALID', {
      reason: `${curve.name} point is not in its uncompressed form of ${curve.pointBytes} bytes`,
    });
  }
  return { family: 'ec', label: curve.label, signature: curve.signature };
}

function readEd25519(algorithm: DerReader, keyBits: Bytes): KeyFacts {
  algorithm.assertEnd(); // RFC 8410 section 3: parameters are absent
  if (keyBits.length !== 32)
    throw coreError('PUBLIC_KEY_INVALID', { reason: `Ed25519 key of ${keyBits.length} bytes, 32 are expected` });
  return { family: 'ed25519', label: 'Ed25519', signature: ED25519 };
}
