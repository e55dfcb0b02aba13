/**
 * @module Key stores that `mintmark keystore` writes, opened by programs of others: the same chain in the same order, the alias, the key;
 * and by no other password.
 */
import { createServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../clients/throwaway-server.ts';
import { countingKeytool } from '../programs/java.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run, runOrThrow } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { READERS, type Locked, type StoreReader } from './readers.ts';
import { ALIAS, StoreScene } from './scene.ts';

const PASSWORD = 'Ch4nge it, "please"! 100%';
const BEYOND_ASCII = 'pä55 €wörd';
const BEYOND_BMP = 'pä55 🔑wörd';
const scene = new StoreScene(scratchFolder('key-stores'));
const { desk } = scene;

/** From certificates of P-256 and of RSA. */
const KEYS = ['ecdsa-p256', 'rsa-2048', 'ed25519'] as const;
beforeAll(async () => {
  for (const key of KEYS)
    await desk.json([
      'localhost',
      '127.0.0.1',
      '--key',
      key,
      '--cert-file',
      `${key}.pem`,
      '--key-file',
      `${key}-key.pem`,
    ]);
});

const words = (key: string, ...options: readonly string[]) => ['--cert', `${key}.pem`, '--alias', ALIAS, ...options];

describe.each([
  { kind: 'modern, P-256', key: 'ecdsa-p256', isLegacy: false },
  { kind: 'modern, RSA', key: 'rsa-2048', isLegacy: false },
  { kind: 'legacy, P-256', key: 'ecdsa-p256', isLegacy: true },
  { kind: 'legacy, RSA', key: 'rsa-2048', isLegacy: true },
])('$kind', ({ kind, key, isLegacy }) => {
  let store: Locked;
  beforeAll(async () => {
    store = await scene.make(`${kind}.p12`, PASSWORD, words(key, ...(isLegacy ? ['--legacy'] : [])));
  });

  for (const reader of READERS) {
    const isOpened = reader.opens?.({ isLegacy, isTrustStore: false }) ?? true;
    it(`${isOpened ? 'opens by its password alone in' : 'is refused by'} ${reader.name}`, async (context) => {
      await scene.require(context, reader);
      const found = await reader.read(store);
      if (!isOpened) return expect(found).toBeUndefined();
      expect(found?.hasKey).toBe(true);
      if (found?.certificates !== undefined) expect(found.certificates).toEqual(scene.digests(desk.path(`${key}.pem`)));
      expect(new Set(found?.names)).toEqual(new Set(reader.tellsNames === false ? [] : [ALIAS]));
      for (const wrong of [PASSWORD.slice(0, -1), 'changeit'])
        expect(await reader.read(scene.withPassword(store, wrong)), wrong).toBeUndefined();
    });
  }
});

describe.each([
  { kind: 'modern', options: [], isLegacy: false },
  { kind: 'legacy', options: ['--legacy'], isLegacy: true },
])('a $kind store with a password beyond ASCII', ({ kind, options, isLegacy }) => {
  const fits = (reader: StoreReader): boolean => reader.opens?.({ isLegacy, isTrustStore: false }) ?? true;
  for (const reader of READERS.filter((each) => each.passwords !== 'ASCII' && fits(each)))
    it(`opens in ${reader.name}`, async (context) => {
      await scene.require(context, reader);
      const password = reader.passwords === 'BMP' ? BEYOND_ASCII : BEYOND_BMP;
      const file = `${kind}-${reader.passwords ?? 'any'}.p12`;
      const store = await scene.make(file, password, words('ecdsa-p256', ...options));
      expect((await reader.read(store))?.hasKey).toBe(true);
      expect(await reader.read(scene.withPassword(store, password.slice(1)))).toBeUndefined();
    });
});

it('Java 17 takes no password beyond ASCII, from OpenSSL neither', async (context) => {
  requirePrograms(context, ['openssl', 'java']);
  const { output } = await run([programPath('java'), '-version']);
  if (!/version "(?:1[0-7]|[89])\b/.test(output)) context.skip('this Java is newer');
  const store = await scene.make('for-java.p12', BEYOND_ASCII, words('ecdsa-p256'));
  const theirs = ['pkcs12', '-export', '-in', 'ecdsa-p256.pem', '-inkey', 'ecdsa-p256-key.pem', '-out', 'theirs.p12'];
  await runOrThrow([programPath('openssl'), ...theirs, '-passout', `file:${store.passwordFile}`], {
    cwd: desk.folder,
  });
  for (const file of [store.file, desk.path('theirs.p12')])
    for (const reader of READERS.filter(({ passwords }) => passwords === 'ASCII'))
      expect(await reader.read({ ...store, file }), reader.name).toBeUndefined();
});

it('an Ed25519 key signs in Java and opens in OpenSSL', async (context) => {
  const store = await scene.make('ed25519.p12', PASSWORD, words('ed25519'));
  for (const reader of READERS.filter(({ name }) => ['OpenSSL', 'Java, signing with the key'].includes(name))) {
    await scene.require(context, reader);
    expect(await reader.read(store), reader.name).toMatchObject({
      hasKey: true,
      certificates: scene.digests(desk.path('ed25519.pem')),
    });
  }
});

it.each(['modern', 'legacy'])(
  'Node serves with a %s store, issuer included: curl accepts it by the root alone',
  async (kind) => {
    const isLegacy = kind === 'legacy';
    const { file } = await scene.make(
      `served-${kind}.p12`,
      PASSWORD,
      words('ecdsa-p256', ...(isLegacy ? ['--legacy'] : [])),
    );
    const paths: (string | undefined)[] = [];
    const server = createServer({ pfx: readFileSync(file), passphrase: PASSWORD }, (request, response) => {
      paths.push(request.url);
      response.end('served\n');
    });
    const port = await listen(server, 0, '127.0.0.1');
    try {
      const { rootFile } = await desk.json(['ca', 'show']);
      const stranger = await desk.json(['ca', 'show'], { home: await strangersHome() });
      const visit = (path: string, root: unknown) => {
        const options = ['-q', '-sS', '--noproxy', '*', '--capath', '/nowhere', '--cacert', String(root)];
        return run([programPath('curl'), ...options, `https://localhost:${port}${path}`]);
      };
      expect(await visit('/honest', rootFile)).toMatchObject({ exitCode: 0, stdout: 'served\n' });
      expect((await visit('/stranger', stranger['rootFile'])).exitCode).toBe(60);
      expect(paths).toEqual(['/honest']);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
);

async function strangersHome(): Promise<string> {
  const home = desk.path('stranger');
  await desk.json(['localhost', '--out', 'strange'], { home });
  return home;
}

describe('what others make of our store', () => {
  const again = async (file: string, password: string): Promise<void> => {
    const old = desk.write('their.password', `${password}\n`);
    const store = await scene.make('again.p12', PASSWORD, ['--cert', file, '--passphrase-file', old, '--force']);
    for (const reader of READERS.filter(({ name }) => name === 'OpenSSL'))
      expect(await reader.read(store)).toEqual({
        hasKey: true,
        certificates: scene.digests(desk.path('ecdsa-p256.pem')),
        names: [ALIAS, ALIAS],
      });
  };

  it.each(['modern', 'legacy'])(
    'keytool -importkeystore of a %s one comes back whole, with its alias',
    async (kind) => {
      const context = { skip: expect.fail } as never;
      requirePrograms(context, ['keytool', 'openssl']);
      const isLegacy = kind === 'legacy';
      const { file } = await scene.make(
        `to-java-${kind}.p12`,
        'changeit',
        words('ecdsa-p256', ...(isLegacy ? ['--legacy'] : [])),
      );
      const from = ['-srckeystore', file, '-srcstorepass:env', 'P12_PASSWORD'];
      const to = [
        '-destkeystore',
        `java-${kind}.p12`,
        '-deststoretype',
        'PKCS12',
        '-deststorepass:env',
        'P12_PASSWORD',
      ];
      await runOrThrow(countingKeytool('-importkeystore', ...from, ...to), {
        cwd: desk.folder,
        env: { P12_PASSWORD: 'changeit' },
      });
      await again(`java-${kind}.p12`, 'changeit');
    },
  );

  it('pk12util -o, out of a database that ours was put into', async (context) => {
    requirePrograms(context, ['pk12util', 'certutil', 'openssl']);
    const { file, passwordFile } = await scene.make('to-nss.p12', PASSWORD, words('ecdsa-p256'));
    const database = ['-d', `sql:${desk.folder}`];
    await runOrThrow([programPath('certutil'), '-N', ...database, '--empty-password']);
    await runOrThrow([programPath('pk12util'), '-i', file, ...database, '-w', passwordFile, '-K', '']);
    const out = ['-o', desk.path('nss.p12'), '-n', ALIAS, '-w', passwordFile, '-K', ''];
    await runOrThrow([programPath('pk12util'), ...out, ...database]);
    await again('nss.p12', PASSWORD);
  });
});
