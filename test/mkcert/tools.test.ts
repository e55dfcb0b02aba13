/**
 * @module The tools that call mkcert, played with each program: the words they say, the files they look for and what they make of them.
 * The sequences are those of Next.js (`next dev --experimental-https`), vite-plugin-mkcert, DDEV and of container entry points.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run, type RunResult } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import {
  createPlace,
  Mkcerts,
  NO_STORES,
  PROGRAMS,
  ReadyCaroots,
  RELEASE_NAME,
  requireProgram,
  type Place,
  type ProgramName,
} from './programs.ts';
import { requestPem } from './requests.ts';

const folder = scratchFolder('mkcert-tools');
const mkcerts = new Mkcerts(folder);
const caroots = new ReadyCaroots(mkcerts, folder);
let count = 0;
const newPlace = (): Place => createPlace(folder, `place-${++count}`);

/** A certificate file verifies below the roots of `rootCA.pem`, as a server would send it. */
async function verify(place: Place, certFile: string, ...flags: readonly string[]): Promise<RunResult> {
  const roots = join(place.caroot, 'rootCA.pem');
  return run([programPath('openssl'), 'verify', ...flags, '-CAfile', roots, '-untrusted', certFile, certFile]);
}

async function expectTrusted(place: Place, certFile: string, host: string): Promise<void> {
  const result = await verify(place, certFile, '-purpose', 'sslserver', '-verify_hostname', host);
  expect(result.exitCode, result.output).toBe(0);
}

function expectPair(certFile: string, keyFile: string): void {
  const certificate = new X509Certificate(readFileSync(certFile));
  expect(certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile)))).toBe(true);
}

