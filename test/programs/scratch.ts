/**
 * @module Scratch folders below the system's temporary folder, gone when the test file is done.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/**
 * A new folder (mode 0700), removed after the tests of the enclosing file or `describe`.
 * Call it where hooks may be declared: at the top of a test file or inside `describe`, not inside a test.
 */
export function scratchFolder(label = 'test'): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `mintmark-${label}-`)));
  // Retries: a browser that was just killed may still be writing its profile.
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));
  return folder;
}

/** A folder inside a scratch folder, made if it is not there. */
export function subfolder(folder: string, name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}
