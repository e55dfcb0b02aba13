/** @module What tokens say in numbers is what certificates say in DER: compared with Node's own keys and signatures. */
import { createPublicKey, generateKeyPairSync, hash, publicEncrypt, constants, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSubjectKey } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import {
  encodeEcdsaSignature,
  encodeEcSpki,
  encodeEd25519Spki,
  encodeRsaSpki,
  encodeSha256DigestInfo,
} from './token-public-key.ts';

const spkiOf = (key: ReturnType<typeof createPublicKey>): Buffer => key.export({ type: 'spki', format: 'der' });
const base64url = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url');

describe.each([
  ['P-256', '06082a8648ce3d030107', 65],
  ['P-384', '06052b81040022', 97],
  ['P-521', '06052b81040023', 133],
])('an EC key on %s', (namedCurve, parameters, pointBytes) => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  const point = spkiOf(publicKey).subarray(-pointBytes);
  const header = pointBytes < 128 ? [0x04, pointBytes] : [0x04, 0x81, pointBytes];

  it('is the same from a point that is wrapped and one that is not', () => {
    for (const bytes of [point, Buffer.concat([Buffer.from(header), point])]) {
      const spki = encodeEcSpki(Buffer.from(parameters, 'hex'), bytes);
      expect(Buffer.from(spki)).toEqual(spkiOf(publicKey));
    }
  });

  it('signs, and its r and s verify as DER', () => {
    for (let i = 0; i < 20; i++) {
      const data = Buffer.from(`message ${i}`);
      const raw = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      expect(verify('sha256', data, publicKey, encodeEcdsaSignature(raw))).toBe(true);
    }
  });
});

describe('other keys', () => {
  it('of RSA and Ed25519 are as Node writes them', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { n, e } = rsa.publicKey.export({ format: 'jwk' });
    for (const zeros of [[], [0]]) {
      const modulus = Buffer.concat([Buffer.from(zeros), base64url(n)]);
      expect(Buffer.from(encodeRsaSpki(modulus, base64url(e)))).toEqual(spkiOf(rsa.publicKey));
    }
    const edwards = generateKeyPairSync('ed25519').publicKey;
    const bits = base64url(edwards.export({ format: 'jwk' }).x);
    for (const point of [bits, Buffer.concat([Buffer.from([0x04, 0x20]), bits])])
      expect(Buffer.from(encodeEd25519Spki(point))).toEqual(spkiOf(edwards));
  });

  it('that are malformed are refused by the parser of keys, whatever the token says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 140 }), (point) => {
        const curve = Buffer.from('06082a8648ce3d030107', 'hex');
        const isPoint = (point.length === 65 || point.length === 67) && point.includes(4);
        if (isPoint) return;
        expect(() => parseSubjectKey(encodeEcSpki(curve, point), nodeSha256)).toThrow(
          expect.objectContaining({ code: 'PUBLIC_KEY_INVALID' }),
        );
      }),
    );
  });

  it('pad what RSASSA-PKCS1-v1_5 signs', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const data = Buffer.from('data');
    const signature = sign('sha256', data, privateKey);
    const digest = hash('sha256', data, 'buffer');
    // Raw RSA undoes the signature: what was padded stands at its end.
    const padded = publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, signature);
    const info = encodeSha256DigestInfo(digest);
    expect(padded.subarray(-info.length)).toEqual(info);
  });
});

describe('a signature of odd length', () => {
  it('is none', () => {
    for (const length of [0, 1, 63]) expect(() => encodeEcdsaSignature(new Uint8Array(length))).toThrow(TypeError);
  });
});
