/** @module The home folder: where it is, and that it is safe to keep keys in. */
import { dirname, join, resolve } from 'node:path';
import { FOLDER_MODE, sweepTemporaries } from './atomic-write.ts';
import { errnoOf, withDiskErrors } from './disk-error.ts';
import type { FileStatus, FileSystem } from './file-system.ts';
import { recoverPending } from './pair.ts';
import { CAS_FOLDER, sweepStagedFolders } from './staged-folder.ts';
import { storeError } from './store-errors.ts';
import { withLock } from './lock.ts';

export type Home = { readonly path: string; readonly fs: FileSystem };

export type HomeEnvironment = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly cwd: string;
};

/** `--home`, else MINTMARK_HOME, else the platform's data folder. Relative paths are taken from `cwd`. @throws HOME_UNKNOWN */
export function resolveHomePath(option: string | undefined, { env, platform, cwd }: HomeEnvironment): string {
  const chosen = option ?? (env['MINTMARK_HOME'] === '' ? undefined : env['MINTMARK_HOME']);
  if (chosen !== undefined) return resolve(cwd, chosen);
  const base = dataFolder(env, platform);
  if (base === undefined) throw storeError('HOME_UNKNOWN', {});
  return resolve(join(base, 'mintmark'));
}

/** XDG base directory specification; Apple and Microsoft folder conventions. */
function dataFolder(env: HomeEnvironment['env'], platform: NodeJS.Platform): string | undefined {
  const under = (folder: string | undefined, ...rest: string[]) =>
    folder === undefined || folder === '' ? undefined : join(folder, ...rest);
  if (platform === 'win32') return under(env['LOCALAPPDATA']) ?? under(env['USERPROFILE'], 'AppData', 'Local');
  const xdg = env['XDG_DATA_HOME'];
  if (xdg?.startsWith('/') === true) return xdg;
  return platform === 'darwin'
    ? under(env['HOME'], 'Library', 'Application Support')
    : under(env['HOME'], '.local', 'share');
}

/** Makes the home if need be and checks whose it is. @throws HOME_FOREIGN_OWNER, HOME_WRITABLE_BY_OTHERS, disk codes */
export function openHome(fs: FileSystem, path: string): Home {
  withDiskErrors(path, () => makeFolders(fs, path));
  assertSafe(fs, path);
  return { path, fs };
}

/** True when there is a home to read; never creates one. */
export function isHomePresent(fs: FileSystem, path: string): boolean {
  return withDiskErrors(path, () => fs.status(path)) !== undefined;
}

/** Makes a folder and its missing parents, each 0700. Another process may be doing the same. */
export function makeFolders(fs: FileSystem, path: string): void {
  try {
    fs.makeFolder(path, FOLDER_MODE);
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST') return;
    if (errnoOf(cause) !== 'ENOENT' || dirname(path) === path) throw cause;
    makeFolders(fs, dirname(path));
    makeFolders(fs, path);
  }
}

/** A home may itself be a link to another disk; what counts is the folder behind it. */
function folderStatus(fs: FileSystem, path: string): FileStatus | undefined {
  const status = fs.status(path);
  // What lies in somebody else's folder may not be looked at, so `/.` is asked only where it must be.
  return status?.kind === 'link' ? fs.status(`${path}/.`) : status;
}

function assertSafe(fs: FileSystem, path: string): void {
  const status = withDiskErrors(path, () => folderStatus(fs, path));
  if (status === undefined || status.kind !== 'folder') throw storeError('NOT_A_FOLDER', { path });
  if (process.getuid === undefined) return; // Windows: the profile folder's ACL guards it
  const uid = process.getuid();
  if (status.uid !== uid) throw storeError('HOME_FOREIGN_OWNER', { path, ownerUid: status.uid, uid });
  if ((status.mode & 0o002) !== 0) throw storeError('HOME_WRITABLE_BY_OTHERS', { path });
}

/**
 * Runs work that changes the home, under its lock, after finishing or clearing what an interrupted command left behind.
 * @throws HOME_LOCKED, and what the work throws
 */
export function changeHome<T>(home: Home, work: () => T): T {
  const { fs, path } = home;
  return withLock(fs, { home: path }, () => {
    withDiskErrors(path, () => recoverPending(fs, path)); // before sweeping: it needs the temporary files of the dead
    sweepTemporaries(fs, path);
    sweepStagedFolders(fs, join(path, CAS_FOLDER));
    return work();
  });
}
