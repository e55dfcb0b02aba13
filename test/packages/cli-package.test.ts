/**
 * @module The published command line: a tarball that works by itself in an empty folder, offline, with nothing in it that users do not run.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isPair } from '../cli/minted-facts.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { offline, pack, packageFolder, textOf, type Packed } from './packed.ts';

const folder = scratchFolder('cli-package');

const packed = new Map<string, Promise<Packed>>();
function packOnce(tool: 'npm' | 'pnpm'): Promise<Packed> {
  const pending = packed.get(tool) ?? pack(tool, 'cli', folder);
  packed.set(tool, pending);
  return pending;
}

describe.each(['npm', 'pnpm'] as const)('packed by %s', (tool) => {
  it('holds the program, its licence and nothing else', async (context) => {
    requirePrograms(context, [tool]);
    const { files } = await packOnce(tool);
    // Caches of compiled code fit the Node that made them alone.
    const built = readdirSync(join(packageFolder('cli'), 'dist/chunks')).filter((name) => name.endsWith('.cjs'));
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'package.json', 'dist/bin.cjs', 'dist/worker.cjs', 'dist/chunks/program.cjs']),
    );
    for (const file of files)
      expect(file).toMatch(
        /^(?:package\.json|README\.md|LICENSE|dist\/(?:bin|worker)\.cjs|dist\/chunks\/[a-z0-9-]+\.cjs)$/,
      );
    expect(files.filter((file) => file.startsWith('dist/chunks/'))).toHaveLength(built.length);
  });

  it('depends on nothing at run time but the library for foreign calls, and can do without it; others are for who wants them', async (context) => {
    requirePrograms(context, [tool]);
    const { manifest } = await packOnce(tool);
    expect([manifest['dependencies'], manifest['peerDependencies'], manifest['optionalDependencies']]).toEqual([
      undefined,
      { '@napi-rs/keyring': '^2.1.0', 'node-webcrypto-p11': '^2.8.0' },
      { koffi: expect.stringMatching(/^\d+\.\d+\.\d+$/) as unknown },
    ]);
    expect(manifest['peerDependenciesMeta']).toEqual({
      '@napi-rs/keyring': { optional: true },
      'node-webcrypto-p11': { optional: true },
    });
    expect(Object.keys((manifest['scripts'] ?? {}) as object).filter((name) => /install|prepare/.test(name))).toEqual(
      [],
    );
    expect(manifest['bin']).toEqual({ mintmark: expect.stringMatching(/^(?:\.\/)?dist\/bin\.cjs$/) as unknown });
  });

  it('holds no private key and no path of the machine that built it', async (context) => {
    requirePrograms(context, [tool]);
    const text = textOf(await packOnce(tool));
    expect(text).not.toMatch(/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----(?:\\n|\n)[A-Za-z0-9+/]{20}/);
    expect(text).not.toContain(packageFolder('cli'));
  });

  it('mints by npx in an empty folder, offline', async (context) => {
    requirePrograms(context, [tool, 'npm']);
    const place = subfolder(folder, `empty-${tool}`);
    const { tarball } = await packOnce(tool);
    const command = ['exec', '--yes', '--offline', `--package=${tarball}`, '--', 'mintmark', 'localhost', '127.0.0.1'];
    const env = { ...offline(folder), MINTMARK_HOME: join(place, 'home') };
    const { exitCode, output } = await run([programPath('npm'), ...command], { cwd: place, env });
    expect(exitCode, output).toBe(0);
    expect(readdirSync(place).sort()).toEqual(['home', 'localhost+1-key.pem', 'localhost+1.pem']);
    expect(isPair(join(place, 'localhost+1.pem'), join(place, 'localhost+1-key.pem'))).toBe(true);
  });
});

it('installed into a project, every command loads', async (context) => {
  requirePrograms(context, ['npm']);
  const place = subfolder(folder, 'project');
  const { tarball } = await packOnce('npm');
  const env = { ...offline(folder), MINTMARK_HOME: join(place, 'home') };
  const installed = await run([programPath('npm'), 'install', '--offline', '--no-audit', '--no-fund', tarball], {
    cwd: place,
    env,
  });
  expect(installed.exitCode, installed.output).toBe(0);
  expect(readdirSync(join(place, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['mintmark']);
  const program = join(place, 'node_modules/.bin/mintmark');
  for (const words of [
    ['ca', 'create', 'bank', '--scope', 'bank.com'],
    ['csr', 'bank.com'],
    ['sign', 'bank.com.csr'],
    ['self-signed', 'a.test'],
    ['key', '--out', 'k.pem'],
    ['pin', 'bank.com.pem'],
    ['inspect', 'bank.com.csr'],
    ['list'],
    ['ca', 'export', 'bank', '--out', 'bank.pem'],
    ['ca', 'import', 'bank.pem', '--ca', 'copy', '--home', 'other'],
    ['completion', 'zsh'],
    ['mint', '*.bank.com', '--dry-run'],
  ]) {
    const result = await run([program, ...words], { cwd: place, env });
    expect(result.exitCode, `${words.join(' ')}\n${result.output}`).toBe(0);
  }
});
