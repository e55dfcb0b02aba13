/**
 * @module All facts about key types and signature algorithms in one table. Below it everybody is handed a row; nobody
 * switches on a name. RFC 5480 (EC), RFC 8017 (RSA), RFC 8410 (Ed25519), RFC 5758 (ECDSA with SHA-2).
 */
import { coreError } from '../core-errors.ts';
import type { Bytes } from '../der/bytes.ts';
import { encodeNull, encodeOid, encodeSequence } from '../der/writer.ts';

export const OID_RSA_ENCRYPTION = '1.2.840.113549.1.1.1'; // RFC 8017 appendix C
export const OID_EC_PUBLIC_KEY = '1.2.840.10045.2.1'; // RFC 5480 section 2.1.1
export const OID_ED25519 = '1.3.101.112'; // RFC 8410 section 3

/** The names that `--key` takes. */
export const KEY_TYPES = ['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa-2048', 'rsa-3072', 'rsa-4096'] as const;
export type KeyType = (typeof KEY_TYPES)[number];

export type KeyFamily = 'rsa' | 'ec' | 'ed25519';

/** How to make a key of each type. */
export type KeyTypeFacts = {
  readonly family: KeyFamily;
  readonly label: string;
  readonly curve?: string;
  readonly modulusBits?: number;
};

export const KEY_TYPE_FACTS: Readonly<Record<KeyType, KeyTypeFacts>> = {
  'ecdsa-p256': { family: 'ec', label: 'ECDSA P-256', curve: 'P-256' },
  'ecdsa-p384': { family: 'ec', label: 'ECDSA P-384', curve: 'P-384' },
  ed25519: { family: 'ed25519', label: 'Ed25519' },
  'rsa-2048': { family: 'rsa', label: 'RSA 2048', modulusBits: 2048 },
  'rsa-3072': { family: 'rsa', label: 'RSA 3072', modulusBits: 3072 },
  'rsa-4096': { family: 'rsa', label: 'RSA 4096', modulusBits: 4096 },
};

/** @throws KEY_TYPE_UNKNOWN */
export function parseKeyType(text: string): KeyType {
  const keyType = KEY_TYPES.find((known) => known === text);
  if (keyType === undefined) throw coreError('KEY_TYPE_UNKNOWN', { keyType: text, known: KEY_TYPES });
  return keyType;
}

/** How a signature is made. `hash` is undefined where the algorithm brings its own. */
export type SignatureAlgorithm = {
  readonly name: 'rsa-sha256' | 'ecdsa-sha256' | 'ecdsa-sha384' | 'ecdsa-sha512' | 'ed25519';
  readonly hash: 'sha256' | 'sha384' | 'sha512' | undefined;
  /** AlgorithmIdentifier, DER. */
  readonly identifierDer: Bytes;
};

const signatureAlgorithm = (
  name: SignatureAlgorithm['name'],
  hash: SignatureAlgorithm['hash'],
  ...identifier: Uint8Array[]
): SignatureAlgorithm => ({ name, hash, identifierDer: encodeSequence(...identifier) });

export const RSA_SHA256 = signatureAlgorithm('rsa-sha256', 'sha256', encodeOid('1.2.840.113549.1.1.11'), encodeNull()); // RFC 4055 section 5
export const ED25519 = signatureAlgorithm('ed25519', undefined, encodeOid(OID_ED25519)); // RFC 8410 section 3

/** Curves that TLS uses. The hash is as wide as the curve (RFC 5480 section 4). `pointBytes` is the uncompressed form. */
export const CURVES = {
  '1.2.840.10045.3.1.7': {
    name: 'P-256',
    label: 'ECDSA P-256',
    pointBytes: 65,
    signature: signatureAlgorithm('ecdsa-sha256', 'sha256', encodeOid('1.2.840.10045.4.3.2')),
  },
  '1.3.132.0.34': {
    name: 'P-384',
    label: 'ECDSA P-384',
    pointBytes: 97,
    signature: signatureAlgorithm('ecdsa-sha384', 'sha384', encodeOid('1.2.840.10045.4.3.3')),
  },
  '1.3.132.0.35': {
    name: 'P-521',
    label: 'ECDSA P-521',
    pointBytes: 133,
    signature: signatureAlgorithm('ecdsa-sha512', 'sha512', encodeOid('1.2.840.10045.4.3.4')),
  },
} as const;
