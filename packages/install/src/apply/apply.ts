/**
 * @module Carries out steps: the one place that changes the machine. Each step is checked by its own outcome; whether the
 * root is then in its place is for a second look to say, because exit codes lie.
 */
import { formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { Elevation } from '../facts/elevation.ts';
import type { Machine, ProgramCall, ProgramResult } from '../machine/machine.ts';
import {
  INPUT_FILE,
  SECRET_FILE,
  type MakeFolderStep,
  type NativeStep,
  type RemoveFileStep,
  type RemoveFolderStep,
  type RunStep,
  type SecretName,
  type Step,
  type WriteFileStep,
} from '../plan/steps.ts';
import { formatStep } from '../plan/format-step.ts';
import { WORKER_EXIT } from '../workers/task.ts';

/** Why a step was not done. `kind` tells the remedy apart. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  readonly kind: 'failed' | 'no-rights' | 'no-secret' | 'declined';

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

/** Carries out one step. @throws StepFailure */
export async function applyStep(step: Step, context: ApplyContext): Promise<void> {
  switch (step.kind) {
    case 'run':
      return applyRun(step, context);
    case 'native':
      return runNative(step, context);
    case 'require-space':
      return assertSpace(step.path, step.bytes, context);
    default:
      return step.root === true && !context.isRoot ? applyFileElevated(step, context) : applyFile(step, context);
  }
}

type FileStep = WriteFileStep | RemoveFileStep | MakeFolderStep | RemoveFolderStep;

function applyFile(step: FileStep, context: ApplyContext): void {
  const { writer } = context.machine;
  const { path } = step;
  attempt(path, () => {
    if (step.kind === 'write-file') {
      assertUnchanged(path, step.replacesSha256Hex, context);
      writer.writeFile({ path, bytes: new Uint8Array(Buffer.from(step.text)), mode: step.mode });
    } else if (step.kind === 'make-folder') writer.makeFolder(path, step.mode);
    else if (step.kind === 'remove-file') writer.removeFile(path);
    else writer.removeEmptyFolder(path);
  });
}

/** By programs that every system has: our own code never runs as root for this. */
async function applyFileElevated(step: FileStep, context: ApplyContext): Promise<void> {
  const { path } = step;
  if (step.kind === 'remove-file') return runElevated(['rm', '-f', '--', path], step, context);
  if (step.kind === 'remove-folder')
    return runElevated(['rmdir', '--ignore-fail-on-non-empty', '--', path], step, context);
  const mode = step.mode.toString(8);
  if (step.kind === 'make-folder') return runElevated(['mkdir', '-p', '-m', mode, '--', path], step, context);
  assertUnchanged(path, step.replacesSha256Hex, context);
  const bytes = new Uint8Array(Buffer.from(step.text));
  return context.machine.writer.withTemporaryFile(bytes, (source) =>
    runElevated(['install', '-m', mode, '--', source, path], step, context),
  );
}

function attempt(path: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    if (cause instanceof StepFailure) throw cause;
    const isRights =
      cause instanceof Error && /EACCES|EPERM|NO_PERMISSION/.test(`${String(Reflect.get(cause, 'code'))}`);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StepFailure(reason.includes(path) ? reason : `${path}: ${reason}`, isRights ? 'no-rights' : 'failed');
  }
}

function assertSpace(path: string, bytes: number, { machine }: ApplyContext): void {
  const free = machine.reader.freeBytes(path);
  if (free !== undefined && free < bytes)
    throw new StepFailure(`no space left on the disk of ${path}; nothing was changed`);
}

/** Somebody else may have changed the file since the plan was made from its old text. */
function assertUnchanged(path: string, sha256Hex: string | undefined, { machine }: ApplyContext): void {
  if (sha256Hex === undefined) return;
  const held = machine.reader.readFile(path);
  if (held === undefined || formatHex(nodeSha256(held)) !== sha256Hex)
    throw new StepFailure(`${path} was changed by another program meanwhile`);
}

async function runElevated(
  command: readonly [string, ...string[]],
  shown: FileStep,
  context: ApplyContext,
): Promise<void> {
  await runChecked({ kind: 'run', command, root: true }, shown, context);
}

/** Runs a command, as root where it must, and judges how it ended. `shown` is the step that a failure speaks of. */
async function runChecked(step: RunStep, shown: Step, context: ApplyContext): Promise<void> {
  const { root, okExitCodes = [], okOutput, stdin, env, timeoutMs } = step;
  const isElevated = root === true && !context.isRoot;
  const result = await context.machine.writer.run({
    command: isElevated ? elevate(step, context) : step.command,
    ...(stdin === undefined ? {} : { stdin }),
    ...(env === undefined ? {} : { env }),
    ...(isElevated ? PATIENT : timeoutMs === undefined ? {} : { timeoutMs }),
  });
  if (result.exitCode === 0 || (result.exitCode !== null && okExitCodes.includes(result.exitCode))) return;
  if (okOutput?.test(result.stdout + result.stderr) === true) return;
  if (wasDeclined(result, step.declinedExitCodes)) throw new StepFailure(DECLINED, 'declined');
  throw new StepFailure(describeFailure(shown, result), isElevated && wasDenied(result) ? 'no-rights' : 'failed');
}

const DECLINED = 'it was not allowed in the dialog that asked';

const wasDeclined = ({ exitCode }: ProgramResult, codes: readonly number[] = []): boolean =>
  exitCode !== null && codes.includes(exitCode);

/** A person may take minutes to find a password. */
const PATIENT: Pick<ProgramCall, 'timeoutMs'> = { timeoutMs: 300_000 };

/** The elevating programs speak of themselves when they say no; what they ran speaks of something else. */
const wasDenied = ({ stderr }: ProgramResult): boolean =>
  /^(?:sudo|doas|run0|pkexec|Error executing command as another user):|is not in the sudoers file/im.test(stderr);

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

/** Carries out a command with its secret and its input handed over. */
async function applyRun(step: RunStep, context: ApplyContext): Promise<void> {
  const { secret, inputText } = step;
  const text = secret === undefined ? undefined : `${await readSecret(secret, context)}\n`;
  // Through a pipe a secret never lies on a disk, not even for the moment in which the program is interrupted.
  const isPiped = text !== undefined && step.stdin === undefined && context.machine.reader.platform !== 'win32';
  const piped = isPiped ? { ...step, command: fillIn(step.command, SECRET_FILE, '/dev/stdin'), stdin: text } : step;
  await withFile(isPiped ? undefined : text, context, (secretPath) =>
    withFile(inputText, context, (inputPath) => {
      const command = fillIn(fillIn(piped.command, SECRET_FILE, secretPath), INPUT_FILE, inputPath);
      return runChecked({ ...piped, command }, step, context);
    }),
  );
}

const fillIn = (command: RunStep['command'], mark: string, path: string): RunStep['command'] =>
  command.map((word) => word.replaceAll(mark, path)) as [string, ...string[]];

/** Does the work with the path of a short-lived file, or with none where there is no text. */
function withFile(
  text: string | undefined,
  { machine }: ApplyContext,
  work: (path: string) => Promise<void>,
): Promise<void> {
  return text === undefined ? work('') : machine.writer.withTemporaryFile(new Uint8Array(Buffer.from(text)), work);
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
  if (result.exitCode === 0) return;
  if (wasDeclined(result, step.declinedExitCodes)) throw new StepFailure(DECLINED, 'declined');
  const words = result.stderr.trim() || `${step.task.worker} ended with ${String(result.exitCode)}`;
  throw new StepFailure(words, result.exitCode === WORKER_EXIT.needsSecret ? 'no-secret' : 'failed');
}
