/** @module A WebSocket server on localhost: it greets whoever opens a socket, and counts who asked to. */
import { createServer, type Server } from 'node:https';
import { WebSocketServer } from 'ws';
import { listen } from '../clients/throwaway-server.ts';
import type { ServedPair } from './certificates.ts';
import { WELCOME } from './pinned-server.ts';

export class GreetingServer {
  /** Paths that sockets were asked for, in order. */
  readonly requests: string[] = [];
  readonly #server: Server;
  port = 0;

  /** @param pair what it is served with */
  constructor({ chainPem, keyPem }: ServedPair) {
    this.#server = createServer({ cert: chainPem, key: keyPem });
    this.#server.on('tlsClientError', () => {}); // A client that refuses hangs up: that is the point.
    const sockets = new WebSocketServer({ server: this.#server });
    sockets.on('connection', (socket, { url = '' }) => {
      this.requests.push(url);
      socket.send(WELCOME);
    });
  }

  static async start(pair: ServedPair): Promise<GreetingServer> {
    const server = new GreetingServer(pair);
    server.port = await listen(server.#server, 0, '127.0.0.1');
    return server;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
