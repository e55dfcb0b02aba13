/** @module What one word on the command line means: address, URI, e-mail or DNS name, and how each is encoded. */
import { describe, expect, it } from 'vitest';
import { formatHex } from '../der/bytes.ts';
import { encodeGeneralName, parseSubjectAltName, parseSubjectAltNames } from './subject-alt-name.ts';

const rules = { isPublicSuffix: () => false };
const parse = (text: string) => parseSubjectAltName(text, rules);
const refusal = (code: string, hint: RegExp) =>
  expect.objectContaining({ code, hint: expect.stringMatching(hint) as string });

describe('parseSubjectAltName', () => {
  it.each([
    ['localhost', 'dns', 'localhost'],
    [' localhost\n', 'dns', 'localhost'],
    ['*.app.test', 'dns', '*.app.test'],
    ['urn', 'dns', 'urn'],
    ['127.0.0.1', 'ip', '127.0.0.1'],
    ['[::1]', 'ip', '::1'],
    ['alice@App.test', 'email', 'alice@app.test'],
    ['Alice+x@bücher.example', 'email', 'Alice+x@xn--bcher-kva.example'],
    ['spiffe://app.test/service', 'uri', 'spiffe://app.test/service'],
    ['URN:uuid:f81d4fae', 'uri', 'URN:uuid:f81d4fae'],
    ['https://[::1]:8443/x?y#z', 'uri', 'https://[::1]:8443/x?y#z'],
    ['spiffe://a@b/c'.replace('a@', ''), 'uri', 'spiffe://b/c'],
  ])('takes %j for %s %s', (text, kind, canonical) => {
    expect(parse(text)).toMatchObject({ kind, text: canonical });
  });

  it.each([
    ['', 'NAME_EMPTY', /localhost/],
    ['   ', 'NAME_EMPTY', /localhost/],
    ['localhost:8080', 'NAME_HAS_PORT', /drop the port: mintmark localhost$/],
    ['[::1]:8080', 'NAME_HAS_PORT', /drop the port: mintmark ::1$/],
    ['../../evil', 'NAME_HAS_PATH', /host alone/],
    ['@app.test', 'EMAIL_INVALID', /alice@app\.test/],
    ['a b@app.test', 'EMAIL_INVALID', /alice@app\.test/],
    ['.a@app.test', 'EMAIL_INVALID', /alice@app\.test/],
    ['a..b@app.test', 'EMAIL_INVALID', /alice@app\.test/],
    ['jürgen@app.test', 'EMAIL_INVALID', /alice@app\.test/],
    ['a@b@app.test', 'EMAIL_INVALID', /alice@app\.test/],
    [`${'a'.repeat(65)}@app.test`, 'EMAIL_INVALID', /alice@app\.test/],
    ['a@*.app.test', 'EMAIL_INVALID', /alice@app\.test/],
    ['mailto:a@app.test', 'EMAIL_INVALID', /alice@app\.test/],
    ['a@127.0.0.1', 'DNS_NAME_ALL_NUMERIC', /app1\.test/],
    ['a@app.test:25', 'NAME_HAS_PORT', /mintmark app\.test$/],
    ['spiffe://', 'URI_INVALID', /spiffe:\/\/app\.test/],
    ['http://u:p@app.test/', 'URI_INVALID', /spiffe:\/\/app\.test/],
    ['http://app.test/a b', 'URI_INVALID', /spiffe:\/\/app\.test/],
    ['http://bücher.example/', 'URI_INVALID', /spiffe:\/\/app\.test/],
    ['http://app.test:99999/', 'URI_INVALID', /spiffe:\/\/app\.test/],
    [`spiffe://app.test/${'a'.repeat(2048)}`, 'URI_INVALID', /spiffe:\/\/app\.test/],
  ])('refuses %j as %s and says what to do', (text, code, hint) => {
    expect(() => parse(text)).toThrow(refusal(code, hint));
  });

  it('takes a local part of 64 bytes', () => {
    expect(parse(`${'a'.repeat(64)}@app.test`).kind).toBe('email');
  });
});

describe('parseSubjectAltNames', () => {
  it('keeps the order of first mention and drops repeats of any spelling', () => {
    const names = parseSubjectAltNames(['b.test', '127.1', 'B.TEST', '127.0.0.1', 'a.test'], rules);
    expect(names.map(({ text }) => text)).toEqual(['b.test', '127.0.0.1', 'a.test']);
  });
});

describe('encodeGeneralName', () => {
  it.each([
    ['a.test', '8206612e74657374'],
    ['10.0.0.1', '87040a000001'],
    ['::1', '871000000000000000000000000000000001'],
    ['a@b', '8103614062'],
    ['urn:x', '860575726e3a78'],
  ])('writes %s as %s (RFC 5280 4.2.1.6)', (text, hex) => {
    expect(formatHex(encodeGeneralName(parse(text)))).toBe(hex);
  });
});
