/**
 * @module The programs on the package's pages, run as they stand: each client reaches the pinned server that its page names by an
 * address, and sends a stranger at that address nothing; nor the proxy that the environment names. Each server takes a new certificate.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, listen } from '../clients/throwaway-server.ts';
import { parseBlocks } from '../docs/markdown.ts';
import { readPage, repositoryPath } from '../docs/pages.ts';
import { run, scrubbedEnvironment } from '../programs/run.ts';
import { createCertificate } from './certificates.ts';
import { record, type Recording } from './recording-server.ts';
import { chainPem, nextIdentity, replaceFile, waitFor } from './served-files.ts';

// In the repository, so that the libraries of its root are found.
const folder = repositoryPath(`.cache/dev-pages-${process.pid}`);
const TSX = repositoryPath('node_modules/tsx/dist/cli.mjs');
const ADDRESS = '192.0.2.7:8443';

beforeAll(() => {
  mkdirSync(join(folder, 'node_modules/@mintmark'), { recursive: true });
  symlinkSync(repositoryPath('packages/dev'), join(folder, 'node_modules/@mintmark/dev'), 'dir');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Nobody is to come here. */
let proxied = 0;
const proxy = createServer((client) => {
  proxied++;
  client.destroy();
});
let proxyPort = 0;
beforeAll(async () => void (proxyPort = await listen(proxy, 0, '127.0.0.1')));
afterAll(() => void proxy.close());

const programs = ['packages/dev/README.md', 'docs/dev.md'].flatMap((page) =>
  parseBlocks(readPage(page))
    .filter(({ language }) => language === 'js')
    .map(({ line, text, marks }) => ({ page, line, text, isServer: marks.has('server') })),
);
const clients = programs.filter(({ isServer }) => !isServer);
const servers = programs.filter(({ isServer }) => isServer);

const genuine = createCertificate('service');
const spare = createCertificate('spare');
const stranger = createCertificate('service', { names: ['127.0.0.1'] });

function visit({ line, text }: { line: number; text: string }, { port }: Recording) {
  const file = join(folder, `line-${line}.mjs`);
  writeFileSync(file, text.replaceAll(ADDRESS, `127.0.0.1:${port}`));
  const address = `http://127.0.0.1:${proxyPort}`;
  const proxies = { HTTPS_PROXY: address, https_proxy: address, HTTP_PROXY: address, http_proxy: address };
  // Two pins, as `mintmark pin --backup FILE --format curl` prints them.
  const SERVICE_PIN = `${genuine.keyPin};${spare.keyPin}`;
  return run([process.execPath, TSX, file], { cwd: folder, env: { SERVICE_PIN, ...proxies } });
}

describe.each(clients)('$page, line $line', (program) => {
  it('reaches the pinned server with what it has to say', async () => {
    const server = await record(genuine);
    const { exitCode, output, stdout } = await visit(program, server);
    expect([exitCode, stdout.trim()], output).toEqual([0, '/']);
    expect(server.received()).toMatch(/^authorization: (?:Basic dXNlcjpzZWNyZXQ=|Bearer secret)\r$/im);
    expect(proxied).toBe(0);
  });

  it('tells a stranger nothing', async () => {
    const server = await record(stranger);
    const { exitCode, stdout, stderr } = await visit(program, server);
    expect([exitCode, stdout, await server.receivedInAll()]).toEqual([1, '', '']);
    expect(stderr).toContain('PIN_MISMATCH');
    expect([server.connections() > 0, proxied]).toEqual([true, 0]);
  });
});

it.each(servers)('the server of $page, line $line, takes a new certificate', async ({ line, text }) => {
  const [first, next] = [nextIdentity(), nextIdentity()];
  const place = (own: typeof first): void => {
    replaceFile(join(folder, 'localhost-key.pem'), own.keyPem);
    replaceFile(join(folder, 'localhost.pem'), chainPem(own));
  };
  place(first);
  const port = await freePort();
  const file = join(folder, `server-${line}.mjs`);
  expect(text).toContain('8443');
  writeFileSync(file, text.replaceAll('8443', String(port)));
  const program = spawn(process.execPath, [TSX, file], { cwd: folder, env: scrubbedEnvironment(), stdio: 'ignore' });
  try {
    await waitFor(port, first, 10_000);
    place(next);
    await waitFor(port, next);
  } finally {
    program.kill();
  }
});

it('there are such programs', () => {
  expect([clients.length >= 4, servers.length >= 3]).toEqual([true, true]);
});
