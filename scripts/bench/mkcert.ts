/** @module The peer mkcert, with a CA and a HOME of its own; it never touches a trust store. */
import { join } from 'node:path';
import { findProgram, runProgram, type Invocation } from './programs.ts';
import { newFolder } from './scratch.ts';

export type Mkcert = {
  readonly version: string;
  /** A run in `cwd`. */
  readonly run: (cwd: string, ...words: string[]) => Invocation;
};

/** mkcert with its CA made; undefined when it is not installed. */
export function openMkcert(scratch: string): Mkcert | undefined {
  const program = findProgram('mkcert');
  if (program === undefined) return undefined;
  const home = newFolder(scratch, 'mkcert-home');
  const run = (cwd: string, ...words: string[]): Invocation => ({
    argv: [program, ...words],
    cwd,
    env: { HOME: home, CAROOT: join(home, 'ca') },
  });
  // The CA is made by the first run; -install is never given, so no trust store is written to.
  runProgram(run(newFolder(home, 'first'), 'localhost'));
  return { version: runProgram(run(home, '-version')).trim(), run };
}
