/**
 * @module Runs a foreign program: an argument vector (never a shell), a time limit, captured output, and an environment
 * without the variables that would make a client trust or reach something the test did not name.
 */
import { spawn } from 'node:child_process';

/** What a finished program left behind. `exitCode` is null when a signal ended it. */
export interface RunResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout, then stderr: for messages of failed expectations. */
  readonly output: string;
  readonly timedOut: boolean;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Written to stdin, which is then closed. Default: nothing. */
  readonly input?: string | Uint8Array;
  /** Keeps stdin open until the program ends: for programs that hang up when their input does. Default false. */
  readonly holdInput?: boolean;
  /** Added to the scrubbed environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds until the program and its children are killed. Default 60 000. */
  readonly timeoutMs?: number;
}

/** Variables that change whom a client trusts, where it connects, or what a runtime loads. */
const SCRUBBED = new RegExp(
  '^(SSL_CERT_(FILE|DIR)|NIX_SSL_CERT_FILE|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|NODE_TLS_REJECT_UNAUTHORIZED|NODE_OPTIONS' +
    '|(CURL|REQUESTS|AWS)_CA_BUNDLE|GIT_SSL_.*|PIP_CERT|DENO_CERT|DENO_TLS_CA_STORE|HTTPLIB2_CA_CERTS|CLOUDSDK_CORE_CUSTOM_CA_.*' +
    '|GRPC_DEFAULT_SSL_ROOTS_FILE_PATH|JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|_JAVA_OPTIONS|GOFLAGS|GOROOT|GODEBUG|OPENSSL_CONF|RUBYOPT' +
    '|PYTHON(PATH|HOME|STARTUP)|GEM_HOME|GEM_PATH|(HTTPS?|ALL|FTP|NO)_PROXY|npm_config_loglevel|MINTMARK_.*|VITEST.*)$',
  'i',
);

/** This process's environment without what would bend a client's trust, plus `extra`. */
export function scrubbedEnvironment(extra: RunOptions['env'] = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !SCRUBBED.test(name));
  const merged = { ...Object.fromEntries(kept), LC_ALL: 'C.UTF-8', ...extra };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

/** Ends a detached child and everything it started. A group that is already gone is no fault. */
export function killProcessGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Already ended.
  }
}

/** Runs `command[0]` with the rest as its arguments, and waits. A non-zero exit is a result, not an error. @throws when it can't start */
export function run(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program, ...args] = command;
  if (program === undefined) throw new TypeError('run needs a program');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: scrubbedEnvironment(options.env),
      detached: true,
      stdio: 'pipe',
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killProcessGroup(child.pid);
    }, options.timeoutMs ?? 60_000);
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => {}); // A program that refuses early closes its stdin: its exit code tells.
    child.stdin.write(options.input ?? '');
    if (options.holdInput !== true) child.stdin.end();
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(cause);
    });
    child.on('close', (exitCode) => {
      clearTimeout(timer);
      const [out, err] = [Buffer.concat(stdout).toString(), Buffer.concat(stderr).toString()];
      resolve({ exitCode, stdout: out, stderr: err, output: `${out}${err}`, timedOut });
    });
  });
}

/** Runs a program that must succeed. @throws Error with the whole output when it does not */
export async function runOrThrow(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await run(command, options);
  if (result.exitCode === 0) return result;
  const ending = result.timedOut ? 'ran out of time' : `exited with ${String(result.exitCode)}`;
  throw new Error(`${command.join(' ')}\n${ending}\n${result.output}`);
}
