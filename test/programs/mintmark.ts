/**
 * @module Calls the built command line as a user would: another process, its own home, stdin that is no terminal.
 */
import { fileURLToPath } from 'node:url';
import { run, type RunOptions, type RunResult } from './run.ts';

/** The built program, as it is published. */
export const MINTMARK_BIN = fileURLToPath(new URL('../../packages/cli/dist/bin.cjs', import.meta.url));

export interface MintmarkOptions extends RunOptions {
  /** Becomes MINTMARK_HOME. Always a scratch folder: tests never touch the user's own home. */
  readonly home: string;
}

/** Runs `mintmark ARGS` and waits. Every exit code is a result. */
export function mintmark(args: readonly string[], options: MintmarkOptions): Promise<RunResult> {
  const { home, env, ...rest } = options;
  return run([process.execPath, MINTMARK_BIN, ...args], { ...rest, env: { MINTMARK_HOME: home, ...env } });
}

/** Runs `mintmark ARGS`, which must succeed. @throws Error with the whole output when it does not */
export async function mintmarkOrThrow(args: readonly string[], options: MintmarkOptions): Promise<RunResult> {
  const result = await mintmark(args, options);
  if (result.exitCode === 0) return result;
  throw new Error(`mintmark ${args.join(' ')}\nexited with ${String(result.exitCode)}\n${result.output}`);
}

/** Runs `mintmark ARGS --json`, which must succeed, and returns the printed object. The caller checks its fields. */
export async function mintmarkJson(
  args: readonly string[],
  options: MintmarkOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = await mintmarkOrThrow([...args, '--json'], options);
  const printed: unknown = JSON.parse(stdout);
  if (typeof printed !== 'object' || printed === null) throw new Error(`mintmark printed no object: ${stdout}`);
  return printed as Readonly<Record<string, unknown>>;
}

/** A field of a printed object that must be text. @throws Error when it is missing */
export function textField(printed: Readonly<Record<string, unknown>>, name: string): string {
  const value = printed[name];
  if (typeof value !== 'string') throw new Error(`no text in "${name}": ${JSON.stringify(printed)}`);
  return value;
}
