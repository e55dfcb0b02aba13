/**
 * @module The libraries that people call: each reaches the pinned server through the agent or the dispatcher, and hands a
 * stranger nothing, not by a redirect either.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { Agent as HttpAgent } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer } from 'node:https';
import { connect as tcpConnect, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axios from 'axios';
import { got } from 'got';
import { fetch as undiciFetch, request as undiciRequest, WebSocket as UndiciWebSocket } from 'undici';
import { afterAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createPinnedAgent } from '../../packages/dev/src/index.ts';
import { createPinnedDispatcher } from '../../packages/dev/src/undici/index.ts';
import { listen } from '../clients/throwaway-server.ts';
import { run } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { createCertificate, type Identity } from './certificates.ts';
import { SECRET } from './secret.ts';
import { formatResponse, record } from './recording-server.ts';

const genuine = createCertificate('service', { names: ['localhost'] });
const stranger = createCertificate('service', { names: ['localhost'] });
const pins = [genuine.keyPin];
const headers = { authorization: SECRET };

const agent = createPinnedAgent({ pins, keepAlive: true });
const dispatcher = createPinnedDispatcher({ pins });
afterAll(() => Promise.all([agent.destroy(), dispatcher.destroy()]));

const closers: (() => void)[] = [];
afterAll(() => closers.forEach((close) => close()));

const TSX = fileURLToPath(new URL('../../node_modules/tsx/dist/cli.mjs', import.meta.url));
const PROGRAM = fileURLToPath(new URL('axios-visit.ts', import.meta.url));

/** Gets an address with the secret in a header; follows redirects where the library does. */
const LIBRARIES: Readonly<Record<string, (url: string) => Promise<string>>> = {
  axios: async (url) => (await axios.get<string>(url, { httpsAgent: agent, headers, proxy: false })).data,
  got: (url) => got(url, { agent: { https: agent }, headers, retry: { limit: 0 } }).text(),
  // The types of Node's own fetch are those of another version of undici.
  fetch: async (url) => (await fetch(url, { dispatcher: dispatcher as never, headers })).text(),
  'fetch of undici': async (url) => (await undiciFetch(url, { dispatcher, headers })).text(),
  'undici.request': async (url) => (await undiciRequest(url, { dispatcher, headers })).body.text(),
};

/** The code of an error, or of the one that it wraps. */
const codeOf = (cause: unknown): unknown => {
  const { code, cause: inner } = cause as { code?: unknown; cause?: unknown };
  return inner === undefined ? code : codeOf(inner);
};
const failureOf = (visit: Promise<unknown>): Promise<unknown> => visit.then((value) => ({ value }), codeOf);

describe.each(Object.entries(LIBRARIES))('%s', (_name, get) => {
  it('reaches the pinned server, and uses its connections again', async () => {
    const { port, received, handshakes } = await record(genuine);
    for (let i = 0; i < 9; i++) expect(await get(`https://127.0.0.1:${port}/path`)).toBe('/path');
    expect(received()).toContain(SECRET);
    // The pool of undici may open a second one while the end of a response is still being read.
    expect(handshakes()).toBeLessThanOrEqual(2);
  });

  it('gives a stranger nothing', async () => {
    const { port, receivedInAll, connections } = await record(stranger);
    for (let i = 0; i < 5; i++) expect(await failureOf(get(`https://localhost:${port}/`))).toBe('PIN_MISMATCH');
    expect([await receivedInAll(), connections()]).toEqual(['', 5]);
  });
});

it.each(Object.entries(LIBRARIES).filter(([name]) => name !== 'undici.request'))(
  '%s gives a stranger nothing to whom it is redirected',
  async (_name, get) => {
    const wrong = await record(stranger);
    const { port } = await record(genuine, {
      answer: () => formatResponse(307, '', [`location: https://127.0.0.1:${wrong.port}/there`]),
    });
    expect(await failureOf(get(`https://127.0.0.1:${port}/`))).toBe('PIN_MISMATCH');
    expect([await wrong.receivedInAll(), wrong.connections()]).toEqual(['', 1]);
  },
);

describe('axios and got, given the agent for http as well', () => {
  const agents = { http: agent as unknown as HttpAgent, https: agent };
  it.each<[string, (url: string) => Promise<unknown>]>([
    ['axios', (url) => axios.get(url, { httpAgent: agent, httpsAgent: agent, headers, proxy: false })],
    ['got', (url) => got(url, { agent: agents, headers, retry: { limit: 0 } })],
  ])('follow no redirect to plain http: %s', async (_name, get) => {
    const plain = await record(genuine);
    const { port } = await record(genuine, {
      answer: () => formatResponse(307, '', [`location: http://127.0.0.1:${plain.port}/`]),
    });
    expect(await failureOf(get(`https://127.0.0.1:${port}/`))).toBe('ERR_INVALID_PROTOCOL');
    expect(plain.connections()).toBe(0);
  });
});

