/**
 * @module A server takes a renewed certificate while it runs: real renewals, real clients, and connections that were open or under way
 * meanwhile.
 */
import { once } from 'node:events';
import { Agent, get, request } from 'node:https';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { createServer } from '../../packages/dev/src/index.ts';
import { listen } from '../clients/throwaway-server.ts';
import { deskMaker } from '../cli/desk.ts';
import { readLeaf } from '../cli/minted-facts.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { createScene, runIn } from '../store/home-scene.ts';
import { createKiller } from '../store/killed-command.ts';
import * as served from './served-files.ts';

const { authority, closeLater, keep, nextIdentity, place, placeFirst, portOf, shownBy, waitFor } = served;
const scratch = scratchFolder('fresh-server');
const newDesk = deskMaker('fresh-desk');

describe('mintmark renew --new-key', () => {
  // A machine that is busy elsewhere may be late once.
  it('is seen by curl, OpenSSL and Node within a second', { retry: 2 }, async (context) => {
    requirePrograms(context, ['curl', 'openssl']);
    const desk = newDesk();
    await desk.json(['mint', 'localhost', '127.0.0.1', '--cert-file', 'a b.pem', '--key-file', 'a b-key.pem']);
    const root = join(desk.home, 'cas', 'default', 'root.pem');
    const [certFile, keyFile] = [desk.path('a b.pem'), desk.path('a b-key.pem')];
    const requests: string[] = [];
    const server = createServer({ certFile, keyFile }, ({ url }, response) => {
      requests.push(url ?? '');
      response.end('answer');
    });
    closeLater(server);
    const port = await listen(server, 0, '127.0.0.1');
    const serialBy = {
      curl: async () => {
        const words = ['-sS', '--cacert', root, '-o', '/dev/null', '-w', '%{certs}', `https://localhost:${port}/curl`];
        const { stdout, output } = await run([programPath('curl'), ...words]);
        return /Serial Number:\s*([0-9a-f:]+)/i.exec(stdout)?.[1]?.replaceAll(':', '') ?? output;
      },
      openssl: async () => {
        const words = [
          's_client',
          '-connect',
          `127.0.0.1:${port}`,
          '-CAfile',
          root,
          '-verify_return_error',
          '-showcerts',
        ];
        const { stdout, output } = await run([programPath('openssl'), ...words]);
        const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(stdout)?.[0];
        const shown = await run([programPath('openssl'), 'x509', '-noout', '-serial'], { input: pem ?? '' });
        return /serial=(\w+)/.exec(shown.stdout)?.[1]?.toLowerCase() ?? output;
      },
      node: () =>
        new Promise<string>((resolve, reject) => {
          const outgoing = get({ port, host: 'localhost', ca: readFileSync(root), agent: new Agent() }, (response) => {
            resolve((response.socket as TLSSocket).getPeerCertificate().serialNumber.toLowerCase());
            response.resume();
          });
          outgoing.on('error', reject);
        }),
    };
    const ask = async () =>
      Object.fromEntries(await Promise.all(Object.entries(serialBy).map(async ([name, tell]) => [name, await tell()])));
    const serials = () => {
      const serial = readLeaf(certFile).serialNumber.toLowerCase();
      return { curl: serial, openssl: serial, node: serial };
    };
    const before = serials();
    expect(await ask()).toEqual(before);
    const waitForIt = () => waitFor(port, { certPin: readLeaf(certFile).fingerprint256 });
    await desk.json(['renew', certFile, '--new-key']);
    expect(await waitForIt()).toBeLessThan(1000);
    expect(await ask()).toEqual(serials());
    expect(serials()).not.toEqual(before);
    // The same key: one file is renamed.
    await desk.json(['renew', certFile]);
    expect(await waitForIt()).toBeLessThan(1000);
    expect(await ask()).toEqual(serials());
    expect(requests.filter((url) => url === '/curl')).toHaveLength(3);
  });

  it('may be killed at any moment', async () => {
    const scene = createScene(scratch);
    await runIn(scene, ['mint', 'localhost', '127.0.0.1']);
    const [certFile, keyFile] = ['localhost+1.pem', 'localhost+1-key.pem'].map((name) => join(scene.out, name));
    const { port, faults } = await keep({ certFile: certFile ?? '', keyFile: keyFile ?? '' });
    const usual = ['renew', 'localhost+1.pem', '--new-key'];
    const start = performance.now();
    await runIn(scene, usual);
    const kill = createKiller(performance.now() - start);
    const shown = new Set<string>();
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        shown.add(await shownBy(port));
        await sleep(5);
      }
    })();
    for (let i = 0; i < 8; i++) {
      await kill(scene, usual);
      await sleep(100);
    }
    await runIn(scene, usual);
    isOver = true;
    await watching;
    // Nobody was sent away, and what was left by the dead is forgotten.
    expect([...shown].filter((text) => !/^[0-9A-F:]{95}$/.test(text))).toEqual([]);
    const last = readLeaf(certFile ?? '').fingerprint256;
    await waitFor(port, { certPin: last });
    expect(faults).toEqual([]);
  });
});

