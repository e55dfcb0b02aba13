/** @module What kind of key a SubjectPublicKeyInfo holds, for people; weak and unusual keys are named, not refused. */
import { DerReader } from '../der/reader.ts';
import { TAG_OID } from '../der/tags.ts';

// Algorithms and curves by OID: RFC 3279, RFC 5480, RFC 8410, SEC 2, RFC 5639.
const ALGORITHM_LABELS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.1': 'RSA',
  '1.2.840.113549.1.1.10': 'RSA-PSS',
  '1.2.840.10045.2.1': 'EC',
  '1.2.840.10040.4.1': 'DSA',
  '1.2.840.10046.2.1': 'DH',
  '1.3.101.110': 'X25519',
  '1.3.101.111': 'X448',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
};
const CURVE_LABELS: Readonly<Record<string, string>> = {
  '1.2.840.10045.3.1.7': 'ECDSA P-256',
  '1.3.132.0.34': 'ECDSA P-384',
  '1.3.132.0.35': 'ECDSA P-521',
  '1.2.840.10045.3.1.1': 'ECDSA P-192',
  '1.3.132.0.33': 'ECDSA P-224',
  '1.3.132.0.10': 'ECDSA secp256k1',
};

/** `RSA 2048`, `ECDSA P-256`, `Ed25519`, or the OID of an unknown algorithm. Never throws. */
export function describePublicKey(spkiDer: Uint8Array): string {
  try {
    const spki = new DerReader(spkiDer, 'the public key').enterSequence();
    const algorithm = spki.enterSequence();
    const oid = algorithm.readOid();
    const label = ALGORITHM_LABELS[oid] ?? oid;
    if (label === 'EC') return describeCurve(algorithm);
    if (!label.startsWith('RSA')) return label;
    const modulus = new DerReader(spki.readBitString(), 'the public key').enterSequence().readUnsignedInteger();
    return `${label} ${modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24}`;
  } catch {
    return 'unreadable key';
  }
}

function describeCurve(algorithm: DerReader): string {
  if (algorithm.peekTag() !== TAG_OID) return 'EC with explicit parameters';
  const curve = algorithm.readOid();
  return CURVE_LABELS[curve] ?? `EC on curve ${curve}`;
}
