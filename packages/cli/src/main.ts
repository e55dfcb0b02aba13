/** @module The program behind the start file: the only place that sets the exit code. */
import { createProcessIo } from './io.ts';
import { run } from './run.ts';

/** Runs the process's own command line. */
export async function start(): Promise<void> {
  process.exitCode = await run(process.argv.slice(2), createProcessIo());
}
