/** @module JKS out and in again, what Java wrote, and what a hostile file may claim. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeJks, isInJks, isJksPassword, parseJks, type JksEntry } from './jks.ts';

/** Bytes of hex digits; spaces stand between fields. */
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');

const JAVA_WROTE = hex(
  'feedfeed 00000002 00000001 00000002 0004726f6f74 0000019a00000000 0005582e353039 00000003 010203',
);
const sealed = (content: Uint8Array): Uint8Array => Buffer.concat([content, new Uint8Array(20)]);

const entry = (alias: string, ...bytes: number[]): JksEntry & { createdMs: number } => ({
  alias,
  certDer: Uint8Array.from(bytes),
  createdMs: Date.UTC(2026, 0, 1),
});

describe('a JKS file', () => {
  it('gives back what was written', () => {
    const entries = [entry('one', 1), entry('zwölf 🔑\0', 2, 3), entry('a b\'c"', 4)];
    const found = parseJks(encodeJks(entries, 'changeit'));
    expect(found?.map(({ alias, certDer }) => [alias, [...certDer]])).toEqual(
      entries.map(({ alias, certDer }) => [alias, [...certDer]]),
    );
  });

  it('is searched for a trusted certificate without being read', () => {
    const file = encodeJks([entry('one', 1, 2, 3), entry('two', 4)], 'changeit');
    expect([[1, 2, 3], [4], [2], [1, 2], [5]].map((der) => isInJks(file, Uint8Array.from(der)))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(isInJks(file.subarray(1), Uint8Array.of(4))).toBe(false);
    expect(isInJks(new Uint8Array(3), Uint8Array.of(4))).toBe(false);
  });

  it('is written byte for byte in the form of the source', () => {
    const one = { alias: 'ROOT', certDer: Uint8Array.of(1, 2, 3), createdMs: 0x19a00000000 };
    const bytes = encodeJks([one], 'changeit');
    expect(Buffer.from(bytes.subarray(0, -20)).toString('hex')).toBe(JAVA_WROTE.toString('hex'));
    const [password, whitener] = [Buffer.from('changeit', 'utf16le').swap16(), 'Mighty Aphrodite'];
    const digest = createHash('sha1').update(password).update(whitener).update(JAVA_WROTE).digest('hex');
    expect(Buffer.from(bytes.subarray(-20)).toString('hex')).toBe(digest);
  });

  it('knows its password by the digest', () => {
    const bytes = encodeJks([entry('one', 1)], 'geheim ü');
    expect(isJksPassword(bytes, 'geheim ü')).toBe(true);
    expect(isJksPassword(bytes, 'changeit')).toBe(false);
    expect(isJksPassword(new Uint8Array(5), 'changeit')).toBe(false);
  });

  it('tells nothing of private keys, and reads on behind them', () => {
    const key = '00000001 00036b6579 0000019a00000000 00000002abcd 00000001 0005582e353039 00000001 09';
    const root = '00000002 0004726f6f74 0000019a00000000 0005582e353039 00000001 07';
    const bytes = sealed(hex(`feedfeed 00000002 00000002 ${key} ${root}`));
    expect(parseJks(bytes)).toEqual([{ alias: 'root', certDer: Buffer.of(7) }]);
  });

  it('of version 1 has no types of certificates', () => {
    const bytes = sealed(hex('feedfeed 00000001 00000001 00000002 0004726f6f74 0000019a00000000 00000001 07'));
    expect(parseJks(bytes)).toEqual([{ alias: 'root', certDer: Buffer.of(7) }]);
  });

  it.each([
    ['nothing', ''],
    ['another magic number', 'cececece 00000002 00000000'],
    ['version 3', 'feedfeed 00000003 00000000'],
    ['more entries than there are', 'feedfeed 00000002 ffffffff'],
    ['a tag that nobody knows', 'feedfeed 00000002 00000001 00000003 000161 0000000000000000'],
    ['an alias that is no text', 'feedfeed 00000002 00000001 00000002 000180 0000000000000000 0005582e353039 00000000'],
    ['a long certificate', 'feedfeed 00000002 00000001 00000002 000161 0000000000000000 0005582e353039 ffffffff 00'],
    ['a chain of four billion', 'feedfeed 00000002 00000001 00000001 000161 0000000000000000 00000000 ffffffff'],
  ])('with %s is none', (_what, digits) => {
    expect(parseJks(sealed(hex(digits)))).toBeUndefined();
  });

  it('cut off anywhere is none, and so is one with bytes behind its end', () => {
    const bytes = encodeJks([entry('one', 1, 2), entry('two', 3)], 'changeit');
    for (let length = 0; length < bytes.length; length += 1)
      expect(parseJks(bytes.subarray(0, length))).toBeUndefined();
    expect(parseJks(Buffer.concat([bytes, Buffer.of(0)]))).toBeUndefined();
  });

  it('is not written with one alias twice or with one that no length can tell', () => {
    expect(() => encodeJks([entry('a', 1), entry('A', 2)], 'changeit')).toThrow(TypeError);
    expect(() => encodeJks([entry('a'.repeat(65_536), 1)], 'changeit')).toThrow(TypeError);
  });
});
