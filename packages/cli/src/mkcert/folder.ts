/** @module Folders as mkcert makes them: with their parents, open to readers (0755, less the umask). Keys in them are 0600. */
import { dirname } from 'node:path';
import { errnoOf, openHome, withDiskErrors, type FileSystem, type Home } from '@mintmark/ca-store';

const OPEN_FOLDER_MODE = 0o755;

/** Makes a folder and its missing parents. Another process may be doing the same. @throws disk codes */
export function makeOpenFolders(fs: FileSystem, path: string): void {
  withDiskErrors(path, () => makeEach(fs, path));
}

function makeEach(fs: FileSystem, path: string): void {
  try {
    fs.makeFolder(path, OPEN_FOLDER_MODE);
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST') return;
    if (errnoOf(cause) !== 'ENOENT' || dirname(path) === path) throw cause;
    makeEach(fs, dirname(path));
    makeEach(fs, path);
  }
}

/** The CA's folder is a Mintmark home that others may look into: containers and phones are handed its root. @throws HOME_*, disk codes */
export function openCarootHome(fs: FileSystem, path: string): Home {
  makeOpenFolders(fs, path);
  return openHome(fs, path);
}
