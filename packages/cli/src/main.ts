/** @module The program behind the start file: the only place that sets the exit code. */
import { createProcessIo } from './io.ts';
import { isCalledMkcert } from './mkcert/link.ts';
import { run } from './run.ts';

/** Runs the process's own command line. */
export async function start(): Promise<void> {
  const words = process.argv.slice(2);
  const ending = await run(isCalledMkcert() ? ['mkcert', ...words] : words, createProcessIo());
  process.exitCode = typeof ending === 'number' ? ending : ending.exitCode;
  if (typeof ending === 'object') process.kill(process.pid, ending.signal); // where it is not deadly, the code tells
}
