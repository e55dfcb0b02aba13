/** @module Pins: what they are digests of, how each client spells them, and every spelling read back. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHex } from '../der/bytes.ts';
import { nodeSha256 } from '../node/hash.ts';
import { decodeSpelledPin, parsePin } from './parse-pin.ts';
import { createPins, formatColonHex, formatSpkiPin } from './pins.ts';

// The certificate digest of the survey's sample, in the spellings of libp2p and Syncthing below.
const KNOWN_HEX = 'cf7f7ae37f3e5adaf4a85b12624468fa97e954efe449c940bce016f5ae4880af';
const digestOf = (text: string) => new Uint8Array(createHash('sha256').update(text).digest());
const CERT = digestOf('certificate');
const SPKI = digestOf('key');
const pins = { certSha256: CERT, spkiSha256: SPKI };
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

describe('createPins', () => {
  it('digests the certificate and its key, or the key alone', () => {
    const [certDer, spkiDer] = [new Uint8Array(Buffer.from('certificate')), new Uint8Array(Buffer.from('key'))];
    expect(createPins({ certDer, spkiDer }, nodeSha256)).toEqual(pins);
    expect(createPins({ spkiDer }, nodeSha256)).toEqual({ spkiSha256: SPKI });
    expect(formatSpkiPin(pins)).toBe(base64(SPKI));
  });

  it('writes colon hex in upper case', () => {
    expect(formatColonHex(Uint8Array.of(0xab, 1, 0))).toBe('AB:01:00');
  });
});

describe('parsePin', () => {
  const hex = formatHex(SPKI);
  it.each<[string, string, string?]>([
    ['hex', hex],
    ['upper-case hex', hex.toUpperCase()],
    ['colon hex', formatColonHex(SPKI)],
    ['hex in groups', hex.match(/.{8}/g)?.join(' ') ?? ''],
    ['base64', base64(SPKI)],
    ['base64 without padding', base64(SPKI).replace('=', '')],
    ['base64url', Buffer.from(SPKI).toString('base64url')],
    ['curl', `sha256//${base64(SPKI)}`],
    ['OkHttp', `sha256/${base64(SPKI)}`],
    ['kubeadm', `sha256:${hex}`],
    ['HPKP', `pin-sha256="${base64(SPKI)}"`],
    ['OpenConnect', `pin-sha256:${base64(SPKI)}`],
    ['OpenSSL', `SHA256 Fingerprint=${formatColonHex(SPKI)}`],
    ['TLSA', `3 1 1 ${hex.toUpperCase()}`],
    ['OkHttp, where the base64 begins with a slash', 'sha256//P' + 'A'.repeat(41) + '=', `fcf${'0'.repeat(61)}`],
    ['a line of a zone', `_443._tcp.a.test. 3600 IN TLSA 3 1 1 ${hex}`],
    ['openssl dgst', `SHA2-256(stdin)= ${hex}`],
    ['sha256sum', `${hex}  -`],
    ['sha256sum of a file', `${hex} *some file.der`],
    ['a pasted line', `  sha256//${base64(SPKI)}\n`],
  ])('reads the spelling of %s', (_what, text, expected = hex) => {
    expect(formatHex(parsePin(text))).toBe(expected);
  });

  it.each([
    ['nothing', '', /0 bytes|neither/],
    ['words', 'hello world', /neither/],
    ['two pins', `sha256//${base64(SPKI)};sha256//${base64(CERT)}`, /one at a time/],
    ['a SHA-1 fingerprint in hex', 'ab'.repeat(20), /20 bytes, which is a SHA-1/],
    ['a SHA-1 fingerprint with colons', 'AB:'.repeat(19) + 'AB', /SHA-1/],
    ['a SHA-1 fingerprint in base64', base64(new Uint8Array(20)), /SHA-1/],
    ['what OpenSSL prints by default', `sha1 Fingerprint=${'AB:'.repeat(19)}AB`, /SHA-1/],
    ['an MD5 fingerprint', 'ab'.repeat(16), /16 bytes, which is an MD5/],
    ['a SHA-512 digest', 'ab'.repeat(64), /64 bytes/],
    ['31 bytes', 'ab'.repeat(31), /31 bytes/],
    ['an odd number of digits', 'a'.repeat(63), /bytes|neither/],
    ['a SHA-384 prefix', `sha384/${base64(SPKI)}`, /bytes/],
    ['the digest of nothing', formatHex(nodeSha256(new Uint8Array())), /digest of nothing/],
    ['the digest of nothing in base64', base64(nodeSha256(new Uint8Array())), /digest of nothing/],
  ])('refuses %s', (_what, text, reason) => {
    expect(() => parsePin(text)).toThrow(
      expect.objectContaining({
        code: 'PIN_INVALID',
        message: expect.stringMatching(reason) as string,
        hint: expect.stringMatching(/32 bytes/) as string,
      }),
    );
  });

  it('reads a multihash and a device ID, and refuses other lengths of them', () => {
    const bytes = Uint8Array.from(Buffer.from(KNOWN_HEX, 'hex'));
    expect(parsePin('uEiDPf3rjfz5a2vSoWxJiRGj6l-lU7-RJyUC84Bb1rkiArw')).toEqual(bytes);
    expect(parsePin('Z57XVY3-7HZNNVI-5FILMJG-ERDI7KH-L6SVHP4-RE4SQFC-44ALPLL-SIQCXQW')).toEqual(bytes);
    expect(() => parsePin('Z57XVY3-7HZNNVI-5FILMJG-ERDI7KH-L6SVHP4-RE4SQFC-44ALPLL')).toThrow('not a SHA-256 pin');
  });

  it.each([
    ['sha256//', 'public-key'],
    ['pin-sha256:', 'public-key'],
    ['3 1 1 ', 'public-key'],
    ['2 0 1 ', 'certificate'],
    ['SHA256 Fingerprint=', 'certificate'],
    ['a=fingerprint:sha-256 ', 'certificate'],
    ['sha3:', 'file'],
    ['sha256/', undefined],
    ['sha256:', undefined],
    ['', undefined],
  ])('knows from the spelling %j what was digested: %s', (prefix, object) => {
    expect(decodeSpelledPin(prefix + KNOWN_HEX)?.object).toBe(object);
  });

  it('reads any other text as 32 bytes or refuses it with PIN_INVALID', () => {
    const text = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.string({ unit: fc.constantFrom('a', '0', ':', ' ', '=', '-') }),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        let length = 32;
        try {
          length = parsePin(candidate).length;
        } catch (cause) {
          expect(cause).toMatchObject({ code: 'PIN_INVALID' });
        }
        expect(length).toBe(32);
      }),
      { numRuns: 2000 },
    );
  });
});
