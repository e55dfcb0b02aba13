/**
 * @module A TLS server on 127.0.0.1 that keeps every byte that a client writes after the handshake, and answers HTTP just
 * well enough. A client that refuses it must have written none.
 */
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { createServer, type Server, type TlsOptions } from 'node:tls';
import { afterAll } from 'vitest';
import { listen } from '../clients/throwaway-server.ts';
import type { Identity } from './certificates.ts';

export type Recording = {
  readonly port: number;
  readonly server: Server;
  /** The application bytes of all connections so far. */
  readonly received: () => string;
  /** The same, once every client has hung up: what a refused server got. */
  readonly receivedInAll: () => Promise<string>;
  /** How many clients have connected. */
  readonly connections: () => number;
  /** How many handshakes were finished, and how many of them resumed a session. */
  readonly handshakes: () => number;
  readonly resumed: () => number;
  /** Forgets what was received and counted. */
  readonly forget: () => void;
};

export type RecordingOptions = TlsOptions & {
  /** Sent after the server's own certificate. */
  readonly chain?: readonly Identity[];
  /** The response; default 200 with the request's path. */
  readonly answer?: (path: string) => string;
};

/** Closed when the tests of the file are done. */
export async function record(own: Identity, options: RecordingOptions = {}): Promise<Recording> {
  const { chain = [], answer = answerPath, ...tls } = options;
  const cert = [own, ...chain].map(({ pem }) => pem).join('');
  const sockets = new Set<Socket>();
  let [received, handshakes, resumed, connections] = ['', 0, 0, 0];
  const server = createServer({ cert, key: own.keyPem, ...tls }, (socket) => {
    handshakes++;
    if (socket.isSessionReused()) resumed++;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const path = /^[A-Z]+ (\S+) HTTP/m.exec(chunk.toString('latin1'))?.[1];
      if (path !== undefined) socket.write(answer(path));
    });
  });
  server.on('tlsClientError', () => {});
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
  });
  const port = await listen(server, 0, '127.0.0.1');
  open.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  return {
    port,
    server,
    received: () => received,
    receivedInAll: async () => {
      while ((await countConnections(server)) > 0) await setTimeout(1);
      return received;
    },
    connections: () => connections,
    handshakes: () => handshakes,
    resumed: () => resumed,
    forget: () => void ([received, handshakes, resumed, connections] = ['', 0, 0, 0]),
  };
}

const countConnections = (server: Server): Promise<number> =>
  new Promise((resolve, reject) =>
    server.getConnections((cause, count) => (cause === null ? resolve(count) : reject(cause))),
  );

const open: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(open.map((close) => close())));

const answerPath = (path: string): string => formatResponse(200, path);

export function formatResponse(status: number, body: string, headers: readonly string[] = []): string {
  const head = [`HTTP/1.1 ${status} Answer`, `content-length: ${Buffer.byteLength(body)}`, ...headers];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
