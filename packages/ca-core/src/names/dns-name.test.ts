/** @module DNS names as people type them: what they become, and for each refusal its own code and what to type instead. */
import { describe, expect, it } from 'vitest';
import { baseDomain, parseDnsName } from './dns-name.ts';

const rules = { isPublicSuffix: (domain: string) => ['com', 'co.uk', 'github.io', 'test'].includes(domain) };
const parse = (text: string): string => parseDnsName(text, rules);
const refusal = (code: string, hint: RegExp) =>
  expect.objectContaining({ code, hint: expect.stringMatching(hint) as string });

const LABEL_63 = 'a'.repeat(63);
const NAME_253 = `${`${LABEL_63}.`.repeat(3)}${'b'.repeat(61)}`;

describe('parseDnsName', () => {
  it.each([
    ['localhost', 'localhost'],
    ['App.TEST', 'app.test'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['bu\u0308cher.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['XN--BCHER-KVA.example', 'xn--bcher-kva.example'],
    ['straße.example', 'xn--strae-oqa.example'],
    ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
    ['ａｐｐ.test', 'app.test'],
    ['1.app', '1.app'],
    ['3com.test', '3com.test'],
    ['a-b.test', 'a-b.test'],
    ['*.app.test', '*.app.test'],
    ['*.BÜCHER.example', '*.xn--bcher-kva.example'],
    ['*.localhost', '*.localhost'],
    ['*.my-site.co.uk', '*.my-site.co.uk'],
    [`${LABEL_63}.test`, `${LABEL_63}.test`],
    [NAME_253, NAME_253],
  ])('reads %j as %s', (text, name) => {
    expect(parse(text)).toBe(name);
  });

  it.each([
    ['', 'NAME_EMPTY', /mintmark localhost/],
    ['localhost:8080', 'NAME_HAS_PORT', /^drop the port: mintmark localhost$/],
    ['bücher.example:443', 'NAME_HAS_PORT', /mintmark bücher\.example$/],
    ['127.0.0.1:80', 'NAME_HAS_PORT', /mintmark 127\.0\.0\.1$/],
    ['app.test/login', 'NAME_HAS_PATH', /host alone/],
    ['../../evil', 'NAME_HAS_PATH', /host alone/],
    ['a..test', 'DNS_NAME_EMPTY_LABEL', /extra dot/],
    ['.test', 'DNS_NAME_EMPTY_LABEL', /extra dot/],
    ['a.test..', 'DNS_NAME_EMPTY_LABEL', /extra dot/],
    ['.', 'DNS_NAME_EMPTY_LABEL', /extra dot/],
    ['app.test.', 'DNS_NAME_TRAILING_DOT', /^drop the dot: mintmark app\.test$/],
    [`a${LABEL_63}.test`, 'DNS_NAME_LABEL_TOO_LONG', /63/],
    [`${NAME_253}b`, 'DNS_NAME_TOO_LONG', /fewer or shorter/],
    [`*.${NAME_253}`, 'DNS_NAME_TOO_LONG', /fewer or shorter/],
    ['app.1', 'DNS_NAME_ALL_NUMERIC', /app1\.test/],
    ['2130706433', 'DNS_NAME_ALL_NUMERIC', /app1\.test/],
    ['app.0x1f', 'DNS_NAME_ALL_NUMERIC', /app1\.test/],
    ['１２７.0.0.1', 'DNS_NAME_ALL_NUMERIC', /app1\.test/],
    ['my_app.test', 'DNS_NAME_UNDERSCORE', /^use a hyphen: my-app\.test$/],
    ['-app.test', 'DNS_NAME_HYPHEN', /hyphen/],
    ['app-.test', 'DNS_NAME_HYPHEN', /hyphen/],
    ['ab--cd.test', 'DNS_NAME_HYPHEN', /"--"/],
    ['a b.test', 'DNS_NAME_CHARACTER', /letters, digits/],
    ['a\0.test', 'DNS_NAME_CHARACTER', /letters, digits/],
    ['a\u001b[31m.test', 'DNS_NAME_CHARACTER', /letters, digits/],
    ['a,b.test', 'DNS_NAME_CHARACTER', /letters, digits/],
    ['bü%63her.test', 'DNS_NAME_CHARACTER', /letters, digits/],
    ['xn--a.test', 'DNS_NAME_IDN_INVALID', /xn--/],
    ['xn--BÜCHER.test', 'DNS_NAME_IDN_INVALID', /xn--/],
    ['a\u200db.test', 'DNS_NAME_IDN_INVALID', /xn--/],
    ['\u00ad', 'DNS_NAME_IDN_INVALID', /xn--/],
    ['א1a.test', 'DNS_NAME_IDN_INVALID', /xn--/],
    ['*', 'WILDCARD_BARE', /\*\.app\.test/],
    ['*.', 'WILDCARD_BARE', /\*\.app\.test/],
    ['f*.app.test', 'WILDCARD_POSITION', /\*\.app\.test/],
    ['*a.app.test', 'WILDCARD_POSITION', /\*\.app\.test/],
    ['a.*.test', 'WILDCARD_POSITION', /\*\.app\.test/],
    ['*.*.test', 'WILDCARD_POSITION', /\*\.app\.test/],
    ['＊.app.test', 'WILDCARD_POSITION', /\*\.app\.test/],
    ['*.com', 'WILDCARD_PUBLIC_SUFFIX', /\*\.my-site\.com/],
    ['*.CO.UK', 'WILDCARD_PUBLIC_SUFFIX', /\*\.my-site\.co\.uk/],
    ['*.github.io', 'WILDCARD_PUBLIC_SUFFIX', /\*\.my-site\.github\.io/],
  ])('refuses %j as %s and says what to do', (text, code, hint) => {
    expect(() => parse(text)).toThrow(refusal(code, hint));
  });

  it('tells the lengths it found', () => {
    expect(() => parse(`a${LABEL_63}.test`)).toThrow(/label is 64 bytes, the limit is 63/);
    expect(() => parse(`${NAME_253}b`)).toThrow(/name is 254 bytes, the limit is 253/);
  });

  it('measures an internationalised label as it is written in the certificate', () => {
    expect(() => parse(`${'ü'.repeat(60)}.test`)).toThrow(refusal('DNS_NAME_LABEL_TOO_LONG', /63/));
  });

  it('lets a wildcard stand directly below a dev domain even if the rules call that a suffix', () => {
    expect(parse('*.test')).toBe('*.test');
  });
});

describe('baseDomain', () => {
  it('drops a leading "*." alone', () => {
    expect([baseDomain('*.app.test'), baseDomain('app.test')]).toEqual(['app.test', 'app.test']);
  });
});
