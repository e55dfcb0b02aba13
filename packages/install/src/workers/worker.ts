/**
 * @module The child process behind `native` steps: `worker NAME`, the task as JSON on stdin. Ends with 0 when it is done, 1 when
 * not (the reason is one line on stderr), 3 when a password is needed or the one given is wrong, 4 when a person said No.
 */
import { formatFault, parseTask, WORKER_EXIT, WorkerFailure, type TaskFields } from './task.ts';

/** Each loads only what it needs. A worker may print a result. */
const WORKERS: Readonly<Record<string, (task: TaskFields) => Promise<string | void>>> = {
  nss: async (task) => (await import('./nss-worker.ts')).runNssTask(task),
  marionette: async (task) => (await import('./marionette-worker.ts')).runMarionetteTask(task),
  crypt32: async (task) => (await import('./crypt32-worker.ts')).runCrypt32Task(task),
};

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function runWorker(name: string): Promise<number> {
  try {
    const worker = Object.hasOwn(WORKERS, name) ? WORKERS[name] : undefined;
    if (worker === undefined) throw new WorkerFailure(`unknown worker, there are ${Object.keys(WORKERS).join(', ')}`);
    const printed = await worker(parseTask(await readInput()));
    if (printed !== undefined) process.stdout.write(`${printed}\n`);
    return WORKER_EXIT.done;
  } catch (fault) {
    process.stderr.write(`${formatFault(fault)}\n`);
    return fault instanceof WorkerFailure ? fault.exitCode : WORKER_EXIT.failed;
  }
}

/** Sets the exit code instead of leaving at once, so that stdout and stderr are written to their end. */
async function main(): Promise<void> {
  process.exitCode = await runWorker(process.argv[2] ?? '');
}

// Not awaited, because the bundle is CommonJS. Nothing in it rejects.
void main();
