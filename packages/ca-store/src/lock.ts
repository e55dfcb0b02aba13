/**
 * @module One lock per home. The lock is a file made with its content in one step (link), naming its holder; a dead
 * holder's lock is broken under a second lock, so that two breakers can't remove a third one's fresh lock.
 * No heartbeat: work under the home's own lock takes milliseconds and waits for nobody. Installing has a lock of its own, which
 * may wait for a person's password, minutes at most.
 */
import { hostname as readHostname } from 'node:os';
import { join } from 'node:path';
import { discard, isProcessAlive, removeIfPresent, writeTemporary } from './atomic-write.ts';
import { errnoOf, withDiskErrors } from './disk-error.ts';
import type { FileSystem } from './file-system.ts';
import { storeError } from './store-errors.ts';

export type LockOptions = {
  readonly home: string;
  /** Name of the lock file in the home; default `lock`, which guards the home itself. */
  readonly name?: string;
  /** How long to wait for another process; default 30 s. */
  readonly timeoutMs?: number;
  readonly nowMs?: () => number;
};

/** Some containers have none. */
const hostname = (): string => readHostname() || 'localhost';

const DEFAULT_TIMEOUT_MS = 30_000;
const POLL_MS = 10;
/** A holder on another host (shared home) can't be asked whether it lives. */
const FOREIGN_STALE_MS = 120_000;
/** No work takes this long: a process that seems to hold the lock was given a dead holder's number. */
const LIVE_STALE_MS = 600_000;

/** `temporary` is our own claim, `holder` the line in it. */
type Claim = { readonly home: string; readonly path: string; readonly temporary: string; readonly holder: string };

/** Runs work while holding the home's lock. The folder must exist. @throws HOME_LOCKED, disk codes, what the work throws */
export function withLock<T>(fs: FileSystem, options: LockOptions, work: () => T): T {
  const release = takeLock(fs, options);
  try {
    return work();
  } finally {
    release();
  }
}

/** Takes a lock for work that is not over when a function returns; the caller calls what it gets when it is. @throws HOME_LOCKED, disk codes */
export function takeLock(fs: FileSystem, options: LockOptions): () => void {
  const { home } = options;
  const path = join(home, options.name ?? 'lock');
  const holder = `${process.pid} ${hostname()}`;
  withDiskErrors(path, () => acquire(fs, { home, path, holder }, options));
  return () => release(fs, path, holder);
}

function acquire(fs: FileSystem, want: Omit<Claim, 'temporary'>, options: LockOptions): void {
  const nowMs = options.nowMs ?? Date.now;
  const deadline = nowMs() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const temporary = writeTemporary(
    fs,
    { path: want.path, text: `${want.holder}\n`, mode: 0o600 },
    { isDurable: false },
  );
  const claim = { ...want, temporary };
  try {
    while (!tryLink(fs, temporary, claim.path)) {
      const holder = readHolder(fs, claim.path);
      if (holder !== undefined && isStale(fs, claim.path, holder) && breakLock(fs, claim, holder)) continue;
      if (nowMs() > deadline)
        throw storeError('HOME_LOCKED', {
          path: claim.home,
          holder: `process ${holder ?? 'unknown'}`,
          lockFile: claim.path,
        });
      sleep(POLL_MS);
    }
  } finally {
    discard(fs, temporary);
  }
}

/** A lock that can't be taken away names a process that will soon be dead, so the work that is done stays done. */
function release(fs: FileSystem, path: string, holder: string): void {
  try {
    if (readHolder(fs, path) === holder) fs.unlink(path);
  } catch {
    // See above.
  }
}

function tryLink(fs: FileSystem, temporary: string, path: string): boolean {
  try {
    fs.link(temporary, path);
    return true;
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST') return false;
    throw cause;
  }
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

const HOLDER = /^\d+ \S+$/;

function isStale(fs: FileSystem, path: string, holder: string): boolean {
  if (!HOLDER.test(holder)) return true; // emptied by a power cut: the living link only whole locks
  const [pid, host] = holder.split(' ');
  const isHere = host === hostname();
  if (isHere && !isProcessAlive(Number(pid))) return true;
  const status = fs.status(path);
  if (status === undefined) return false;
  const ageMs = Date.now() - status.mtimeMs;
  // After a restart a container's processes get the same numbers again: ours was a dead holder's.
  if (isHere && Number(pid) === process.pid && ageMs > process.uptime() * 1000) return true;
  return ageMs > (isHere ? LIVE_STALE_MS : FOREIGN_STALE_MS);
}

/**
 * False when another process is at it. The second lock is made as the first is, so that a breaker that died in here is told
 * by its number too.
 */
function breakLock(fs: FileSystem, { path, temporary }: Claim, holder: string): boolean {
  const breaker = `${path}.break`;
  if (!tryLink(fs, temporary, breaker)) {
    const other = readHolder(fs, breaker);
    if (other === undefined) return true;
    if (!isStale(fs, breaker, other)) return false;
    removeIfPresent(fs, breaker);
    return true;
  }
  try {
    if (readHolder(fs, path) === holder) removeIfPresent(fs, path);
  } finally {
    discard(fs, breaker);
  }
  return true;
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
