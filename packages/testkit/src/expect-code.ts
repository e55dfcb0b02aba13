/** @module Asserts that something fails with one of our error codes. */
import { isCaError, type CaError } from '@mintmark/ca-core';

/** Runs work that must throw a `CaError` with this code, and returns it. @throws Error when it does not */
export function expectCode(work: () => unknown, code: string): CaError {
  let cause: unknown;
  try {
    work();
  } catch (thrown) {
    cause = thrown;
  }
  if (cause === undefined) throw new Error(`expected ${code}, but nothing was thrown`);
  if (!isCaError(cause)) throw new Error(`expected ${code}, got ${String(cause)}`, { cause });
  if (cause.code !== code) throw new Error(`expected ${code}, got ${cause.code}: ${cause.message}`, { cause });
  return cause;
}
