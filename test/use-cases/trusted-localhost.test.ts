/**
 * @module Trusted localhost: a first run for outside names, a wildcard and addresses; then nginx with exactly those files, and curl with
 * the root; then the CA is found and deleted.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nginx } from '../clients/real-servers.ts';
import { MARKER } from '../clients/visit.ts';
import { deskMaker } from '../cli/desk.ts';
import { namesOf, readLeaf } from '../cli/minted-facts.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';

const NAMES = [
  'singularity-registry.org',
  '*.singularity-registry.org',
  'singularity-registry.test',
  'localhost',
  '127.0.0.1',
  '::1',
];
const BASE = 'singularity-registry.org+5';
const desk = deskMaker('trusted-localhost')();

describe.sequential('trusted localhost', () => {
  it('one command makes the CA and the pair, and tells names, wildcard, paths and expiry', async () => {
    const { stdout, stderr } = await desk.runOrThrow(NAMES);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('It can only speak for singularity-registry.org, localhost');
    expect(stdout).toContain(NAMES.map((name) => `  ${name}\n`).join(''));
    expect(stdout).toContain(' matches a.singularity-registry.org, not a.b.singularity-registry.org');
    for (const path of [`./${BASE}.pem`, `./${BASE}-key.pem`]) expect(stdout).toContain(path);
    const end = readLeaf(desk.path(`${BASE}.pem`)).validTo;
    expect(stdout).toContain(`${new Date(end).getUTCDate()} `);
    expect(stdout).toMatch(/expires +\d{1,2} [A-Z][a-z]+ \d{4} \(397 days\)/);
    expect(namesOf(desk.path(`${BASE}.pem`))).toBe(
      'DNS:singularity-registry.org, DNS:*.singularity-registry.org, DNS:singularity-registry.test, DNS:localhost, ' +
        'IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
  });

  it('nginx serves the files, and curl accepts every name with the root, and none without', async (context) => {
    requirePrograms(context, ['nginx', 'curl']);
    const { rootFile } = await desk.json(['ca', 'show']);
    const files = { certFile: desk.path(`${BASE}.pem`), keyFile: desk.path(`${BASE}-key.pem`) };
    const server = await nginx.start(files, subfolder(desk.folder, 'nginx'));
    try {
      const visit = (host: string, ...trust: readonly string[]) => {
        const place = ['--resolve', `${host}:${server.port}:127.0.0.1`, '--noproxy', '*', '--capath', '/nowhere'];
        return run([
          programPath('curl'),
          '-q',
          '-sS',
          '--max-time',
          '15',
          ...place,
          ...trust,
          `https://${host}:${server.port}/`,
        ]);
      };
      const trust = ['--cacert', String(rootFile)];
      const hosts = [
        'localhost',
        '127.0.0.1',
        'singularity-registry.org',
        'a.singularity-registry.org',
        'singularity-registry.test',
      ];
      for (const host of hosts) expect((await visit(host, ...trust)).stdout, host).toContain(MARKER);
      expect((await visit('a.b.singularity-registry.org', ...trust)).exitCode).toBe(60);
      expect((await visit('localhost', '--cacert', desk.write('none.pem', ''))).exitCode).not.toBe(0);
    } finally {
      await server.stop();
    }
  });

  it('the CA is found, and deleted', async () => {
    const { stdout } = await desk.runOrThrow(['ca', 'path']);
    expect(stdout).toBe(`${join(desk.home, 'cas/default')}\n`);
    expect(existsSync(join(stdout.trim(), 'root.pem'))).toBe(true);
    await desk.runOrThrow(['ca', 'remove', 'default', '--yes']);
    expect(existsSync(stdout.trim())).toBe(false);
  });
});
