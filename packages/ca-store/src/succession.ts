/**
 * @module A CA that takes the place of another under the same name: first it waits beside it, then the two change places, and at the
 * end one of them goes. Each step is whole or not done, whatever cuts it off.
 */
import { syncFolder } from './atomic-write.ts';
import { caPath, casPath, putCa, removeFolderOf, type CaFiles, type StoredCa } from './ca-folder.ts';
import { withDiskErrors } from './disk-error.ts';
import type { Home } from './home.ts';
import { predecessorPath, successorPath } from './staged-folder.ts';

/** Puts the CA beside this one that will take its place. Call it under the home's lock. @throws as `addCa` does */
export function addSuccessor(home: Home, name: string, files: CaFiles): StoredCa {
  return putCa(home, { name, path: successorPath(casPath(home), name) }, files);
}

/** Takes the CA that was to take this one's place out of the home, as `removeCa` does. */
export function removeSuccessor(home: Home, name: string): void {
  removeFolderOf(home, name, successorPath(casPath(home), name));
}

/** Takes the CA whose place this one took out of the home, as `removeCa` does. */
export function removePredecessor(home: Home, name: string): void {
  removeFolderOf(home, name, predecessorPath(casPath(home), name));
}

/**
 * The successor takes the name, and what had it is kept as its predecessor. Cut off between the two renames, the successor has the
 * name already for whoever reads, and the next command that changes the home ends it. Call it under the lock. @throws disk codes
 */
export function promoteSuccessor(home: Home, name: string): void {
  const cas = casPath(home);
  changePlaces(home, { from: caPath(home, name), to: predecessorPath(cas, name) }, successorPath(cas, name));
}

/** The way back: the predecessor takes its name again, and what has it waits as a successor. Call it under the lock. @throws disk codes */
export function restorePredecessor(home: Home, name: string): void {
  const cas = casPath(home);
  changePlaces(home, { from: caPath(home, name), to: successorPath(cas, name) }, predecessorPath(cas, name));
}

function changePlaces(home: Home, leaving: { from: string; to: string }, coming: string): void {
  const { fs } = home;
  withDiskErrors(leaving.from, () => {
    fs.rename(leaving.from, leaving.to);
    try {
      fs.rename(coming, leaving.from);
    } catch (cause) {
      fs.rename(leaving.to, leaving.from);
      throw cause;
    }
    syncFolder(fs, casPath(home));
  });
}
