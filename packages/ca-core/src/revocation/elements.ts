/** @module What CRLs and OCSP have in common beyond certificates: ENUMERATED, GeneralizedTime, plain extensions, their OIDs. */
import { concatBytes, encodeUtf8, formatHex, parseHex, type Bytes } from '../der/bytes.ts';
import { TAG_GENERALIZED_TIME } from '../der/tags.ts';
import { encodeDer, encodeOctetString, encodeOid, encodeSequence, encodeUnsignedInteger } from '../der/writer.ts';

export const OID_CRL_NUMBER = '2.5.29.20'; // RFC 5280 section 5.2.3
export const OID_REASON_CODE = '2.5.29.21'; // RFC 5280 section 5.3.1
export const OID_ISSUING_DISTRIBUTION_POINT = '2.5.29.28'; // RFC 5280 section 5.2.5
export const OID_OCSP_BASIC = '1.3.6.1.5.5.7.48.1.1'; // RFC 6960 section 4.2.1
export const OID_OCSP_NONCE = '1.3.6.1.5.5.7.48.1.2'; // RFC 9654 section 2.1

export const TAG_ENUMERATED = 0x0a; // X.690 section 8.4

/** Of one byte: every ENUMERATED here is below 128. */
export const encodeEnumerated = (value: number): Bytes => Uint8Array.of(TAG_ENUMERATED, 1, value);

/** Whole seconds, UTC (RFC 6960 section 4.2.2.2 has no other time). */
export function encodeGeneralizedTime(date: Date): Bytes {
  const digits = date.toISOString().slice(0, 19).replaceAll(/\D/g, '');
  return encodeDer(TAG_GENERALIZED_TIME, encodeUtf8(`${digits}Z`));
}

/** An extension that is not critical. */
export const encodePlainExtension = (oid: string, value: Uint8Array): Bytes =>
  encodeSequence(encodeOid(oid), encodeOctetString(value));

/** A serial or CRL number: INTEGER from hex digits of any count. */
export const encodeHexInteger = (hex: string): Bytes =>
  encodeUnsignedInteger(parseHex(hex.length % 2 === 0 ? hex : `0${hex}`) ?? concatBytes([]));

/** To the second, as all these times are written. */
export const floorToSecond = (date: Date): Date => new Date(Math.floor(date.getTime() / 1000) * 1000);

/** Hex without leading zeros, so that two spellings of one number are one text. */
export const bareHex = (hex: string): string => hex.toLowerCase().replace(/^0+(?=.)/, '');

/**
 * Hex of an INTEGER's content without leading zeros, `-` before a negative one; undefined where it has no bytes or more than it
 * needs (X.690 section 8.3.2).
 */
export function formatInteger(content: Uint8Array): string | undefined {
  const [first, second = 0] = content;
  if (first === undefined) return undefined;
  const isPadded = content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (isPadded) return undefined;
  const value = BigInt(`0x${formatHex(content)}`);
  return (first >= 0x80 ? value - (1n << BigInt(content.length * 8)) : value).toString(16);
}
