/** @module Disks that are full or read-only and homes of other people: a clear error, nothing half-done, and on it goes after. */
import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { readDiskPair } from '../../packages/testkit/src/index.ts';
import { scratchFolder } from '../programs/scratch.ts';
import {
  checkNothingLeft,
  checkPairs,
  createScene,
  errorCode,
  listWholeCas,
  openToOthers,
  runIn,
  tryIn,
} from './home-scene.ts';
import { mountMemoryDisk } from './memory-disk.ts';
import { runAsNobody } from './other-user.ts';

const scratch = scratchFolder('unwritable');
const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

function requireRoot(context: TestContext): void {
  if (!isRoot) context.skip('needs root');
}

/** Free blocks to try: from none to more than a first run takes. */
const FREE_BLOCKS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10];

describe('a full disk', () => {
  it('under the home is a clear error at whatever file it fills up', async (context) => {
    const disk = await mountMemoryDisk(context, join(scratch, 'full-home'));
    const codes: string[] = [];
    for (const freeBlocks of FREE_BLOCKS) {
      const scene = { ...createScene(scratch), home: join(disk.path, `home-${freeBlocks}`) };
      disk.fill(freeBlocks);
      const result = await tryIn(scene, ['mint', 'a.test']);
      codes.push(result.exitCode === 0 ? 'done' : errorCode(result));
      listWholeCas(scene);
      if (result.exitCode !== 0) expect(checkPairs(scene)).toEqual([]);
      checkNothingLeft(scene);
      disk.empty();
      await runIn(scene, ['mint', 'a.test']);
      expect(checkPairs(scene)).toEqual(['a.test']);
    }
    expect(codes[0]).toBe('NO_SPACE');
    expect(codes.at(-1)).toBe('done');
    expect(new Set(codes)).toEqual(new Set(['NO_SPACE', 'done']));
  });

  it('under the certificates leaves the old pair as it was', async (context) => {
    const disk = await mountMemoryDisk(context, join(scratch, 'full-out'));
    const scene = { ...createScene(scratch), out: disk.path };
    const files = [join(disk.path, 'a.test.pem'), join(disk.path, 'a.test-key.pem')] as const;
    await runIn(scene, ['mint', 'a.test']);
    const old = readDiskPair(...files);
    for (const freeBlocks of [0, 1]) {
      disk.fill(freeBlocks);
      expect(errorCode(await tryIn(scene, ['mint', 'a.test', '--new-key']))).toBe('NO_SPACE');
      expect(readDiskPair(...files)).toEqual(old);
      expect(readdirSync(disk.path).sort()).toEqual(['a.test-key.pem', 'a.test.pem', 'filler']);
      disk.empty();
    }
    await runIn(scene, ['mint', 'a.test', '--new-key']);
    expect(readDiskPair(...files).keyPem).not.toBe(old.keyPem);
    checkNothingLeft(scene);
  });
});

describe('a read-only disk', () => {
  it('under the home is a clear error for what writes, and what reads still works', async (context) => {
    const disk = await mountMemoryDisk(context, join(scratch, 'read-only-home'));
    const scene = { ...createScene(scratch), home: join(disk.path, 'home') };
    await runIn(scene, ['mint', 'a.test']);
    const old = readDiskPair(join(scene.out, 'a.test.pem'), join(scene.out, 'a.test-key.pem'));
    await disk.makeReadOnly();
    for (const args of [
      ['mint', 'b.test'],
      ['mint', 'a.test', '--new-key'],
      ['self-signed', 'c.test'],
    ])
      expect(errorCode(await tryIn(scene, args))).toBe('READ_ONLY');
    for (const args of [
      ['ca', 'create', 'second'],
      ['ca', 'remove', 'default', '--yes'],
    ])
      expect(errorCode(await tryIn(scene, args))).toBe('READ_ONLY');
    for (const args of [['list'], ['ca', 'list'], ['ca', 'show']]) await runIn(scene, args);
    expect(readDiskPair(join(scene.out, 'a.test.pem'), join(scene.out, 'a.test-key.pem'))).toEqual(old);
    expect(readdirSync(scene.out).sort()).toEqual(['a.test-key.pem', 'a.test.pem']);
  });

  it('under a home that is not there yet is a clear error', async (context) => {
    const disk = await mountMemoryDisk(context, join(scratch, 'read-only-parent'));
    await disk.makeReadOnly();
    const scene = { ...createScene(scratch), home: join(disk.path, 'deep', 'home') };
    expect(errorCode(await tryIn(scene, ['mint', 'a.test']))).toBe('READ_ONLY');
  });

  it('under the certificates is a clear error that leaves the home in order', async (context) => {
    const disk = await mountMemoryDisk(context, join(scratch, 'read-only-out'));
    await disk.makeReadOnly();
    const scene = { ...createScene(scratch), out: disk.path };
    expect(errorCode(await tryIn(scene, ['mint', 'a.test']))).toBe('READ_ONLY');
    expect(listWholeCas(scene)).toEqual(['default']);
    checkNothingLeft(scene);
  });
});

describe('a folder that may not be written', () => {
  it('is a clear error for a user without privileges', async (context) => {
    requireRoot(context);
    openToOthers(scratch);
    const scene = createScene(scratch);
    mkdirSync(scene.home, { mode: 0o500 });
    chownSync(scene.home, NOBODY, NOBODY);
    expect(errorCode(runAsNobody(scene, ['mint', 'a.test']))).toBe('NO_PERMISSION');
    chmodSync(scene.home, 0o700);
    expect(errorCode(runAsNobody(scene, ['mint', 'a.test']))).toBe('NO_PERMISSION'); // now of the certificates' folder
    chownSync(scene.out, NOBODY, NOBODY);
    expect(runAsNobody(scene, ['mint', 'a.test']).exitCode).toBe(0);
    expect(checkPairs(scene)).toEqual(['a.test']);
    checkNothingLeft(scene);
  });
});

describe("somebody else's home", () => {
  it('is refused to root', async (context) => {
    requireRoot(context);
    const scene = createScene(scratch);
    await runIn(scene, ['mint', 'a.test']);
    chownSync(scene.home, NOBODY, NOBODY);
    for (const args of [['mint', 'b.test'], ['list'], ['ca', 'remove', 'default', '--yes']])
      expect(errorCode(await tryIn(scene, args))).toBe('HOME_FOREIGN_OWNER');
    expect(readdirSync(scene.out).sort()).toEqual(['a.test-key.pem', 'a.test.pem']);
  });

  it('that root made, under sudo, is refused by name to the user', async (context) => {
    requireRoot(context);
    openToOthers(scratch);
    const scene = createScene(scratch);
    await runIn(scene, ['mint', 'a.test']);
    chownSync(scene.out, NOBODY, NOBODY);
    expect(errorCode(runAsNobody(scene, ['mint', 'b.test']))).toBe('HOME_FOREIGN_OWNER');
  });

  it('that everybody may write is refused', async () => {
    const scene = createScene(scratch);
    await runIn(scene, ['mint', 'a.test']);
    chmodSync(scene.home, 0o777);
    expect(errorCode(await tryIn(scene, ['mint', 'b.test']))).toBe('HOME_WRITABLE_BY_OTHERS');
  });
});