describe('while it is renewed', () => {
  it('a thousand requests are answered over twenty certificates', async () => {
    const identities = Array.from({ length: 21 }, () => nextIdentity());
    const [first, ...others] = identities;
    if (first === undefined) throw new Error('none');
    const files = placeFirst(scratch, first);
    const { port, renewed, faults, requests } = await keep({ certFile: files.certFile, keyFile: files.keyFile });
    const pins = new Set<string>();
    const sockets = new WeakSet<Socket>();
    let sent = 0;
    const visit = (n: number, agent: Agent): Promise<string> =>
      new Promise((resolve, reject) => {
        const outgoing = request({ port, host: 'localhost', path: `/${n}`, ca: authority.pem, agent }, (response) => {
          response.on('data', (chunk: Buffer) => resolve(chunk.toString()));
        });
        outgoing.on('socket', (socket) => {
          if (sockets.has(socket)) return;
          sockets.add(socket);
          socket.once('secureConnect', () => pins.add((socket as TLSSocket).getPeerCertificate().fingerprint256));
        });
        outgoing.on('error', reject);
        outgoing.end();
      });
    // Half of them on sockets that are used again, the others each by a handshake.
    const agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: false, maxCachedSessions: 0 })] as const;
    const worker = async (agent: Agent): Promise<void> => {
      while (sent < 1000 || renewed.length < others.length) {
        expect(await visit(sent++, agent)).toBe('answer');
        await sleep(10);
      }
    };
    const workers = Array.from({ length: 16 }, (_, i) => worker(agents[i % 2 === 0 ? 0 : 1]));
    for (const next of others) {
      place(files, next);
      await waitFor(port, next);
    }
    await Promise.all(workers);
    for (const agent of agents) agent.destroy();
    expect([renewed, faults]).toEqual([others.map(({ certPin }) => certPin), []]);
    expect(requests.length).toBe(sent);
    expect([sent >= 1000, [...pins].filter((pin) => !identities.some(({ certPin }) => certPin === pin))]).toEqual([
      true,
      [],
    ]);
    expect(pins.size).toBeGreaterThan(10);
  });

  it('open connections live on, and a response that is under way comes to its end', async () => {
    const [first, next] = [nextIdentity(), nextIdentity()];
    const files = placeFirst(scratch, first);
    let finish = (): void => {};
    const server = createServer({ certFile: files.certFile, keyFile: files.keyFile }, ({ url }, response) => {
      if (url === '/slow') {
        response.write('begin ');
        finish = () => response.end('end');
      } else response.end('answer');
    });
    closeLater(server);
    const port = await listen(server, 0, '127.0.0.1');
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: authority.pem });
    const visit = async (path: string, from?: Agent) => {
      const [response] = (await once(
        get({ port, host: 'localhost', path, agent: from, ca: authority.pem }),
        'response',
      )) as [NodeJS.ReadableStream & { socket: TLSSocket }];
      const { fingerprint256 } = response.socket.getPeerCertificate();
      const text = (async () => {
        let all = '';
        for await (const chunk of response) all += String(chunk);
        return all;
      })();
      return { fingerprint256, text };
    };
    const slow = await visit('/slow', new Agent());
    const kept = await visit('/', agent);
    expect(await kept.text).toBe('answer');
    place(files, next);
    await waitFor(port, next);
    finish();
    expect(await slow.text).toBe('begin end');
    const again = await visit('/', agent);
    expect([await again.text, again.fingerprint256]).toEqual(['answer', first.certPin]);
    agent.destroy();
    expect((await visit('/', new Agent())).fingerprint256).toBe(next.certPin);
    expect(portOf(server)).toBe(port);
  });
});
