/** @module Tries one fault at every disk operation of some work in turn, until the work ends without meeting it. */
import type { FileSystem } from '@mintmark/ca-store';
import { createFaultyFileSystem, type Fault } from './faulty-file-system.ts';
import { asProcess, DEAD_PROCESS_ID } from './process-identity.ts';

/** What one run came to. `error` is what the work threw, undefined when it bore the fault. */
export type FaultRun<S> = {
  readonly scene: S;
  /** For messages of failed expectations: `stop at operation 12, rename`. */
  readonly label: string;
  readonly operation: string;
  readonly error: unknown;
};

type FaultTrial<S> = {
  /** The healthy disk. */
  readonly fs: FileSystem;
  readonly fault: Fault;
  /** A fresh scene on the healthy disk, for every run. */
  readonly prepare: () => S;
  readonly work: (scene: S, fs: FileSystem) => void;
  readonly check: (run: FaultRun<S>) => void;
};

const MAX_OPERATIONS = 1000; // far above any single command; an endless loop must not hang the tests

/** Returns how many operations the work has. The work runs under a dead process's id, as it will be when others look. */
export function eachOperation<S>(trial: FaultTrial<S>): number {
  for (let at = 0; at < MAX_OPERATIONS; at++) {
    const scene = trial.prepare();
    const faulty = createFaultyFileSystem(trial.fs, { at, fault: trial.fault });
    const error = catchError(() => asProcess(DEAD_PROCESS_ID, () => trial.work(scene, faulty.fs)));
    const operation = faulty.hit();
    if (operation === undefined) {
      if (error !== undefined) throw new Error('the work fails without any fault', { cause: error });
      return at;
    }
    checkRun(trial, { scene, error, operation, label: `${trial.fault.kind} at operation ${at}, ${operation}` });
  }
  throw new Error(`more than ${MAX_OPERATIONS} operations`);
}

function checkRun<S>(trial: FaultTrial<S>, run: FaultRun<S>): void {
  const problem = catchError(() => trial.check(run));
  if (problem !== undefined) throw new Error(`${run.label}: ${String(problem)}`, { cause: problem });
}

function catchError(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (cause) {
    return cause;
  }
}
