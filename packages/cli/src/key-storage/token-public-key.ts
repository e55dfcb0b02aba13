/**
 * @module Public keys and signatures between PKCS#11, which has raw numbers, and X.509, which has DER: SubjectPublicKeyInfo from attributes,
 * ECDSA-Sig-Value from r and s (RFC 3279 section 2.2.3), DigestInfo (RFC 8017 section 9.2). Pure.
 */
import { derWriter, type Bytes } from '@mintmark/ca-core';

const OID_RSA = '1.2.840.113549.1.1.1'; // RFC 8017 appendix C
const OID_EC = '1.2.840.10045.2.1'; // RFC 5480 section 2.1.1
const OID_ED25519 = '1.3.101.112'; // RFC 8410 section 3
const ED25519_BYTES = 32;
const TAG_OCTET_STRING = 0x04;
const UNCOMPRESSED = 0x04; // SEC 1 section 2.3.3

const { encodeBitString, encodeNull, encodeOid, encodeSequence, encodeUnsignedInteger } = derWriter;

/** SubjectPublicKeyInfo of CKA_MODULUS and CKA_PUBLIC_EXPONENT. */
export function encodeRsaSpki(modulus: Uint8Array, exponent: Uint8Array): Bytes {
  const key = encodeSequence(encodeUnsignedInteger(modulus), encodeUnsignedInteger(exponent));
  return encodeSequence(encodeSequence(encodeOid(OID_RSA), encodeNull()), encodeBitString(key));
}

/** SubjectPublicKeyInfo of CKA_EC_PARAMS (the DER of an OID) and CKA_EC_POINT. */
export function encodeEcSpki(parametersDer: Uint8Array, point: Uint8Array): Bytes {
  const bits = unwrapPoint(point, isEcPoint);
  return encodeSequence(encodeSequence(encodeOid(OID_EC), parametersDer), encodeBitString(bits));
}

/** SubjectPublicKeyInfo of an Ed25519 CKA_EC_POINT. */
export function encodeEd25519Spki(point: Uint8Array): Bytes {
  const bits = unwrapPoint(point, (bytes) => bytes.length === ED25519_BYTES);
  return encodeSequence(encodeSequence(encodeOid(OID_ED25519)), encodeBitString(bits));
}

/** Two coordinates of one length, all of it. */
const isEcPoint = (bytes: Uint8Array): boolean => bytes[0] === UNCOMPRESSED && [65, 97, 133].includes(bytes.length);

/** PKCS#11 wraps the point in an OCTET STRING; some modules leave that out. What is neither is left for the parser of keys to refuse. */
function unwrapPoint(point: Uint8Array, isPoint: (bytes: Uint8Array) => boolean): Uint8Array {
  if (isPoint(point) || point[0] !== TAG_OCTET_STRING) return point;
  const isLong = point[1] === 0x81;
  const content = point.subarray(isLong ? 3 : 2);
  return content.length === point[isLong ? 2 : 1] ? content : point;
}

/** DER of r and s, which a token returns one behind the other. @throws TypeError for an odd length */
export function encodeEcdsaSignature(raw: Uint8Array): Bytes {
  if (raw.length === 0 || raw.length % 2 !== 0) throw new TypeError(`an ECDSA signature of ${raw.length} bytes`);
  const half = raw.length / 2;
  return encodeSequence(encodeUnsignedInteger(raw.subarray(0, half)), encodeUnsignedInteger(raw.subarray(half)));
}

const SHA256_DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex'); // RFC 8017 section 9.2 note 1

/** What RSASSA-PKCS1-v1_5 pads and signs: every token does that, and not every token hashes. */
export const encodeSha256DigestInfo = (digest: Uint8Array): Buffer => Buffer.concat([SHA256_DIGEST_INFO, digest]);
