/** @module What a PKCS#11 module answers when it fails: its return code, and our own error for those that nobody waits for. */
import { escapeControls, isCaError } from '@mintmark/ca-core';
import { keyStorageError } from './key-storage-errors.ts';

/** CKR_* as a number; undefined for what no module said. */
export function returnCodeOf(cause: unknown): number | undefined {
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'number') return undefined;
  return cause.message.startsWith('CKR_') ? cause.code : undefined;
}

/** The answer in words, without anything that was handed in. */
export function reasonOf(cause: unknown): string {
  const method = cause instanceof Error && 'method' in cause && typeof cause.method === 'string' ? cause.method : '';
  const [line = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n', 1);
  const words = escapeControls(line.slice(0, 200));
  return method === '' ? words : `${method} says ${words}`;
}

/** Runs calls of a module; what they throw becomes TOKEN_FAILED. */
export function withTokenErrors<T>(token: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (isCaError(cause)) throw cause;
    throw keyStorageError('TOKEN_FAILED', { token, reason: reasonOf(cause) }, { cause });
  }
}
