/**
 * @module The pin of WebTransport, with the browsers and Deno. What the command line refuses to print is given to the browsers all
 * the same: they must refuse it too.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { mintmark, mintmarkOrThrow } from '../programs/mintmark.ts';
import { requirePrograms } from '../programs/program.ts';
import type { RunResult } from '../programs/run.ts';
import { findDeno, requireRuntime } from '../programs/runtimes.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { appendCertificate, createPinAuthority, createServed, type ServedPair } from './certificates.ts';
import { versionOf } from './clients-tools.ts';
import { createChromium, createDeno, createFirefox, type ModuleClient } from './clients-webtransport.ts';
import { isRecording, readMeasured, writeMeasured, type Behaviour, type Measured } from './measured.ts';
import { ModulePages } from './module-pages.ts';
import { WebTransportServers } from './webtransport-servers.ts';

const FOLDER = scratchFolder('pins-webtransport');
const HOME = { home: join(FOLDER, 'home'), cwd: FOLDER };

/** What Mintmark's own command makes. */
async function mint(name: string, ...options: string[]): Promise<ServedPair> {
  const [certFile, keyFile] = [join(FOLDER, `${name}.pem`), join(FOLDER, `${name}-key.pem`)];
  const files = ['--cert-file', certFile, '--key-file', keyFile];
  await mintmarkOrThrow(['self-signed', 'localhost', '127.0.0.1', '::1', ...files, ...options], HOME);
  return { certFile, chainPem: readFileSync(certFile, 'utf8'), keyPem: readFileSync(keyFile, 'utf8') };
}

async function mintAll(): Promise<ReadonlyMap<string, ServedPair>> {
  const right = await mint('right', '--webtransport');
  const make = (name: string, shape: Parameters<typeof createServed>[2] = {}): ServedPair =>
    createServed(FOLDER, name, shape);
  return new Map([
    ['right', right],
    ['issued', make('issued', { by: createPinAuthority(FOLDER, 'unknown') })],
    ['expired', make('expired', { isExpired: true })],
    ['wrongHost', make('elsewhere', { names: ['other.test'] })],
    ['appended', appendCertificate(make('attacker'), right.chainPem)],
    ['p384', await mint('p384', '--key', 'ecdsa-p384', '--days', '13')],
    ['year', await mint('year')],
    ['rsa', await mint('rsa', '--key', 'rsa-2048', '--days', '13')],
  ]);
}

const pairs = new Map<string, ServedPair>();
const ports = new Map<string, number>();
let servers: WebTransportServers | undefined;
let pages: ModulePages | undefined;
const clients: ModuleClient[] = [];

beforeAll(async () => {
  const deno = findDeno();
  for (const [name, pair] of await mintAll()) pairs.set(name, pair);
  if (deno === undefined) return;
  const started = await WebTransportServers.start(deno, FOLDER, pairs);
  servers = started.servers;
  for (const [name, port] of started.ports) ports.set(name, port);
  pages = await ModulePages.start();
  for (const create of [createChromium, createFirefox, createDeno]) clients.push(create({ folder: FOLDER, pages }));
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all([servers?.stop(), pages?.stop()]);
});

const fileOf = (name: string): string => pairs.get(name)?.certFile ?? expect.fail(`no pair ${name}`);

async function base64Of(file: string): Promise<string> {
  const { stdout } = await mintmarkOrThrow(['pin', file, '--json'], HOME);
  const { targets } = JSON.parse(stdout) as { targets: { certSha256Hex: string }[] };
  return Buffer.from(targets[0]?.certSha256Hex ?? '', 'hex').toString('base64');
}

/** The module as printed, for a server and a pinned file. What is refused for printing is put in place of the right digest. */
async function emit(at: string, pinnedFile: string): Promise<string> {
  const words = (file: string): string[] => [
    'pin',
    file,
    '--format',
    'webtransport',
    '--host',
    `localhost:${portOf(at)}`,
  ];
  const { exitCode, stdout } = await mintmark(words(pinnedFile), HOME);
  if (exitCode === 0) return stdout;
  const { stdout: other } = await mintmarkOrThrow(words(fileOf('right')), HOME);
  return other.replace(await base64Of(fileOf('right')), await base64Of(pinnedFile));
}

const portOf = (name: string): number => ports.get(name) ?? expect.fail(`no server ${name}`);

