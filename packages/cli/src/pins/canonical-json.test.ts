/** @module Canonical JSON by the examples of RFC 8785, and what no two readers may read in two ways. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCanonicalJson, parseStrictJson } from './canonical-json.ts';

describe('encodeCanonicalJson', () => {
  it('spells strings as RFC 8785 section 3.2.2.2 does', () => {
    const text = '\u20ac$\u000f\u000aA\'B"\\\\"/';
    expect(encodeCanonicalJson(text)).toBe(String.raw`"€$\u000f\nA'B\"\\\\\"/"`);
  });

  it('sorts keys by UTF-16 code units, as the example of section 3.2.3', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude02': 5, '\u0080': 6, '\u00f6': 7 };
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude02', '\ufb33'];
    const members = sorted.map((key) => `${JSON.stringify(key)}:${value[key as keyof typeof value]}`);
    expect(encodeCanonicalJson(value)).toBe(`{${members.join(',')}}`);
  });

  it('leaves no white space, and takes numbers that are integers alone', () => {
    expect(encodeCanonicalJson({ b: [1, -2, null, true], a: {} })).toBe('{"a":{},"b":[1,-2,null,true]}');
    for (const value of [1.5, Number.NaN, 2 ** 53, undefined, () => 1, '\ud800', { '\udc00': 1 }])
      expect(() => encodeCanonicalJson(value)).toThrow(TypeError);
  });

  it('has one text for equal values, which reads back to them', () => {
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 3 },
        fc.string({ unit: 'grapheme' }),
        fc.integer(),
        fc.constantFrom(null, true, false),
        fc.array(tie('json'), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: 'grapheme' }), tie('json'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(json, (value) => {
        const text = encodeCanonicalJson(value);
        expect(encodeCanonicalJson(JSON.parse(text))).toBe(text);
        expect(encodeCanonicalJson(parseStrictJson(Buffer.from(text)))).toBe(text);
        expect(encodeCanonicalJson(parseStrictJson(Buffer.from(JSON.stringify(value, undefined, 2))))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseStrictJson', () => {
  it.each([
    ['a key that stands twice', '{"a":1,"a":1}'],
    ['the same key in two spellings', String.raw`{"a":1,"\u0061":2}`],
    ['a key that stands twice further in', '{"x":[{"a":1,"b":{},"a":[]}]}'],
    ['no JSON', '{a:1}'],
    ['two values', '{}{}'],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(() => parseStrictJson(Buffer.from(text))).toThrow(/./);
  });

  it('takes a key again in another object, and texts that look like keys', () => {
    const text = '{"a":{"a":[{"a":1},{"a":2}]},"b":"a","c":["a","a"],"d":"{\\"a\\":1,\\"a\\":2}"}';
    expect(parseStrictJson(Buffer.from(text))).toEqual(JSON.parse(text));
  });

  it('refuses what is not UTF-8, and a byte order mark', () => {
    expect(() => parseStrictJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow(TypeError);
    expect(() => parseStrictJson(Buffer.from('\ufeff{}'))).toThrow(SyntaxError);
  });
});
