/** @module Turns the errno of a failed disk operation into a code with a hint. */
import { isCaError, type CaError } from '@mintmark/ca-core';
import { storeError } from './store-errors.ts';

const BY_ERRNO = {
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EROFS: 'READ_ONLY',
  EACCES: 'NO_PERMISSION',
  EPERM: 'NO_PERMISSION',
  // What is read may be missing and is handled where it is read; what is written lacks its folder.
  ENOENT: 'FOLDER_NOT_FOUND',
  ENOTDIR: 'NOT_A_FOLDER',
  EISDIR: 'NOT_A_FILE',
} as const;

/** The errno name of a Node system error, such as `ENOENT`; undefined for anything else. */
export function errnoOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

/** A coded error for a failure at `path`; coded errors pass through, programmers' errors are thrown on. */
export function toDiskError(cause: unknown, path: string): CaError {
  if (isCaError(cause)) return cause;
  const errno = errnoOf(cause);
  if (errno === undefined) throw cause;
  const code = BY_ERRNO[errno as keyof typeof BY_ERRNO];
  if (code !== undefined) return storeError(code, { path }, { cause });
  return storeError('DISK_FAILURE', { path, reason: errno }, { cause });
}

/** Runs disk work; an errno becomes a coded error about `path`. */
export function withDiskErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw toDiskError(cause, path);
  }
}
