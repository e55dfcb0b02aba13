/** @module Runs code under another process id, so that what it leaves behind looks like a dead process's leftovers. */

/** Above what any kernel gives out (Linux: at most 2^22), so nothing runs under it. */
export const DEAD_PROCESS_ID = 2 ** 30;

/** Runs synchronous work with `process.pid` set to `pid`. */
export function asProcess<T>(pid: number, work: () => T): T {
  const own = Object.getOwnPropertyDescriptor(process, 'pid');
  if (own === undefined) throw new TypeError('process.pid is not an own property here');
  Object.defineProperty(process, 'pid', { ...own, value: pid });
  try {
    return work();
  } finally {
    Object.defineProperty(process, 'pid', own);
  }
}
