/** @module The error class, its recognition across copies, and the quoting of hostile text. */
import { describe, expect, it } from 'vitest';
import { CaError, createErrorFactory, isCaError, pasteable, quote } from './errors.ts';

const TABLE = {
  BAD_WORD: { message: (d: { word: string }) => `bad ${d.word}`, hint: () => 'say another', kind: 'usage' },
  BROKEN: { message: (d: { count: number }) => `${d.count} broken`, hint: (d: { count: number }) => `mend ${d.count}` },
} as const;
const makeError = createErrorFactory(TABLE);

describe('CaError', () => {
  it('carries code, message, hint, details, kind and cause', () => {
    const cause = new TypeError('inside');
    const error = makeError('BAD_WORD', { word: 'x' }, { cause });
    expect(error).toBeInstanceOf(CaError);
    expect(error).toMatchObject({
      name: 'CaError',
      code: 'BAD_WORD',
      message: 'bad x',
      hint: 'say another',
      details: { word: 'x' },
      kind: 'usage',
      cause,
    });
  });

  it('is a failure unless its row says usage, and has no cause unless given one', () => {
    const error = makeError('BROKEN', { count: 3 });
    expect([error.kind, error.hint, 'cause' in error]).toEqual(['failure', 'mend 3', false]);
  });

  it('is recognised by its mark, not by its class, and by its code', () => {
    const foreign = { [Symbol.for('mintmark.CaError')]: true, code: 'BROKEN' };
    expect([isCaError(foreign), isCaError(foreign, 'BROKEN'), isCaError(foreign, 'BAD_WORD')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([new Error('x'), null, undefined, 'CaError', 1].map((value) => isCaError(value))).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('quote', () => {
  it.each([
    ['plain', '"plain"'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ['\u001b[2J', '"\\u{1b}[2J"'],
    ['a\nb\r\0', '"a\\u{a}b\\u{d}\\u{0}"'],
    ['\u009b31m', '"\\u{9b}31m"'],
    ['user\u202egnp.exe', '"user\\u{202e}gnp.exe"'],
    ['a\u200bb\u2066c\ufeff\u061c', '"a\\u{200b}b\\u{2066}c\\u{feff}\\u{61c}"'],
    ['\ud800', '"\\u{d800}"'],
    ['bücher 😀', '"bücher 😀"'],
  ])('of %j is %s', (text, quoted) => {
    expect(quote(text)).toBe(quoted);
  });

  it('shortens long text in the middle', () => {
    const quoted = quote(`${'a'.repeat(500)}.example`);
    expect(quoted).toHaveLength(59);
    expect(quoted).toMatch(/^"a{40}…a{8}\.example"$/);
  });
});

describe('pasteable', () => {
  it.each(['app.test', '*.app.test', 'bücher.example', '[::1]'.slice(1, -1), 'a@b.test'])('keeps %j', (name) => {
    expect(pasteable(name)).toBe(name);
  });

  it.each(['$(id)', '`id`', 'a b', 'a;b', "a'b", '\u001b[2J', 'a\nb', '', 'a'.repeat(254)])(
    'puts NAME for %j',
    (name) => {
      expect(pasteable(name)).toBe('NAME');
    },
  );
});
