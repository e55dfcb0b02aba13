/** @module OIDs of extensions and key purposes, each with its source. */

export const OID_SUBJECT_KEY_IDENTIFIER = '2.5.29.14'; // RFC 5280 section 4.2.1.2
export const OID_KEY_USAGE = '2.5.29.15'; // RFC 5280 section 4.2.1.3
export const OID_SUBJECT_ALT_NAME = '2.5.29.17'; // RFC 5280 section 4.2.1.6
export const OID_BASIC_CONSTRAINTS = '2.5.29.19'; // RFC 5280 section 4.2.1.9
export const OID_NAME_CONSTRAINTS = '2.5.29.30'; // RFC 5280 section 4.2.1.10
export const OID_AUTHORITY_KEY_IDENTIFIER = '2.5.29.35'; // RFC 5280 section 4.2.1.1
export const OID_EXT_KEY_USAGE = '2.5.29.37'; // RFC 5280 section 4.2.1.12
export const OID_EXTENSION_REQUEST = '1.2.840.113549.1.9.14'; // RFC 2985 section 5.4.2

/** Key purposes, RFC 5280 section 4.2.1.12. */
export const KEY_PURPOSES = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;
export type KeyPurpose = keyof typeof KEY_PURPOSES;

/** Bit numbers of KeyUsage, RFC 5280 section 4.2.1.3. */
export const KEY_USAGE_BITS = {
  digitalSignature: 0,
  keyEncipherment: 2,
  keyCertSign: 5,
  cRLSign: 6,
} as const;
export type KeyUsage = keyof typeof KEY_USAGE_BITS;