async function judge(result: RunResult, at: string, wanted = 1): Promise<Behaviour> {
  const { exitCode, stdout, output, timedOut } = result;
  const opened = (await servers?.settle(portOf(at), '/', exitCode === 0 ? wanted : 0)) ?? 0;
  const wasTold = stdout.split('connected').length - 1 >= wanted;
  if (!timedOut && exitCode === 0 && opened === wanted && wasTold) return 'accepted';
  if (!timedOut && exitCode !== 0 && opened === 0 && /^refused: \S/m.test(output)) return 'refused';
  throw new Error(`neither accepted nor refused: exit ${String(exitCode)}, sessions ${opened}\n${output}`);
}

function requireClient(context: TestContext, name: ModuleClient['name']): ModuleClient {
  requireRuntime(context, 'deno');
  if (name !== 'deno') requirePrograms(context, [name]);
  return clients.find((client) => client.name === name) ?? expect.fail(`no client ${name}`);
}

const CASES = {
  right: 'accepted',
  wrong: 'refused',
  issued: 'accepted',
  expired: 'refused',
  wrongHost: 'accepted',
  appended: 'refused',
} as const satisfies Record<string, Behaviour>;

const isCase = (name: string): name is keyof typeof CASES => Object.hasOwn(CASES, name);
const seen: Record<string, string> = {};

/** Where a case's client goes, and whose pin it has: a stranger's, the genuine one's, or that of who is there. */
const setOf = (name: string): { at: string; pinned: string } =>
  ({ wrong: { at: 'right', pinned: 'issued' }, appended: { at: 'appended', pinned: 'right' } })[name] ?? {
    at: name,
    pinned: name,
  };

describe.each(['chromium', 'firefox-esr', 'deno'] as const)('WebTransport in %s', (name) => {
  const visit = async (context: TestContext, what: string): Promise<Behaviour> => {
    const client = requireClient(context, name);
    const { at, pinned } = setOf(what);
    const module = await emit(at, fileOf(pinned));
    servers?.forget();
    return judge(await client.run([module]), at);
  };

  it.for(Object.entries(CASES))('%s is %s', async ([what, expected], context) => {
    const behaviour = await visit(context, what);
    expect(behaviour).toBe(expected);
    if (name === 'chromium') seen[what] = behaviour;
  });

  it('holds after a session with the same server, in one page or process', async (context) => {
    const client = requireClient(context, name);
    const right = await emit('right', fileOf('right'));
    const first = right.replace(/(localhost:\d+\/)'/, "$1unpinned'");
    expect(first).not.toBe(right);
    for (const [pinned, expected, wanted] of [
      ['issued', 'refused', 0],
      ['right', 'accepted', 2],
    ] as const) {
      const module = await emit('right', fileOf(pinned));
      servers?.forget();
      const result = await client.run([first, module, module]);
      expect(await judge(result, 'right', wanted)).toBe(expected);
      expect(servers?.sessions(portOf('right'))).toContain('/unpinned');
    }
    if (name === 'chromium') seen['again'] = 'refused';
  });

  // Deno shows that these servers answer; and that what passes there proves nothing of browsers.
  const inBrowsers: Behaviour = name === 'deno' ? 'accepted' : 'refused';
  it.for([
    ['p384', 'accepted'],
    ['year', inBrowsers],
    ['rsa', inBrowsers],
  ] as const)('%s is %s', async ([what, expected], context) => {
    expect(await visit(context, what)).toBe(expected);
  });
});

it.each([
  ['year', 'it lasts 397 days'],
  ['rsa', 'its key is RSA'],
  ['expired', 'it has expired'],
])('no pin is printed of what browsers refuse: %s', async (name, reason) => {
  const { exitCode, stdout } = await mintmark(['pin', fileOf(name), '--format', 'webtransport', '--json'], HOME);
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    error: {
      code: 'PIN_FORMAT_UNSUITABLE',
      message: expect.stringContaining(reason) as string,
      hint: expect.stringContaining('mintmark self-signed localhost --webtransport') as string,
    },
  });
});

it('what was measured is written down', async (context) => {
  requireClient(context, 'chromium');
  const line = { ...CASES, again: 'refused' };
  if (!isRecording) return expect(readMeasured('webtransport')['webtransport']).toMatchObject(line);
  expect(Object.keys(seen).filter((name) => isCase(name) || name === 'again')).toHaveLength(7);
  const version = await versionOf('chromium', '--version');
  const measured = { client: 'Chromium, serverCertificateHashes', target: 'self-signed', version, ...seen };
  writeMeasured('webtransport', { webtransport: measured as Measured });
});
