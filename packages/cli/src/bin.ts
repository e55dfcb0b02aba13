/** @module The program: the only place that sets the exit code. */
import { createProcessIo } from './io.ts';
import { run } from './run.ts';

void run(process.argv.slice(2), createProcessIo()).then((exitCode) => {
  process.exitCode = exitCode;
});
