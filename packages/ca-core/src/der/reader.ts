/**
 * @module Strict DER reader (X.690): definite minimal lengths, low tag numbers, no trailing bytes.
 * Reads what the caller names, one element at a time; it never recurses over unknown structure.
 */
import { coreError } from '../core-errors.ts';
import type { Bytes } from './bytes.ts';
import * as tags from './tags.ts';

/** One element: its tag, the bytes of its value, and the whole encoding with header. */
export type DerElement = { readonly tag: number; readonly value: Bytes; readonly der: Bytes };

/** A cursor over the elements of one DER value. Every failure is DER_INVALID with the position in bytes. */
export class DerReader {
  readonly #bytes: Bytes;
  readonly #what: string;
  #offset = 0;

  /** @param what how messages name the input, for example `the issuer's certificate` */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes as Bytes;
    this.#what = what;
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  /** The tag of the next element, or -1 at the end. */
  peekTag(): number {
    return this.#bytes[this.#offset] ?? -1;
  }

  /** Reads the next element, which must have this tag if one is given. */
  readElement(tag?: number): DerElement {
    const start = this.#offset;
    const actual = this.#readByte();
    if (tag !== undefined && actual !== tag)
      this.fail(`tag 0x${actual.toString(16)} where 0x${tag.toString(16)} is expected`, start);
    // X.690 section 8.1.2.4: high tag numbers; nothing in X.509 uses them.
    if ((actual & 0x1f) === 0x1f) this.fail('high tag number', start);
    const length = this.#readLength();
    const valueStart = this.#offset;
    if (length > this.#bytes.length - valueStart) this.fail('value runs past the end', start);
    this.#offset = valueStart + length;
    return {
      tag: actual,
      value: this.#bytes.subarray(valueStart, this.#offset),
      der: this.#bytes.subarray(start, this.#offset),
    };
  }

  /** The next element if it has this tag; undefined, and nothing read, if not. */
  readOptional(tag: number): DerElement | undefined {
    return this.peekTag() === tag ? this.readElement(tag) : undefined;
  }

  /** A BOOLEAN that may be left out where it is false (X.690 sections 11.1 and 8.2: one byte, 0x00 or 0xff). */
  readBooleanOrFalse(): boolean {
    const value = this.readOptional(tags.TAG_BOOLEAN)?.value;
    if (value === undefined) return false;
    if (value.length !== 1 || (value[0] !== 0 && value[0] !== 0xff))
      return this.fail('BOOLEAN that is neither 0 nor 255');
    return value[0] === 0xff;
  }

  /** A cursor over the members of the next element. */
  enter(tag: number): DerReader {
    return new DerReader(this.readElement(tag).value, this.#what);
  }

  enterSequence(): DerReader {
    return this.enter(tags.TAG_SEQUENCE);
  }

  /** Dotted decimal of the next OBJECT IDENTIFIER. */
  readOid(): string {
    return parseOid(this.readElement(tags.TAG_OID).value) ?? this.fail('malformed OBJECT IDENTIFIER');
  }

  /** Big-endian bytes of the next INTEGER, which must be non-negative and minimal, without its sign byte. */
  readUnsignedInteger(): Bytes {
    const { value } = this.readElement(tags.TAG_INTEGER);
    const [first, second] = value;
    if (first === undefined) return this.fail('INTEGER without bytes');
    if (first >= 0x80) return this.fail('negative INTEGER');
    if (first === 0 && second !== undefined && second < 0x80) return this.fail('INTEGER with a needless zero');
    return first === 0 && second !== undefined ? value.subarray(1) : value;
  }

  /** The next INTEGER as a number; it must be at most 2^31 - 1. */
  readSmallInteger(): number {
    const bytes = this.readUnsignedInteger();
    if (bytes.length > 4) return this.fail('INTEGER too large');
    const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    return value <= 0x7fffffff ? value : this.fail('INTEGER too large');
  }

  /** Bytes of the next BIT STRING, which must have no unused bits. */
  readBitString(): Bytes {
    const { value } = this.readElement(tags.TAG_BIT_STRING);
    if (value[0] !== 0) this.fail('BIT STRING with unused bits');
    return value.subarray(1);
  }

  /** The next Time (RFC 5280 section 4.1.2.5): UTCTime or GeneralizedTime with seconds and `Z`. */
  readTime(): Date {
    const element = this.readElement();
    const isUtc = element.tag === tags.TAG_UTC_TIME;
    if (!isUtc && element.tag !== tags.TAG_GENERALIZED_TIME) return this.fail('no Time');
    return parseTime(element.value, isUtc) ?? this.fail('malformed Time');
  }

  /** Fails unless everything was read. */
  assertEnd(): void {
    if (!this.isAtEnd) this.fail('bytes after the end');
  }

  /** Throws DER_INVALID for this input. */
  fail(reason: string, offset = this.#offset): never {
    throw coreError('DER_INVALID', { what: this.#what, reason: `${reason} (byte ${offset})` });
  }

  #readByte(): number {
    const byte = this.#bytes[this.#offset];
    if (byte === undefined) return this.fail('ends too early');
    this.#offset++;
    return byte;
  }

  #readLength(): number {
    const first = this.#readByte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0) return this.fail('indefinite length');
    if (count > 4) return this.fail('length of more than 4 bytes');
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + this.#readByte();
    // A length that fits a shorter form must use it (X.690 section 10.1).
    if (length < 0x80 || length < 256 ** (count - 1)) return this.fail('length is not minimal');
    return length;
  }
}

/** Dotted decimal of the content bytes of an OBJECT IDENTIFIER; undefined if malformed. */
function parseOid(bytes: Uint8Array): string | undefined {
  // Certificate extensions are 2.5.29.n, n below 128; they are most of what is read.
  if (bytes.length === 3 && bytes[0] === 0x55 && bytes[1] === 0x1d && (bytes[2] ?? 0x80) < 0x80)
    return `2.5.29.${bytes[2] ?? 0}`;
  const arcs: number[] = [];
  let arc = 0;
  let isOpen = false;
  for (const byte of bytes) {
    if (!isOpen && byte === 0x80) return undefined; // needless leading zero digit, X.690 section 8.19.2
    arc = arc * 128 + (byte & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER / 128) return undefined;
    isOpen = byte >= 0x80;
    if (isOpen) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [first] = arcs;
  if (first === undefined || isOpen) return undefined;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...arcs.slice(1)].join('.');
}

const UTC_TIME_PIVOT = 50; // RFC 5280 section 4.1.2.5.1: years 50 to 99 are 19xx
const LETTER_Z = 0x5a; // ASCII

function parseTime(bytes: Uint8Array, isUtc: boolean): Date | undefined {
  const count = isUtc ? 6 : 7;
  if (bytes.length !== 2 * count + 1 || bytes[2 * count] !== LETTER_Z) return undefined;
  const pairs = Array.from({ length: count }, (_, i) => readPair(bytes, 2 * i));
  if (pairs.includes(-1)) return undefined;
  const [yearInCentury = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = isUtc ? pairs : pairs.slice(1);
  const century = isUtc ? (yearInCentury >= UTC_TIME_PIVOT ? 19 : 20) : (pairs[0] ?? 0);
  const date = new Date(0);
  date.setUTCFullYear(century * 100 + yearInCentury, month - 1, day);
  date.setUTCHours(hour, minute, second);
  // Date takes 31 February and 25 hours by moving on; what it then says differs from what was written.
  const isSame = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  return isSame && minute < 60 && second < 60 ? date : undefined;
}

/** Two decimal digits as a number; -1 when they are none. */
function readPair(bytes: Uint8Array, offset: number): number {
  const tens = (bytes[offset] ?? 0) - 0x30;
  const ones = (bytes[offset + 1] ?? 0) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}
