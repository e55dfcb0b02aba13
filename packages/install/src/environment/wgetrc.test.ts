/** @module The wgetrc that repeats the user's own, and the setting in it. */
import { describe, expect, it } from 'vitest';
import { formatWgetrc, parseWgetCaFile, readWgetrcSource, WGET, WGET2 } from './wgetrc.ts';

describe('formatWgetrc', () => {
  it('repeats the text and ends with our bundle', () => {
    const text = formatWgetrc(WGET, { source: '/home/u/.wgetrc', text: 'password = x' }, "/h/a b'c");
    expect(text).toMatch(/\npassword = x\nca_certificate = \/h\/a b'c\n$/);
    expect(readWgetrcSource(text)).toBe('/home/u/.wgetrc');
  });

  it('quotes the path for wget2', () => {
    const text = formatWgetrc(WGET2, { source: '', text: '' }, '/h/"a" \\b');
    expect(text).toContain('ca-certificate = "/h/\\"a\\" \\\\b"\n');
    expect(readWgetrcSource(text)).toBe('');
  });
});

it('knows a file that is not ours', () => {
  expect(readWgetrcSource('password = x\n')).toBeUndefined();
});

it.each([
  ['ca_certificate = /a b', '/a b'],
  ['CA-Certificate=/a\ncacertificate="/b c" ', '/b c'],
  ['# ca_certificate = /a', undefined],
  ['ca_certificate =', undefined],
])('finds the CA file in %j', (text, expected) => {
  expect(parseWgetCaFile(text)).toBe(expected);
});
