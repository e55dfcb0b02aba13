/**
 * @module What every printed program of an interpreter must do beyond comparing: go straight to the server that it names, whatever the
 * environment says, follow nobody elsewhere, take an IPv6 address, and say in one line why it refuses.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { listen } from '../clients/throwaway-server.ts';
import { mintmarkOrThrow } from '../programs/mintmark.ts';
import { programPath } from '../programs/program.ts';
import { run, type RunResult } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { createServed, type ServedPair } from './certificates.ts';
import type { PinnedClient } from './pinned-client.ts';
import { PinnedServer, WELCOME } from './pinned-server.ts';
import { requireClient } from './require-client.ts';

const INTERPRETERS: Readonly<Record<string, string>> = { '.py': 'python3', '.rb': 'ruby', '.php': 'php' };

/** Runs a program by the interpreter of its kind. */
export const interpret = (file: string, env: Readonly<Record<string, string>> = {}): Promise<RunResult> =>
  run([programPath(INTERPRETERS[extname(file)] ?? 'false'), file], { env });

/** Prints the program for a certificate and an address into a folder, as a user would. Returns its file. */
export async function printProgram(format: string, certFile: string, host: string, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const words = ['pin', certFile, '--format', format, '--host', host, '--json'];
  const { stdout } = await mintmarkOrThrow(words, { home: join(folder, 'home'), cwd: folder });
  const { fileName, targets } = JSON.parse(stdout) as { fileName: string; targets: { snippet: string }[] };
  const file = join(folder, fileName);
  writeFileSync(file, targets[0]?.snippet ?? '');
  return file;
}

/** Listens on 127.0.0.1 and answers everything with the way elsewhere. */
export async function startRedirecting({ chainPem, keyPem }: ServedPair, location: string) {
  const requests: string[] = [];
  const server = createServer({ cert: chainPem, key: keyPem }, (request, response) => {
    requests.push(request.url ?? '');
    response.writeHead(302, { location, connection: 'close' }).end('elsewhere\n');
  });
  const port = await listen(server, 0, '127.0.0.1');
  return { port, requests, stop: () => new Promise((done) => server.close(done)) };
}

export function describePrograms(family: string, clients: readonly PinnedClient[]): void {
  const folder = scratchFolder(`programs-${family}`);
  const genuine = createServed(folder, 'genuine');
  const stranger = createServed(folder, 'stranger');
  const plain: string[] = [];
  const plainServer = createPlainServer((request, response) => {
    plain.push(request.url ?? '');
    response.end(WELCOME);
  });
  let server: PinnedServer;
  let other: PinnedServer;
  let plainPort = 0;
  beforeAll(async () => {
    server = await PinnedServer.start(genuine);
    other = await PinnedServer.start(stranger);
    plainPort = await listen(plainServer, 0, '127.0.0.1');
  });
  afterAll(async () => {
    await Promise.all([server.stop(), other.stop(), new Promise((done) => plainServer.close(done))]);
  });
  const print = (context: TestContext, client: PinnedClient, host: string): Promise<string> => {
    requireClient(context, client);
    server.forget();
    other.forget();
    return printProgram(client.format, genuine.certFile, host, join(folder, `${client.format}-${context.task.id}`));
  };

  describe.each(clients)('the program for $format', (client) => {
    it('goes straight to the server, whatever proxy the environment names', async (context) => {
      const file = await print(context, client, `localhost:${server.port}`);
      const proxy = `http://127.0.0.1:${plainPort}`;
      const named = ['http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];
      const result = await interpret(file, Object.fromEntries(named.map((name) => [name, proxy])));
      expect(result).toMatchObject({ exitCode: 0, stdout: `${WELCOME}\n`, stderr: '' });
      expect(server.requests).toEqual(['/']);
    });

    it('follows nobody elsewhere', async (context) => {
      for (const location of [`https://localhost:${other.port}/`, `http://localhost:${plainPort}/`]) {
        const redirecting = await startRedirecting(genuine, location);
        const file = await print(context, client, `localhost:${redirecting.port}`);
        const { output } = await interpret(file);
        await redirecting.stop();
        expect(redirecting.requests, output).toEqual(['/']);
        expect([...other.handshakes, ...plain], output).toEqual([]);
      }
    });

    it('takes an IPv6 address', async (context) => {
      const file = await print(context, client, `[::1]:${server.port}`);
      expect(await interpret(file)).toMatchObject({ exitCode: 0, stdout: `${WELCOME}\n`, stderr: '' });
      expect(server.requests).toEqual(['/']);
    });

    it('says why it refuses, in one line', async (context) => {
      const file = await print(context, client, `localhost:${other.port}`);
      const { exitCode, stdout, stderr } = await interpret(file);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toMatch(/^failed: .*(?:pin|finger|certificate|key).*\n$/i);
      expect(other.requests).toEqual([]);
    });
  });
}
