/**
 * @module Whole-file writes: temporary file in the same folder, mode, fsync, rename, fsync of the folder. A reader sees the
 * old file or the new one. Rename replaces a symbolic link instead of following it, and never keeps an old file's mode.
 */
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { errnoOf, withDiskErrors } from './disk-error.ts';
import type { FileSystem } from './file-system.ts';
import { storeError } from './store-errors.ts';

export const KEY_MODE = 0o600;
export const CERTIFICATE_MODE = 0o644;
export const FOLDER_MODE = 0o700;

/** Temporary files carry their maker's process id, so that leftovers of a dead process can be told and removed. */
const TEMP_NAME = /^\.mintmark-(\d+)-[0-9a-f]{12}\.tmp$/;

/** `text` is UTF-8, or bytes as they are. */
export type FileContent = { readonly path: string; readonly text: string | Uint8Array; readonly mode: number };

/** `isDurable: false` for what need not outlive a power cut, such as a lock. */
type WriteOptions = { readonly isDurable: boolean };

/**
 * Whoever may write to a folder of devices would put a file in the place of one, for the whole machine.
 * @throws NOT_A_PLAIN_FILE
 */
export function assertNoDevice(fs: FileSystem, path: string): void {
  const kind = fs.status(path)?.kind;
  if (kind === 'other' || (kind === 'link' && /^\/(?:dev\/(?!shm\/)|proc\/)/.test(path)))
    throw storeError('NOT_A_PLAIN_FILE', { path });
}

/** Writes a synced temporary file beside `path` and returns its path. Removes it again when writing fails. @throws NOT_A_PLAIN_FILE */
export function writeTemporary(
  fs: FileSystem,
  { path, text, mode }: FileContent,
  { isDurable }: WriteOptions = { isDurable: true },
): string {
  const temporary = join(dirname(path), `.mintmark-${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
  return withDiskErrors(path, () => {
    assertNoDevice(fs, path);
    const fd = fs.createFile(temporary, mode);
    try {
      try {
        fs.setMode(fd, mode); // the umask must neither loosen a key nor hide a certificate
        fs.write(fd, typeof text === 'string' ? Buffer.from(text) : text);
        if (isDurable) fs.sync(fd);
      } finally {
        fs.close(fd);
      }
    } catch (cause) {
      discard(fs, temporary);
      throw cause;
    }
    return temporary;
  });
}

/** Makes renames in a folder durable. Filesystems that can't sync a folder (Windows, some network ones) are left be. */
export function syncFolder(fs: FileSystem, folder: string): void {
  let fd: number;
  try {
    fd = fs.openFolder(folder);
  } catch (cause) {
    if (errnoOf(cause) === 'EISDIR' || errnoOf(cause) === 'EPERM' || errnoOf(cause) === 'EACCES') return;
    throw cause;
  }
  try {
    fs.sync(fd);
  } catch (cause) {
    if (errnoOf(cause) !== 'EINVAL' && errnoOf(cause) !== 'EPERM') throw cause;
  } finally {
    fs.close(fd);
  }
}

/** A file that is written and synced beside its place. `place` takes it there by one rename; `discard` is for when that is not to be. */
export type StagedFile = { readonly place: () => void; readonly discard: () => void };

/** The first half of a replacement: whatever can fail for want of space or rights has failed before anything is replaced. */
export function stageFile(fs: FileSystem, content: FileContent): StagedFile {
  const temporary = writeTemporary(fs, content);
  const place = (): void =>
    withDiskErrors(content.path, () => {
      try {
        fs.rename(temporary, content.path);
      } catch (cause) {
        discard(fs, temporary);
        throw cause;
      }
      syncFolder(fs, dirname(content.path));
    });
  return { place, discard: () => discard(fs, temporary) };
}

/** Replaces or creates one file. */
export const writeFileAtomically = (fs: FileSystem, content: FileContent): void => stageFile(fs, content).place();

/** Removes a file; one that is not there is fine. */
export function removeIfPresent(fs: FileSystem, path: string): void {
  try {
    fs.unlink(path);
  } catch (cause) {
    if (errnoOf(cause) !== 'ENOENT') throw cause;
  }
}

/** Removes a file that nobody misses. One that can't be removed is swept by a later command. */
export function discard(fs: FileSystem, path: string): void {
  try {
    fs.unlink(path);
  } catch {
    // Not there, or left for the sweep: the outcome of the work matters more.
  }
}

/** Removes temporary files of processes that no longer run. Best effort: a folder that can't be read is left alone. */
export function sweepTemporaries(fs: FileSystem, folder: string): void {
  let names: string[];
  try {
    names = fs.readFolder(folder);
  } catch {
    return;
  }
  for (const name of names) {
    const pid = Number(TEMP_NAME.exec(name)?.[1] ?? 0);
    if (pid === 0 || isProcessAlive(pid)) continue;
    discard(fs, join(folder, name));
  }
}

/** True when a process with this id runs on this machine, whoever owns it. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return errnoOf(cause) === 'EPERM';
  }
}
