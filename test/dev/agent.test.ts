/**
 * @module What is particular to the agent: nothing that a single request says gets around the pin, sockets are used again as by the
 * ordinary agent, and requests end as with it.
 */
import { once } from 'node:events';
import { request as plainRequest } from 'node:http';
import { Agent, request, type RequestOptions } from 'node:https';
import { connect as tcpConnect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { connect as tlsConnect, type ConnectionOptions } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { createPinnedAgent } from '../../packages/dev/src/index.ts';
import { listen } from '../clients/throwaway-server.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { createCertificate } from './certificates.ts';
import { send } from './pinned-clients.ts';
import { record } from './recording-server.ts';

const genuine = createCertificate('service', { names: ['localhost', '127.0.0.1'] });
const stranger = createCertificate('service', { names: ['localhost', '127.0.0.1'] });
const pins = [genuine.keyPin];
const folder = scratchFolder('dev-agent');

/** A session that resumes with the server. */
async function takeSession(port: number, maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<Buffer> {
  const socket = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false, maxVersion });
  const [[session]] = (await Promise.all([
    once(socket, 'session'),
    once(socket, 'secureConnect').then(() => socket.write('GET / HTTP/1.1\r\n\r\n')),
  ])) as unknown as [[Buffer]];
  socket.destroy();
  return session;
}

describe('what a request says', () => {
  const WORDS: Readonly<Record<string, RequestOptions & ConnectionOptions>> = {
    'rejectUnauthorized: false': { rejectUnauthorized: false },
    'a ca of its own': { ca: stranger.pem },
    checkServerIdentity: { checkServerIdentity: () => undefined },
    'another servername': { servername: 'other.test' },
    'a Host header': { headers: { host: 'other.test' } },
    ciphers: { ciphers: 'DEFAULT:@SECLEVEL=0' },
    'a pskCallback': { pskCallback: () => null },
    createConnection: { createConnection: () => tlsConnect({ port: 1, host: '127.0.0.1' }) },
    'all at once': { rejectUnauthorized: false, ca: stranger.pem, checkServerIdentity: () => undefined },
  };

  it.each(Object.entries(WORDS))('does not get around the pin by %s', async (_what, words) => {
    const { port, receivedInAll } = await record(stranger);
    const agent = createPinnedAgent({ pins, keepAlive: true });
    const visit = send(`https://127.0.0.1:${port}/`, { ...words, agent });
    await expect(visit).rejects.toMatchObject({ code: 'PIN_MISMATCH' });
    expect(await receivedInAll()).toBe('');
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('does not get around it by a %s session', async (maxVersion) => {
    const { port, receivedInAll, forget, resumed } = await record(stranger, { maxVersion });
    const session = await takeSession(port, maxVersion);
    // The session is a good one: an ordinary agent resumes it.
    await send(`https://127.0.0.1:${port}/`, {
      agent: new Agent(),
      rejectUnauthorized: false,
      session,
    } as RequestOptions);
    expect(resumed()).toBe(1);
    forget();
    const visit = send(`https://127.0.0.1:${port}/`, { agent: createPinnedAgent({ pins }), session } as RequestOptions);
    await expect(visit).rejects.toMatchObject({ code: 'PIN_MISMATCH' });
    expect(await receivedInAll()).toBe('');
  });

  it('does not get around it by options put into the agent later', async () => {
    const { port, receivedInAll } = await record(stranger);
    const agent = createPinnedAgent({ pins });
    Object.assign(agent.options, {
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      pins: [stranger.keyPin],
    });
    await expect(send(`https://127.0.0.1:${port}/`, { agent })).rejects.toMatchObject({ code: 'PIN_MISMATCH' });
    expect(await receivedInAll()).toBe('');
  });

  it('does not switch the check of the chain off, nor the agent by the environment', async () => {
    const other = createCertificate('root', { ca: true });
    const { port, receivedInAll } = await record(genuine);
    const agent = createPinnedAgent({ pins, ca: other.pem });
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const visit = send(`https://127.0.0.1:${port}/`, { agent, rejectUnauthorized: false, ca: genuine.pem });
      await expect(visit).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
    expect(await receivedInAll()).toBe('');
  });

  it('does not get around it where a handshake shows no certificate', async () => {
    const anonymous = { ciphers: 'AECDH-AES256-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2' } as const;
    const { port, receivedInAll } = await record(genuine, anonymous);
    const agent = createPinnedAgent({ pins, ...anonymous });
    const visit = send(`https://127.0.0.1:${port}/`, { agent });
    await expect(visit).rejects.toMatchObject({ code: 'PIN_CERTIFICATE_MISSING' });
    expect(await receivedInAll()).toBe('');
  });

  it('may bring its own socket, plain or any stream, which is checked as well', async () => {
    const sockets = {
      tcp: (port: number): Duplex => tcpConnect(port, '127.0.0.1'),
      stream: (port: number): Duplex => Duplex.from(tcpConnect(port, '127.0.0.1')),
    };
    for (const open of Object.values(sockets)) {
      const [right, wrong] = [await record(genuine), await record(stranger)];
      const visit = ({ port }: { port: number }) =>
        send(`https://127.0.0.1:${port}/own`, {
          agent: createPinnedAgent({ pins }),
          socket: open(port),
        } as RequestOptions);
      expect(await visit(right)).toBe('/own');
      await expect(visit(wrong)).rejects.toMatchObject({ code: 'PIN_MISMATCH' });
      expect(await wrong.receivedInAll()).toBe('');
    }
  });

  it('may name a socket file', async () => {
    for (const [own, code] of [
      [genuine, undefined],
      [stranger, 'PIN_MISMATCH'],
    ] as const) {
      const { server, received } = await record(own);
      const socketPath = join(folder, `${code}.sock`);
      const front = createTcpServer((client) => {
        client.on('error', () => {});
        client.pipe(tcpConnect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})).pipe(client);
      });
      front.listen(socketPath);
      await once(front, 'listening');
      const visit = send('https://localhost/file', { agent: createPinnedAgent({ pins }), socketPath });
      if (code === undefined) expect(await visit).toBe('/file');
      else await expect(visit).rejects.toMatchObject({ code, details: { peer: socketPath } });
      front.close();
      if (code !== undefined) expect(received()).toBe('');
    }
  });

  it('cannot be plain http', async () => {
    const agent = createPinnedAgent({ pins });
    expect(() => plainRequest('http://127.0.0.1:1/', { agent })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_PROTOCOL' }),
    );
  });
});

