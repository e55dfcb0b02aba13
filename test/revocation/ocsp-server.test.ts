/** @module The HTTP of the OCSP responder before clients that hold on, or go away: the rest of it stays free, and its owner is told of faults alone. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startOcspServer, type OcspServer } from '../../packages/cli/src/revocation/ocsp-server.ts';
import { post, statusOf } from './ocsp-request.ts';

const QUESTION = Uint8Array.of(0x30, 0);
const INTERNAL_ERROR = 2;
const HALF = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8000\r\n\r\nA';

const faults: unknown[] = [];
let server: OcspServer;
beforeAll(async () => {
  server = await startOcspServer(
    { host: '127.0.0.1', port: 0 },
    { answer: () => expect.fail('a fault'), onFault: (cause) => void faults.push(cause) },
  );
});
afterAll(() => server.stop());

const open = (): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect(server.address.port, '127.0.0.1', () => resolve(socket));
    socket.on('error', () => {});
    socket.resume();
  });

it('a client that says nothing, or never ends what it says, is sent away in seconds', async () => {
  const begun = performance.now();
  const [silent, slow] = [await open(), await open()];
  slow.write(HALF);
  const drip = setInterval(() => slow.write('A'), 500);
  const ends = await Promise.all(
    [silent, slow].map(
      (socket) => new Promise<number>((resolve) => socket.on('close', () => resolve(performance.now() - begun))),
    ),
  );
  clearInterval(drip);
  for (const ms of ends) expect(ms).toBeLessThan(20_000);
});

it('one that goes away in the middle of its question is nothing to tell; a fault of ours is', async () => {
  for (let i = 0; i < 3; i++) {
    const socket = await open();
    await new Promise((resolve) => socket.write(HALF, resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
  }
  expect(statusOf(await post(`http://127.0.0.1:${server.address.port}/`, QUESTION))).toBe(INTERNAL_ERROR);
  expect(faults).toHaveLength(1);
});
