/**
 * @module One lock per home. The lock is a file made with its content in one step (link), naming its holder; a dead
 * holder's lock is broken under a second lock, so that two breakers can't remove a third one's fresh lock.
 * No heartbeat: work under the lock takes milliseconds, and nothing under it waits for a person.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isProcessAlive, removeIfPresent, writeTemporary } from './atomic-write.ts';
import { errnoOf, withDiskErrors } from './disk-error.ts';
import type { FileSystem } from './file-system.ts';
import { storeError } from './store-errors.ts';

export type LockOptions = {
  /** How long to wait for another process; default 30 s. */
  readonly timeoutMs?: number;
  readonly nowMs?: () => number;
};

const DEFAULT_TIMEOUT_MS = 30_000;
const POLL_MS = 10;
/** The breaker's lock guards three operations; older than this, its maker died between them. */
const BREAKER_STALE_MS = 10_000;
/** A holder on another host (shared home) can't be asked whether it lives. */
const FOREIGN_STALE_MS = 120_000;

/** Runs work while holding the home's lock. The folder must exist. @throws HOME_LOCKED, and what the work throws */
export function withLock<T>(fs: FileSystem, home: string, work: () => T, options: LockOptions = {}): T {
  const path = join(home, 'lock');
  acquire(fs, { home, path }, options);
  try {
    return work();
  } finally {
    removeIfPresent(fs, path);
  }
}

function acquire(fs: FileSystem, { home, path }: { home: string; path: string }, options: LockOptions): void {
  const nowMs = options.nowMs ?? Date.now;
  const deadline = nowMs() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const temporary = writeTemporary(fs, { path, text: `${process.pid} ${hostname()}\n`, mode: 0o600 });
  try {
    while (!tryLink(fs, temporary, path)) {
      const holder = readHolder(fs, path);
      if (holder !== undefined && isStale(fs, path, holder)) breakLock(fs, path, holder);
      else if (nowMs() > deadline)
        throw storeError('HOME_LOCKED', { path: home, holder: `process ${holder ?? 'unknown'}`.trim() });
      else sleep(POLL_MS);
    }
  } finally {
    removeIfPresent(fs, temporary);
  }
}

function tryLink(fs: FileSystem, temporary: string, path: string): boolean {
  return withDiskErrors(path, () => {
    try {
      fs.link(temporary, path);
      return true;
    } catch (cause) {
      if (errnoOf(cause) === 'EEXIST') return false;
      throw cause;
    }
  });
}

/** `PID HOST`, or undefined when the lock went away. */
function readHolder(fs: FileSystem, path: string): string | undefined {
  try {
    return Buffer.from(fs.readFile(path)).toString().trim();
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

function isStale(fs: FileSystem, path: string, holder: string): boolean {
  const [pid, host] = holder.split(' ');
  if (host === hostname()) return !isProcessAlive(Number(pid));
  const status = fs.status(path);
  return status !== undefined && Date.now() - status.mtimeMs > FOREIGN_STALE_MS;
}

function breakLock(fs: FileSystem, path: string, holder: string): void {
  const breaker = `${path}.break`;
  try {
    fs.close(fs.createFile(breaker, 0o600));
  } catch (cause) {
    if (errnoOf(cause) !== 'EEXIST') throw cause;
    const status = fs.status(breaker);
    if (status !== undefined && Date.now() - status.mtimeMs > BREAKER_STALE_MS) removeIfPresent(fs, breaker);
    sleep(POLL_MS);
    return;
  }
  try {
    if (readHolder(fs, path) === holder) removeIfPresent(fs, path);
  } finally {
    removeIfPresent(fs, breaker);
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