describe('sockets', () => {
  it('are used again, checked once, and never shared with an unpinned agent', async () => {
    const { port, handshakes } = await record(genuine);
    const agent = createPinnedAgent({ pins, keepAlive: true });
    for (let i = 0; i < 10; i++) expect(await send(`https://127.0.0.1:${port}/${i}`, { agent })).toBe(`/${i}`);
    expect(handshakes()).toBe(1);
    await send(`https://127.0.0.1:${port}/`, { agent: createPinnedAgent({ pins, keepAlive: true }) });
    expect(handshakes()).toBe(2);
    agent.destroy();
  });

  it('are not pooled when the server is refused, however the request words it', async () => {
    const { port, connections, receivedInAll } = await record(stranger);
    const agent = createPinnedAgent({ pins, keepAlive: true });
    for (const words of [{}, {}, { rejectUnauthorized: false }])
      await expect(send(`https://127.0.0.1:${port}/`, { agent, ...words })).rejects.toMatchObject({
        code: 'PIN_MISMATCH',
      });
    expect([connections(), Object.keys(agent.freeSockets)]).toEqual([3, []]);
    expect(await receivedInAll()).toBe('');
  });

  it('keep to the limits of the pool', async () => {
    const { port, connections } = await record(genuine);
    const agent = createPinnedAgent({ pins, keepAlive: true, maxSockets: 2 });
    await Promise.all(Array.from({ length: 8 }, () => send(`https://127.0.0.1:${port}/`, { agent })));
    expect(connections()).toBe(2);
    agent.destroy();
  });

  it('name the server to it: SNI for a name, none for an address', async () => {
    const names: (string | false | null)[] = [];
    const { port, server } = await record(genuine);
    server.on('secureConnection', ({ servername }) => names.push(servername));
    const lookup = (_name: string, _options: object, done: (cause: null, list: object[]) => void) =>
      done(null, [{ address: '127.0.0.1', family: 4 }]);
    const agent = createPinnedAgent({ pins, lookup: lookup as never });
    await send(`https://some.name.test:${port}/`, { agent });
    await send(`https://127.0.0.1:${port}/`, { agent });
    await send(`https://127.0.0.1:${port}/`, { agent, servername: 'given.test' });
    expect(names).toEqual(['some.name.test', false, 'given.test']);
  });

  it('hold the certificate to the name that was asked for, not to the address', async () => {
    const named = createCertificate('service', { names: ['given.test'] });
    const { port } = await record(named);
    const agent = createPinnedAgent({ pins: [named.keyPin], checks: 'host' });
    await expect(send(`https://127.0.0.1:${port}/`, { agent })).rejects.toMatchObject({ code: 'PINNED_HOST' });
    expect(await send(`https://127.0.0.1:${port}/`, { agent, servername: 'given.test' })).toBe('/');
  });

  it('show a client certificate where one is given', async () => {
    const client = createCertificate('client');
    const { port, server } = await record(genuine, { requestCert: true, rejectUnauthorized: false });
    const shown = new Promise((resolve) =>
      server.on('secureConnection', (socket) => resolve(socket.getPeerCertificate().fingerprint256)),
    );
    await send(`https://127.0.0.1:${port}/`, {
      agent: createPinnedAgent({ pins, cert: client.pem, key: client.keyPem }),
    });
    expect(await shown).toBe(client.certPin);
  });

  it('still tell their certificate and chain to whoever asks', async () => {
    const { port } = await record(genuine);
    const outgoing = request(`https://127.0.0.1:${port}/`, { agent: createPinnedAgent({ pins }) }).end();
    const [response] = await once(outgoing, 'response');
    expect(response.socket.getPeerCertificate(true).fingerprint256).toBe(genuine.certPin);
    response.resume();
  });
});

