/** @module What was put into a token or the secret store for a CA that did not come about is taken out again. */
import type { KeyPlace } from './key-place.ts';

/** Runs the work that needs the place; when it fails, the place is left as it was, and the failure goes on. */
export async function takeBackOnFailure<T>(place: KeyPlace, work: () => T): Promise<T> {
  try {
    return work();
  } catch (cause) {
    await place.undo();
    throw cause;
  }
}
