/** @module The writer against encodings written out by hand from X.690. */
import { describe, expect, it } from 'vitest';
import { formatHex } from './bytes.ts';
import * as writer from './writer.ts';

const hexOf = (bytes: Uint8Array): string => formatHex(bytes);

describe('lengths', () => {
  it.each([
    [0, '0400'],
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65_535, '0482ffff'],
    [65_536, '0483010000'],
  ])('of %i bytes take the shortest form', (length, header) => {
    const der = writer.encodeOctetString(new Uint8Array(length));
    expect(hexOf(der.subarray(0, header.length / 2))).toBe(header);
    expect(der).toHaveLength(header.length / 2 + length);
  });

  it('beyond 16 MiB are a fault of the programmer', () => {
    expect(() => writer.encodeOctetString(new Uint8Array(0x1000000))).toThrow(RangeError);
  });
});

describe('values', () => {
  it.each([
    [[], '020100'],
    [[0, 0, 0], '020100'],
    [[0, 1], '020101'],
    [[0x7f], '02017f'],
    [[0x80], '02020080'],
    [[0, 0xff, 0], '020300ff00'],
  ])('INTEGER %j is minimal and positive', (bytes, hex) => {
    expect(hexOf(writer.encodeUnsignedInteger(Uint8Array.from(bytes)))).toBe(hex);
  });

  it.each([
    [0, '020100'],
    [127, '02017f'],
    [128, '02020080'],
    [0x7fffffff, '02047fffffff'],
  ])('INTEGER %i from a number', (value, hex) => {
    expect(hexOf(writer.encodeSmallInteger(value))).toBe(hex);
  });

  it.each([
    ['2.5.29.17', '0603551d11'],
    ['2.999.3', '0603883703'],
    ['0.39', '060127'],
    ['1.2.840.113549.1.1.11', '06092a864886f70d01010b'],
  ])('OBJECT IDENTIFIER %s', (dotted, hex) => {
    expect(hexOf(writer.encodeOid(dotted))).toBe(hex);
  });

  it('BOOLEAN TRUE is ff (X.690 11.1), NULL has no content', () => {
    expect([writer.encodeBoolean(true), writer.encodeBoolean(false), writer.encodeNull()].map(hexOf)).toEqual([
      '0101ff',
      '010100',
      '0500',
    ]);
  });

  it.each([
    [[], '030100'],
    [[0], '03020780'],
    [[0, 2], '030205a0'],
    [[5, 6], '03020106'],
    [[8], '0303070080'],
  ])('named bits %j drop their trailing zeros (X.690 11.2.2)', (bits, hex) => {
    expect(hexOf(writer.encodeNamedBits(bits))).toBe(hex);
  });

  it('a SET OF is in ascending order of its encodings (X.690 11.6)', () => {
    const [a, b, c] = [Uint8Array.of(4, 1, 2), Uint8Array.of(4, 1, 1), Uint8Array.of(2, 1, 9)];
    expect(hexOf(writer.encodeSetOf(a, b, c))).toBe('3109020109040101040102');
  });

  it('strings carry their own tags and UTF-8', () => {
    expect(hexOf(writer.encodeUtf8String('é'))).toBe('0c02c3a9');
    expect(hexOf(writer.encodePrintableString('AT'))).toBe('13024154');
    expect(hexOf(writer.encodeIa5String('a'))).toBe('160161');
  });

  it('Time is UTCTime through 2049 and GeneralizedTime from 2050 (RFC 5280 4.1.2.5)', () => {
    expect(hexOf(writer.encodeTime(new Date('2049-12-31T23:59:59.999Z')))).toBe(
      `170d${Buffer.from('491231235959Z').toString('hex')}`,
    );
    expect(hexOf(writer.encodeTime(new Date('2050-01-01T00:00:00Z')))).toBe(
      `180f${Buffer.from('20500101000000Z').toString('hex')}`,
    );
  });
});
