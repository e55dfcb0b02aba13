/**
 * @module The built program, copied to the scratch folder: a rebuild while the bench runs must not pull it away.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Invocation } from './programs.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DIST = join(ROOT, 'packages/cli/dist');

/** `env`: variables of the caller that every run keeps, Node's own among them. */
export type BuiltCli = {
  readonly folder: string;
  readonly bin: string;
  readonly env: Readonly<Record<string, string>>;
};

/** Builds the program if need be and copies it. */
export function copyCli(scratch: string): BuiltCli {
  if (!existsSync(join(DIST, 'bin.cjs'))) build();
  const folder = join(scratch, 'cli');
  cpSync(DIST, folder, { recursive: true, preserveTimestamps: true });
  return { folder, bin: join(folder, 'bin.cjs'), env: {} };
}

function build(): void {
  runNode('node_modules/typescript/bin/tsc', '-b', 'packages/cli');
  runNode('scripts/build-cli.mjs');
}

// To stderr, so that --json stays alone on stdout.
function runNode(...args: string[]): void {
  execFileSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
}

/** A run of the program with its home and HOME below `place.home`. */
export function cliRun(
  cli: BuiltCli,
  place: { readonly cwd: string; readonly home: string },
  ...words: string[]
): Invocation {
  return {
    argv: [process.execPath, cli.bin, ...words],
    cwd: place.cwd,
    env: { ...cli.env, HOME: place.home, MINTMARK_HOME: join(place.home, 'mintmark') },
  };
}
