/** @module `pin --check`: what a pin was probably mixed up with, computed by other programs, is told in words with exit 1. */
import { createHash, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPinAuthority, createServed, type ServedPair } from '../pins/certificates.ts';
import { createForgery } from '../pins/forgery.ts';
import { PinnedServer } from '../pins/pinned-server.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { deskMaker, type Printed } from './desk.ts';

const desk = deskMaker('pin-check')();
let leaf: X509Certificate;
beforeAll(async () => {
  await desk.json(['a.test', '--cert-file', 'a.pem', '--key-file', 'a.key']);
  await desk.json(['self-signed', 'rsa.test', '--key', 'rsa-2048', '--cert-file', 'r.pem', '--key-file', 'r.key']);
  leaf = new X509Certificate(desk.read('a.pem'));
});

const digest = (bytes: Uint8Array | string, hash = 'sha256'): Buffer => createHash(hash).update(bytes).digest();
const spki = (certificate = leaf): Buffer => certificate.publicKey.export({ type: 'spki', format: 'der' });

async function check(pin: string, target = 'a.pem'): Promise<Printed & { readonly exitCode: number | null }> {
  const { exitCode, stdout } = await desk.run(['pin', target, '--check', pin, '--json']);
  return { exitCode, ...(JSON.parse(stdout) as Printed) };
}

describe('a yes names what matched', () => {
  it.each([
    ['certificate', () => digest(leaf.raw).toString('hex')],
    ['certificate', () => `SHA256 Fingerprint=${leaf.fingerprint256}`],
    ['certificate', () => `3 0 1 ${digest(leaf.raw).toString('hex')}`],
    ['public-key', () => `sha256//${digest(spki()).toString('base64')}`],
    ['public-key', () => digest(spki()).toString('base64url')],
    ['public-key', () => `2 1 1 ${digest(spki()).toString('hex').toUpperCase()}`],
    ['file', () => `sha3:${digest(desk.read('a.pem'), 'sha3-256').toString('hex')}`],
  ])('%s', async (matched, pin) => {
    expect(await check(pin())).toMatchObject({ exitCode: 0, isMatch: true, matched });
  });
});

describe('a no names the mix-up', () => {
  it.each<[what: string, pin: () => string, matched: string, words: RegExp]>([
    [
      'the certificate spelled as curl spells keys',
      () => `sha256//${digest(leaf.raw).toString('base64')}`,
      'certificate',
      /certificate of a\.test, but spelled/,
    ],
    [
      'the key spelled as OpenSSL spells certificates',
      () => `SHA256 Fingerprint=${digest(spki()).toString('hex')}`,
      'public-key',
      /public key of a\.test, but spelled/,
    ],
    ['the PEM file', () => digest(desk.read('a.pem')).toString('hex'), 'file', /SHA-256 of the file itself/],
    [
      'the PEM file as Windows leaves it',
      () => digest(desk.read('a.pem').replaceAll('\n', '\r\n')).toString('base64'),
      'file',
      /file itself/,
    ],
    ['the leaf as PEM text', () => digest(leaf.toString()).toString('hex'), 'certificate-pem', /PEM text/],
    ['SHA-1', () => leaf.fingerprint, 'certificate-sha1', /SHA-1 of the certificate/],
    ['SHA-1 of the key', () => digest(spki(), 'sha1').toString('hex'), 'key-sha1', /SHA-1 of the public key/],
    ['MD5', () => digest(leaf.raw, 'md5').toString('hex'), 'certificate-md5', /MD5/],
    [
      'the bare point of an EC key',
      () => digest(spki().subarray(-65)).toString('base64'),
      'bare-key',
      /bare key of a\.test, without its algorithm/,
    ],
    [
      'hex put into base64',
      () => Buffer.from(digest(leaf.raw).toString('hex')).toString('base64'),
      'text-of-digest',
      /encoded once more/,
    ],
    [
      'the key’s base64 put into hex',
      () => Buffer.from(digest(spki()).toString('base64')).toString('hex'),
      'text-of-digest',
      /digest of the key, encoded once more/,
    ],
  ])('%s', async (_what, pin, matched, words) => {
    const verdict = await check(pin());
    expect(verdict).toMatchObject({ exitCode: 1, isMatch: false, matched });
    expect(verdict['detail']).toMatch(words);
    expect(verdict['hint']).toEqual(expect.stringMatching(/\S/));
  });

  it('what Node calls cert.pubkey of an RSA key is its SPKI, and matches', async () => {
    const rsa = new X509Certificate(desk.read('r.pem'));
    const { pubkey } = rsa.toLegacyObject() as unknown as { pubkey: Buffer };
    expect(await check(digest(pubkey).toString('base64'), 'r.pem')).toMatchObject({
      exitCode: 0,
      matched: 'public-key',
    });
  });

  it('what OpenSSL digests when its input was text', async (context) => {
    requirePrograms(context, ['openssl']);
    const { stdout } = await runOrThrow([programPath('openssl'), 'dgst', '-sha256', '-r', desk.path('a.pem')]);
    expect(await check(stdout.slice(0, 64))).toMatchObject({ exitCode: 1, matched: 'file' });
  });
});

