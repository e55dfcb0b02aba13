/** @module The budget: depth, number and extent of elements, over bytes of any kind. */
import { describe, expect, it } from 'vitest';
import { assertDerBudget, MAX_DER_DEPTH, MAX_DER_ELEMENTS } from './budget.ts';
import { encodeNull, encodeOctetString, encodeSequence } from './writer.ts';

const check = (bytes: Uint8Array) => () => assertDerBudget(bytes, 'the sample');
const derInvalid = (reason: RegExp) =>
  expect.objectContaining({ code: 'DER_INVALID', message: expect.stringMatching(reason) as string });

function nest(depth: number): Uint8Array {
  let der: Uint8Array = encodeNull();
  for (let i = 0; i < depth; i++) der = encodeSequence(der);
  return der;
}

describe('assertDerBudget', () => {
  it('takes the deepest honest structure and refuses one level more', () => {
    expect(check(nest(MAX_DER_DEPTH))).not.toThrow();
    expect(check(nest(MAX_DER_DEPTH + 1))).toThrow(derInvalid(/nested deeper/));
  });

  it('refuses 10,000 levels without a stack overflow', () => {
    expect(check(nest(10_000))).toThrow(derInvalid(/nested deeper/));
  });

  it('counts every element', () => {
    const list = (count: number) =>
      encodeSequence(new Uint8Array(2 * count).fill(5).map((_, i) => (i % 2 === 0 ? 5 : 0)));
    expect(check(list(MAX_DER_ELEMENTS - 1))).not.toThrow();
    expect(check(list(MAX_DER_ELEMENTS + 1))).toThrow(derInvalid(/more than 50000 elements/));
  });

  it('does not look into a primitive value, however large', () => {
    expect(check(encodeOctetString(new Uint8Array(1_000_000)))).not.toThrow();
  });

  it.each([
    ['a cut header', [0x30]],
    ['a value past the end', [0x30, 5, 0]],
    ['an indefinite length', [0x30, 0x80, 0, 0]],
    ['a length of five bytes', [0x30, 0x85, 0, 0, 0, 0, 1, 0]],
    ['a high tag number that never ends', [0x3f, 0xff, 0xff, 0xff]],
  ])('refuses %s', (_what, bytes) => {
    expect(check(Uint8Array.from(bytes))).toThrow(derInvalid(/malformed element/));
  });

  it('refuses a second element behind the first, where a general parser would not look', () => {
    expect(check(Uint8Array.of(5, 0, 5, 0))).toThrow(derInvalid(/bytes after the end \(byte 2\)/));
    expect(check(Uint8Array.of(0x30, 0, 0))).toThrow(derInvalid(/bytes after the end/));
  });
});
