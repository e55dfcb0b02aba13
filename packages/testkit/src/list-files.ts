/** @module Every path below a folder, hidden ones too: leftovers have nowhere to hide. */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Paths relative to the folder, sorted; folders end in `/`. None for a folder that is not there. */
export function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)) + (entry.isDirectory() ? '/' : ''))
    .sort();
}