describe.concurrent.each(PROGRAMS)('%s', (program: ProgramName) => {
  const call = (words: readonly string[], place: Place, env: NodeJS.ProcessEnv = {}) =>
    mkcerts.runOrThrow(program, words, place, { env });

  it('serves Next.js: one command for CA and files, then the folder of the root', async (context) => {
    requireProgram(context, program);
    requirePrograms(context, ['openssl']);
    const place = newPlace();
    const certificates = subfolder(place.work, 'certificates');
    const [key, cert] = ['localhost-key.pem', 'localhost.pem'].map((name) => join(certificates, name)) as [
      string,
      string,
    ];
    const hosts = ['localhost', '127.0.0.1', '::1'];
    await call(['-install', '-key-file', key, '-cert-file', cert, ...hosts], place);
    const rootCA = `${(await call(['-CAROOT'], place)).stdout.trim()}/rootCA.pem`;
    expect(existsSync(rootCA)).toBe(true);
    if (program === 'mintmark') {
      const release = [process.execPath, join(mkcerts.binFolder, RELEASE_NAME), '-CAROOT'];
      const { stdout } = await run(release, { env: { HOME: place.home, CAROOT: place.caroot } });
      expect(stdout).toBe(`${place.caroot}\n`);
    }
    expectPair(cert, key);
    expect(new X509Certificate(readFileSync(cert)).checkHost('localhost')).toBe('localhost');
    await expectTrusted(place, cert, 'localhost');
    // Another host than before: the same files are made anew.
    await call(['-install', '-key-file', key, '-cert-file', cert, ...hosts, 'my-app.dev'], place);
    expectPair(cert, key);
    await expectTrusted(place, cert, 'my-app.dev');
    for (const host of ['localhost', 'my-app.dev']) {
      const served = await run([process.execPath, '-e', VISIT, cert, key, host], {
        env: { NODE_EXTRA_CA_CERTS: rootCA },
      });
      expect(served.stdout, served.output).toBe(`200 ${host}`);
    }
    const untrusting = await run([process.execPath, '-e', VISIT, cert, key, 'localhost']);
    expect(untrusting.stdout).not.toContain('200');
  });

  it('serves vite-plugin-mkcert: the CA goes into a folder of its own, and signs there', async (context) => {
    requireProgram(context, program);
    requirePrograms(context, ['openssl']);
    const place = newPlace();
    await caroots.copyTo(program, place);
    await call(['-install'], place);
    const savePath = subfolder(place.home, '.vite-plugin-mkcert');
    const caroot = resolve((await call(['-CAROOT'], place)).stdout.trim());
    if (!readdirSync(savePath).some((name) => name.includes('rootCA'))) cpSync(caroot, savePath, { recursive: true });
    const own = { ...place, caroot: savePath };
    const [key, cert] = [join(savePath, 'dev.pem'), join(savePath, 'cert.pem')];
    for (const hosts of [
      ['localhost', '::1', '127.0.0.1'],
      ['localhost', 'a.test'],
    ]) {
      await call(['-install', '-key-file', key, '-cert-file', cert, ...hosts], own);
      expectPair(cert, key);
      await expectTrusted(place, cert, hosts[0] ?? ''); // the root of the folder that it was copied from
    }
  });

  it('serves DDEV: both files of the CA are there to read, and its names are certified', async (context) => {
    requireProgram(context, program);
    requirePrograms(context, ['openssl']);
    const place = newPlace();
    await caroots.copyTo(program, place);
    await call(['-install'], place);
    const caroot = (await call(['-CAROOT'], place)).stdout.replace(/[\r\n]+$/, '');
    for (const name of ['rootCA.pem', 'rootCA-key.pem'])
      expect(readFileSync(join(caroot, name), 'utf8')).toContain('-----BEGIN');
    const certs = subfolder(place.work, 'traefik/certs');
    const [cert, key] = [join(certs, 'site.crt'), join(certs, 'site.key')];
    for (let start = 1; start <= 2; start++) {
      await call(['--cert-file', cert, '--key-file', key, ...DDEV_NAMES, 'site.ddev.site'], place);
      expectPair(cert, key);
      await expectTrusted(place, cert, 'site.ddev.site');
      // DDEV marks what it may make anew.
      for (const file of [cert, key]) writeFileSync(file, `#ddev-generated\n${readFileSync(file, 'utf8')}`);
    }
  });

  it('serves programs that ask first whether there is a CA', async (context) => {
    requireProgram(context, program);
    const place = newPlace();
    const isReady = async (): Promise<boolean> => {
      const { stdout } = await call(['-CAROOT'], place);
      return ['rootCA.pem', 'rootCA-key.pem'].every((name) => existsSync(join(stdout.trim(), name)));
    };
    expect(await isReady()).toBe(false);
    await call(['-install'], place);
    expect(await isReady()).toBe(true);
    expect((await call(['-help'], place)).stdout).toContain('mkcert');
    expect((await call(['-version'], place)).stdout).toMatch(/^v?1\.4\.4\n$/);
  });

  it('serves an entry point that installs unheard and names files as certbot does', async (context) => {
    requireProgram(context, program);
    requirePrograms(context, ['openssl']);
    const place = newPlace();
    const live = subfolder(place.work, 'certs/live/localhost');
    const line =
      `CAROOT="$PWD/caroot" mkcert -install 2>/dev/null; CAROOT="$PWD/caroot" mkcert -key-file=${live}/privkey.pem ` +
      `-cert-file=${live}/fullchain.pem localhost www.localhost api.localhost`;
    const bin = program === 'mkcert' ? '/usr/bin' : mkcerts.binFolder;
    const path = `${bin}:${process.env['PATH'] ?? ''}`;
    const env = { ...NO_STORES, HOME: place.home, PATH: path, JAVA_HOME: undefined, XDG_DATA_HOME: undefined };
    const { exitCode, output } = await run(['sh', '-euc', line], { cwd: place.work, env });
    expect(exitCode, output).toBe(0);
    await expectTrusted({ ...place, caroot: join(place.work, 'caroot') }, join(live, 'fullchain.pem'), 'api.localhost');
  });

  it('writes to what is no file', async (context) => {
    requireProgram(context, program);
    const place = newPlace();
    await caroots.copyTo(program, place);
    // Links and a pipe of the test's own: a program that put a file in the place of a device would hurt the machine.
    symlinkSync('/proc/self/fd/1', join(place.work, 'stdout'));
    symlinkSync('/dev/null', join(place.work, 'null'));
    await run(['mkfifo', join(place.work, 'fifo')]);
    const pipe = (line: string, ...words: readonly string[]) => {
      const command = [...mkcerts.command(program), ...words];
      const env = { ...NO_STORES, HOME: place.home, CAROOT: place.caroot, JAVA_HOME: undefined };
      return run(['sh', '-euc', line, 'sh', ...command], { cwd: place.work, env, timeoutMs: 20_000 });
    };
    const PIPED = '"$@" | cat';
    const leaf = await pipe(PIPED, '-ecdsa', '-cert-file', 'stdout', '-key-file', 'null', 'localhost');
    expect(new X509Certificate(leaf.stdout).checkHost('localhost'), leaf.output).toBe('localhost');
    const both = await pipe(PIPED, '-ecdsa', '-cert-file', 'stdout', '-key-file', 'stdout', 'localhost');
    expect(new X509Certificate(both.stdout).checkPrivateKey(createPrivateKey(both.stdout))).toBe(true);
    writeFileSync(join(place.home, 'r.csr'), requestPem('plain'));
    const signed = await pipe(PIPED, '-csr', join(place.home, 'r.csr'), '-cert-file', 'stdout');
    expect(new X509Certificate(signed.stdout).checkHost('app.test'), signed.output).toBe('app.test');
    const READ = 'cat fifo & "$@" >&2; wait';
    const key = await pipe(READ, '-ecdsa', '-cert-file', 'null', '-key-file', 'fifo', 'localhost');
    expect(createPrivateKey(key.stdout).asymmetricKeyType, key.output).toBe('ec');
    const store = await pipe('cat fifo | wc -c & "$@" >&2; wait', '-pkcs12', '-p12-file', 'fifo', 'localhost');
    expect(Number(store.stdout), store.output).toBeGreaterThan(1000);
    const kinds = readdirSync(place.work, { withFileTypes: true }).map((entry) => [entry.name, entry.isFile()]);
    expect(kinds).toEqual([
      ['fifo', false],
      ['null', false],
      ['stdout', false],
    ]);
  });
});

