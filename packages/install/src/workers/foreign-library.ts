/**
 * @module Shared libraries of the system and of browsers, called by koffi. It is an optional dependency: where it was not
 * installed, the worker says so and the next route is taken.
 */
import type { LibraryHandle } from 'koffi';
import { formatFault, WorkerFailure } from './task.ts';

/** An address in memory, or null. */
export type Pointer = bigint | null;

/** koffi's own face. */
export type Koffi = typeof import('koffi');

/** Loads koffi. @throws WorkerFailure when it is not installed or has no build for this platform */
export async function loadKoffi(): Promise<Koffi> {
  try {
    const loaded = (await import('koffi')) as Koffi & { readonly default?: Koffi };
    return loaded.default ?? loaded;
  } catch (cause) {
    throw new WorkerFailure(`koffi, which calls libraries, cannot be loaded: ${firstSentence(cause)}`);
  }
}

/** Opens a library. @throws WorkerFailure with the loader's reason */
export function openLibrary(koffi: Koffi, path: string): LibraryHandle {
  try {
    return koffi.load(path);
  } catch (cause) {
    throw new WorkerFailure(`cannot load ${path}: ${firstSentence(cause)}`);
  }
}

const LINE_LIMIT = 200;

const firstSentence = (cause: unknown): string =>
  formatFault(cause instanceof Error ? cause.message.split('\n')[0] : cause).slice(0, LINE_LIMIT);
