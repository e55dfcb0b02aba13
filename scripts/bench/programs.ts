/** @module Finds the peers and runs programs: argv arrays, no shell, an environment of our own making. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

// Debian's packages come first, so that the figures mean the same wherever scripts/install-clients.sh was run.
const DEBIAN_FOLDERS = ['/usr/bin', '/usr/lib/go-1.19/bin'];

/** The path of a program; undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...DEBIAN_FOLDERS, ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a line says whose peer is missing. */
export const missing = (name: string): string => `${name} is not installed (scripts/install-clients.sh)`;

/** A program, its arguments, where it runs, and what its environment holds beside PATH. */
export type Invocation = {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
};

/** Runs a program to its end and returns what it printed; one that fails throws with its words. */
export function runProgram({ argv: [program, ...args], cwd, env }: Invocation): string {
  // Pipes, as under a task runner. Nothing of the caller's environment leaks in: NODE_EXTRA_CA_CERTS alone makes every
  // Node start two or three times as slow, which would flatter our ratio to a Node that does nothing.
  const result = spawnSync(program, args, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: 'pipe',
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${result.stderr}${result.stdout}`);
  return result.stdout;
}

/** How long a run takes, in milliseconds, from spawn to exit. */
export function timeProgram(invocation: Invocation): number {
  const start = performance.now();
  runProgram(invocation);
  return performance.now() - start;
}
