/** @module Trust stores that `mintmark keystore --trust` writes: what programs find in them, and whom Java then believes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, afterAll, describe, expect, it, type TestContext } from 'vitest';
import { forge } from '../clients/forge.ts';
import { createMintedAuthority, type MintingAuthority } from '../clients/minted-authority.ts';
import { ThrowawayServers } from '../clients/throwaway-server.ts';
import { countingJava, jdkCommand } from '../programs/java.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run, runOrThrow } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { READERS, sourceFile, type Locked } from './readers.ts';
import { StoreScene } from './scene.ts';

const PASSWORD = 'changeit';
const BANK = 'bank.example.com';
const folder = scratchFolder('trust-store-files');
const scene = new StoreScene(folder);
const { desk } = scene;
const servers = new ThrowawayServers();

let authority: MintingAuthority;
let port: number;
let forgedPort: number;
let strangerHome: string;

beforeAll(async () => {
  const place = subfolder(folder, 'authority');
  authority = await createMintedAuthority(place);
  port = await servers.serve(await authority.mint(['localhost'], 'ecdsa-p256'));
  const forgery = { id: 'bank', title: 'a foreign name', host: BANK, altName: `DNS:${BANK}` };
  forgedPort = await servers.serve(await forge(subfolder(folder, 'forged'), authority, forgery));
  desk.write('hosts', `127.0.0.1 localhost ${BANK}\n`);
  strangerHome = desk.path('stranger-home');
  await desk.json(['localhost', '--out', 'strange'], { home: strangerHome });
});
afterAll(() => servers.close());

describe.each([
  { kind: 'modern', isLegacy: false },
  { kind: 'legacy', isLegacy: true },
])('$kind', ({ kind, isLegacy }) => {
  let store: Locked;
  beforeAll(async () => {
    const options = isLegacy ? ['--legacy'] : [];
    store = await scene.make(`${kind}.p12`, PASSWORD, [
      '--trust',
      '--cert',
      authority.rootFile,
      '--alias',
      'our-root',
      ...options,
    ]);
  });

  for (const reader of READERS) {
    const isOpened = reader.opens?.({ isLegacy, isTrustStore: true }) ?? true;
    if (!isOpened && !reader.name.startsWith('Go')) continue;
    it(`${isOpened ? 'opens in' : 'is refused by'} ${reader.name}`, async (context) => {
      await scene.require(context, reader);
      const found = await reader.read(store);
      if (!isOpened) return expect(found).toBeUndefined();
      expect(found).toEqual({
        certificates: scene.digests(authority.rootFile),
        names: reader.tellsNames === false ? [] : ['our-root'],
        hasKey: false,
      });
      expect(await reader.read(scene.withPassword(store, 'changeme'))).toBeUndefined();
    });
  }

  it('makes Java believe our server, and no other store does', async (context) => {
    requireJava(context);
    expect(await visit('localhost', port, store.file)).toBe(true);
    const others = [
      await scene.make(`strange-${kind}.p12`, PASSWORD, ['--trust', '--home', strangerHome]),
      await withoutAttribute(store, kind),
    ];
    for (const { file } of others) expect(await visit('localhost', port, file), file).toBe(false);
  });
});

/** The same certificate in a file of OpenSSL, which in this version has no way to mark an anchor. */
async function withoutAttribute(store: Locked, kind: string): Promise<Locked> {
  const file = desk.path(`unmarked-${kind}.p12`);
  const options = ['pkcs12', '-export', '-nokeys', '-in', authority.rootFile, '-name', 'our-root', '-out', file];
  await runOrThrow([programPath('openssl'), ...options, '-passout', `file:${store.passwordFile}`]);
  return { ...store, file };
}

let count = 0;

/** Whether Java visits a server with this trust store. Its word and the server's log must say the same. */
async function visit(host: string, toPort: number, trustStore: string): Promise<boolean> {
  const path = `/visit-${++count}`;
  const properties = {
    'javax.net.ssl.trustStore': trustStore,
    'javax.net.ssl.trustStoreType': 'PKCS12',
    'javax.net.ssl.trustStorePassword': PASSWORD,
    'jdk.net.hosts.file': desk.path('hosts'),
  };
  const options = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`);
  if (!existsSync(join(folder, 'VisitServer.class')))
    await runOrThrow(jdkCommand('javac', '-d', folder, sourceFile('VisitServer.java')));
  const url = `https://${host}:${toPort}${path}`;
  const { exitCode, output } = await run(countingJava(...options, '-cp', folder, 'VisitServer', url));
  const isAccepted = exitCode === 0 && output.includes('status 200');
  expect(servers.saw(path), output).toBe(isAccepted);
  if (!isAccepted) expect(output).toMatch(/SSLHandshakeException|trustAnchors parameter must be non-empty/);
  return isAccepted;
}

it('several anchors are several entries to Java', async (context) => {
  const java = READERS.find(({ name }) => name === 'keytool');
  if (java === undefined) return expect.fail();
  await scene.require(context, java);
  const all = await Promise.all(
    ['one.test', 'two.test'].map(async (name) => {
      await desk.json(['self-signed', name]);
      return desk.read(`${name}.pem`);
    }),
  );
  desk.write('several.pem', all.join(''));
  const store = await scene.make('several.p12', PASSWORD, ['--trust', '--cert', 'several.pem', '--alias', 'Same']);
  const found = await java.read(store);
  expect([...(found?.names ?? [])].sort()).toEqual(['same', 'same-2']);
  expect([...(found?.certificates ?? [])].sort()).toEqual(scene.digests(desk.path('several.pem')).sort());
});

/** What the command warns of, and why the root is what it takes by itself. */
it('Java holds our stolen key to its scope below the root, and not where the issuer itself is trusted', async (context) => {
  requireJava(context);
  const root = await scene.make('by-root.p12', PASSWORD, ['--trust', '--cert', authority.rootFile]);
  expect(await visit(BANK, forgedPort, root.file)).toBe(false);
  const issuer = await scene.make('by-issuer.p12', PASSWORD, ['--trust', '--cert', authority.issuer.certFile]);
  expect(await visit(BANK, forgedPort, issuer.file)).toBe(true);
});

const requireJava = (context: TestContext): void => requirePrograms(context, ['java', 'javac', 'openssl']);
