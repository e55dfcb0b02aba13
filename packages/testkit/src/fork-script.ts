/** @module Another process that runs a piece of TypeScript, for what two processes do to one disk. */
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** Writes `code` (an ES module) to `file`, runs it and waits. @throws Error when it fails */
export function forkScript(file: string, code: string): Promise<void> {
  writeFileSync(file, code);
  return new Promise((resolve, reject) => {
    const child = fork(file, { execArgv: ['--import', import.meta.resolve('tsx')] });
    child.on('exit', (exitCode) => (exitCode === 0 ? resolve() : reject(new Error(`exit ${String(exitCode)}`))));
  });
}
