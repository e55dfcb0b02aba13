/** @module Files of a served certificate as others put them there, and what a client is shown. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ConnectionOptions, type DetailedPeerCertificate } from 'node:tls';
import { afterAll } from 'vitest';
import type { CaError } from '../../packages/ca-core/src/index.ts';
import { keepCertificateFresh, type FreshCertificateOptions } from '../../packages/dev/src/index.ts';
import { listen } from '../clients/throwaway-server.ts';
import { createCertificate, type CertificateOptions, type Identity } from './certificates.ts';

export const authority = createCertificate('authority', { ca: true });
const NAMES = ['localhost', '127.0.0.1'];

/** A further certificate for the same names, with a key of its own. */
export const nextIdentity = (options: CertificateOptions = {}): Identity =>
  createCertificate('service', { issuer: authority, names: NAMES, ...options });

export type PairFiles = { readonly folder: string; readonly certFile: string; readonly keyFile: string };

let count = 0;

/** A folder of its own below `scratch`, with this pair in it. */
export function placeFirst(scratch: string, own: Identity): PairFiles {
  const folder = join(scratch, `pair-${++count}`);
  mkdirSync(folder);
  const files = { folder, certFile: join(folder, 'server.pem'), keyFile: join(folder, 'server-key.pem') };
  place(files, own);
  return files;
}

/** By two renames, the key first, as careful programs do. */
export function place(files: PairFiles, own: Identity, above: readonly Identity[] = [authority]): void {
  replaceFile(files.keyFile, own.keyPem);
  replaceFile(files.certFile, chainPem(own, above));
}

export const chainPem = (own: Identity, above: readonly Identity[] = [authority]): string =>
  [own, ...above].map(({ pem }) => pem).join('');

export function replaceFile(path: string, content: string | Uint8Array): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

/** What a new connection to the port is shown: the digest of the server's certificate, or the error of the handshake. */
export function shownBy(port: number, options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', ({ message }) => resolve(message));
  });
}

/** How many certificates the server sends. */
export function chainLengthOf(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      const seen = new Set<DetailedPeerCertificate>();
      let next = socket.getPeerCertificate(true);
      while (next !== undefined && !seen.has(next)) {
        seen.add(next);
        next = next.issuerCertificate;
      }
      resolve(seen.size);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

/** Milliseconds until new connections are shown it. @throws Error when `limitMs` is over */
export async function waitFor(port: number, own: Pick<Identity, 'certPin'>, limitMs = 5000): Promise<number> {
  const start = performance.now();
  for (;;) {
    const [shown, passed] = [await shownBy(port), performance.now() - start];
    if (shown === own.certPin) return passed;
    if (passed > limitMs) throw new Error(`after ${Math.round(passed)} ms still shown: ${shown}`);
    await sleep(25);
  }
}

export type Kept = {
  readonly server: Server;
  readonly port: number;
  readonly faults: CaError[];
  readonly renewed: string[];
  /** Paths of the requests that have arrived. */
  readonly requests: string[];
  readonly close: () => void;
};

/** A server on 127.0.0.1 whose certificate is kept fresh, until the tests of the file are done. */
export async function keep(
  options: FreshCertificateOptions,
  https: Parameters<typeof createServer>[0] = {},
): Promise<Kept> {
  const [faults, renewed, requests]: [CaError[], string[], string[]] = [[], [], []];
  const server = createServer(https, (request, response) => {
    requests.push(request.url ?? '');
    response.end('answer');
  });
  server.on('tlsClientError', () => {});
  const { close } = keepCertificateFresh(server, {
    onFault: (fault) => faults.push(fault),
    onRenewed: ({ fingerprint256 }) => renewed.push(fingerprint256),
    ...options,
  });
  const port = await listen(server, 0, '127.0.0.1');
  closeLater(server);
  return { server, port, faults, renewed, requests, close };
}

const servers: (NetServer & { closeAllConnections?: () => void })[] = [];
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections?.();
  }
});

export function closeLater(server: NetServer): void {
  servers.push(server);
}

export const portOf = (server: NetServer): number => (server.address() as AddressInfo).port;

/** Longer than it takes until a fault is told, and than the clock's rounds. */
export const PATIENCE_MS = 1600;

/** @throws Error when it does not come true within `limitMs` */
export async function until(isTrue: () => boolean, limitMs = 3000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms`);
    await sleep(10);
  }
}
