/** @module Where the home is, whose it must be, and what is cleared before work in it. */
import { chmodSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createTemporaryFolder,
  DEAD_PROCESS_ID,
  expectCode,
  listFiles,
  unsyncedFileSystem as disk,
} from '../../testkit/src/index.ts';
import type { FileStatus, FileSystem } from './file-system.ts';
import { changeHome, isHomePresent, openHome, resolveHomePath } from './home.ts';

const root = createTemporaryFolder();
afterAll(root.remove);

const mode = (path: string): number => lstatSync(path).mode & 0o777;

describe('the path of the home', () => {
  type Row = readonly [
    title: string,
    option: string | undefined,
    env: Record<string, string>,
    platform: NodeJS.Platform,
    path: string,
  ];
  const rows: readonly Row[] = [
    ['--home before all', '/o', { MINTMARK_HOME: '/m', HOME: '/u' }, 'linux', '/o'],
    ['a relative --home below the current folder', 'o/p', {}, 'linux', '/cwd/o/p'],
    ['MINTMARK_HOME before the rest', undefined, { MINTMARK_HOME: '/m', XDG_DATA_HOME: '/x' }, 'linux', '/m'],
    ['a relative MINTMARK_HOME below the current folder', undefined, { MINTMARK_HOME: 'm' }, 'linux', '/cwd/m'],
    ['the XDG folder', undefined, { XDG_DATA_HOME: '/x', HOME: '/u' }, 'linux', '/x/mintmark'],
    ['no relative XDG folder', undefined, { XDG_DATA_HOME: 'x', HOME: '/u' }, 'linux', '/u/.local/share/mintmark'],
    ['no empty XDG folder', undefined, { XDG_DATA_HOME: '', HOME: '/u' }, 'linux', '/u/.local/share/mintmark'],
    ['no empty MINTMARK_HOME', undefined, { MINTMARK_HOME: '', HOME: '/u' }, 'linux', '/u/.local/share/mintmark'],
    ['Application Support', undefined, { HOME: '/u' }, 'darwin', '/u/Library/Application Support/mintmark'],
    ['XDG on a Mac whose owner set it', undefined, { XDG_DATA_HOME: '/x', HOME: '/u' }, 'darwin', '/x/mintmark'],
    ['LOCALAPPDATA', undefined, { LOCALAPPDATA: '/l', HOME: '/u' }, 'win32', '/l/mintmark'],
    ['the Windows profile', undefined, { USERPROFILE: '/p' }, 'win32', '/p/AppData/Local/mintmark'],
  ];

  it.each(rows)('is %s', (...[, option, env, platform, path]) => {
    expect(resolveHomePath(option, { env, platform, cwd: '/cwd' })).toBe(path);
  });

  it.each([
    ['linux', {}],
    ['linux', { HOME: '' }],
    ['win32', { HOME: '/u' }],
  ] as const)('is unknown on %s with %o', (platform, env) => {
    expectCode(() => resolveHomePath(undefined, { env, platform, cwd: '/cwd' }), 'HOME_UNKNOWN');
  });
});

/** The disk, but with another answer to one question about an entry. */
const withStatus = (change: (status: FileStatus) => FileStatus): FileSystem => ({
  ...disk,
  status: (path) => {
    const status = disk.status(path);
    return status === undefined ? undefined : change(status);
  },
});

describe('opening a home', () => {
  it('makes it and the folders above, for the owner alone', () => {
    const path = join(root.next(), 'deep', 'home');
    expect(isHomePresent(disk, path)).toBe(false);
    openHome(disk, path);
    expect(isHomePresent(disk, path)).toBe(true);
    expect([mode(path), mode(join(path, '..'))]).toEqual([0o700, 0o700]);
  });

  it('refuses one that belongs to somebody else, naming both', () => {
    const fs = withStatus((status) => ({ ...status, uid: status.uid + 1 }));
    const error = expectCode(() => openHome(fs, root.next()), 'HOME_FOREIGN_OWNER');
    expect(error.details).toMatchObject({ uid: process.getuid?.(), ownerUid: (process.getuid?.() ?? 0) + 1 });
  });

  it('refuses one that everybody can write', () => {
    const path = root.next();
    chmodSync(path, 0o707);
    expectCode(() => openHome(disk, path), 'HOME_WRITABLE_BY_OTHERS');
    chmodSync(path, 0o755);
    expect(openHome(disk, path).path).toBe(path);
  });

  it('looks through a link, at the folder behind it', () => {
    const [target, link] = [root.next(), join(root.next(), 'link')];
    symlinkSync(target, link);
    expect(openHome(disk, link).path).toBe(link);
    chmodSync(target, 0o777);
    expectCode(() => openHome(disk, link), 'HOME_WRITABLE_BY_OTHERS');
  });

  it('refuses a file, and a link that leads nowhere', () => {
    const folder = root.next();
    const [file, link] = [join(folder, 'file'), join(folder, 'link')];
    writeFileSync(file, '');
    symlinkSync(join(folder, 'nowhere'), link);
    for (const path of [file, link, join(file, 'below')]) expectCode(() => openHome(disk, path), 'NOT_A_FOLDER');
  });
});

describe('changing a home', () => {
  it('clears what the dead left, and only that', () => {
    const path = root.next();
    const [dead, alive] = [DEAD_PROCESS_ID, process.ppid].map((pid) => `.mintmark-${pid}-0123456789ab.tmp`);
    for (const name of [dead, alive, '.mintmark-notes.tmp', 'mine.txt']) writeFileSync(join(path, name ?? ''), '');
    mkdirSync(join(path, 'cas', '.staged-0123456789ab'), { recursive: true });
    writeFileSync(join(path, 'cas', '.staged-0123456789ab', 'issuer-key.pem'), 'key');
    changeHome(openHome(disk, path), () => {});
    expect(listFiles(path)).toEqual(['.mintmark-notes.tmp', alive, 'cas/', 'mine.txt'].sort());
  });

  it('gives back what the work gives, and lets its errors through', () => {
    const home = openHome(disk, root.next());
    expect(changeHome(home, () => 7)).toBe(7);
    const work = () => {
      throw new RangeError('out of range');
    };
    expect(() => changeHome(home, work)).toThrow(RangeError);
    expect(existsSync(join(home.path, 'lock'))).toBe(false);
  });
});
