/** @module The fields of a certificate that Node does not tell and that verifying a chain needs. RFC 5280 section 4. */
import type { KeyObject } from 'node:crypto';
import { derTags, DerReader, type CertificateView } from '@mintmark/ca-core';

const OID_KEY_USAGE = '2.5.29.15'; // RFC 5280 section 4.2.1.3
const OID_BASIC_CONSTRAINTS = '2.5.29.19'; // RFC 5280 section 4.2.1.9
export const OID_SUBJECT_ALT_NAME = '2.5.29.17'; // RFC 5280 section 4.2.1.6
export const OID_NAME_CONSTRAINTS = '2.5.29.30'; // RFC 5280 section 4.2.1.10
const OID_EXT_KEY_USAGE = '2.5.29.37'; // RFC 5280 section 4.2.1.12
export const OID_SERVER_AUTH = '1.3.6.1.5.5.7.3.1'; // RFC 5280 section 4.2.1.12

const UNDERSTOOD: ReadonlySet<string> = new Set([
  OID_KEY_USAGE,
  OID_BASIC_CONSTRAINTS,
  OID_SUBJECT_ALT_NAME,
  OID_NAME_CONSTRAINTS,
  OID_EXT_KEY_USAGE,
]);

/** Signatures over SHA-2 whose parameters say nothing else. RSASSA-PSS may name any hash in its parameters. */
const KNOWN_SIGNATURES: ReadonlySet<string> = new Set([
  '1.2.840.10045.4.3.2', // ecdsa-with-SHA256, RFC 5758 section 3.2
  '1.2.840.10045.4.3.3', // ecdsa-with-SHA384
  '1.2.840.10045.4.3.4', // ecdsa-with-SHA512
  '1.2.840.113549.1.1.11', // sha256WithRSAEncryption, RFC 4055 section 5
  '1.2.840.113549.1.1.12', // sha384WithRSAEncryption
  '1.2.840.113549.1.1.13', // sha512WithRSAEncryption
  '1.3.101.112', // Ed25519, RFC 8410 section 3
]);

const RSA_MIN_BITS = 2048; // CA/Browser Forum Baseline Requirements section 6.1.5

export const findExtensionValue = (view: CertificateView, oid: string): Uint8Array | undefined =>
  view.extensions.find((extension) => extension.oid === oid)?.value;

/** The OID of a critical extension that nothing here looks at. */
export function findUnknownCritical(view: CertificateView): string | undefined {
  return view.extensions.find(({ oid, isCritical }) => isCritical && !UNDERSTOOD.has(oid))?.oid;
}

export const hasRepeatedExtension = ({ extensions }: CertificateView): boolean =>
  new Set(extensions.map(({ oid }) => oid)).size < extensions.length;

/** @throws DER_INVALID */
export function hasKnownSignature({ signatureAlgorithmDer }: CertificateView): boolean {
  return KNOWN_SIGNATURES.has(new DerReader(signatureAlgorithmDer, 'a signature algorithm').enterSequence().readOid());
}

export const isStrongKey = ({ asymmetricKeyDetails }: KeyObject): boolean =>
  (asymmetricKeyDetails?.modulusLength ?? RSA_MIN_BITS) >= RSA_MIN_BITS;

/** How many CAs may follow below; undefined is no limit. @throws DER_INVALID */
export function readPathLength(view: CertificateView): number | undefined {
  const value = findExtensionValue(view, OID_BASIC_CONSTRAINTS);
  if (value === undefined) return undefined;
  const constraints = new DerReader(value, 'basic constraints').enterSequence();
  constraints.readOptional(derTags.TAG_BOOLEAN);
  return constraints.isAtEnd ? undefined : constraints.readSmallInteger();
}

// digitalSignature (bit 0), keyEncipherment (2), keyAgreement (4), counted from the top: what OpenSSL takes for a TLS server.
const TLS_SERVER_USAGES = 0b1010_1000;

/** @throws DER_INVALID */
export function mayHandshake(view: CertificateView): boolean {
  const value = findExtensionValue(view, OID_KEY_USAGE);
  if (value === undefined) return true;
  const [, bits = 0] = new DerReader(value, 'key usage').readElement(derTags.TAG_BIT_STRING).value;
  return (bits & TLS_SERVER_USAGES) !== 0;
}
