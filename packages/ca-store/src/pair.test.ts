/** @module Where a pair goes, with what modes, over what old files, and notes of replacements that can't be finished. */
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  asProcess,
  createFaultyFileSystem,
  createTemporaryFolder,
  createThrowAwayPair,
  DEAD_PROCESS_ID,
  expectCode,
  listFiles,
  readDiskPair,
  Stop,
  unsyncedFileSystem as disk,
} from '../../testkit/src/index.ts';
import { changeHome } from './home.ts';
import { writePair } from './pair.ts';

const root = createTemporaryFolder();
afterAll(root.remove);

const first = createThrowAwayPair();
const second = createThrowAwayPair();

type Scene = { readonly home: string; readonly out: string; readonly certFile: string; readonly keyFile: string };

function createScene(): Scene {
  const [home, out] = [root.next(), root.next()];
  return { home, out, certFile: join(out, 'a.pem'), keyFile: join(out, 'a-key.pem') };
}

const write = ({ home, certFile, keyFile }: Scene, { certPem, keyPem }: typeof first, fs = disk): void =>
  writePair(fs, home, { certFile, certPem, keyFile, keyPem });
const modes = (...paths: readonly string[]): number[] => paths.map((path) => lstatSync(path).mode & 0o777);
const recover = ({ home }: Scene): void => changeHome({ path: home, fs: disk }, () => {});

describe('a pair', () => {
  it.each([0o000, 0o022, 0o077])('has its modes whatever the umask (%i)', (umask) => {
    const scene = createScene();
    const old = process.umask(umask);
    try {
      write(scene, first);
    } finally {
      process.umask(old);
    }
    expect(modes(scene.certFile, scene.keyFile)).toEqual([0o644, 0o600]);
  });

  it('never keeps the loose mode of an old key, nor the tight one of an old certificate', () => {
    const scene = createScene();
    writeFileSync(scene.keyFile, 'old', { mode: 0o666 });
    writeFileSync(scene.certFile, 'old', { mode: 0o600 });
    chmodSync(scene.keyFile, 0o666);
    write(scene, first);
    expect(modes(scene.certFile, scene.keyFile)).toEqual([0o644, 0o600]);
  });

  it('in one file is for the owner alone', () => {
    const scene = createScene();
    write({ ...scene, keyFile: scene.certFile }, first);
    expect(readFileSync(scene.certFile, 'utf8')).toBe(first.certPem + first.keyPem);
    expect(modes(scene.certFile)).toEqual([0o600]);
  });

  it('replaces links and leaves what they lead to alone', () => {
    const scene = createScene();
    const [certTarget, keyTarget] = [join(scene.home, 'cert'), join(scene.home, 'key')];
    for (const path of [certTarget, keyTarget]) writeFileSync(path, 'precious');
    symlinkSync(certTarget, scene.certFile);
    symlinkSync(keyTarget, scene.keyFile);
    write(scene, first);
    expect([certTarget, keyTarget].map((path) => readFileSync(path, 'utf8'))).toEqual(['precious', 'precious']);
    expect(lstatSync(scene.keyFile).isFile()).toBe(true);
    expect(readDiskPair(scene.certFile, scene.keyFile).keyPem).toBe(first.keyPem);
  });

  it.each(['certFile', 'keyFile'] as const)('never takes the place of a folder (%s)', (which) => {
    const scene = createScene();
    mkdirSync(scene[which]);
    const before = listFiles(scene.out);
    expectCode(() => write(scene, first), 'NOT_A_FILE');
    expect(listFiles(scene.out)).toEqual(before);
  });

  it.each(['certFile', 'keyFile'] as const)('leaves nothing when the folder of its %s is missing', (which) => {
    const scene = createScene();
    expectCode(() => write({ ...scene, [which]: join(scene.out, 'missing', 'a.pem') }, first), 'FOLDER_NOT_FOUND');
    expect(listFiles(scene.out)).toEqual([]);
  });
});

/** Stops the replacement of `first` by `second` right after its note was written. */
function stopAfterNote(): Scene {
  const scene = createScene();
  write(scene, first);
  for (let at = 0; listFiles(scene.home).length === 0; at++) {
    const { fs } = createFaultyFileSystem(disk, { at, fault: { kind: 'stop' } });
    const run = () => asProcess(DEAD_PROCESS_ID, () => write(scene, second, fs));
    expect(run).toThrow(Stop);
    const [name] = listFiles(scene.home);
    if (name?.startsWith('.') === true) rmSync(join(scene.home, name)); // the note itself, half-done
  }
  expect(listFiles(scene.home)).toEqual([expect.stringMatching(/^pending-/)]);
  return scene;
}

describe('the note of a replacement that was stopped', () => {
  it('is followed and gone', () => {
    const scene = stopAfterNote();
    recover(scene);
    expect(readDiskPair(scene.certFile, scene.keyFile)).toEqual({ certPem: second.certPem, keyPem: second.keyPem });
    expect(listFiles(scene.home)).toEqual([]);
  });

  it('is dropped when its folder is gone', () => {
    const scene = stopAfterNote();
    rmSync(scene.out, { recursive: true });
    recover(scene);
    expect(listFiles(scene.home)).toEqual([]);
  });

  it('is dropped when it can not be read', () => {
    const scene = createScene();
    for (const [i, text] of ['', '{', 'null', '{"key":{}}', '[]'].entries())
      writeFileSync(join(scene.home, `pending-00000000000${i}.json`), text);
    recover(scene);
    expect(listFiles(scene.home)).toEqual([]);
  });

  it('waits, without stopping other work, while its folder is read-only', () => {
    const scene = stopAfterNote();
    const refuse = (): never => {
      throw Object.assign(new Error('EROFS'), { code: 'EROFS' });
    };
    const rename = (from: string, to: string) => (from.startsWith(scene.out) ? refuse() : disk.rename(from, to));
    expect(changeHome({ path: scene.home, fs: { ...disk, rename } }, () => 'worked')).toBe('worked');
    expect(readDiskPair(scene.certFile, scene.keyFile)).toEqual({ certPem: first.certPem, keyPem: first.keyPem });
    recover(scene);
    expect(readDiskPair(scene.certFile, scene.keyFile)).toEqual({ certPem: second.certPem, keyPem: second.keyPem });
    expect(listFiles(scene.home)).toEqual([]);
  });
});
