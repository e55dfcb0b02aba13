/**
 * @module Starts a program in a process group of its own, hears what it says, and ends the whole group when it is late or no
 * longer needed: browsers leave children behind. An argument vector, never a shell.
 */
import { spawn, type ChildProcess } from 'node:child_process';

export type GroupCall = {
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin?: string;
  readonly timeoutMs: number;
  /** Ends the group when it resolves. */
  readonly until?: Promise<unknown>;
};

/** `exitCode` is null when the program was ended by us or by a signal, or could not be started; `fault` then says why. */
export type GroupEnding = {
  readonly exitCode: number | null;
  readonly output: string;
  readonly isLate: boolean;
  readonly fault?: string;
};

const MAX_OUTPUT_BYTES = 256 * 1024;
const PIPES_MS = 200;

/** Never rejects. */
export function runInGroup(call: GroupCall): Promise<GroupEnding> {
  const [program, ...args] = call.command;
  const isGrouped = process.platform !== 'win32';
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: call.cwd,
      env: { ...call.env },
      detached: isGrouped,
      stdio: 'pipe',
      windowsHide: true,
    });
    const output = collect(child);
    let isLate = false;
    const end = (): void => endGroup(child, isGrouped);
    const timer = setTimeout(() => {
      isLate = true;
      end();
    }, call.timeoutMs);
    const finish = (exitCode: number | null, fault?: string): void => {
      clearTimeout(timer);
      end(); // what it left behind
      resolve({ exitCode, output: output(), isLate, ...(fault === undefined ? {} : { fault }) });
    };
    void call.until?.then(end);
    child.stdin?.on('error', () => {}); // A program that ends early closes its stdin.
    child.stdin?.end(call.stdin ?? '');
    child.once('error', (cause) => finish(null, cause.message));
    child.once('close', (exitCode) => finish(exitCode));
    // A child that outlives the program may hold its pipes: what was said by then is enough.
    child.once('exit', (exitCode) => setTimeout(() => finish(exitCode), PIPES_MS));
  });
}

function collect(child: ChildProcess): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  const take = (chunk: Buffer): void => {
    size += chunk.length;
    if (size < MAX_OUTPUT_BYTES) chunks.push(chunk);
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  return () => Buffer.concat(chunks).toString();
}

function endGroup(child: ChildProcess, isGrouped: boolean): void {
  if (child.pid === undefined) return;
  try {
    if (isGrouped) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // Already gone.
  }
}
