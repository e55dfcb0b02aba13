/**
 * @module Packs a package of the workspace as a release would, and unpacks it: what users would install, not what the tree holds.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programPath } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export const packageFolder = (name: string): string => join(ROOT, 'packages', name);

/** npm and pnpm without the user's settings, caches and network. */
export const offline = (folder: string) => ({
  HOME: subfolder(folder, 'user'),
  npm_config_cache: subfolder(folder, 'npm-cache'),
  npm_config_userconfig: join(folder, 'no-npmrc'),
  npm_config_offline: 'true',
  npm_config_update_notifier: 'false',
  npm_config_registry: 'http://127.0.0.1:9/',
});

export interface Packed {
  readonly tarball: string;
  /** The unpacked package. */
  readonly folder: string;
  /** Every file in it. */
  readonly files: readonly string[];
  readonly manifest: Readonly<Record<string, unknown>>;
}

/** Packs with `npm` or `pnpm` into the folder and unpacks there. pnpm alone applies publishConfig and fills in workspace versions. */
export async function pack(tool: 'npm' | 'pnpm', name: string, folder: string): Promise<Packed> {
  const target = subfolder(folder, `${tool}-${name}`);
  const words =
    tool === 'npm'
      ? ['pack', '--ignore-scripts', '--pack-destination', target]
      : ['pack', '--pack-destination', target];
  await runOrThrow([programPath(tool), ...words], {
    cwd: packageFolder(name),
    env: offline(folder),
    timeoutMs: 100_000,
  });
  const file = readdirSync(target).find((entry) => entry.endsWith('.tgz')) ?? '';
  const tarball = join(target, file);
  await runOrThrow([programPath('tar'), '-xzf', tarball, '-C', target]);
  const unpacked = join(target, 'package');
  const files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(unpacked.length + 1))
    .sort();
  const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as Packed['manifest'];
  return { tarball, folder: unpacked, files, manifest };
}

/** The text of every file of the package. */
export function textOf({ folder, files }: Packed): string {
  return files.map((file) => readFileSync(join(folder, file), 'latin1')).join('\n');
}
