/**
 * @module HTTPS servers on 127.0.0.1 and ::1, one port for each certificate, that write down every request they receive. A client
 * that refuses a certificate never sends one, so the log is the same proof for every client, whatever its exit codes mean.
 */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { MARKER, type Loopback } from './visit.ts';

/** What a server is given, as a user's server would be: the chain file and the key file. */
export interface ServedFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export class ThrowawayServers {
  readonly #servers: Server[] = [];
  readonly #seen = new Set<string>();

  /** Serves the files on both loopback addresses, on one free port. */
  async serve(files: ServedFiles): Promise<number> {
    const pair = { cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) };
    const first = createHttpsServer(pair, this.#answer);
    const port = await listen(first, 0, '127.0.0.1');
    const second = createHttpsServer(pair, this.#answer);
    this.#servers.push(first, second);
    await listen(second, port, '::1');
    return port;
  }

  /** Whether a request for this path has arrived. Clients may add to the path (git does). */
  saw(path: string): boolean {
    return this.#seen.has(path) || [...this.#seen].some((seen) => seen.startsWith(`${path}/`));
  }

  async close(): Promise<void> {
    for (const server of this.#servers) server.closeAllConnections();
    await Promise.all(this.#servers.map((server) => new Promise((done) => server.close(done))));
  }

  readonly #answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? '';
    this.#seen.add(path);
    response.writeHead(200, { 'content-type': 'text/html', connection: 'close' });
    response.end(`<!doctype html><title>${MARKER}</title>${MARKER} ${path}\n`);
  };
}

/** Resolves to the port once the server listens. */
export function listen(server: TcpServer, port: number, address: Loopback): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      server.on('error', () => {}); // A later fault shows as a client's failed visit.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Below what systems hand out by themselves (Linux from 32768, RFC 6335 from 49152), to clients too: such a port may be gone a moment later. */
const CHOSEN_PORTS = { from: 20_000, to: 32_000 };

/** A port that nobody has, for programs that can't choose one themselves. */
export async function freePort(): Promise<number> {
  for (;;) {
    const probe = createTcpServer();
    const port = randomInt(CHOSEN_PORTS.from, CHOSEN_PORTS.to);
    const isFree = await listen(probe, port, '127.0.0.1').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    await new Promise((done) => probe.close(done));
    return port;
  }
}
