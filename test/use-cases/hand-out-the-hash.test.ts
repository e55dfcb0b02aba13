/**
 * @module Hand out the hash: a server without a domain name and without an authority; the operator gives users the pin, and their
 * clients trust that and nothing else, so that nobody in the middle can read what they send.
 */
import { createServer, request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../clients/throwaway-server.ts';
import { deskMaker } from '../cli/desk.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';

const desk = deskMaker('hand-out-the-hash')();
const received: string[] = [];

/** A server with a certificate of its own; it writes down the credentials it gets. */
const newServer = (title: string) =>
  createServer((incoming, response) => {
    received.push(`${title} got ${incoming.headers.authorization ?? 'nothing'}`);
    response.end(`${title}\n`);
  });
const honest = newServer('honest');
const middle = newServer('middle');
afterAll(() => Promise.all([honest, middle].map((server) => new Promise((done) => server.close(done)))));

let port = 0;
let middlePort = 0;
beforeAll(async () => {
  for (const [server, title] of [
    [honest, 'honest'],
    [middle, 'middle'],
  ] as const) {
    await desk.json(['self-signed', 'service.internal', '--cert-file', `${title}.pem`, '--key-file', `${title}.key`]);
    server.setSecureContext({ cert: desk.read(`${title}.pem`), key: desk.read(`${title}.key`) });
  }
  port = await listen(honest, 0, '127.0.0.1');
  middlePort = await listen(middle, 0, '127.0.0.1');
});

const pin = async (format: string, target = 'honest.pem'): Promise<string> =>
  (await desk.runOrThrow(['pin', target, '--format', format, '--value'])).stdout.trim();

describe('curl, told to trust the pin alone', () => {
  it('accepts the server with the right pin and refuses another server before it sends anything', async (context) => {
    requirePrograms(context, ['curl']);
    const value = await pin('curl');
    const visit = (to: number) =>
      run([
        programPath('curl'),
        '-q',
        '-sS',
        '-k',
        '--noproxy',
        '*',
        '-u',
        'user:secret',
        '--pinnedpubkey',
        value,
        `https://127.0.0.1:${to}/`,
      ]);
    expect(await visit(port)).toMatchObject({ exitCode: 0, stdout: 'honest\n' });
    const refused = await visit(middlePort);
    expect(refused, refused.output).toMatchObject({ exitCode: 90, stdout: '' });
    expect(received).toEqual([expect.stringMatching(/^honest got Basic /)]);
  });
});

/** The client of a user who was given a fingerprint: any CA, any name, but this certificate. */
function visitPinned(to: number, fingerprint: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port: to,
      rejectUnauthorized: false,
      agent: false,
      auth: 'user:secret',
    });
    outgoing.on('socket', (socket) =>
      socket.once('secureConnect', () => {
        const shown = (socket as TLSSocket).getPeerCertificate().fingerprint256;
        if (shown === fingerprint) outgoing.end();
        else outgoing.destroy(new Error(`wrong certificate ${shown}`));
      }),
    );
    outgoing.on('error', reject);
    outgoing.on('response', (response) => response.on('data', (chunk: Buffer) => resolve(chunk.toString())));
  });
}

describe('a Node client that trusts the hash alone', () => {
  it('accepts that certificate whatever its name, and hands credentials to no other', async () => {
    received.length = 0;
    const fingerprint = await pin('node');
    expect(await visitPinned(port, fingerprint)).toBe('honest\n');
    await expect(visitPinned(middlePort, fingerprint)).rejects.toThrow('wrong certificate');
    expect(received).toEqual([expect.stringMatching(/^honest got Basic /)]);
  });
});

it('the operator reads the pin from the running server, the user checks it, and it survives renewal with the same key', async () => {
  const fromServer = await pin('curl', `127.0.0.1:${port}`);
  expect(fromServer).toBe(await pin('curl'));
  expect((await desk.run(['pin', `127.0.0.1:${port}`, '--check', fromServer])).exitCode).toBe(0);
  expect((await desk.run(['pin', `127.0.0.1:${middlePort}`, '--check', fromServer])).exitCode).toBe(1);
  await desk.json(['self-signed', 'service.internal', '--cert-file', 'honest.pem', '--key-file', 'honest.key']);
  expect(await pin('curl')).toBe(fromServer);
});
