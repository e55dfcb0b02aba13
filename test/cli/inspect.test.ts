/**
 * @module `inspect`: certificates, chains, requests, keys and running servers in words and as facts.
 */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ThrowawayServers } from '../clients/throwaway-server.ts';
import { deskMaker, type Printed } from './desk.ts';
import { readCertificates, readLeaf } from './minted-facts.ts';

const desk = deskMaker('inspect')();
const servers = new ThrowawayServers();
afterAll(() => servers.close());

beforeAll(async () => {
  await desk.json(['a.test', '127.0.0.1', '--cert-file', 'a.pem', '--key-file', 'a.key']);
});

async function inspected(target: string, ...words: readonly string[]): Promise<readonly Printed[]> {
  const { objects } = await desk.json(['inspect', target, ...words]);
  return objects as readonly Printed[];
}

it('tells a chain certificate by certificate, and who signed what', async () => {
  const [leaf, issuer, ...others] = await inspected('a.pem');
  const [first] = readCertificates(desk.path('a.pem'));
  expect(others).toEqual([]);
  expect(leaf).toMatchObject({
    kind: 'certificate',
    names: [
      { kind: 'dns', text: 'a.test' },
      { kind: 'ip', text: '127.0.0.1' },
    ],
    serialHex: first?.serialNumber.toLowerCase(),
    isCa: false,
    signedByIndex: 1,
    daysLeft: 397,
    extendedKeyUsage: ['serverAuth'],
  });
  expect(issuer).toMatchObject({ isCa: true, pathLength: 0, signedByIndex: null });
  expect(issuer?.['nameConstraints']).toMatchObject({
    permitted: expect.arrayContaining([{ kind: 'dns', text: 'test' }]) as unknown,
  });
  const { stdout } = await desk.runOrThrow(['inspect', 'a.pem']);
  expect(stdout).toMatch(/names +a\.test, 127\.0\.0\.1/);
  expect(stdout).toMatch(/signed by +certificate 2 of this file/);
  expect(stdout).toMatch(/expires +\d+ [A-Z][a-z]+ \d{4} \(397 days\)/);
});

it('takes DER and stdin', async () => {
  desk.write('a.der', readLeaf(desk.path('a.pem')).raw);
  expect(await inspected('a.der')).toMatchObject([{ kind: 'certificate', isCa: false }]);
  const { objects } = await desk.json(['inspect', '-'], { input: desk.read('a.pem') });
  expect(objects).toHaveLength(2);
});

it('tells a request, and whether its key signed it', async () => {
  await desk.json(['csr', 'b.test', '--subject', 'O=Us, CN=b.test']);
  expect(await inspected('b.test.csr')).toMatchObject([
    { kind: 'csr', subject: 'O=Us, CN=b.test', names: [{ text: 'b.test' }], isPossessionProven: true, isCa: false },
  ]);
});

it('tells keys: private, public, encrypted, and ones too weak or too odd to certify', async () => {
  desk.write('pass.txt', 'secret\n');
  await desk.json(['key', '--out', 'locked.key', '--passphrase-file', 'pass.txt']);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
  desk.write('weak.key', rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }));
  desk.write('a.pub', readLeaf(desk.path('a.pem')).publicKey.export({ type: 'spki', format: 'pem' }));
  expect(await inspected('a.key')).toMatchObject([
    { kind: 'key', isPrivate: true, isEncrypted: false, key: 'ECDSA P-256' },
  ]);
  expect(await inspected('a.pub')).toMatchObject([{ kind: 'key', isPrivate: false }]);
  expect(await inspected('locked.key', '--passphrase-file', 'pass.txt')).toMatchObject([
    { isPrivate: true, isEncrypted: true },
  ]);
  expect(await inspected('weak.key')).toMatchObject([
    { isPrivate: true, key: expect.stringContaining('1024') as unknown },
  ]);
  expect(await desk.refusal(['inspect', 'locked.key'])).toMatchObject({ exitCode: 1, code: 'PASSPHRASE_NEEDED' });
});

it('never shows a private key', async () => {
  const body = desk.read('a.key').split('\n')[1] ?? '';
  for (const words of [
    ['inspect', 'a.key'],
    ['inspect', 'a.key', '--json'],
    ['pin', 'a.key', '--json', '--verbose'],
  ]) {
    const { output } = await desk.runOrThrow(words);
    expect(output).not.toContain('PRIVATE KEY-----');
    expect(output).not.toContain(body);
  }
});

it('tells what a running server sends', async () => {
  const port = await servers.serve({ certFile: desk.path('a.pem'), keyFile: desk.path('a.key') });
  const objects = await inspected(`localhost:${port}`);
  expect(objects).toMatchObject([
    { names: [{ text: 'a.test' }, { text: '127.0.0.1' }], signedByIndex: 1 },
    { isCa: true },
  ]);
  expect((await desk.refusal(['inspect', 'no-such-host.invalid:443'])).code).toBe('CONNECT_FAILED');
});

it('does not repeat the password of an address', async () => {
  const refused = await desk.refusal(['inspect', 'https://user:geheim@localhost:8443']);
  expect(refused).toMatchObject({ exitCode: 2, code: 'SERVER_ADDRESS_INVALID' });
  expect(JSON.stringify(refused)).not.toContain('geheim');
});
