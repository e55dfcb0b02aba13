/** @module The certificates a running server sends, leaf first, trusted or not. Nothing but a handshake is spoken, and what leads to it. */
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type DetailedPeerCertificate } from 'node:tls';
import type { Bytes } from '@mintmark/ca-core';
import { cliError } from '../cli-errors.ts';
import { openSocket } from './open-socket.ts';
import type { Server } from './server-address.ts';
import { START_TLS } from './start-tls.ts';

/** For the whole handshake: a server that sends a byte now and then is never idle. */
const TIMEOUT_MS = 10_000;
const MAX_CHAIN = 10;

/** DER certificates. The server is not verified: looking at what it shows is the point. @throws CONNECT_FAILED */
export async function readServerChain(server: Server, timeoutMs = TIMEOUT_MS): Promise<Bytes[]> {
  const { host, port, startTls } = server;
  const plain = openSocket(server);
  const late = new Error(`no handshake within ${timeoutMs / 1000} s`);
  const deadline = setTimeout(() => plain.destroy(late), timeoutMs);
  try {
    await settled(plain, 'connect');
    if (startTls !== undefined) await START_TLS[startTls](plain);
    const chain = await shakeHands(plain, server);
    if (chain.length === 0) throw new Error('the server sent no certificate');
    return chain;
  } catch (cause) {
    // TLS tells of a connection that was cut by its own words; the deadline is the reason behind them.
    const { code, message } = (plain.errored === late ? late : cause) as NodeJS.ErrnoException;
    throw cliError('CONNECT_FAILED', { target: `${host}:${port}`, reason: code ?? message }, { cause });
  } finally {
    clearTimeout(deadline);
    plain.destroy();
  }
}

async function shakeHands(plain: Socket, { host, serverName = host }: Server): Promise<Bytes[]> {
  const sni = isIP(serverName) === 0 ? { servername: serverName } : {};
  // Without roots of its own, Node adds none to what the server sent.
  const secureContext = createSecureContext({ ca: [] });
  const socket = connectTls({ socket: plain, secureContext, rejectUnauthorized: false, ...sni });
  await settled(socket, 'secureConnect');
  return collectChain(socket.getPeerCertificate(true));
}

/** Resolves at the event, rejects when the socket fails or is cut first; a later error is nobody's. */
function settled(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve).on('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}

/** Node links each certificate to its issuer; a root links to itself. */
function collectChain(leaf: DetailedPeerCertificate | undefined): Bytes[] {
  const chain: Bytes[] = [];
  let current = leaf;
  while (current?.raw !== undefined && chain.length < MAX_CHAIN) {
    chain.push(new Uint8Array(current.raw));
    current = current.issuerCertificate === current ? undefined : current.issuerCertificate;
  }
  return chain;
}
