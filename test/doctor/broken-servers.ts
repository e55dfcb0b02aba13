/**
 * @module Servers that are wrong in one way each, on 127.0.0.1, from certificates of a desk's own CA: what `doctor` is asked about.
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { afterAll } from 'vitest';

const servers: Server[] = [];
/** Call it once at the top of a test file: closes what `serve` opened. */
export function closeServersAfterwards(): void {
  afterAll(async () => {
    await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
  });
}

export interface Served {
  /** PEM text, in the order in which it is sent. */
  readonly certPem: string;
  readonly keyFile: string;
  readonly minVersion?: SecureVersion;
}

/** Returns `localhost:PORT`. */
export async function serve({ certPem, keyFile, minVersion }: Served): Promise<string> {
  const version = minVersion === undefined ? {} : { minVersion };
  const key = readFileSync(keyFile);
  return listen(createServer({ cert: certPem, key, ...version }, (_request, response) => response.end('ok\n')));
}

/** The same over plain HTTP. */
export const servePlain = (): Promise<string> => listen(createHttpServer((_request, response) => response.end('ok\n')));

/** A port that was free a moment ago. */
export async function unusedTarget(): Promise<string> {
  const server = createHttpServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return `localhost:${port}`;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  servers.push(server);
  return `localhost:${(server.address() as AddressInfo).port}`;
}

/** The first certificate of a PEM text. */
export const firstOf = (pem: string): string =>
  pem.slice(0, pem.indexOf('-----END') + '-----END CERTIFICATE-----\n'.length);
