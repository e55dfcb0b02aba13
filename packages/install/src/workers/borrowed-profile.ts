/**
 * @module The certificate databases of a Firefox profile, lent to a profile that lives for one run. Starting Firefox on the
 * user's own profile would overwrite the saved session, open its tabs and run its add-ons; so only two files go out and come back.
 */
import { chmodSync, chownSync, closeSync, copyFileSync, fsyncSync, lstatSync, mkdtempSync, openSync } from 'node:fs';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { isProfileInUse } from './profile-lock.ts';
import { WorkerFailure } from './task.ts';

/** In the order of giving back: a signature without its certificate is idle, a certificate without its signature is not trusted. */
const DATABASES = ['key4.db', 'cert9.db'] as const;

/** A profile for one run. */
export type BorrowedProfile = {
  readonly folder: string;
  /** Puts the databases back when they changed. @throws WorkerFailure when the profile is in use by then */
  readonly giveBack: () => void;
  /** Takes the folder away. Nothing there is no fault. */
  readonly discard: () => void;
};

const FOLDER_PREFIX = 'mintmark-run-';
const ABANDONED_AFTER_MS = 600_000;

/**
 * Makes a profile inside the user's (snap and flatpak builds see no other folder, and a rename stays on one disk) with copies of
 * its certificate databases. @throws WorkerFailure when a Firefox runs on it
 */
export function borrowProfile(profileFolder: string, preferences: Readonly<Record<string, unknown>>): BorrowedProfile {
  assertClosed(profileFolder);
  removeAbandoned(profileFolder);
  const lent = new Map(DATABASES.map((name) => [name, readIfThere(join(profileFolder, name))]));
  const folder = mkdtempSync(join(profileFolder, FOLDER_PREFIX)); // 0700
  const discard = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  try {
    for (const [name, bytes] of lent)
      if (bytes !== undefined) copyFileSync(join(profileFolder, name), join(folder, name));
    // Firefox makes the folder of downloads when it starts.
    const all = { ...preferences, 'browser.download.folderList': 2, 'browser.download.dir': folder };
    writeFileSync(join(folder, 'user.js'), formatPreferences(all), { mode: 0o600 });
  } catch (cause) {
    discard();
    throw cause;
  }
  const giveBack = (): void => {
    assertSettled(folder);
    const changed = DATABASES.filter((name) => !isSame(readIfThere(join(folder, name)), lent.get(name)));
    if (changed.length === 0) return;
    assertClosed(profileFolder);
    if (DATABASES.some((name) => !isSame(readIfThere(join(profileFolder, name)), lent.get(name))))
      throw new WorkerFailure(`the certificates in ${profileFolder} were changed by another program meanwhile`);
    for (const name of changed) putBack(join(folder, name), join(profileFolder, name), lstatSync(profileFolder));
    syncFolder(profileFolder);
  };
  return { folder, giveBack, discard };
}

/** Lines of a user.js file. */
export const formatPreferences = (preferences: Readonly<Record<string, unknown>>): string =>
  Object.entries(preferences)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('');

function assertClosed(profileFolder: string): void {
  if (isProfileInUse(profileFolder)) throw new WorkerFailure(`Firefox is running on ${profileFolder}: quit it first`);
  assertSettled(profileFolder);
}

/** A journal beside a database belongs to its bytes: neither may go without the other. */
function assertSettled(folder: string): void {
  const journal = DATABASES.flatMap((name) => [`${name}-journal`, `${name}-wal`]).find(
    (name) => (statusOf(join(folder, name))?.size ?? 0) > 0,
  );
  if (journal !== undefined)
    throw new WorkerFailure(`${join(folder, journal)} is left from a Firefox that ended badly: start and quit it once`);
}

const statusOf = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false });

function readIfThere(path: string): Buffer | undefined {
  const status = statusOf(path);
  if (status === undefined) return undefined;
  if (!status.isFile()) throw new WorkerFailure(`${path} is no ordinary file`);
  return readFileSync(path);
}

const isSame = (a: Buffer | undefined, b: Buffer | undefined): boolean =>
  a === undefined || b === undefined ? a === b : a.equals(b);

const PRIVATE_MODE = 0o600;

function putBack(source: string, target: string, folder: Stats): void {
  const old = statusOf(target);
  chmodSync(source, old === undefined ? PRIVATE_MODE : old.mode & 0o777);
  const { uid, gid } = old ?? folder;
  const { uid: newUid, gid: newGid } = lstatSync(source);
  if (uid !== newUid || gid !== newGid) chownSync(source, uid, gid);
  const handle = openSync(source, 'r+');
  fsyncSync(handle);
  closeSync(handle);
  renameSync(source, target);
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return; // folders cannot be opened there
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

/** A worker that was killed leaves its copies behind. */
function removeAbandoned(profileFolder: string): void {
  const names = readdirSync(profileFolder).filter((name) => name.startsWith(FOLDER_PREFIX));
  for (const path of names.map((name) => join(profileFolder, name)))
    if (Date.now() - (statusOf(path)?.mtimeMs ?? Infinity) > ABANDONED_AFTER_MS)
      rmSync(path, { recursive: true, force: true });
}
