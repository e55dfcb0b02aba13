/**
 * @module Looks at a running server: the certificates it sends, in the order of the wire where it speaks TLS 1.2, and why there is no
 * handshake where there is none. Nothing but handshakes is spoken, and one line of plain HTTP to a server that knows no TLS.
 */
import { isIP, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect, createSecureContext, type SecureVersion, type TLSSocket } from 'node:tls';
import { parseCertificate, type CertificateFacts } from '@mintmark/ca-core/read';
import { parseCertificateMessage, type ConnectionFault, type ServerSight } from '@mintmark/install';
import { openSocket } from '../peer/open-socket.ts';
import type { Server } from '../peer/server-address.ts';
import { readServerChain } from '../peer/server-chain.ts';

/** What was seen, or why nothing was. */
export type Sighting = { readonly sight: ServerSight } | { readonly fault: ConnectionFault };

/** For a whole visit, from the name's resolution on: a server that sends a byte now and then is never idle. */
const TIMEOUT_MS = 10_000;

/** A server, and the milliseconds that each visit to it may last. */
type Visited = Server & { readonly timeoutMs: number };

/** @throws CERTIFICATE_INVALID, DER_INVALID for what the server sent; CONNECT_FAILED when it stops answering in between */
export async function lookAtServer({ host, port }: Server, timeoutMs = TIMEOUT_MS): Promise<Sighting> {
  const server = { host, port, timeoutMs };
  const plain = await shakeHands(server, 'TLSv1.2');
  if (plain.wire.certificates !== undefined) return see(server, plain.wire.certificates, true);
  const modern = plain.fault === undefined || plain.isVersion ? await shakeHands(server, 'TLSv1.3') : plain;
  if (modern.fault !== undefined) return { fault: await nameFault(server, modern) };
  return see(server, await readServerChain(server, timeoutMs), false);
}

async function see(server: Visited, chain: readonly Uint8Array[], isOrderKnown: boolean): Promise<Sighting> {
  const facts = chain.map((der): CertificateFacts => parseCertificate(der, `${server.host}:${server.port}`));
  const { host, port } = server;
  return { sight: { host, port, chain: facts, isOrderKnown, isPubliclyTrusted: await isTrusted(server) } };
}

type Handshake = {
  readonly wire: { readonly certificates: readonly Uint8Array[] | undefined; readonly head: Buffer };
  readonly fault: NodeJS.ErrnoException | undefined;
  /** It only failed because the server does not speak that version. */
  readonly isVersion: boolean;
};

/** One handshake that verifies nothing, with every byte from the server kept. */
function shakeHands(server: Visited, maxVersion: SecureVersion): Promise<Handshake> {
  return new Promise((resolve) => {
    const socket = openSocket(server);
    const tap = new Tap(socket);
    const secureContext = createSecureContext({ ca: [], maxVersion });
    const client = connect({ socket: tap, secureContext, rejectUnauthorized: false, ...nameOf(server) });
    const finish = (fault?: NodeJS.ErrnoException): void => {
      clearTimeout(deadline);
      client.destroy();
      socket.destroy();
      const isVersion = /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/.test(fault?.code ?? '');
      const certificates = parseCertificateMessage(tap.heard());
      resolve({ wire: { certificates, head: tap.heard() }, fault, isVersion });
    };
    const endLate = (): void => finish(Object.assign(new Error('late'), { code: 'ETIMEDOUT' }));
    const deadline = setTimeout(endLate, server.timeoutMs);
    socket.once('error', finish);
    client.once('error', finish);
    client.once('close', () => finish(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
    client.once('secureConnect', () => finish());
  });
}

const nameOf = ({ host }: Server): { servername?: string } => (isIP(host) === 0 ? { servername: host } : {});

const KEPT_BYTES = 256 * 1024;

/** Passes bytes both ways and keeps those that come from the server. */
class Tap extends Duplex {
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      if (this.#size < KEPT_BYTES) this.#chunks.push(chunk);
      this.#size += chunk.length;
      this.push(chunk);
    });
    socket.once('close', () => this.push(null));
  }

  heard(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  override _read(): void {
    // What comes is pushed as it comes.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (cause?: Error | null) => void): void {
    this.#socket.write(chunk, () => done());
  }
}

const RECORD_ALERT = 21; // RFC 8446 section 5.1
const RECORD_HANDSHAKE = 22;

async function nameFault(server: Visited, { fault, wire }: Handshake): Promise<ConnectionFault> {
  const code = fault?.code ?? '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { kind: 'unresolved' };
  if (code === 'ECONNREFUSED') return { kind: 'refused' };
  if (code === 'ETIMEDOUT' && wire.head.length > 0) return { kind: 'slow' };
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return { kind: 'silent' };
  const isTls = wire.head[0] === RECORD_ALERT || wire.head[0] === RECORD_HANDSHAKE;
  if (isTls)
    return {
      kind: 'tls',
      reason: code
        .replace(/^ERR_SSL_/, '')
        .toLowerCase()
        .replaceAll('_', ' '),
    };
  return { kind: (await isPlainHttp(server)) ? 'plain-http' : 'no-tls' };
}

const HTTP_START = 'HTTP/'; // RFC 9112 section 4

function isPlainHttp(server: Visited): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = openSocket(server);
    let heard = '';
    const finish = (isHttp: boolean): void => {
      clearTimeout(deadline);
      socket.destroy();
      resolve(isHttp);
    };
    const deadline = setTimeout(() => finish(false), server.timeoutMs / 2);
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
      if (heard.length >= HTTP_START.length) finish(heard.startsWith(HTTP_START));
    });
    socket.write(`HEAD / HTTP/1.0\r\nHost: ${server.host}\r\n\r\n`);
  });
}

/** Whether the public roots of this program vouch for the chain, whatever its names. */
function isTrusted(server: Visited): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = openSocket(server);
    const client: TLSSocket = connect({
      socket,
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...nameOf(server),
    });
    const finish = (isAuthorized: boolean): void => {
      clearTimeout(deadline);
      client.destroy();
      socket.destroy();
      resolve(isAuthorized);
    };
    const deadline = setTimeout(() => finish(false), server.timeoutMs);
    client.once('error', () => finish(false));
    client.once('secureConnect', () => finish(client.authorized));
  });
}
