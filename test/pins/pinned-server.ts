/**
 * @module An HTTPS server on localhost that counts what reaches it: a client that refuses a pin sends no request, so the count is
 * the same proof for every client. It hands out session tickets, as servers do, and counts who came back with one.
 */
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { listen } from '../clients/throwaway-server.ts';
import type { ServedPair } from './certificates.ts';

/** What every answer holds, so that a client must have read it. */
export const WELCOME = 'the-pinned-server-says-hello';

export class PinnedServer {
  /** Paths of requests, in order. */
  readonly requests: string[] = [];
  /** Of every handshake that was finished: whether it resumed an earlier session. */
  readonly handshakes: boolean[] = [];
  /** TCP connections, whatever became of them. */
  connections = 0;
  readonly #servers: Server[] = [];
  port = 0;

  static async start(pair: ServedPair): Promise<PinnedServer> {
    const server = new PinnedServer();
    const shared = server.#create(pair);
    server.port = await listen(shared, 0, '127.0.0.1');
    await listen(server.#create(pair), server.port, '::1');
    return server;
  }

  forget(): void {
    this.requests.length = 0;
    this.handshakes.length = 0;
    this.connections = 0;
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) server.closeAllConnections();
    await Promise.all(this.#servers.map((server) => new Promise((done) => server.close(done))));
  }

  #create({ chainPem, keyPem }: ServedPair): Server {
    const server = createServer({ cert: chainPem, key: keyPem }, (request, response) => {
      this.requests.push(request.url ?? '');
      response.setHeader('content-type', 'text/html');
      response.end(answer(request.url ?? ''));
    });
    server.on('connection', () => this.connections++);
    server.on('secureConnection', (socket: TLSSocket) => this.handshakes.push(socket.isSessionReused()));
    server.on('tlsClientError', () => {}); // A client that refuses hangs up: that is the point.
    this.#servers.push(server);
    return server;
  }
}

/** For git, the reference list of its plain protocol (gitprotocol-http); for everybody else a word. */
const answer = (path: string): string =>
  path.includes('/info/refs') ? `${'a'.repeat(40)}\trefs/heads/${WELCOME}\n` : `${WELCOME}\n`;
