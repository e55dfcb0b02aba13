/** @module The strict reader against the edge cases of X.690: what DER forbids is refused with DER_INVALID and a place. */
import { describe, expect, it } from 'vitest';
import { parseHex } from './bytes.ts';
import { DerReader } from './reader.ts';
import { contextConstructed, TAG_INTEGER, TAG_NULL, TAG_OCTET_STRING } from './tags.ts';

function readerOf(hex: string): DerReader {
  return new DerReader(parseHex(hex.replaceAll(' ', '')) ?? new Uint8Array(), 'the sample');
}

const derInvalid = (reason: RegExp) =>
  expect.objectContaining({ code: 'DER_INVALID', message: expect.stringMatching(reason) as string });

describe('DerReader', () => {
  it.each([
    ['nothing at all', '', /ends too early/],
    ['a tag without a length', '04', /ends too early/],
    ['an indefinite length (X.690 8.1.3.6)', '30 80 00 00', /indefinite/],
    ['a length of five bytes', '04 85 00 00 00 00 01 00', /more than 4 bytes/],
    ['a cut length', '04 82 01', /ends too early/],
    ['a long form for a length below 128 (X.690 10.1)', '04 81 01 00', /not minimal/],
    ['a length with a leading zero byte', `04 82 00 80 ${'00'.repeat(128)}`, /not minimal/],
    ['a value that runs past the end', '04 03 00 00', /past the end/],
    ['a length of 4 GiB', '04 84 ff ff ff ff', /past the end/],
    ['a high tag number (X.690 8.1.2.4)', '1f 81 01 00', /high tag number/],
  ])('refuses %s', (_what, hex, reason) => {
    expect(() => readerOf(hex).readElement()).toThrow(derInvalid(reason));
  });

  it('names the input, the tags and the byte where it stopped', () => {
    const reader = readerOf('05 00 04 00');
    reader.readElement(TAG_NULL);
    expect(() => reader.readElement(TAG_INTEGER)).toThrow(/the sample .*tag 0x4 where 0x2 is expected \(byte 2\)/);
  });

  it('reads the longest short form and the shortest long form', () => {
    expect(readerOf(`04 7f ${'ab'.repeat(127)}`).readElement().value).toHaveLength(127);
    expect(readerOf(`04 81 80 ${'ab'.repeat(128)}`).readElement().value).toHaveLength(128);
  });

  it('gives the value and the whole encoding of an element, and moves behind it', () => {
    const reader = readerOf('04 01 aa 05 00');
    const { tag, value, der } = reader.readElement();
    expect([tag, [...value], [...der]]).toEqual([TAG_OCTET_STRING, [0xaa], [4, 1, 0xaa]]);
    expect(reader.peekTag()).toBe(TAG_NULL);
  });

  it('leaves an optional element of another tag unread', () => {
    const reader = readerOf('05 00');
    expect(reader.readOptional(contextConstructed(0))).toBeUndefined();
    expect(reader.readOptional(TAG_NULL)?.tag).toBe(TAG_NULL);
    expect([reader.isAtEnd, reader.peekTag()]).toEqual([true, -1]);
  });

  it('does not let a member reach beyond its sequence', () => {
    const members = readerOf('30 02 04 01 aa').enterSequence();
    expect(() => members.readElement()).toThrow(derInvalid(/past the end/));
  });

  it('refuses bytes after the end', () => {
    const reader = readerOf('05 00 00');
    reader.readElement();
    expect(() => reader.assertEnd()).toThrow(derInvalid(/after the end/));
  });
});

describe('booleans', () => {
  const read = (...bytes: number[]) => new DerReader(Uint8Array.from(bytes), 'it').readBooleanOrFalse();

  it('are false where they are left out', () => {
    expect(read()).toBe(false);
    expect(read(0x02, 1, 1)).toBe(false);
    expect([read(0x01, 1, 0xff), read(0x01, 1, 0)]).toEqual([true, false]);
  });

  it.each([[[0x01, 1, 1]], [[0x01, 0]], [[0x01, 2, 0xff, 0xff]]])('refuses %j', (bytes) => {
    expect(() => read(...bytes)).toThrow(/BOOLEAN/);
  });
});

