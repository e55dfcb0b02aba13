/** @module Subjects: both spellings in, RDNSequence out, the bounds of RFC 5280 appendix A on the way. */
import { describe, expect, it } from 'vitest';
import { formatHex } from '../der/bytes.ts';
import {
  attributeTypeOfOid,
  createNameAttribute,
  encodeDistinguishedName,
  formatDistinguishedName,
  parseDistinguishedName,
} from './distinguished-name.ts';

const dnInvalid = (reason: RegExp) =>
  expect.objectContaining({
    code: 'DN_INVALID',
    kind: 'usage',
    message: expect.stringMatching(reason) as string,
    hint: expect.stringMatching(/--subject/) as string,
  });
const pairs = (text: string) => parseDistinguishedName(text).map(({ type, value }) => [type, value]);

describe('parseDistinguishedName', () => {
  it.each([
    ['C=AT, O=Example, CN=app.test'],
    ['/C=AT/O=Example/CN=app.test'],
    [' c = AT ,o=Example,  commonName=app.test,'],
  ])('reads %j in the order as written', (text) => {
    expect(pairs(text)).toEqual([
      ['C', 'AT'],
      ['O', 'Example'],
      ['CN', 'app.test'],
    ]);
  });

  it.each([
    [String.raw`CN=a\,b, O=c\=d\\e`, ['CN', 'a,b'], ['O', String.raw`c=d\e`]],
    [String.raw`/CN=a\/b/O=c,d`, ['CN', 'a/b'], ['O', 'c,d']],
    [String.raw`CN=\ a\ , O=x=y`, ['CN', ' a '], ['O', 'x=y']],
  ])('takes what follows a backslash literally in %j', (text, ...expected) => {
    expect(pairs(text)).toEqual(expected);
  });

  it('knows the aliases of attributes', () => {
    expect(pairs('S=Tyrol, E=a@b.test, email=c@d.test').map(([type]) => type)).toEqual([
      'ST',
      'emailAddress',
      'emailAddress',
    ]);
  });

  it.each([
    ['', /empty/],
    [' , ,', /empty/],
    ['/', /empty/],
    ['X=1', /unknown attribute "X"/],
    ['app.test', /unknown attribute "app\.test"/],
    ['CN=', /CN is empty/],
    ['C=at', /two capital letters/],
    ['C=AUT', /limit is 2/],
    [`CN=${'a'.repeat(65)}`, /CN is 65 characters, the limit is 64/],
    [`GN=${'a'.repeat(17)}`, /limit is 16/],
    ['serialNumber=é', /letters, digits/],
    ['DC=bücher', /ASCII/],
    ['emailAddress=ü@b.test', /ASCII/],
    ['CN=a\u0000b', /control/],
    ['CN=a\u009bb', /control/],
    ['CN=\ud800', /control/],
    [`O=${'a'.repeat(3000)}`, /longer than 2048/],
  ])('refuses %j', (text, reason) => {
    expect(() => parseDistinguishedName(text)).toThrow(dnInvalid(reason));
  });

  it('counts characters, not UTF-16 units', () => {
    expect(pairs(`CN=${'😀'.repeat(64)}`)).toHaveLength(1);
  });
});

describe('encodeDistinguishedName', () => {
  it('writes one RDN per attribute, each string in the type X.520 gives it', () => {
    const der = formatHex(encodeDistinguishedName(parseDistinguishedName('C=AT,CN=é,DC=a')));
    const [c, cn] = ['310b3009060355040613024154', '310b300906035504030c02c3a9'];
    expect(der).toBe(`302d${c}${cn}3111300f060a0992268993f22c64011916 0161`.replace(' ', ''));
  });

  it('writes an empty name as an empty SEQUENCE', () => {
    expect(formatHex(encodeDistinguishedName([]))).toBe('3000');
  });
});

describe('attributes', () => {
  it('are known by OID, or not at all', () => {
    expect([attributeTypeOfOid('2.5.4.3'), attributeTypeOfOid('2.5.4.97')]).toEqual(['CN', undefined]);
  });

  it('say which one is wrong', () => {
    expect(() => createNameAttribute('C', 'xx')).toThrow(dnInvalid(/^subject "C=xx": C must be/));
  });

  it('are written so that parsing gives them back', () => {
    const name = [createNameAttribute('CN', String.raw` a,b=c\ `), createNameAttribute('O', ' ')];
    expect(parseDistinguishedName(formatDistinguishedName(name))).toEqual(name);
  });
});
