/**
 * @module Carries out steps: the one place that changes the machine. Each step is checked by its own outcome; whether the
 * root is then in its place is for a second look to say, because exit codes lie.
 */
import { formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { Elevation } from '../facts/elevation.ts';
import type { Machine, ProgramCall, ProgramResult } from '../machine/machine.ts';
import { INPUT_FILE, SECRET_FILE, type NativeStep, type RunStep, type SecretName, type Step } from '../plan/steps.ts';
import { formatStep } from '../plan/format-step.ts';

/** Why a step was not done. `kind` tells the remedy apart. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  readonly kind: 'failed' | 'no-rights' | 'no-secret';

  constructor(message: string, kind: StepFailure['kind'] = 'failed') {
    super(message);
    this.kind = kind;
  }
}

export type ApplyContext = {
  readonly machine: Machine;
  readonly isRoot: boolean;
  readonly elevation: Elevation | undefined;
  /** False where nobody could type a password: then a program that would ask is told not to. */
  readonly canAsk: boolean;
  /** The secret, or undefined when there is nobody to ask. */
  readonly askSecret: (secret: SecretName) => Promise<string | undefined>;
  /** Program and arguments that start one of our workers. */
  readonly workerCommand: readonly [program: string, ...args: string[]];
};

/** Carries out one step. Returns the path that the step created, if it did. @throws StepFailure */
export async function applyStep(step: Step, context: ApplyContext): Promise<string | undefined> {
  const { reader, writer } = context.machine;
  const isElevated = step.root === true && !context.isRoot;
  const isNew = (path: string): boolean => reader.status(path) === undefined;
  switch (step.kind) {
    case 'write-file': {
      const created = isNew(step.path) ? step.path : undefined;
      const bytes = new Uint8Array(Buffer.from(step.text));
      assertUnchanged(step.path, step.replacesSha256Hex, context);
      if (isElevated) await writer.withTemporaryFile(bytes, (path) => installElevated(path, step, context));
      else attempt(step.path, () => writer.writeFile({ path: step.path, bytes, mode: step.mode }));
      return created;
    }
    case 'remove-file':
      if (isElevated) await runElevated(['rm', '-f', '--', step.path], context);
      else attempt(step.path, () => writer.removeFile(step.path));
      return undefined;
    case 'make-folder': {
      const created = isNew(step.path) ? step.path : undefined;
      if (isElevated) await runElevated(['mkdir', '-p', '-m', step.mode.toString(8), '--', step.path], context);
      else attempt(step.path, () => writer.makeFolder(step.path, step.mode));
      return created;
    }
    case 'remove-folder':
      if (isElevated) await runElevated(['rmdir', '--ignore-fail-on-non-empty', '--', step.path], context);
      else attempt(step.path, () => writer.removeEmptyFolder(step.path));
      return undefined;
    case 'run':
      await withFiles(step, context, (command) => runChecked({ ...step, command }, context));
      return undefined;
    case 'native':
      await runNative(step, context);
      return undefined;
  }
}

function attempt(path: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    const isRights =
      cause instanceof Error && /EACCES|EPERM|NO_PERMISSION/.test(`${String(Reflect.get(cause, 'code'))}`);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StepFailure(reason.includes(path) ? reason : `${path}: ${reason}`, isRights ? 'no-rights' : 'failed');
  }
}

/** Somebody else may have changed the file since the plan was made from its old text. */
function assertUnchanged(path: string, sha256Hex: string | undefined, { machine }: ApplyContext): void {
  if (sha256Hex === undefined) return;
  const held = machine.reader.readFile(path);
  if (held === undefined || formatHex(nodeSha256(held)) !== sha256Hex)
    throw new StepFailure(`${path} was changed by another program meanwhile`);
}

const installElevated = (source: string, step: { path: string; mode: number }, context: ApplyContext): Promise<void> =>
  runElevated(['install', '-m', step.mode.toString(8), '--', source, step.path], context);

async function runElevated(command: readonly [string, ...string[]], context: ApplyContext): Promise<void> {
  await runChecked({ kind: 'run', command, root: true }, context);
}

