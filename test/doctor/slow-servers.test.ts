/**
 * @module Servers that send a byte now and then, for ever: no visit to them is idle, and each must end all the same. From the source
 * and not from the built program, for a deadline that is short.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { afterAll, expect, it } from 'vitest';
import { lookAtServer } from '../../packages/cli/src/commands/doctor-server.ts';
import { readServerChain } from '../../packages/cli/src/peer/server-chain.ts';
import { deskMaker } from '../cli/desk.ts';

const desk = deskMaker('doctor-slow')();
const DEADLINE_MS = 400;
const BYTE_MS = 50;
/** Far above all deadlines together, far below never. */
const ENOUGH_MS = 8000;

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

/** Hands the nth visitor to the nth taker, and all later ones to the last. */
async function listen(takers: readonly ((socket: Socket) => void)[]): Promise<{ host: string; port: number }> {
  let visits = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    takers[Math.min(visits++, takers.length - 1)]?.(socket);
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

/** The start of bytes, then zeros without an end, one at a time. */
const drip =
  (start: Buffer) =>
  (socket: Socket): void => {
    let sent = 0;
    const timer = setInterval(() => socket.write(Buffer.of(start[sent++] ?? 0)), BYTE_MS);
    socket.once('close', () => clearInterval(timer));
  };

/** A handshake record that is announced longer than anybody waits. */
const dripTls = drip(Buffer.from([22, 3, 3, 63, 255]));

it('ends a handshake that never does, and says that the server is slow', { timeout: ENOUGH_MS }, async () => {
  expect(await lookAtServer(await listen([dripTls]), DEADLINE_MS)).toEqual({ fault: { kind: 'slow' } });
});

it('still tells a server that says nothing', { timeout: ENOUGH_MS }, async () => {
  expect(await lookAtServer(await listen([() => {}]), DEADLINE_MS)).toEqual({ fault: { kind: 'silent' } });
});

it('ends the question for plain HTTP', { timeout: ENOUGH_MS }, async () => {
  const refuse = (socket: Socket): void => void socket.end('not TLS at all\n');
  expect(await lookAtServer(await listen([refuse, () => {}]), DEADLINE_MS)).toEqual({ fault: { kind: 'no-tls' } });
  const slowHttp = drip(Buffer.from('HTTP/1.1 200 OK\r\n'));
  // Five bytes tell, and they come in half of a deadline.
  expect(await lookAtServer(await listen([refuse, slowHttp]), 3000)).toEqual({ fault: { kind: 'plain-http' } });
});

it('ends the question for public roots, and keeps what was seen before', { timeout: ENOUGH_MS }, async () => {
  await desk.runOrThrow(['127.0.0.1']);
  const secureContext = createSecureContext({ cert: desk.read('127.0.0.1.pem'), key: desk.read('127.0.0.1-key.pem') });
  const speakTls = (socket: Socket): void => {
    new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => {});
  };
  const sighting = await lookAtServer(await listen([speakTls, dripTls]), DEADLINE_MS);
  expect(sighting).toMatchObject({ sight: { isPubliclyTrusted: false, isOrderKnown: true, chain: [{}, {}] } });
});

it('ends the reading of a chain, as inspect and pin do it', { timeout: ENOUGH_MS }, async () => {
  await expect(readServerChain(await listen([dripTls]), DEADLINE_MS)).rejects.toMatchObject({
    code: 'CONNECT_FAILED',
    details: { reason: 'no handshake within 0.4 s' },
  });
});