describe('integers', () => {
  it.each([
    ['no bytes', '02 00', /without bytes/],
    ['a negative number', '02 01 80', /negative/],
    ['a needless zero (X.690 8.3.2)', '02 02 00 7f', /needless zero/],
  ])('refuses %s', (_what, hex, reason) => {
    expect(() => readerOf(hex).readUnsignedInteger()).toThrow(derInvalid(reason));
  });

  it('drops the sign byte and keeps a zero', () => {
    expect([...readerOf('02 02 00 80').readUnsignedInteger()]).toEqual([0x80]);
    expect([...readerOf('02 01 00').readUnsignedInteger()]).toEqual([0]);
  });

  it('reads 2^31 - 1 as a number and refuses 2^31', () => {
    expect(readerOf('02 04 7f ff ff ff').readSmallInteger()).toBe(0x7fffffff);
    expect(() => readerOf('02 05 00 80 00 00 00').readSmallInteger()).toThrow(derInvalid(/too large/));
    expect(() => readerOf('02 06 01 00 00 00 00 00').readSmallInteger()).toThrow(derInvalid(/too large/));
  });
});

describe('object identifiers', () => {
  it.each([
    ['06 03 55 1d 11', '2.5.29.17'],
    ['06 01 27', '0.39'],
    ['06 01 28', '1.0'],
    ['06 03 88 37 03', '2.999.3'], // X.690 section 8.19.5
    ['06 06 2a 86 48 86 f7 0d', '1.2.840.113549'],
  ])('reads %s as %s', (hex, dotted) => {
    expect(readerOf(hex).readOid()).toBe(dotted);
  });

  it.each([
    ['no bytes', '06 00'],
    ['a leading zero digit (X.690 8.19.2)', '06 02 80 01'],
    ['a leading zero digit in a later arc', '06 03 55 80 01'],
    ['an arc without its end', '06 02 55 9d'],
    ['an arc beyond exact numbers', '06 0a 69 ff ff ff ff ff ff ff ff 7f'],
  ])('refuses %s', (_what, hex) => {
    expect(() => readerOf(hex).readOid()).toThrow(derInvalid(/OBJECT IDENTIFIER/));
  });
});

describe('bit strings', () => {
  it('gives the bytes behind the count of unused bits', () => {
    expect([...readerOf('03 03 00 aa bb').readBitString()]).toEqual([0xaa, 0xbb]);
  });

  it.each([
    ['unused bits', '03 02 01 aa'],
    ['no count at all', '03 00'],
  ])('refuses %s', (_what, hex) => {
    expect(() => readerOf(hex).readBitString()).toThrow(derInvalid(/unused bits/));
  });
});

describe('times', () => {
  const readTime = (tag: number, text: string): Date =>
    new DerReader(Uint8Array.of(tag, text.length, ...Buffer.from(text)), 'the sample').readTime();

  it.each([
    [0x17, '491231235959Z', '2049-12-31T23:59:59.000Z'],
    [0x17, '500101000000Z', '1950-01-01T00:00:00.000Z'],
    [0x18, '20500101000000Z', '2050-01-01T00:00:00.000Z'],
    [0x18, '99991231235959Z', '9999-12-31T23:59:59.000Z'],
    [0x17, '240229120000Z', '2024-02-29T12:00:00.000Z'],
  ])('reads tag %i, %s as %s', (tag, text, iso) => {
    expect(readTime(tag, text).toISOString()).toBe(iso);
  });

  it.each([
    [0x17, '2601010000Z', 'no seconds'],
    [0x17, '260101000000+0100', 'a zone'],
    [0x18, '20260101000000.5Z', 'fractions'],
    [0x18, '20260101000000', 'no zone'],
    [0x17, '260230000000Z', '30 February'],
    [0x17, '261301000000Z', 'month 13'],
    [0x17, '260101240000Z', 'hour 24'],
    [0x17, '260101000060Z', 'second 60'],
    [0x16, '260101000000Z', 'another tag'],
  ])('refuses tag %i, %s: %s', (tag, text) => {
    expect(() => readTime(tag, text)).toThrow(derInvalid(/Time/));
  });

  it('refuses a time of half a megabyte without spreading it over the stack', () => {
    const header = [0x17, 0x83, 0x07, 0xa1, 0x20];
    const bytes = Uint8Array.from([...header, ...new Uint8Array(500_000).fill(0x30)]);
    expect(() => new DerReader(bytes, 'the sample').readTime()).toThrow(derInvalid(/malformed Time/));
  });
});