describe('axios behind a proxy that leads to a server of a trusted CA', () => {
  const folder = scratchFolder('dev-axios');
  const trusted = join(folder, 'trusted.pem');
  writeFileSync(trusted, stranger.pem);
  const visit = async (mode: string) => {
    const server = await record(stranger);
    let toProxy = '';
    const proxy = createTcpServer((client) => {
      client.on('error', () => {});
      client.once('data', (chunk: Buffer) => {
        toProxy += chunk.toString('latin1');
        client.write('HTTP/1.1 200 Connected\r\n\r\n');
        const origin = tcpConnect(server.port, '127.0.0.1').on('error', () => {});
        client.pipe(origin).pipe(client);
      });
    });
    closers.push(() => proxy.close());
    const proxyPort = await listen(proxy, 0, '127.0.0.1');
    const env = { NODE_EXTRA_CA_CERTS: trusted, HTTPS_PROXY: `http://127.0.0.1:${proxyPort}` };
    const words = [mode, `https://localhost:${server.port}/`, genuine.keyPin];
    const { stdout, output } = await run([process.execPath, TSX, PROGRAM, ...words], { env });
    expect(stdout, output).not.toBe('');
    expect(toProxy).not.toContain(SECRET);
    return { said: stdout.trim(), received: await server.receivedInAll() };
  };

  it('reaches it without the agent, and nobody with it', async () => {
    expect(await visit('plain')).toEqual({ said: '/', received: expect.stringContaining(SECRET) as string });
    for (const mode of ['pinned', 'both'])
      expect(await visit(mode)).toEqual({ said: expect.stringMatching(/CERT|ISSUER/) as string, received: '' });
    expect(await visit('direct')).toEqual({ said: 'PIN_MISMATCH', received: '' });
  });
});

describe('the dispatcher', () => {
  it('refuses plain http, and a redirect to it, before it connects', async () => {
    const plain = await record(genuine); // any listener: it must not even be called
    const { port } = await record(genuine, {
      answer: () => formatResponse(307, '', [`location: http://127.0.0.1:${plain.port}/`]),
    });
    for (const url of [`http://127.0.0.1:${plain.port}/`, `https://127.0.0.1:${port}/`])
      expect(await failureOf(undiciFetch(url, { dispatcher, headers }))).toBe('PIN_NEEDS_HTTPS');
    expect(plain.connections()).toBe(0);
  });

  it.each([
    ['HTTP/2', true, '2.0'],
    ['HTTP/1.1', false, '1.1'],
  ] as const)('speaks %s with the pinned server alone', async (_what, allowH2, version) => {
    for (const own of [genuine, stranger]) {
      const seen: string[] = [];
      const server = createSecureServer({ cert: own.pem, key: own.keyPem, allowHTTP1: true }, (incoming, response) => {
        seen.push(`${incoming.httpVersion} ${incoming.headers.authorization ?? ''}`);
        response.end(version);
      });
      const port = await listen(server, 0, '127.0.0.1');
      const client = createPinnedDispatcher({ pins, allowH2 });
      const visit = undiciRequest(`https://localhost:${port}/`, { dispatcher: client, headers });
      if (own === genuine) expect(await (await visit).body.text()).toBe(version);
      else await expect(visit).rejects.toMatchObject({ code: 'PIN_MISMATCH' });
      await client.destroy();
      await new Promise((done) => server.close(done));
      expect(seen).toEqual(own === genuine ? [`${version} ${SECRET}`] : []);
    }
  });

  it('ends as the ordinary one: aborts, time limits, destroy', async () => {
    const { port } = await record(genuine, { answer: () => '' });
    const url = `https://127.0.0.1:${port}/`;
    const own = createPinnedDispatcher({ pins, headersTimeout: 100, connectTimeout: 100 });
    await expect(undiciRequest(url, { dispatcher: own, signal: AbortSignal.timeout(30) })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    await expect(undiciRequest(url, { dispatcher: own })).rejects.toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT' });
    const pending = expect(undiciRequest(url, { dispatcher: own })).rejects.toMatchObject({
      code: 'UND_ERR_DESTROYED',
    });
    await own.destroy();
    await pending;
  });
});

describe('WebSockets', () => {
  async function serveWebSockets(own: Identity) {
    const seen: string[] = [];
    const server = createServer({ cert: own.pem, key: own.keyPem });
    server.on('upgrade', ({ headers: sent }) => seen.push(sent.authorization ?? ''));
    server.on('tlsClientError', () => {});
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${String(data)}`)));
    const port = await listen(server, 0, '127.0.0.1');
    closers.push(() => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
    });
    return { port, seen };
  }

  it('of ws go to the pinned server alone', async () => {
    const right = await serveWebSockets(genuine);
    const socket = new WebSocket(`wss://127.0.0.1:${right.port}/`, { agent, headers });
    await once(socket, 'open');
    socket.send('hello');
    const [answer] = (await once(socket, 'message')) as [Buffer];
    expect([answer.toString(), right.seen]).toEqual(['echo hello', [SECRET]]);
    socket.terminate();

    const wrong = await serveWebSockets(stranger);
    const refused = new WebSocket(`wss://127.0.0.1:${wrong.port}/`, { agent, headers, rejectUnauthorized: false });
    const [fault] = (await once(refused, 'error')) as [unknown];
    expect([codeOf(fault), wrong.seen]).toEqual(['PIN_MISMATCH', []]);
  });

  it('of undici go to the pinned server alone', async () => {
    const right = await serveWebSockets(genuine);
    const socket = new UndiciWebSocket(`wss://127.0.0.1:${right.port}/`, { dispatcher, headers });
    await once(socket, 'open');
    socket.close();
    const wrong = await serveWebSockets(stranger);
    await once(new UndiciWebSocket(`wss://127.0.0.1:${wrong.port}/`, { dispatcher, headers }), 'error');
    expect([right.seen, wrong.seen]).toEqual([[SECRET], []]);
  });
});
