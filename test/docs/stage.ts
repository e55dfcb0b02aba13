/**
 * @module Where the commands of one page run: a home of its own with an `app` folder in it, and a PATH that begins with
 * the built `mintmark` and the programs that the pages name. Blocks of a page share it, in order.
 */
import { spawn } from 'node:child_process';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, type TestContext } from 'vitest';
import { freePort } from '../clients/throwaway-server.ts';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { GO_CACHE } from '../programs/go.ts';
import { findProgram } from '../programs/program.ts';
import { killProcessGroup, run, scrubbedEnvironment, type RunResult } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { declarePrivateMachine, type PrivateMachine } from '../trust-stores/private-machine.ts';

/** Programs of others that the pages call. */
export const NAMED_PROGRAMS = 'certutil curl git go java keytool mkcert nginx openssl php python3 ruby wget'.split(' ');

/** The port that the pages write; it becomes a free one. */
const WRITTEN_PORT = '8443';

/** One page's folder and how to run its text there. */
export interface Stage {
  /** Skips the running test, by name, where its lines need a private machine and there can be none. */
  require(text: string, context: TestContext): void;
  /** Writes a file of the page into the folder. */
  write(name: string, text: string): void;
  /** Runs lines as a reader would who pastes them into a shell; output and errors in one stream. */
  runShell(text: string): Promise<RunResult>;
  /** Starts lines that do not end, and waits until the port answers. They end with the page's tests. */
  start(text: string): Promise<void>;
  /** The page's text with the written port replaced. */
  localize(text: string): string;
}

/** Commands that change trust stores: their pages are played on a private machine. */
const CHANGES_MACHINE = /\bmintmark (?:install|uninstall|doctor .*--fix|mkcert .*-(?:un)?install)\b/;

/** Call it inside `describe`. `text`: all that will be run there. */
export function createStage(text: string): Stage {
  const isPrivate = CHANGES_MACHINE.test(text);
  const declared = isPrivate ? declarePrivateMachine('docs', (machine) => void (inside = machine)) : undefined;
  const scratch = declared?.folder ?? scratchFolder('docs');
  const cwd = subfolder(scratch, 'app');
  const env = stageEnvironment(scratch);
  const pids: (number | undefined)[] = [];
  let inside: PrivateMachine | undefined;
  let port = 0;
  beforeAll(async () => {
    port = await freePort();
  });
  afterAll(() => pids.forEach(killProcessGroup));
  const localize = (text: string): string => text.replaceAll(WRITTEN_PORT, String(port));
  return {
    localize,
    require: (text, context) => void (CHANGES_MACHINE.test(text) && declared?.use(context)),
    write: (name, text) => writeFileSync(join(cwd, name), localize(text)),
    runShell: (text) => (inside?.run.bind(inside) ?? run)(shell(localize(text)), { cwd, env, timeoutMs: 90_000 }),
    start: (text) => {
      const [program = '', ...args] = shell(localize(text));
      const child = spawn(program, args, { cwd, env: scrubbedEnvironment(env), detached: true, stdio: 'ignore' });
      pids.push(child.pid);
      return untilListens(port);
    },
  };
}

/**
 * The one place in the tests where a shell is right: what stands in the pages is meant to be pasted into one.
 * `--norc`, because bash takes a socket as its input for a remote login and would read the machine's settings.
 */
const BASH = ['bash', '--norc', '-euo', 'pipefail', '-c'];
const shell = (text: string): readonly string[] => [...BASH, `exec </dev/null 2>&1\n${text}`];

function stageEnvironment(scratch: string): Readonly<Record<string, string>> {
  const shims = subfolder(scratch, 'bin');
  const mintmark = join(shims, 'mintmark');
  writeFileSync(mintmark, `#!/bin/sh\nexec '${process.execPath}' '${MINTMARK_BIN}' "$@"\n`);
  chmodSync(mintmark, 0o755);
  for (const name of ['node', ...NAMED_PROGRAMS]) {
    const path = findProgram(name);
    if (path !== undefined) symlinkSync(path, join(shims, name));
  }
  return {
    HOME: scratch,
    GOCACHE: GO_CACHE,
    XDG_DATA_HOME: join(scratch, '.local/share'),
    PATH: `${shims}${delimiter}${process.env['PATH'] ?? ''}`,
  };
}

async function untilListens(port: number): Promise<void> {
  for (let patience = 300; patience > 0; patience--) {
    if (await listens(port)) return;
    await new Promise((later) => setTimeout(later, 100));
  }
  throw new Error(`nothing listens on port ${port}, which the page calls ${WRITTEN_PORT}`);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