/** Runs a command, as root where it must, and judges how it ended. */
async function runChecked(step: RunStep, context: ApplyContext): Promise<void> {
  const { kind: _kind, root, okExitCodes = [], okOutput, inputText: _input, secret: _secret, ...rest } = step;
  const isElevated = root === true && !context.isRoot;
  const command = isElevated ? elevate(step, context) : step.command;
  const result = await context.machine.writer.run({ ...rest, command, ...(isElevated ? PATIENT : {}) });
  if (result.exitCode === 0 || (result.exitCode !== null && okExitCodes.includes(result.exitCode))) return;
  if (okOutput?.test(result.stdout + result.stderr) === true) return;
  throw new StepFailure(describeFailure(step, result), isElevated && wasDenied(result) ? 'no-rights' : 'failed');
}

/** A person may take minutes to find a password. */
const PATIENT: Pick<ProgramCall, 'timeoutMs'> = { timeoutMs: 300_000 };

const wasDenied = ({ stderr }: ProgramResult): boolean =>
  /password is required|a terminal is required|not in the sudoers|Operation not permitted|Authorization|Not authorized/i.test(
    stderr,
  );

function elevate(step: RunStep, { elevation, canAsk }: ApplyContext): [string, ...string[]] {
  if (elevation === undefined)
    throw new StepFailure('it needs root, and there is no sudo, doas, run0 or pkexec', 'no-rights');
  const { name, program } = elevation;
  const quiet = { sudo: ['-n'], doas: ['-n'], run0: ['--no-ask-password'], pkexec: [] }[name];
  if (!canAsk && name === 'pkexec') throw new StepFailure('it needs root, and nobody is there to ask', 'no-rights');
  const set = Object.entries(step.env ?? {}).map(([key, value]) => `${key}=${value ?? ''}`);
  const env = set.length === 0 ? [] : ['env', ...set];
  return [program, ...(canAsk ? [] : quiet), ...(name === 'sudo' ? ['--'] : []), ...env, ...step.command];
}

const LINES_TOLD = 2;

function describeFailure(step: Step, { exitCode, stdout, stderr }: ProgramResult): string {
  const lines = (stderr.trim() === '' ? stdout : stderr).trim().split('\n').slice(-LINES_TOLD).join('; ');
  const ending = exitCode === null ? 'could not be run' : `ended with ${exitCode}`;
  return `${formatStep(step, '')} ${ending}${lines === '' ? '' : `: ${lines}`}`;
}

/** Puts the paths of short-lived files where the command wants its secret and its input. */
async function withFiles(
  step: RunStep,
  context: ApplyContext,
  work: (command: RunStep['command']) => Promise<void>,
): Promise<void> {
  const { writer } = context.machine;
  const replace = (command: RunStep['command'], mark: string, path: string): RunStep['command'] =>
    command.map((word) => word.replaceAll(mark, path)) as [string, ...string[]];
  const withInput = (command: RunStep['command']): Promise<void> =>
    step.inputText === undefined
      ? work(command)
      : writer.withTemporaryFile(new Uint8Array(Buffer.from(step.inputText)), (path) =>
          work(replace(command, INPUT_FILE, path)),
        );
  if (step.secret === undefined) return withInput(step.command);
  const secret = await readSecret(step.secret, context);
  return writer.withTemporaryFile(new Uint8Array(Buffer.from(`${secret}\n`)), (path) =>
    withInput(replace(step.command, SECRET_FILE, path)),
  );
}

async function readSecret(secret: SecretName, { askSecret }: ApplyContext): Promise<string> {
  const answer = await askSecret(secret);
  if (answer === undefined) throw new StepFailure(`it needs ${secret.what}, and nobody is there to ask`, 'no-secret');
  return answer;
}

/** The worker reads its task from stdin, so that nothing of it stands in a process list. */
async function runNative(step: NativeStep, context: ApplyContext): Promise<void> {
  const secret = step.secret === undefined ? {} : { secret: await readSecret(step.secret, context) };
  const [program, ...args] = context.workerCommand;
  const result = await context.machine.writer.run({
    command: [program, ...args, step.task.worker],
    stdin: JSON.stringify({ ...step.task, ...secret }),
    ...(step.env === undefined ? {} : { env: step.env }),
    ...(step.timeoutMs === undefined ? {} : { timeoutMs: step.timeoutMs }),
  });
  if (result.exitCode !== 0)
    throw new StepFailure(result.stderr.trim() || `${step.task.worker} ended with ${String(result.exitCode)}`);
}
