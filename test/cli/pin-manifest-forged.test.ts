/**
 * @module Pin manifests that are refused: changed by anybody, signed by somebody else, for names that the signer may not speak for, or
 * of a shape that two readers might read in two ways.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { deskMaker, type Desk } from './desk.ts';
import { base64url, chainEntry, signFields, strangerPin, type Fields, type Json } from './manifest-forgery.ts';
import { caFile, makeManifest, readManifest } from './manifest-scene.ts';

const newDesk = deskMaker('forged');

describe('a manifest is refused', () => {
  let desk: Desk;
  let honest: Fields;
  let caKey: KeyObject;
  let leafKey: KeyObject;
  beforeAll(async () => {
    desk = await makeManifest(newDesk());
    honest = readManifest(desk);
    caKey = createPrivateKey(readFileSync(caFile(desk, 'issuer-key.pem')));
    leafKey = createPrivateKey(desk.read('api.test+1-key.pem'));
  });

  /** What --check-manifest says of a text. */
  async function judge(text: string | Uint8Array): Promise<string> {
    desk.write('forged.json', text);
    const { code, exitCode, message } = await desk.refusal(['pin', '--check-manifest', 'forged.json']);
    expect([code, exitCode]).toEqual(['MANIFEST_REFUSED', 1]);
    return message;
  }

  it('only for its fault: made by hand without one it is taken', async () => {
    desk.write('forged.json', JSON.stringify(signFields({ ...honest, names: ['x.test'] }, caKey)));
    const taken = await desk.json(['pin', '--check-manifest', 'forged.json']);
    expect(taken).toMatchObject({ isValid: true, names: ['x.test'] });
  });

  const current = () => honest['current'] as Fields;
  const issuer = () => honest['issuer'] as Fields;
  const changes: readonly (readonly [string, () => Fields])[] = [
    ['the current pin', () => ({ current: { ...current(), spkiSha256Base64: strangerPin('a') } })],
    ['the certificate digest', () => ({ current: { ...current(), certSha256Hex: 'ab'.repeat(32) } })],
    ['the backup', () => ({ backup: { spkiSha256Base64: strangerPin('b') } })],
    ['the backup, left out', () => ({ backup: null })],
    ['the names', () => ({ names: ['other.test'] })],
    ['the order of the names', () => ({ names: ['127.0.0.1', 'api.test'] })],
    ['the end', () => ({ notAfter: '2099-01-01T00:00:00.000Z' })],
    ['the time of making', () => ({ issuedAt: '2020-01-01T00:00:00.000Z' })],
    ['the name of who signed', () => ({ issuer: { ...issuer(), name: 'CN=Somebody' } })],
    ['the chain, left out', () => ({ issuer: { ...issuer(), chain: [] } })],
  ];
  it.each(changes)('when somebody changed %s', async (_what, change) => {
    expect(await judge(JSON.stringify({ ...honest, ...change() }))).toMatch(/something was changed|not how that key/);
  });

  const forgeries: readonly (readonly [string, RegExp, () => Fields | Promise<Fields>])[] = [
    [
      'when another key signed it',
      /something was changed/,
      () => signFields(honest, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    ],
    [
      "when the server's own key signed it in the CA's name",
      /something was changed/,
      () => signFields(honest, leafKey),
    ],
    [
      "when the server's key signed it, with the server's certificate in front",
      /no CA/,
      () =>
        signFields(
          {
            ...honest,
            issuer: { ...issuer(), chain: [chainEntry(desk.read('api.test+1.pem')), ...(issuer()['chain'] as Json[])] },
          },
          leafKey,
        ),
    ],
    [
      'when a CA of another home signed it',
      /nobody here trusts/,
      async () => {
        const other = newDesk();
        await other.json(['api.test']);
        await other.json(['pin', 'api.test.pem', '--out', 'pins.json']);
        return readManifest(other);
      },
    ],
    [
      "when another CA's certificate stands before the honest one",
      /do not belong together|nobody here trusts/,
      async () => {
        const other = newDesk();
        await other.json(['api.test']);
        const key = createPrivateKey(readFileSync(caFile(other, 'issuer-key.pem')));
        const chain = [chainEntry(readFileSync(caFile(other, 'issuer.pem'), 'utf8')), ...(issuer()['chain'] as Json[])];
        return signFields({ ...honest, issuer: { ...issuer(), chain } }, key);
      },
    ],
    [
      'for names outside of the scope of its CA',
      /outside of the scope/,
      () => signFields({ ...honest, names: ['api.test', 'bank.com'] }, caKey),
    ],
    [
      'for a mail address outside of that scope',
      /outside of the scope/,
      () => signFields({ ...honest, names: ['a@bank.com'] }, caKey),
    ],
    [
      'that is of tomorrow',
      /says that it was made at/,
      () =>
        signFields({ ...honest, issuedAt: '2098-01-01T00:00:00.000Z', notAfter: '2099-01-01T00:00:00.000Z' }, caKey),
    ],
    [
      'whose pins are past',
      /were good until/,
      () => signFields({ ...honest, notAfter: '2020-01-01T00:00:00.000Z' }, caKey),
    ],
    ['of another version', /version/, () => signFields({ ...honest, version: 2 }, caKey)],
    ['of a version that is a text', /version/, () => signFields({ ...honest, version: '1' }, caKey)],
    ['with a field more', /not of this version/, () => signFields({ ...honest, extra: true }, caKey)],
    [
      'with a field more within',
      /not of this version/,
      () => signFields({ ...honest, current: { ...current(), x: 1 } }, caKey),
    ],
    [
      'with a field less',
      /lacks "backup"/,
      () => signFields(Object.fromEntries(Object.entries(honest).filter(([key]) => key !== 'backup')), caKey),
    ],
    [
      'whose backup is the current key',
      /no backup/,
      () => signFields({ ...honest, backup: { spkiSha256Base64: current()['spkiSha256Base64'] ?? '' } }, caKey),
    ],
    [
      'with the digest of nothing',
      /digest of nothing/,
      () =>
        signFields({ ...honest, backup: { spkiSha256Base64: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' } }, caKey),
    ],
    [
      'with a pin in another spelling',
      /not a SHA-256/,
      () => signFields({ ...honest, backup: { spkiSha256Base64: `sha256//${strangerPin('c')}` } }, caKey),
    ],
    ['without names', /names nothing/, () => signFields({ ...honest, names: [] }, caKey)],
    ['with a name that is none', /a name is none/, () => signFields({ ...honest, names: ['API.test'] }, caKey)],
    ['with a time in another spelling', /not a time/, () => signFields({ ...honest, notAfter: '2099-01-01' }, caKey)],
    [
      'with a time that is none',
      /not a time/,
      () => signFields({ ...honest, notAfter: '2099-02-30T00:00:00.000Z' }, caKey),
    ],
    [
      'with a chain of garbage',
      /malformed/,
      () => signFields({ ...honest, issuer: { ...issuer(), chain: ['AAAA'] } }, caKey),
    ],
    [
      'with a long chain',
      /more than 4/,
      () => signFields({ ...honest, issuer: { ...issuer(), chain: Array.from({ length: 5 }, () => 'AAAA') } }, caKey),
    ],
    [
      'signed for another purpose',
      /as something else/,
      () => signFields(honest, caKey, { header: { alg: 'ES256', typ: 'JWT' } }),
    ],
    ['without a type', /malformed/, () => signFields(honest, caKey, { header: { alg: 'ES256' } })],
    [
      'with a header that asks for more',
      /malformed/,
      () =>
        signFields(honest, caKey, { header: { alg: 'ES256', typ: 'mintmark-pins+jws', crit: ['b64'], b64: false } }),
    ],
    [
      'under another algorithm',
      /not how that key signs/,
      () => signFields(honest, caKey, { header: { alg: 'ES384', typ: 'mintmark-pins+jws' } }),
    ],
    [
      'with the public key as the secret of an HMAC',
      /not how that key signs/,
      () => {
        const pem = createPublicKey(caKey).export({ type: 'spki', format: 'pem' });
        return signFields(honest, caKey, { header: { alg: 'HS256', typ: 'mintmark-pins+jws' }, hmac: pem });
      },
    ],
    [
      'with no signature at all',
      /malformed|not how that key signs/,
      () => ({ ...honest, signature: `${base64url('{"alg":"none","typ":"mintmark-pins+jws"}')}..` }),
    ],
    [
      'with the payload inside',
      /without payload/,
      () => ({ ...honest, signature: String(honest['signature']).replace('..', `.${base64url('{}')}.`) }),
    ],
    [
      'with its signature in another spelling',
      /malformed/,
      () => ({ ...honest, signature: `${String(honest['signature'])}=` }),
    ],
  ];
  it.each(forgeries)('%s', async (_what, reason, forge) => {
    expect(await judge(JSON.stringify(await forge()))).toMatch(reason);
  });

  it.each<[string, RegExp, () => string | Uint8Array]>([
    ['that is empty', /not JSON/, () => ''],
    ['that is no JSON', /not JSON/, () => 'pins'],
    ['that is a list', /not an object/, () => '[]'],
    ['that is null', /not an object/, () => 'null'],
    ['that is not UTF-8', /not JSON/, () => Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['with a key that stands twice', /stands twice/, () => JSON.stringify(honest).replace('{', '{"version":1,')],
    [
      'with a key that stands twice, once escaped',
      /stands twice/,
      () => JSON.stringify(honest).replace('{', String.raw`{"v\u0065rsion":1,`),
    ],
    [
      'with a prototype',
      /not of this version/,
      () => JSON.stringify(honest).replace('{', '{"__proto__":{"backup":null},'),
    ],
    ['that is nested deep', /too deep|not an object/, () => `${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['that is larger than any', /larger than/, () => `${JSON.stringify(honest)}${' '.repeat(1_100_000)}`],
  ])('%s', async (_what, reason, text) => {
    expect(await judge(text())).toMatch(reason);
  });
});
