/**
 * @module What a worker is handed and how it ends: a task as JSON on stdin, an exit code, and one line on stderr when the
 * work was not done. Nothing here touches the machine.
 */
import { formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';

/** Exit codes of a worker. `needsSecret` also when the one given is wrong; `declined` when a person answered No to the system's question. */
export const WORKER_EXIT = { done: 0, failed: 1, needsSecret: 3, declined: 4 } as const;

/** Why a worker stops. `message` is the one line a person reads; it never holds the secret. */
export class WorkerFailure extends Error {
  override readonly name = 'WorkerFailure';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = WORKER_EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The task as it was read; each worker takes the fields it knows. */
export type TaskFields = Readonly<Record<string, unknown>>;

/** The root to put in or take out. */
export type TaskCertificate = { readonly certDer: Buffer; readonly sha256Hex: string };

/** @throws WorkerFailure when stdin held no JSON object */
export function parseTask(json: string): TaskFields {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new WorkerFailure('the task is not JSON'); // the parser's own message would repeat the text, secret included
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new WorkerFailure('the task is not a JSON object');
  return parsed as TaskFields;
}

/** A field that must be text. @throws WorkerFailure */
export function textOf(task: TaskFields, name: string): string {
  const value = task[name];
  if (typeof value === 'string') return value;
  throw new WorkerFailure(`the task has no "${name}"`);
}

/** A field that must be one of a few words. @throws WorkerFailure */
export function wordOf<const Word extends string>(task: TaskFields, name: string, words: readonly Word[]): Word {
  const value = textOf(task, name);
  const known = words.find((word) => word === value);
  if (known !== undefined) return known;
  throw new WorkerFailure(`the task's "${name}" is none of ${words.join(', ')}`);
}

/** The certificate, whose bytes must have the hash it is named by: removing goes by that hash alone. @throws WorkerFailure */
export function certificateOf(task: TaskFields): TaskCertificate {
  const certDer = Buffer.from(textOf(task, 'certDerBase64'), 'base64');
  const sha256Hex = textOf(task, 'sha256Hex');
  if (formatHex(nodeSha256(new Uint8Array(certDer))) !== sha256Hex)
    throw new WorkerFailure('the certificate of the task has another SHA-256 than the task says');
  return { certDer, sha256Hex };
}

const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]+/g;

/** Any fault as one line without control characters, for stderr. */
export function formatFault(fault: unknown): string {
  const text = fault instanceof Error ? fault.message : String(fault);
  return text.replace(CONTROL_CHARACTERS, ' ').trim();
}
