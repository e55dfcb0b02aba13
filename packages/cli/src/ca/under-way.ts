/** @module Whether a CA is being rotated, for commands that must not come between. */
import { isCaError } from '@mintmark/ca-core';
import { readPredecessor, readSuccessor, type Home } from '@mintmark/ca-store';

/** True from the moment when the new CA is there until one of the two is gone; a damaged one counts. */
export function isRotationUnderWay(home: Home, name: string): boolean {
  try {
    return readSuccessor(home, name) !== undefined || readPredecessor(home, name) !== undefined;
  } catch (cause) {
    if (isCaError(cause)) return true;
    throw cause;
  }
}
