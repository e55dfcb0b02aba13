/**
 * @module Whether a Firefox runs on a profile. On Linux and macOS it holds a lock on `.parentlock` and points the link `lock` at
 * `ADDRESS:+PID`; on Windows it keeps `parent.lock` open for itself alone. Source: Mozilla's nsProfileLock.cpp.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, lstatSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** True when a Firefox has the profile open. Looks only. */
export function isProfileInUse(profileFolder: string): boolean {
  if (process.platform === 'win32') return isOpenExclusively(join(profileFolder, 'parent.lock'));
  const file = join(profileFolder, '.parentlock');
  if (process.platform === 'darwin') return isOpenSomewhere(file);
  return isLockedFile(file) || isAliveLink(join(profileFolder, 'lock'));
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

function isLockedFile(path: string): boolean {
  const inode = attempt(() => lstatSync(path).ino);
  const locks = attempt(() => readFileSync('/proc/locks', 'latin1'));
  return inode !== undefined && locks !== undefined && listsInode(locks, inode);
}

/**
 * True when the kernel's list has a lock on the file. Device numbers are not compared: on btrfs and overlays they differ
 * from what stat says.
 * @param locks text of /proc/locks: `1: POSIX  ADVISORY  WRITE 812 08:01:12345 0 EOF`
 */
export function listsInode(locks: string, inode: number): boolean {
  return locks.split('\n').some((line) => new RegExp(`\\s[0-9a-f]+:[0-9a-f]+:${inode}\\s`).test(line));
}

/** The process that the link names; undefined when it names none. */
export function parseLockLink(target: string): number | undefined {
  const [, pid] = /:\+?([1-9][0-9]*)$/.exec(target) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** A link outlives a Firefox that was killed, so its process must live. In a sandbox the number may be another's: then we err to "in use". */
function isAliveLink(path: string): boolean {
  const pid = parseLockLink(attempt(() => readlinkSync(path)) ?? '');
  return pid !== undefined && isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    return cause instanceof Error && Reflect.get(cause, 'code') === 'EPERM';
  }
}

function isOpenExclusively(path: string): boolean {
  try {
    closeSync(openSync(path, 'r+'));
    return false;
  } catch (cause) {
    return !(cause instanceof Error && Reflect.get(cause, 'code') === 'ENOENT');
  }
}

/** lsof ends with 0 when some process has the file open. */
function isOpenSomewhere(path: string): boolean {
  if (attempt(() => lstatSync(path)) === undefined) return false;
  return spawnSync('/usr/sbin/lsof', ['-t', '--', path], { stdio: 'ignore' }).status === 0;
}
