/** @module Names of signature algorithms by OID (RFC 3279, 4055, 5758, 8410), and which of them still prove anything. */

type SignatureFacts = {
  readonly label: string;
  readonly hash?: 'sha256' | 'sha384' | 'sha512';
  readonly isWeak?: true;
};

const SIGNATURES: Readonly<Record<string, SignatureFacts>> = {
  '1.2.840.113549.1.1.2': { label: 'MD2 with RSA', isWeak: true },
  '1.2.840.113549.1.1.3': { label: 'MD4 with RSA', isWeak: true },
  '1.2.840.113549.1.1.4': { label: 'MD5 with RSA', isWeak: true },
  '1.2.840.113549.1.1.5': { label: 'SHA-1 with RSA', isWeak: true },
  '1.2.840.10045.4.1': { label: 'ECDSA with SHA-1', isWeak: true },
  '1.2.840.10040.4.3': { label: 'DSA with SHA-1', isWeak: true },
  '1.2.840.113549.1.1.11': { label: 'SHA-256 with RSA', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { label: 'SHA-384 with RSA', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { label: 'SHA-512 with RSA', hash: 'sha512' },
  '1.2.840.113549.1.1.10': { label: 'RSA-PSS' },
  '1.2.840.10045.4.3.2': { label: 'ECDSA with SHA-256', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { label: 'ECDSA with SHA-384', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { label: 'ECDSA with SHA-512', hash: 'sha512' },
  '1.3.101.112': { label: 'Ed25519' },
  '1.3.101.113': { label: 'Ed448' },
};

const OID_ED25519 = '1.3.101.112';

/** A name for people; the OID where it is unknown. */
export const describeSignature = (oid: string): string => SIGNATURES[oid]?.label ?? oid;

/** True for hashes that collide. */
export const isWeakSignature = (oid: string): boolean => SIGNATURES[oid]?.isWeak === true;

/** The hash to verify with; `undefined` for Ed25519, which has its own; `null` where it can't be verified here. */
export function signatureHash(oid: string): 'sha256' | 'sha384' | 'sha512' | undefined | null {
  if (oid === OID_ED25519) return undefined;
  return SIGNATURES[oid]?.hash ?? null;
}
