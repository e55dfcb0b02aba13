/**
 * @module OCSP over HTTP (RFC 6960 appendix A): POST, and GET with the request in the path. Whoever asks is a stranger: bodies,
 * headers, times and connections are bounded, and nothing they send is printed.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { encodeOcspFailure, MAX_OCSP_REQUEST_BYTES } from '@mintmark/ca-core/revocation';
import type { ListenAddress } from './listen-address.ts';
import type { OcspAnswerer } from './ocsp-answers.ts';
import { revokeError } from './revocation-errors.ts';

export type OcspServer = { readonly address: ListenAddress; readonly stop: () => void };

const RESPONSE_TYPE = 'application/ocsp-response'; // RFC 6960 appendix A.2
const MAX_CONNECTIONS = 256;
const HEADERS_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 5000;
/** Node looks every 30 seconds by itself, and until then the two times above mean nothing. */
const TIMEOUT_CHECK_MS = 1000;

type Told = { readonly answer: OcspAnswerer; readonly onFault: (cause: unknown) => void };

/** Resolves when it listens. @throws LISTEN_FAILED */
export function startOcspServer({ host, port }: ListenAddress, told: Told): Promise<OcspServer> {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
    (request, response) => void serve(request, response, told),
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', (_cause, socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(describeFailure(cause, `${host}:${port}`)));
    server.listen(port, host, () =>
      resolve({ address: { host, port: portOf(server, port) }, stop: () => stop(server) }),
    );
  });
}

function portOf(server: Server, asked: number): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : asked;
}

function describeFailure(cause: Error, address: string): Error {
  const code = 'code' in cause ? String(cause.code) : cause.message;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'the port is in use',
    EACCES: 'the port needs more rights',
    EADDRNOTAVAIL: 'this machine has no such address',
  };
  return revokeError('LISTEN_FAILED', { address, reason: reasons[code] ?? code }, { cause });
}

function stop(server: Server): void {
  server.close();
  server.closeAllConnections();
}

async function serve(request: IncomingMessage, response: ServerResponse, { answer, onFault }: Told): Promise<void> {
  try {
    const read = await readRequest(request);
    if ('status' in read) return refuse(response, read);
    send(response, answer(read.der));
  } catch (cause) {
    if (request.destroyed && !request.complete) return; // it went away in the middle of its question: nobody's fault here
    onFault(cause);
    if (!response.headersSent) send(response, encodeOcspFailure('internalError'));
  }
}

type Refusal = { readonly status: number; readonly words: string };
type Read = { readonly der: Uint8Array } | Refusal;

const TOO_LARGE: Refusal = { status: 413, words: 'An OCSP request is shorter.' };
const NO_REQUEST: Refusal = {
  status: 400,
  words: 'This is an OCSP responder. POST a request, or GET it in base64 (RFC 6960 appendix A).',
};

async function readRequest(request: IncomingMessage): Promise<Read> {
  if (request.method === 'POST') return readBody(request);
  if (request.method !== 'GET') return { status: 405, words: 'OCSP takes GET and POST.' };
  const der = parsePath(request.url ?? '');
  return der === undefined ? NO_REQUEST : { der };
}

async function readBody(request: IncomingMessage): Promise<Read> {
  const chunks: Buffer[] = [];
  let length = 0;
  if (Number(request.headers['content-length'] ?? 0) > MAX_OCSP_REQUEST_BYTES) return TOO_LARGE;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_OCSP_REQUEST_BYTES) return TOO_LARGE;
    chunks.push(chunk);
  }
  return length === 0 ? NO_REQUEST : { der: Buffer.concat(chunks) };
}

/** Base64 of the request as the path, escaped or not; undefined for any other path. */
function parsePath(url: string): Uint8Array | undefined {
  try {
    const text = decodeURIComponent(url.slice(1));
    if (!/^[A-Za-z0-9+/]{16,}={0,2}$/.test(text)) return undefined;
    return new Uint8Array(Buffer.from(text, 'base64'));
  } catch {
    return undefined; // a percent sign that escapes nothing
  }
}

function send(response: ServerResponse, der: Uint8Array): void {
  // A revocation counts at once, so no proxy may keep an answer.
  response.writeHead(200, { 'content-type': RESPONSE_TYPE, 'content-length': der.length, 'cache-control': 'no-store' });
  response.end(der);
}

function refuse(response: ServerResponse, { status, words }: Refusal): void {
  const allow = status === 405 ? { allow: 'GET, POST' } : {};
  // What else was sent is not read.
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close', ...allow });
  response.end(`${words}\n`);
}
