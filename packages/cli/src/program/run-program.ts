/**
 * @module Runs another program in this one's place as far as Node allows: same streams and terminal, same process group, signals
 * passed on, and its ending told apart as exit code or signal.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { isCaError } from '@mintmark/ca-core';
import { errnoOf } from '@mintmark/ca-store';
import { cliError } from '../cli-errors.ts';
import type { Io } from '../io.ts';
import { findWindowsProgram, planBatch } from './windows-program.ts';

export type ProgramRequest = {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly variables: Readonly<Record<string, string>>;
};

/** `exitCode` is the program's; for a signal 128 and its number, as shells have it. */
export type Ending = { readonly exitCode: number; readonly signal: NodeJS.Signals | null };

/** What a terminal sends to every process of the group at once, the program included. */
const KEYBOARD: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
const WINDOWS_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGBREAK', 'SIGHUP', 'SIGTERM'];

/** @throws PROGRAM_NOT_FOUND, PROGRAM_NOT_STARTED */
export function runProgram(request: ProgramRequest, io: Pick<Io, 'env' | 'platform' | 'cwd'>): Promise<Ending> {
  const isWindows = io.platform === 'win32';
  let child: ChildProcess | undefined;
  const stop = listen(isWindows, (signal) => child?.kill(signal));
  return new Promise<Ending>((resolve, reject) => {
    child = start(request, io); // what it throws rejects
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(describeEnding(code, signal)));
  })
    .catch((cause: unknown) => {
      throw toStartError(cause, request.program);
    })
    .finally(stop);
}

/** Installs the handlers and returns what takes them away. */
function listen(isWindows: boolean, pass: (signal: NodeJS.Signals) => void): () => void {
  const isAtTerminal = [0, 1, 2].some((fd) => isatty(fd));
  // Without a terminal nobody else tells the program: a supervisor sends to this process alone.
  const ignored = isWindows ? WINDOWS_SIGNALS : isAtTerminal ? KEYBOARD : [];
  const passed = isWindows ? [] : isAtTerminal ? PASSED_ON : [...PASSED_ON, ...KEYBOARD];
  const ignore = (): void => {};
  for (const signal of ignored) process.on(signal, ignore);
  for (const signal of passed) process.on(signal, pass);
  return () => {
    for (const signal of ignored) process.off(signal, ignore);
    for (const signal of passed) process.off(signal, pass);
  };
}

function start({ program, args, variables }: ProgramRequest, io: Pick<Io, 'env' | 'platform' | 'cwd'>): ChildProcess {
  if (program === '') throw cliError('PROGRAM_NOT_FOUND', { program }); // Node has an error of its own for it
  const options = { env: mergeVariables(io, variables), stdio: 'inherit' as const };
  if (io.platform !== 'win32') return spawn(program, args, options);
  const path = findWindowsProgram(program, io);
  if (path === undefined) throw cliError('PROGRAM_NOT_FOUND', { program });
  const batch = planBatch(path, args, io.env);
  if (batch === undefined) return spawn(path, args, options);
  return spawn(batch.shell, batch.args, { ...options, windowsVerbatimArguments: true });
}

/** On Windows the names of variables have no case, and of two spellings only one would get through. */
function mergeVariables(
  { env, platform }: Pick<Io, 'env' | 'platform'>,
  variables: ProgramRequest['variables'],
): NodeJS.ProcessEnv {
  if (platform !== 'win32') return { ...env, ...variables };
  const names = new Set(Object.keys(variables).map((name) => name.toUpperCase()));
  const kept = Object.entries(env).filter(([name]) => !names.has(name.toUpperCase()));
  return { ...Object.fromEntries(kept), ...variables };
}

function toStartError(cause: unknown, program: string): unknown {
  const errno = isCaError(cause) ? undefined : errnoOf(cause);
  if (errno === undefined) return cause;
  if (errno === 'ENOENT') return cliError('PROGRAM_NOT_FOUND', { program }, { cause });
  return cliError('PROGRAM_NOT_STARTED', { program, reason: errno }, { cause });
}

const SIGNAL_EXIT_BASE = 128;

function describeEnding(code: number | null, signal: NodeJS.Signals | null): Ending {
  if (signal === null) return { exitCode: code ?? 1, signal };
  return { exitCode: SIGNAL_EXIT_BASE + constants.signals[signal], signal };
}
