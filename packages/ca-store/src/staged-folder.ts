/**
 * @module Folders of CAs on their way in or out, under names that no CA can have. They hold keys, so what a crash left of
 * them is cleared by the next command that changes the home; a change of places that it cut off is ended.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { removeIfPresent } from './atomic-write.ts';
import type { FileSystem } from './file-system.ts';

/** The folder of a home that holds its CAs. */
export const CAS_FOLDER = 'cas';

const STAGED_NAME = /^\.staged-[0-9a-f]{12}$/;

/** A name of its own for a folder beside the CAs. */
export function stagedFolderPath(cas: string): string {
  return join(cas, `.staged-${randomBytes(6).toString('hex')}`);
}

/** Removes a flat folder as far as it can be. */
export function discardFolder(fs: FileSystem, folder: string): void {
  try {
    for (const name of fs.readFolder(folder)) removeIfPresent(fs, join(folder, name));
    fs.removeFolder(folder);
  } catch {
    // Not there, or left for the sweep: the outcome of the work matters more.
  }
}

const SUCCESSOR_PREFIX = '.next-';

/** Where a CA waits that will take the place of another. */
export const successorPath = (cas: string, name: string): string => join(cas, `${SUCCESSOR_PREFIX}${name}`);

/** Where a CA waits whose place was taken. */
export const predecessorPath = (cas: string, name: string): string => join(cas, `.prior-${name}`);

/** Clears staged folders that were left behind. Call it under the home's lock, so that none belongs to a living command. */
export function sweepStagedFolders(fs: FileSystem, cas: string): void {
  let names: string[];
  try {
    names = fs.readFolder(cas);
  } catch {
    return;
  }
  for (const name of names) {
    if (STAGED_NAME.test(name)) discardFolder(fs, join(cas, name));
    if (name.startsWith(SUCCESSOR_PREFIX)) settleSuccession(fs, cas, name.slice(SUCCESSOR_PREFIX.length));
  }
}

/** A change of places is two renames; cut off between them, it left no CA of the name. */
function settleSuccession(fs: FileSystem, cas: string, name: string): void {
  if (fs.status(join(cas, name)) !== undefined || fs.status(predecessorPath(cas, name)) === undefined) return;
  fs.rename(successorPath(cas, name), join(cas, name));
}
