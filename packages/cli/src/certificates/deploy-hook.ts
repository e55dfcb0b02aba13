/**
 * @module `--deploy-hook`: the program that is run after a certificate was renewed, with certbot's names in its environment, so that
 * servers reload. It is kept in the home by the certificate's file, and run again at each renewal. A program and its words, no shell.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { errnoOf } from '@mintmark/ca-store';
import type { Access, Context } from '../command.ts';
import type { Io } from '../io.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { findWindowsProgram, planBatch } from '../program/windows-program.ts';
import { deployError } from './deploy-errors.ts';
import type { DeployHook } from './deploy-records.ts';
import { splitHookWords } from './deploy-words.ts';
import type { IssuedCertificate } from './issued.ts';

/** `undefined`: the words say nothing, so what is on record holds. `null`: none, and none from now on. */
export type HookOrder = DeployHook | null | undefined;

/** @throws DEPLOY_HOOK_WORDS, DEPLOY_HOOK_PROGRAM */
export function parseDeployHook({ invocation, context: { io } }: Access): HookOrder {
  if (isOptionSet(invocation, 'no-deploy-hook')) return null;
  const text = optionText(invocation, 'deploy-hook');
  if (text === undefined) return undefined;
  const [program, ...args] = splitHookWords(text, { isWindows: io.platform === 'win32' });
  const path = findProgram(program, io);
  if (path === undefined) throw deployError('DEPLOY_HOOK_PROGRAM', { program });
  return { command: [path, ...args], cwd: io.cwd };
}

/** Its absolute path, because a timer has another PATH and starts elsewhere. */
function findProgram(program: string, { env, cwd, platform }: Io): string | undefined {
  if (platform === 'win32') return findWindowsProgram(program, { env, cwd });
  if (program.includes('/')) return isExecutable(resolve(cwd, program)) ? resolve(cwd, program) : undefined;
  const folders = (env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** `reason` is absent where the program ended with 0. */
export type HookOutcome = { readonly command: DeployHook['command']; readonly reason?: string };

const MINUTE_MS = 60_000;
/** One that hangs would keep the other certificates, and a timer's next days, from their renewal. */
const LIMIT_MS = 10 * MINUTE_MS;

type Surroundings = Pick<Context, 'io' | 'homePath'> & { readonly limitMs?: number };

/** Runs it to its end. What it prints goes to standard error, since standard output is for our own result. */
export function runDeployHook(
  { command, cwd }: DeployHook,
  issued: Pick<IssuedCertificate, 'certFile' | 'keyFile' | 'names'>,
  { io, homePath, limitMs = LIMIT_MS }: Surroundings,
): Promise<HookOutcome> {
  const env = {
    ...io.env,
    RENEWED_LINEAGE: dirname(issued.certFile), // certbot: the folder in which the renewed files are
    RENEWED_DOMAINS: issued.names.join(' '), // certbot: space-delimited
    MINTMARK_HOME: homePath,
    MINTMARK_CERT_FILE: issued.certFile,
    MINTMARK_KEY_FILE: issued.keyFile ?? undefined, // not one that a hook around us was given
  };
  return new Promise((done) => {
    const fail = (reason: string): void => done({ command, reason });
    try {
      if (statSync(cwd, { throwIfNoEntry: false }) === undefined) return fail(`could not be started: ${cwd} is gone`);
      const [program, ...args] = command;
      const batch = io.platform === 'win32' ? planBatch(program, args, io.env) : undefined;
      const child = spawn(batch?.shell ?? program, batch?.args ?? args, {
        cwd,
        env,
        stdio: ['ignore', 2, 2],
        windowsVerbatimArguments: batch !== undefined,
      });
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        fail(`did not end within ${limitMs / MINUTE_MS} minutes`);
      }, limitMs);
      child.on('error', (cause) => {
        clearTimeout(timer);
        fail(`could not be started: ${errnoOf(cause) ?? cause.message}`);
      });
      child.on('exit', (code, signal) => {
        clearTimeout(timer);
        if (code === 0) done({ command });
        else fail(signal === null ? `ended with ${String(code)}` : `was ended by ${signal}`);
      });
    } catch (cause) {
      fail(`could not be started: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  });
}