describe('requests end as with the ordinary agent', () => {
  const agents = {
    pinned: () => createPinnedAgent({ pins }),
    ordinary: () => new Agent({ rejectUnauthorized: false }),
  };

  /** Accepts connections and never shakes hands. */
  async function listenSilently() {
    const server = createTcpServer((socket) => socket.on('error', () => {}));
    const port = await listen(server, 0, '127.0.0.1');
    return { port, close: () => server.close() };
  }

  it.each(Object.entries(agents))('in the middle of a handshake: %s', async (_name, createAgent) => {
    const { port, close } = await listenSilently();
    const url = `https://127.0.0.1:${port}/`;
    const timed = request(url, { agent: createAgent(), timeout: 50 }).end();
    timed.on('timeout', () => timed.destroy(new Error('too slow')));
    await expect(once(timed, 'response')).rejects.toThrow('too slow');

    const aborted = request(url, { agent: createAgent(), signal: AbortSignal.timeout(50) }).end();
    await expect(once(aborted, 'response')).rejects.toMatchObject({ code: 'ABORT_ERR' });

    const agent = createAgent();
    const destroyed = request(url, { agent }).end();
    setTimeout(() => agent.destroy(), 50);
    await expect(once(destroyed, 'response')).rejects.toMatchObject({ code: 'ECONNRESET' });
    close();
  });

  it('in the middle of a handshake, by the time limit of the agent', async () => {
    const { port, close } = await listenSilently();
    const limits = { timeout: 50 };
    for (const agent of [createPinnedAgent({ pins, ...limits }), new Agent({ rejectUnauthorized: false, ...limits })]) {
      const outgoing = request(`https://127.0.0.1:${port}/`, { agent }).end();
      outgoing.on('timeout', () => outgoing.destroy(new Error('too slow')));
      await expect(once(outgoing, 'response')).rejects.toThrow('too slow');
    }
    close();
  });

  it.each(Object.entries(agents))('when nobody listens: %s', async (_name, createAgent) => {
    const { port, close } = await listenSilently();
    close();
    await expect(send(`https://127.0.0.1:${port}/`, { agent: createAgent() })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it.each(Object.entries(agents))('when the answer is slow: %s', async (_name, createAgent) => {
    const { port } = await record(genuine, { answer: () => '' });
    const outgoing = request(`https://127.0.0.1:${port}/`, { agent: createAgent() }).end();
    outgoing.setTimeout(50, () => outgoing.destroy(new Error('too slow')));
    await expect(once(outgoing, 'response')).rejects.toThrow('too slow');
  });
});
