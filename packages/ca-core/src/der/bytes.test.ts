/** @module Hex, base64 and byte-array basics. */
import { describe, expect, it } from 'vitest';
import { concatBytes, decodeLatin1, formatBase64, formatHex, isEqualBytes, parseBase64, parseHex } from './bytes.ts';

describe('bytes', () => {
  it('joins in order and compares by content', () => {
    expect([...concatBytes([Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3)])]).toEqual([1, 2, 3]);
    expect(isEqualBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(isEqualBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(isEqualBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  });

  it('writes hex in lower case and reads it in either', () => {
    expect(formatHex(Uint8Array.of(0, 0xab, 0xff))).toBe('00abff');
    expect(parseHex('00ABff')).toEqual(Uint8Array.of(0, 0xab, 0xff));
  });

  it.each(['0', 'zz', '0x', '00 11', 'é0'])('reads no bytes out of the hex %j', (text) => {
    expect(parseHex(text)).toBeUndefined();
  });

  it('writes and reads base64 with padding', () => {
    expect(formatBase64(Uint8Array.of(0xff, 0xee))).toBe('/+4=');
    expect(parseBase64('/+4=')).toEqual(Uint8Array.of(0xff, 0xee));
    expect(parseBase64('')).toEqual(new Uint8Array());
  });

  it.each(['/+4', '_-4=', 'A===', 'AA=A', 'AAAA\n', '=AAA'])('reads no bytes out of the base64 %j', (text) => {
    expect(parseBase64(text)).toBeUndefined();
  });

  it('turns each byte into one character, in any amount', () => {
    expect(decodeLatin1(Uint8Array.of(0x41, 0xff))).toBe('Aÿ');
    expect(decodeLatin1(new Uint8Array(1_000_000))).toHaveLength(1_000_000);
  });
});
