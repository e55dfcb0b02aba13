/**
 * @module Keys: their types, the one on disk that a new certificate keeps so that its pin lives on, and keys of the user.
 */
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { deskMaker, type Printed } from './desk.ts';
import { isPair, openssl, readLeaf } from './minted-facts.ts';
import { requirePrograms } from '../programs/program.ts';

const newDesk = deskMaker('mint-keys');

const pinOf = (printed: Printed): unknown => (printed['pins'] as Printed)['spkiSha256Base64'];

describe('--key', () => {
  const desk = newDesk();

  it.each([
    ['ecdsa-p256', 'ec', { namedCurve: 'prime256v1' }],
    ['ecdsa-p384', 'ec', { namedCurve: 'secp384r1' }],
    ['ed25519', 'ed25519', {}],
    ['rsa-2048', 'rsa', { modulusLength: 2048 }],
    ['rsa-3072', 'rsa', { modulusLength: 3072 }],
  ] as const)('%s makes such a certificate, and such a key file', async (type, asymmetricKeyType, details) => {
    await desk.json(['a.test', '--key', type, '--out', type]);
    const { publicKey } = readLeaf(desk.path(`${type}/a.test.pem`));
    expect(publicKey.asymmetricKeyType).toBe(asymmetricKeyType);
    expect(publicKey.asymmetricKeyDetails ?? {}).toMatchObject(details);
    expect(isPair(desk.path(`${type}/a.test.pem`), desk.path(`${type}/a.test-key.pem`))).toBe(true);
    expect(desk.read(`${type}/a.test-key.pem`)).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    if (type === 'rsa-3072') return; // one such key is slow enough
    const { keyType } = await desk.json(['key', '--key', type, '--out', `${type}/bare.key`]);
    expect([keyType, desk.mode(`${type}/bare.key`)]).toEqual([type, 0o600]);
  });
});

describe('minting again', () => {
  it('keeps the key and its pin, changes the certificate, and says so', async () => {
    const desk = newDesk();
    const first = await desk.json(['a.test']);
    const key = desk.read('a.test-key.pem');
    const second = await desk.json(['a.test']);
    expect([first['isKeyKept'], second['isKeyKept']]).toEqual([false, true]);
    expect(pinOf(second)).toBe(pinOf(first));
    expect(second['serialHex']).not.toBe(first['serialHex']);
    expect(desk.read('a.test-key.pem')).toBe(key);
    expect((await desk.runOrThrow(['a.test'])).stdout).toMatch(/key .*kept/);
  });

  it('with --new-key or another type of key makes a new one', async () => {
    const desk = newDesk();
    const pins = new Set([
      pinOf(await desk.json(['a.test'])),
      pinOf(await desk.json(['a.test', '--new-key'])),
      pinOf(await desk.json(['a.test', '--key', 'ed25519'])),
    ]);
    expect(pins.size).toBe(3);
    expect(isPair(desk.path('a.test.pem'), desk.path('a.test-key.pem'))).toBe(true);
  });

  it('does not keep a key that others could read', async () => {
    const desk = newDesk();
    const first = await desk.json(['a.test']);
    chmodSync(desk.path('a.test-key.pem'), 0o644);
    expect(pinOf(await desk.json(['a.test']))).not.toBe(pinOf(first));
    expect(desk.mode('a.test-key.pem')).toBe(0o600);
  });
});

describe('--reuse-key', () => {
  const desk = newDesk();

  it('certifies that key, in any common form, and leaves its file alone', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    for (const type of ['pkcs8', 'sec1'] as const) {
      const pem = privateKey.export({ type, format: 'pem' }).toString();
      desk.write(`${type}.pem`, pem);
      await desk.json(['a.test', '--reuse-key', `${type}.pem`, '--out', type]);
      expect(isPair(desk.path(`${type}/a.test.pem`), desk.path(`${type}.pem`))).toBe(true);
      expect(desk.read(`${type}.pem`)).toBe(pem);
    }
  });

  it('in its own place writes the certificate beside it', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    desk.write('own.key', pem);
    await desk.json(['b.test', '--reuse-key', 'own.key', '--key-file', 'own.key']);
    expect(desk.read('own.key')).toBe(pem);
    expect(isPair(desk.path('b.test.pem'), desk.path('own.key'))).toBe(true);
  });

  it('refuses what is missing, is no key, or is too weak', async () => {
    desk.write(
      'weak.key',
      generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
    );
    desk.write('empty.key', '');
    const codes = [];
    for (const file of ['gone.key', 'empty.key', 'weak.key']) {
      const { exitCode, code } = await desk.refusal(['c.test', '--reuse-key', file]);
      codes.push([exitCode, code]);
    }
    expect(codes).toEqual([
      [1, 'FILE_NOT_FOUND'],
      [1, 'INPUT_EMPTY'],
      [1, 'PUBLIC_KEY_WEAK'],
    ]);
    expect(desk.has('c.test.pem')).toBe(false);
  });
});

it('key writes to stdout without --out, encrypts with a passphrase that OpenSSL takes, and never overwrites', async (context) => {
  requirePrograms(context, ['openssl']);
  const desk = newDesk();
  const { stdout } = await desk.runOrThrow(['key']);
  expect(stdout).toMatch(/^-----BEGIN PRIVATE KEY-----\n[^-]+-----END PRIVATE KEY-----\n$/);
  desk.write('pass.txt', 'correct horse\n');
  await desk.json(['key', '--out', 'k.pem', '--passphrase-file', 'pass.txt']);
  expect(desk.read('k.pem')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
  await openssl(['pkey', '-in', 'k.pem', '-passin', 'file:pass.txt', '-noout'], { cwd: desk.folder });
  const kept = desk.read('k.pem');
  expect(await desk.refusal(['key', '--out', 'k.pem'])).toMatchObject({ exitCode: 1, code: 'FILE_EXISTS' });
  expect(desk.read('k.pem')).toBe(kept);
  expect(desk.has('../home')).toBe(false);
});
