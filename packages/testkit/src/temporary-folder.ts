/** @module Folders on the real disk that are gone when a test file is done, and that disk without waiting for its platters. */
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFileSystem, type FileSystem } from '@mintmark/ca-store';

type TemporaryFolder = {
  readonly path: string;
  /** Another empty folder in it (0700). */
  readonly next: () => string;
  readonly remove: () => void;
};

/** Linux's disk in memory: thousands of small files cost next to nothing there. */
const MEMORY_DISK = '/dev/shm';

/** A new folder below the system's temporary one. The caller removes it, in `afterAll`. */
export function createTemporaryFolder(): TemporaryFolder {
  const path = realpathSync(mkdtempSync(join(existsSync(MEMORY_DISK) ? MEMORY_DISK : tmpdir(), 'mintmark-unit-')));
  let count = 0;
  const next = (): string => {
    const folder = join(path, `scene-${++count}`);
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  };
  return { path, next, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The real disk, but syncing does nothing: a process that dies loses nothing of what it wrote, synced or not. */
export const unsyncedFileSystem: FileSystem = { ...nodeFileSystem, sync: () => {} };
