/**
 * @module DER writer (X.690): values in, bytes out. Small on purpose, so that minting loads nothing heavy.
 * Knows no X.509 and checks no semantics; callers pass values that were parsed before.
 */
import { encodeUtf8, type Bytes } from './bytes.ts';
import * as tags from './tags.ts';

/** One TLV: identifier octet, definite minimal length, then the parts in order. */
export function encodeDer(tag: number, ...parts: Uint8Array[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  const header = length < 0x80 ? 2 : length < 0x100 ? 3 : length < 0x10000 ? 4 : 5;
  const out = new Uint8Array(header + length);
  out[0] = tag;
  writeLength(out, length, header);
  let offset = header;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Lengths up to 2^24 - 1; nothing Mintmark writes comes near. */
function writeLength(out: Uint8Array, length: number, header: number): void {
  if (length >= 0x1000000) throw new RangeError('DER value longer than 16 MiB');
  if (header === 2) {
    out[1] = length;
    return;
  }
  out[1] = 0x80 | (header - 2);
  for (let i = header - 1, rest = length; i >= 2; i--, rest >>>= 8) out[i] = rest & 0xff;
}

export const encodeSequence = (...parts: Uint8Array[]): Bytes => encodeDer(tags.TAG_SEQUENCE, ...parts);
export const encodeNull = (): Bytes => Uint8Array.of(tags.TAG_NULL, 0);
export const encodeBoolean = (value: boolean): Bytes => Uint8Array.of(tags.TAG_BOOLEAN, 1, value ? 0xff : 0);
export const encodeOctetString = (bytes: Uint8Array): Bytes => encodeDer(tags.TAG_OCTET_STRING, bytes);
export const encodeUtf8String = (text: string): Bytes => encodeDer(tags.TAG_UTF8_STRING, encodeUtf8(text));
export const encodePrintableString = (text: string): Bytes => encodeDer(tags.TAG_PRINTABLE_STRING, encodeUtf8(text));
export const encodeIa5String = (text: string): Bytes => encodeDer(tags.TAG_IA5_STRING, encodeUtf8(text));

/** SET OF: members in ascending order of their encodings (X.690 section 11.6). */
export function encodeSetOf(...members: Uint8Array[]): Bytes {
  return encodeDer(tags.TAG_SET, ...(members.length < 2 ? members : members.toSorted(compareBytes)));
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Non-negative INTEGER from big-endian bytes: leading zeros dropped, one added where the top bit is set. */
export function encodeUnsignedInteger(bytes: Uint8Array): Bytes {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const body = bytes.subarray(start);
  const first = body[0] ?? 0;
  if (body.length === 0) return Uint8Array.of(tags.TAG_INTEGER, 1, 0);
  return first >= 0x80 ? encodeDer(tags.TAG_INTEGER, Uint8Array.of(0), body) : encodeDer(tags.TAG_INTEGER, body);
}

/** Non-negative INTEGER from a number of at most 2^31 - 1. */
export function encodeSmallInteger(value: number): Bytes {
  return encodeUnsignedInteger(
    Uint8Array.of((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff),
  );
}

/** BIT STRING; `unusedBits` (0 to 7) counts the padding bits of the last byte. */
export function encodeBitString(bytes: Uint8Array, unusedBits = 0): Bytes {
  return encodeDer(tags.TAG_BIT_STRING, Uint8Array.of(unusedBits), bytes);
}

/** BIT STRING with named bits: trailing zero bits dropped (X.690 section 11.2.2). Bit 0 is the first. */
export function encodeNamedBits(bits: readonly number[]): Bytes {
  const highest = Math.max(-1, ...bits);
  if (highest < 0) return encodeBitString(new Uint8Array(0));
  const bytes = new Uint8Array((highest >> 3) + 1);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return encodeBitString(bytes, 7 - (highest & 7));
}

// The program writes a few dozen OIDs, all of them constants, many thousand times.
const encodedOids = new Map<string, Bytes>();

/** OBJECT IDENTIFIER from dotted decimal of the program's own; callers must not change the bytes. */
export function encodeOid(dotted: string): Bytes {
  const known = encodedOids.get(dotted);
  if (known !== undefined) return known;
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const body = [first * 40 + second, ...rest].flatMap(encodeBase128);
  const encoded = encodeDer(tags.TAG_OID, Uint8Array.from(body));
  encodedOids.set(dotted, encoded);
  return encoded;
}

function encodeBase128(arc: number): number[] {
  const digits = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) | 0x80);
  return digits;
}

const DIGIT_ZERO = 0x30; // ASCII
const LETTER_Z = 0x5a; // ASCII
const GENERALIZED_TIME_FROM_YEAR = 2050; // RFC 5280 section 4.1.2.5

/** Time: UTCTime up to 2049, GeneralizedTime from 2050, whole seconds, UTC (RFC 5280 section 4.1.2.5). */
export function encodeTime(date: Date): Bytes {
  const year = date.getUTCFullYear();
  const isUtc = year < GENERALIZED_TIME_FROM_YEAR;
  const pairs = [
    year % 100,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  if (!isUtc) pairs.unshift(Math.floor(year / 100));
  const out = new Uint8Array(2 * pairs.length + 1);
  for (const [i, pair] of pairs.entries()) {
    out[2 * i] = DIGIT_ZERO + Math.floor(pair / 10);
    out[2 * i + 1] = DIGIT_ZERO + (pair % 10);
  }
  out[out.length - 1] = LETTER_Z;
  return encodeDer(isUtc ? tags.TAG_UTC_TIME : tags.TAG_GENERALIZED_TIME, out);
}
