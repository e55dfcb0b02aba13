/**
 * @module Finds Bun and Deno. `scripts/install-clients.sh` takes their packages from the npm registry into `.cache/runtimes`,
 * where the program itself lies; nothing is linked into a `bin` folder. Else one on PATH is taken.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import { findProgram } from './program.ts';

const MODULES = fileURLToPath(new URL('../../.cache/runtimes/node_modules', import.meta.url));

/** The platform's package of each runtime, by `process.arch`. */
const BUN = { x64: '@oven/bun-linux-x64/bin/bun', arm64: '@oven/bun-linux-aarch64/bin/bun' };
const DENO = { x64: '@deno/linux-x64-glibc/deno', arm64: '@deno/linux-arm64-glibc/deno' };

function find(paths: Readonly<Record<string, string>>, name: string): string | undefined {
  const path = join(MODULES, paths[process.arch] ?? '');
  return process.platform === 'linux' && paths[process.arch] !== undefined && existsSync(path)
    ? path
    : findProgram(name);
}

/** The absolute path of Bun, or undefined when this machine has none. */
export const findBun = (): string | undefined => find(BUN, 'bun');

/** The absolute path of Deno, or undefined when this machine has none. */
export const findDeno = (): string | undefined => find(DENO, 'deno');

const FINDERS = { bun: findBun, deno: findDeno };

/** Their path, or the running test is skipped by name; with MINTMARK_REQUIRE_CLIENTS=1 it fails. */
export function requireRuntime(context: TestContext, name: keyof typeof FINDERS): string {
  const found = FINDERS[name]();
  if (found !== undefined) return found;
  const missing = `${name} is not installed (scripts/install-clients.sh)`;
  if (process.env['MINTMARK_REQUIRE_CLIENTS'] === '1') throw new Error(missing);
  return context.skip(missing);
}
