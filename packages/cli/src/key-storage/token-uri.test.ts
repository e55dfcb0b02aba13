/** @module PKCS#11 URIs: what RFC 7512 writes is read, and what could load, run or give away something is not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCaError } from '@mintmark/ca-core';
import { parseTokenUri } from './token-uri.ts';

const MODULE = '?module-path=/usr/lib/module.so';
const code = (name: string) => expect.objectContaining({ code: name }) as unknown;

describe('parseTokenUri', () => {
  it.each([
    ['pkcs11:token=dev', { token: 'dev' }],
    ['PKCS11:token=dev', { token: 'dev' }],
    ['pkcs11:', {}],
    [
      'pkcs11:token=My%20Card%3B;serial=00%C3%A4;manufacturer=A%26B;model=x+y',
      {
        token: 'My Card;',
        serial: '00ä',
        manufacturer: 'A&B',
        model: 'x+y',
      },
    ],
    ['pkcs11:object=key;type=private', { object: 'key' }],
    ['pkcs11:id=%01%ff%00a', { id: Buffer.from([1, 255, 0, 97]) }],
  ])('reads %s', (uri, expected) => {
    expect(parseTokenUri(uri + MODULE)).toEqual({ modulePath: '/usr/lib/module.so', ...expected });
  });

  it.each([
    ['&pin-source=/run/pin', '/run/pin'],
    ['&pin-source=file:/run/a%20pin', '/run/a pin'],
    ['&pin-source=file:///run/pin', '/run/pin'],
  ])('reads the file of the PIN in %s', (query, pinSource) => {
    expect(parseTokenUri(`pkcs11:token=dev${MODULE}${query}`)).toMatchObject({ pinSource });
  });

  it.each([
    '',
    'token=dev',
    'http://x/?module-path=/m',
    'pkcs11:token=dev',
    'pkcs11:token=dev?',
    'pkcs11:token=dev?module-path=',
    'pkcs11:token=dev?module-path=m.so',
    'pkcs11:token=dev?module-path=../m.so',
    'pkcs11:token=dev?module-path=file:m.so',
    'pkcs11:token=dev?module-path=|sh',
    'pkcs11:token=dev?module-name=softhsm2',
    'pkcs11:token=dev?module-path=/m?module-path=/n',
    'pkcs11:token=dev?module-path=/m&module-path=/n',
    'pkcs11:token=dev?module-path=/m%00.so',
    'pkcs11:token=dev;token=dev?module-path=/m',
    'pkcs11:token=a b?module-path=/m',
    'pkcs11:token=%f?module-path=/m',
    'pkcs11:token=%ff?module-path=/m',
    'pkcs11:token?module-path=/m',
    'pkcs11:id=?module-path=/m',
    'pkcs11:type=public?module-path=/m',
    'pkcs11:slot-id=1?module-path=/m',
    'pkcs11:colour=red?module-path=/m',
    'pkcs11:token=dev?module-path=/m&pin-source=pin',
    'pkcs11:token=dev?module-path=/m&pin-source=|cat%20/etc/passwd',
    'pkcs11:token=dev?module-path=/m&pin-source=https://x/pin',
    `pkcs11:token=${'x'.repeat(5000)}?module-path=/m`,
  ])('refuses %s', (uri) => {
    expect(() => parseTokenUri(uri)).toThrow(code('TOKEN_URI_INVALID'));
  });

  it.each(['pin-value=1234', 'PIN-VALUE=1234', 'pin%2dvalue=1234', '%70in-value=1234'])(
    'refuses a PIN (%s) and repeats it nowhere',
    (query) => {
      const read = () => parseTokenUri(`pkcs11:token=dev${MODULE}&${query}`);
      expect(read).toThrow(code('TOKEN_URI_PIN'));
      expect(read).not.toThrow(/1234/);
    },
  );

  it.each([
    'PIN=1234',
    'pin_value=1234',
    'pin=1234',
    'p%25in-value=1234',
    '1234',
    'pin-source=12 34',
    'pin-source=1234',
  ])('repeats nothing of %s, which may hold a PIN', (query) => {
    const read = () => parseTokenUri(`pkcs11:token=dev${MODULE}&${query}`);
    expect(read).toThrow(code('TOKEN_URI_INVALID'));
    expect(read).not.toThrow(/1234|12 34/);
  });

  it('answers every text with a URI or a refusal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, isNear) => {
        try {
          const { modulePath } = parseTokenUri(isNear ? `pkcs11:${text}${MODULE}` : text);
          expect(modulePath.startsWith('/')).toBe(true);
        } catch (cause) {
          expect(isCaError(cause)).toBe(true);
        }
      }),
    );
  });
});
