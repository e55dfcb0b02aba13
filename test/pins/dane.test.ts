/** @module TLSA records, with OpenSSL, ldns-dane, and danetool as the one who computes the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintmark, mintmarkOrThrow } from '../programs/mintmark.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { runOrThrow, type RunResult } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { appendCertificate, createPinAuthority, createServed, type PinAuthority } from './certificates.ts';
import { CA_CLIENTS, LEAF_CLIENTS, visitByRecord, visitByZone } from './clients-dane.ts';
import { describeClients } from './describe-clients.ts';
import { PinnedServer, WELCOME } from './pinned-server.ts';
import { withSpare } from './print-again.ts';
import { createScene } from './scene.ts';

describeClients('dane', LEAF_CLIENTS);
describeClients('dane', CA_CLIENTS);

const scene = createScene('dane-beside');
const folder = scratchFolder('dane-ca');
const home = { home: join(folder, 'home') };
const servers: PinnedServer[] = [];
let ours: PinAuthority;
let usual: PinnedServer;
let withRoot: PinnedServer;
beforeAll(async () => {
  ours = createPinAuthority(folder, 'ours');
  const leaf = createServed(folder, 'leaf', { by: ours });
  usual = await PinnedServer.start(leaf);
  withRoot = await PinnedServer.start(appendCertificate(leaf, readFileSync(ours.rootFile, 'utf8')));
  servers.push(usual, withRoot);
});
afterAll(async () => {
  await Promise.all([scene.close(), ...servers.map((server) => server.stop())]);
});

const visit = async (
  format: string,
  { server, pinnedFile, trust }: { server: PinnedServer; pinnedFile: string; trust?: readonly string[] },
): Promise<RunResult> => {
  const emitted = await scene.emit(format, { server, pinnedFile });
  server.forget();
  return visitByRecord(emitted, trust);
};
const expectAccepted = ({ stdout, exitCode, output }: RunResult): void => {
  expect(exitCode, output).toBe(0);
  expect(stdout).toContain(WELCOME);
};
const expectRefused = ({ exitCode, output }: RunResult, server: PinnedServer): void => {
  expect(exitCode, output).not.toBe(0);
  expect(server.requests).toEqual([]);
};

describe('the record of a root', () => {
  it.for(['tlsa-ca', 'tlsa-ca-cert'])('as %s matches only where the server sends the root', async (format, context) => {
    requirePrograms(context, ['openssl']);
    const pinnedFile = ours.rootFile;
    expectRefused(await visit(format, { server: usual, pinnedFile }), usual);
    // Trusting it changes nothing: usage 2 heeds what is sent, and nothing else.
    expectRefused(await visit(format, { server: usual, pinnedFile, trust: ['-CAfile', pinnedFile] }), usual);
    expectAccepted(await visit(format, { server: withRoot, pinnedFile }));
    const { stderr } = await mintmarkOrThrow(['pin', pinnedFile, '--format', format], home);
    expect(stderr).toContain('mintmark pin "$(mintmark ca path)/issuer.pem"');
  });

  it('as tlsa-pkix-ca matches what the client trusts, sent or not', async (context) => {
    requirePrograms(context, ['openssl']);
    const trust = ['-CAfile', ours.rootFile];
    expectAccepted(await visit('tlsa-pkix-ca', { server: usual, pinnedFile: ours.rootFile, trust }));
  });
});

describe('usages 0 and 1', () => {
  const theirs = (): string => createPinAuthority(folder, 'theirs').rootFile;
  const stranger = (): string => createServed(folder, 'stranger').certFile;

  it.for([
    ['tlsa-pkix', () => join(folder, 'leaf.pem'), stranger],
    ['tlsa-pkix-ca', () => ours.issuerFile, theirs],
  ] as const)('%s wants the pin and the trusted CA', async ([format, right, wrong], context) => {
    requirePrograms(context, ['openssl']);
    const trust = ['-CAfile', ours.rootFile];
    expectAccepted(await visit(format, { server: usual, pinnedFile: right(), trust }));
    expectRefused(await visit(format, { server: usual, pinnedFile: wrong(), trust }), usual);
    expectRefused(await visit(format, { server: usual, pinnedFile: right() }), usual);
  });
});

describe('danetool', () => {
  it.for([
    ['tlsa', []],
    ['tlsa-cert', ['--x509']],
    ['tlsa-ca', ['--ca']],
    ['tlsa-ca-cert', ['--ca', '--x509']],
    ['tlsa-pkix', ['--no-domain']],
    ['tlsa-pkix-ca', ['--ca', '--no-domain']],
    ['tlsa-zone', []],
  ] as const)('computes the same record: %s', async ([format, options], context) => {
    requirePrograms(context, ['danetool']);
    const file = format.includes('-ca') ? ours.issuerFile : join(folder, 'leaf.pem');
    const place = ['--host', 'app.test', '--port', '8443', '--load-certificate', file];
    const { stdout } = await runOrThrow([programPath('danetool'), '--tlsa-rr', ...place, ...options]);
    const theirRecord = /^_8443\._tcp\.app\.test\. IN TLSA \( 0(\d) 0(\d) 0(\d) ([0-9a-f]{64}) \)$/m.exec(stdout);
    const words = ['pin', file, '--format', format, '--host', 'app.test:8443', '--value'];
    const ourRecord = (await mintmarkOrThrow(words, home)).stdout;
    expect(ourRecord).toBe(`${theirRecord?.slice(1).join(' ') ?? ''}\n`);
  });
});

describe('tlsa-zone', () => {
  it('holds the record of the spare key as well', async (context) => {
    requirePrograms(context, ['ldns-dane']);
    const pinnedFile = join(folder, 'leaf.pem');
    const emitted = withSpare(await scene.emit('tlsa-zone', { server: usual, pinnedFile }), ours.issuerFile);
    expect(emitted.text.match(/^_\d+\._tcp\.localhost\. 3600 IN TLSA 3 1 1 [0-9a-f]{64}$/gm)).toHaveLength(2);
    expectAccepted(await visitByZone(emitted));
  });

  it('has no name for an address', async () => {
    const words = ['pin', join(folder, 'leaf.pem'), '--format', 'tlsa-zone'];
    for (const address of ['127.0.0.1:8443', '[::1]:8443']) {
      const { exitCode, stderr } = await mintmark([...words, '--host', address], home);
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain('PIN_FORMAT_UNSUITABLE');
      expect(stderr).toContain('--host NAME:PORT');
    }
  });
});