describe.concurrent('a folder of ours in the hands of an mkcert in a container', () => {
  it.each([
    ['where DDEV is set up', (place: Place) => void mkdirSync(join(place.home, '.ddev')), {}],
    ['where it is asked for', () => {}, { MINTMARK_CAROOT_PAIR: '1' }],
  ] as const)('signs below the issuer, %s', async (_where, prepare, env) => {
    await signInContainer(prepare, env);
  });

  async function signInContainer(prepare: (place: Place) => void, env: NodeJS.ProcessEnv): Promise<void> {
    const place = newPlace();
    await caroots.copyTo('mintmark', place);
    await mkcerts.runOrThrow('mintmark', ['-install'], place);
    prepare(place);
    await mkcerts.runOrThrow('mintmark', ['-CAROOT'], place, { env });
    const container = newPlace();
    cpSync(place.caroot, container.caroot, { recursive: true, verbatimSymlinks: true });
    await mkcerts.runOrThrow('mkcert', ['-install'], container);
    await mkcerts.runOrThrow('mkcert', ['-cert-file', 'master.crt', '-key-file', 'master.key', 'localhost'], container);
    const signed = join(container.work, 'master.crt');
    expectPair(signed, join(container.work, 'master.key'));
    await expectTrusted(container, signed, 'localhost');
    // The scope holds for that mkcert too.
    await mkcerts.runOrThrow('mkcert', ['-cert-file', 'bank.crt', 'bank.example.com'], container);
    const refused = await verify(container, join(container.work, 'bank.crt'));
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain('permitted subtree violation');
    // What our own program signed for the host is trusted there as well.
    await mkcerts.runOrThrow('mintmark', ['site.ddev.site'], place, { env });
    cpSync(join(place.caroot, 'rootCA.pem'), join(container.caroot, 'rootCA.pem'));
    await expectTrusted(container, join(place.work, 'site.ddev.site.pem'), 'site.ddev.site');
  }
});

const DDEV_NAMES = [
  '*.ddev.site',
  '127.0.0.1',
  'localhost',
  '*.ddev.local',
  'ddev-router',
  'ddev-router.ddev',
  'ddev-router.ddev_default',
];

/** A server with the files, and a visit to it by the roots that this process was told to trust. */
const VISIT = `
const [, cert, key, host] = process.argv, { readFileSync } = require('node:fs'), https = require('node:https');
const server = https.createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_, answer) => answer.end(host));
server.listen(0, '127.0.0.1', () => {
  const options = { host: '127.0.0.1', port: server.address().port, servername: host };
  const done = (text) => { process.stdout.write(text); process.exit(); };
  https.get(options, (answer) => answer.on('data', (body) => done(answer.statusCode + ' ' + body))).on('error', (e) => done(e.code));
});`;