it.each([
  ['the digest of nothing', digest('').toString('hex'), /digest of nothing/],
  ['another SHA-1', digest('other', 'sha1').toString('hex'), /SHA-1/],
  ['31 bytes', 'ab'.repeat(31), /31 bytes/],
  ['a prefix of the pin', 'ab'.repeat(4), /4 bytes/],
])('%s is refused as no pin', async (_what, pin, words) => {
  const refusal = await desk.refusal(['pin', 'a.pem', '--check', pin]);
  expect(refusal).toMatchObject({ exitCode: 1, code: 'PIN_INVALID', message: expect.stringMatching(words) as string });
});

it('says in words what to compare instead', async () => {
  const { stdout, exitCode } = await desk.run(['pin', 'a.pem', '--check', leaf.fingerprint]);
  expect(exitCode).toBe(1);
  expect(stdout).toBe(
    `  ✗ the pin is the SHA-1 of the certificate of a.test\n    fix  compare the SHA-256 of the certificate: ${leaf.fingerprint256}\n`,
  );
});

describe('a server', () => {
  const folder = scratchFolder('pin-check');
  const servers: PinnedServer[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.stop())));
  const serve = async (pair: ServedPair): Promise<string> => {
    const server = await PinnedServer.start(pair);
    servers.push(server);
    return `localhost:${server.port}`;
  };
  const pinOf = async (file: string, format: string): Promise<string> =>
    (await desk.runOrThrow(['pin', file, '--format', format, '--value'])).stdout.trim();

  it('is known by its own certificate alone: a pinned CA that is sent along says nothing, forged leaf or not', async () => {
    const [ours, theirs] = ['ours', 'theirs'].map((name) => createPinAuthority(folder, name));
    if (ours === undefined || theirs === undefined) return expect.fail();
    const honest = await serve(createServed(folder, 'honest', { by: ours }));
    const forged = await serve(createServed(folder, 'forged', { by: { ...ours, key: theirs.key } }));
    const issuerPin = await pinOf(ours.issuerFile, 'spki-hex');
    for (const target of [honest, forged]) {
      const verdict = await check(issuerPin, target);
      expect(verdict).toMatchObject({ exitCode: 1, isMatch: false, matched: 'sent-along' });
      expect(verdict['detail']).toContain('as anybody can');
    }
    expect(await check(await pinOf(join(folder, 'honest.pem'), 'curl'), honest)).toMatchObject({ exitCode: 0 });
  });

  it('is not taken for the pinned one when its leaf only names it as its issuer', async () => {
    const { pair, pinnedFile } = await createForgery(folder);
    const target = await serve(pair);
    for (const format of ['curl', 'cert-hex'])
      expect(await check(await pinOf(pinnedFile, format), target)).toMatchObject({ exitCode: 1, isMatch: false });
  });

  it('that does not match is told among others that do', async () => {
    const [one, two] = ['one', 'two'].map((name) => createServed(folder, name));
    if (one === undefined || two === undefined) return expect.fail();
    const targets = [await serve(one), await serve(two)];
    const pin = await pinOf(one.certFile, 'curl');
    const { exitCode, stdout } = await desk.run(['pin', ...targets, '--check', pin, '--json']);
    const printed = JSON.parse(stdout) as Printed;
    expect({ exitCode, ...printed }).toMatchObject({ exitCode: 1, isMatch: false });
    expect(printed['targets']).toMatchObject([
      { target: targets[0], isMatch: true },
      { target: targets[1], isMatch: false },
    ]);
    const text = await desk.run(['pin', ...targets, '--check', pin]);
    expect(text.stdout).toContain(`✗ ${targets[1] ?? ''}: `);
  });
});

it('knows the pin of the spare that was made in advance', async () => {
  await desk.json(['self-signed', 'spare.test', '--cert-file', 'sp.pem', '--key-file', 'sp.key']);
  const printed = await desk.json(['pin', 'sp.pem', '--backup', 'sp-spare.pem']);
  const [target] = printed['targets'] as readonly Printed[];
  const spare = String(target?.['backupSpkiSha256Base64']);
  expect(await check(`sha256//${spare}`, 'sp.pem')).toMatchObject({ exitCode: 0, isMatch: true, matched: 'spare' });
});

it('counts every certificate of a file, related or not', async () => {
  desk.write('two.pem', desk.read('a.pem') + desk.read('r.pem'));
  const other = digest(new X509Certificate(desk.read('r.pem')).raw).toString('hex');
  expect(await check(other, 'two.pem')).toMatchObject({ exitCode: 0, matched: 'certificate' });
});
