/** @module The end of a process in the middle of its work, as seen from inside: `kill -9` or a power cut. */

/** Thrown by a stopped file system. It has no `code`, so no error handling takes it for a disk error. */
export class Stop extends Error {
  constructor(operation: string) {
    super(`stopped at ${operation}`);
    this.name = 'Stop';
  }
}
