/** @module Signatures without payload: by every kind of key, refused for another payload, key, algorithm or header. */
import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createNodeSigner, createPrivateKeyOfType, type NodePrivateKey } from '@mintmark/ca-core/node';
import { findJwsFault, signDetached } from './detached-jws.ts';

const PAYLOAD = '{"names":["a.test"]}';
const keys = (['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa-2048'] as const).map(
  (type) => [type, createPrivateKeyOfType(type)] as const,
);
const [[, p256] = [], [, p384] = [], , [, rsa] = []] = keys as [string, NodePrivateKey][];

const spki = (key: NodePrivateKey | undefined): Uint8Array => key?.subjectKey.spkiDer ?? new Uint8Array();
const base64url = (text: string | Uint8Array): string => Buffer.from(text).toString('base64url');
const faultOf = (jws: string, key: NodePrivateKey | undefined, payload = PAYLOAD) =>
  findJwsFault(jws, payload, spki(key));

describe.each(keys)('a signature by a key of %s', (_type, key) => {
  const jws = signDetached(PAYLOAD, createNodeSigner(key));

  it('holds for its payload and key', () => {
    expect(jws).toMatch(/^[\w-]+\.\.[\w-]+$/);
    expect(faultOf(jws, key)).toBeUndefined();
  });

  it('does not for another payload, another key, or with a bit changed', () => {
    expect(faultOf(jws, key, `${PAYLOAD} `)).toMatch(/changed/);
    for (const [, other] of keys) if (other !== key) expect(faultOf(jws, other)).toBeDefined();
    const [head, , tail = ''] = jws.split('.');
    const bytes = Buffer.from(tail, 'base64url');
    for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      expect(faultOf(`${head}..${base64url(flipped)}`, key)).toBeDefined();
    }
    expect(faultOf(`${head}..${base64url(bytes.subarray(1))}`, key)).toBeDefined();
    expect(faultOf(`${head}..${base64url(Buffer.alloc(bytes.length))}`, key)).toBeDefined();
  });
});

/** A JWS over the payload with any header, by a key of RSA or P-256. */
function forge(header: string, key: NodePrivateKey, options: object = { dsaEncoding: 'ieee-p1363' }): string {
  const head = base64url(header);
  const input = Buffer.from(`${head}.${base64url(PAYLOAD)}`);
  return `${head}..${base64url(sign('sha256', input, { key: key.keyObject, ...options }))}`;
}
const headed = (header: string): string => forge(header, p256 as NodePrivateKey);

describe('a header', () => {
  it('may have its fields in any order', () => {
    expect(faultOf(headed('{"typ":"mintmark-pins+jws","alg":"ES256"}'), p256)).toBeUndefined();
  });

  it('of RSA may say PSS, with the salt as long as the hash', () => {
    const pss = (saltLength: number) => ({ padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
    const header = '{"alg":"PS256","typ":"mintmark-pins+jws"}';
    expect(faultOf(forge(header, rsa as NodePrivateKey, pss(32)), rsa)).toBeUndefined();
    expect(faultOf(forge(header, rsa as NodePrivateKey, pss(20)), rsa)).toMatch(/changed/);
    expect(faultOf(forge(header, rsa as NodePrivateKey, {}), rsa)).toMatch(/changed/);
  });

  it.each([
    ['no algorithm', '{"alg":"none","typ":"mintmark-pins+jws"}'],
    ['an HMAC', '{"alg":"HS256","typ":"mintmark-pins+jws"}'],
    ['the algorithm of another key', '{"alg":"RS256","typ":"mintmark-pins+jws"}'],
    ['the algorithm in another case', '{"alg":"es256","typ":"mintmark-pins+jws"}'],
    ['the name of a member of every object', '{"alg":"constructor","typ":"mintmark-pins+jws"}'],
    ['another type', '{"alg":"ES256","typ":"JWT"}'],
    ['no type', '{"alg":"ES256"}'],
    ['a key of its own', '{"alg":"ES256","typ":"mintmark-pins+jws","jwk":{}}'],
    ['something critical', '{"alg":"ES256","typ":"mintmark-pins+jws","crit":["b64"],"b64":false}'],
    ['a prototype', '{"alg":"ES256","typ":"mintmark-pins+jws","__proto__":{}}'],
    ['the algorithm twice', '{"alg":"none","typ":"mintmark-pins+jws","alg":"ES256"}'],
    ['a list', '["ES256"]'],
    ['null', 'null'],
  ])('that says %s is refused', (_what, header) => {
    expect(faultOf(headed(header), p256)).toBeDefined();
  });
});

it.each([
  ['nothing', ''],
  ['two parts', 'a.b'],
  ['a payload', 'e30.e30.AAAA'],
  ['four parts', 'e30..AAAA.AAAA'],
  ['no signature', 'eyJhbGciOiJFUzI1NiIsInR5cCI6Im1pbnRtYXJrLXBpbnMrandzIn0..'],
  ['padding', `${signDetached(PAYLOAD, createNodeSigner(p256 as NodePrivateKey))}=`],
])('a text with %s is no signature', (_what, text) => {
  expect(faultOf(text, p256)).toBeDefined();
});

it('a key that is weak, or of a kind that is not known, signs nothing', () => {
  const jws = signDetached(PAYLOAD, createNodeSigner(rsa as NodePrivateKey));
  for (const { publicKey } of [
    generateKeyPairSync('rsa', { modulusLength: 1024 }),
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  ])
    expect(findJwsFault(jws, PAYLOAD, publicKey.export({ type: 'spki', format: 'der' }))).toMatch(
      /not how that key signs/,
    );
  expect(faultOf(jws, p384)).toMatch(/not how that key signs/);
});
