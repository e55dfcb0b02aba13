/** @module The printed JavaScript programs beyond comparing: proxies, redirects, addresses, what their comments promise, old runtimes. */
import { createServer as createPlainServer } from 'node:http';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { listen } from '../clients/throwaway-server.ts';
import { requirePrograms } from '../programs/program.ts';
import { requireRuntime } from '../programs/runtimes.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { createPinAuthority, createServed, type ServedPair } from './certificates.ts';
import { JAVASCRIPT_CLIENTS, runModule, type JavaScriptClient } from './clients-javascript.ts';
import { printProgram, startRedirecting } from './describe-programs.ts';
import { startImpostor } from './impostor.ts';
import { PinnedServer, WELCOME } from './pinned-server.ts';

const folder = scratchFolder('javascript-programs');
const authority = createPinAuthority(folder, 'own');
const PAIRS = {
  genuine: createServed(folder, 'genuine'),
  stranger: createServed(folder, 'stranger'),
  issued: createServed(folder, 'issued', { by: authority }),
  expired: createServed(folder, 'expired', { by: authority, isExpired: true }),
  elsewhere: createServed(folder, 'elsewhere', { by: authority, names: ['other.test'] }),
};
type Pair = keyof typeof PAIRS;

const servers = new Map<Pair, PinnedServer>();
const serverOf = (pair: Pair): PinnedServer => servers.get(pair) ?? expect.fail(`no server ${pair}`);
const plain: string[] = [];
const plainServer = createPlainServer((request, response) => {
  plain.push(request.url ?? '');
  response.end(WELCOME);
});
let plainPort = 0;

beforeAll(async () => {
  for (const pair of Object.keys(PAIRS) as Pair[]) servers.set(pair, await PinnedServer.start(PAIRS[pair]));
  plainPort = await listen(plainServer, 0, '127.0.0.1');
});
beforeEach(() => {
  for (const server of servers.values()) server.forget();
  plain.length = 0;
});
afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server.stop()));
  await new Promise((done) => plainServer.close(done));
});

type Shape = {
  readonly host?: string;
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Changes the program's text, and must change something. */
  readonly edit?: (text: string) => string;
};

/** Prints the program for the pin of the pair, and runs it. */
async function visit(context: TestContext, client: JavaScriptClient, pinned: ServedPair, shape: Shape) {
  if (client.format === 'bun' || client.format === 'deno') requireRuntime(context, client.format);
  const { host = 'localhost', port, env = {}, edit } = shape;
  const into = join(folder, `${client.format}-${context.task.id}-${port}`);
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const file = await printProgram(client.format, pinned.certFile, where, into);
  if (edit !== undefined) {
    const text = readFileSync(file, 'utf8');
    expect(edit(text)).not.toBe(text);
    writeFileSync(file, edit(text));
  }
  return runModule(client.runtime, { folder: into, host, port }, { file, env });
}

const IS_SERVED = { exitCode: 0, stdout: `${WELCOME}\n`, stderr: '' };

describe.each(JAVASCRIPT_CLIENTS)('the program for $format', (client) => {
  it('goes straight to the server, whatever proxy the environment names', async (context) => {
    const proxy = `http://127.0.0.1:${plainPort}`;
    const named = ['http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];
    const env = { ...Object.fromEntries(named.map((name) => [name, proxy])), NODE_USE_ENV_PROXY: '1' };
    const { port, requests } = serverOf('genuine');
    expect(await visit(context, client, PAIRS.genuine, { port, env })).toMatchObject(IS_SERVED);
    expect(requests).toEqual(['/']);
    expect(plain).toEqual([]);
  });

  it('follows nobody elsewhere', async (context) => {
    const { port, handshakes } = serverOf('stranger');
    const meet = async (location: string): Promise<void> => {
      const redirecting = await startRedirecting(PAIRS.genuine, location);
      const { output } = await visit(context, client, PAIRS.genuine, { port: redirecting.port });
      await redirecting.stop();
      expect(redirecting.requests, output).toEqual(['/']);
      expect([...handshakes, ...plain], output).toEqual([]);
    };
    await Promise.all([meet(`https://localhost:${port}/`), meet(`http://localhost:${plainPort}/`)]);
  });

  it.for(['127.0.0.1', '::1'])('takes the address %s', async (host, context) => {
    const { port, requests } = serverOf('genuine');
    expect(await visit(context, client, PAIRS.genuine, { host, port })).toMatchObject(IS_SERVED);
    expect(requests).toEqual(['/']);
  });

  it('says in one line what the server shows', async (context) => {
    const { port, requests } = serverOf('genuine');
    const { exitCode, stdout, stderr } = await visit(context, client, PAIRS.stranger, { port });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    const digest = '(?:[\\dA-F]{2}:){31}[\\dA-F]{2}';
    expect(stderr).toMatch(new RegExp(`^failed: the server shows ${digest}, not the pinned ${digest}\\n$`));
    expect(requests).toEqual([]);
  });

  it('checks CA, name and dates besides the pin when it is changed as its comment says', async (context) => {
    const ca = `, ca: ${JSON.stringify(readFileSync(authority.rootFile, 'utf8'))}`;
    const edit = (text: string): string => text.replace(', rejectUnauthorized: false', ca);
    const { port } = serverOf('issued');
    expect(await visit(context, client, PAIRS.issued, { port, edit })).toMatchObject(IS_SERVED);
    const refuses = async ([shown, pinned]: readonly [Pair, Pair]): Promise<void> => {
      const server = serverOf(shown);
      server.forget();
      const { exitCode, output } = await visit(context, client, PAIRS[pinned], { port: server.port, edit });
      expect({ shown, exitCode, requests: server.requests }, output).toEqual({ shown, exitCode: 1, requests: [] });
    };
    await Promise.all([
      refuses(['expired', 'expired']),
      refuses(['elsewhere', 'elsewhere']),
      refuses(['genuine', 'genuine']),
      refuses(['issued', 'stranger']),
    ]);
  });
});

const clientOf = (format: string): JavaScriptClient =>
  JAVASCRIPT_CLIENTS.find((client) => client.format === format) ?? expect.fail(format);

/** The libraries of Node share its TLS. */
it.for(['node', 'bun', 'deno'].flatMap((format) => [[format, 'TLS 1.2'] as const, [format, 'TLS 1.3'] as const]))(
  'the program for %s refuses who replays the certificate without its key, in %s',
  async ([format, newest], context) => {
    requirePrograms(context, ['go']);
    const impostor = await startImpostor(folder, PAIRS.genuine.certFile, newest);
    context.onTestFinished(impostor.stop);
    const { exitCode, output } = await visit(context, clientOf(format), PAIRS.genuine, { port: impostor.port });
    expect(exitCode, output).toBe(1);
    expect(output).not.toContain('the server shows');
    expect(impostor.requests).toEqual([]);
  },
);

it.for(['bun', 'deno'])('the program for %s refuses releases that never ask the agent', async (format, context) => {
  const { port, requests } = serverOf('genuine');
  const edit = (text: string): string => text.replace(/localeCompare\('[\d.]+'/, "localeCompare('99.0'");
  const { exitCode, output } = await visit(context, clientOf(format), PAIRS.genuine, { port, edit });
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/needs (?:Bun|Deno) \d/);
  expect(requests).toEqual([]);
});
