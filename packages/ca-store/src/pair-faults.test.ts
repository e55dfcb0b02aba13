/**
 * @module Certificate pairs on a disk that fails or stops at every single operation in turn. What is left never contradicts
 * itself, and the next command goes on from it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isCaError } from '@mintmark/ca-core';
import {
  createTemporaryFolder,
  createThrowAwayPair,
  eachOperation,
  listFiles,
  readDiskPair,
  unsyncedFileSystem as disk,
  type DiskPair,
  type Fault,
  type FaultRun,
  type ThrowAwayPair,
} from '../../testkit/src/index.ts';
import { sweepTemporaries } from './atomic-write.ts';
import type { FileSystem } from './file-system.ts';
import { changeHome, openHome } from './home.ts';
import { appendLedger, readLedger } from './ledger.ts';
import { writePair } from './pair.ts';

const root = createTemporaryFolder();
afterAll(root.remove);

type Scene = { readonly home: string; readonly out: string; readonly certFile: string; readonly keyFile: string };
type Layout = 'one folder' | 'two folders';
type Start = 'nothing' | 'pair' | 'key alone' | 'certificate alone';

const first = createThrowAwayPair();
const second = createThrowAwayPair();
const renewed = createThrowAwayPair(first.key);
const third = createThrowAwayPair();

const STOPS: readonly Fault[] = [{ kind: 'stop' }, { kind: 'torn-stop' }];
const FAILURES: readonly Fault[] = ['EIO', 'EACCES'].map((code) => ({ kind: 'errno', code }));
const LASTING_FAILURES: readonly Fault[] = [{ kind: 'lasting-errno', code: 'EROFS' }];

function createScene(layout: Layout, start: Start): Scene {
  const folder = root.next();
  const [home, out] = [join(folder, 'home'), join(folder, 'out')];
  const [certs, keys] = layout === 'one folder' ? [out, out] : [join(out, 'certs'), join(out, 'keys')];
  for (const path of [certs, keys]) mkdirSync(path, { recursive: true });
  const scene = { home, out, certFile: join(certs, 'a.pem'), keyFile: join(keys, 'a-key.pem') };
  if (start === 'pair' || start === 'certificate alone') writeFileSync(scene.certFile, first.certPem);
  if (start === 'pair' || start === 'key alone') writeFileSync(scene.keyFile, first.keyPem, { mode: 0o600 });
  return scene;
}

/** What `mint` does on disk, with the home opened anew as every process does. */
function mintOnDisk({ home, certFile, keyFile }: Scene, fs: FileSystem, pair: ThrowAwayPair, keepsKey = false): void {
  const opened = openHome(fs, home);
  changeHome(opened, () => {
    appendLedger(opened, [{ ...pair.entry, certFile, keyFile }]);
    const { certPem, keyPem } = pair;
    writePair(fs, home, { certFile, certPem, keyFile, ...(keepsKey ? {} : { keyPem }) });
  });
}

const recover = ({ home }: Scene): void => changeHome(openHome(disk, home), () => {});

const onDisk = ({ certFile, keyFile }: Scene): DiskPair => readDiskPair(certFile, keyFile);

const LEFTOVER = /\.mintmark-|^pending-|^lock/;
const leftovers = ({ home, out }: Scene): string[] =>
  [...listFiles(home), ...listFiles(out)].filter((path) => LEFTOVER.test(path));

/** A key without a certificate may be left of a first run: the ledger names it as ours, and the next run takes it up. */
function assertWhole(scene: Scene, before: DiskPair, after: DiskPair): void {
  const found = onDisk(scene);
  const isLoneNewKey = before.certPem === undefined && before.keyPem === undefined && found.certPem === undefined;
  if (isLoneNewKey && found.keyPem === after.keyPem) return;
  expect([before, after]).toContainEqual(found);
}

/** The next command, and nothing left behind by it or by the one that died. */
function assertNextMintWorks(scene: Scene): void {
  mintOnDisk(scene, disk, third);
  expect(onDisk(scene)).toEqual({ certPem: third.certPem, keyPem: third.keyPem });
  for (const file of [scene.certFile, scene.keyFile]) sweepTemporaries(disk, dirname(file));
  expect(listFiles(scene.home)).toEqual(['ledger.jsonl']);
  expect(leftovers(scene)).toEqual([]);
  expect(readLedger({ fs: disk, path: scene.home }).map(({ serialHex }) => serialHex)).toContain(third.entry.serialHex);
}

/** Syncing a folder comes after the files are in place: when that fails they are new, and the user is told. */
const AFTER_THE_FACT = ['openFolder', 'sync', 'close'];

function assertNothingChanged({ scene, error, operation }: FaultRun<Scene>, before: DiskPair, after: DiskPair): void {
  if (error === undefined) return expect(onDisk(scene)).toEqual(after);
  expect(isCaError(error), `not a coded error: ${String(error)}`).toBe(true);
  if (AFTER_THE_FACT.includes(operation)) expect([before, after]).toContainEqual(onDisk(scene));
  else expect(onDisk(scene)).toEqual(before);
  if (operation !== 'readFile') expect(leftovers(scene)).toEqual([]); // a lock that can't be told to be ours stays
}

type Case = {
  readonly title: string;
  readonly start: Start;
  readonly pair: ThrowAwayPair;
  readonly keepsKey?: boolean;
};

const CASES: readonly Case[] = [
  { title: 'a new pair', start: 'nothing', pair: first },
  { title: 'a new certificate for the key on disk', start: 'pair', pair: renewed, keepsKey: true },
  { title: 'a new pair in place of another', start: 'pair', pair: second },
  { title: 'a new pair in place of a key', start: 'key alone', pair: second },
  { title: 'a new pair in place of a certificate', start: 'certificate alone', pair: second },
];
const LAYOUTS: readonly Layout[] = ['one folder', 'two folders'];

describe.each(LAYOUTS)('in %s', (layout) => {
  describe.each(CASES)('$title', ({ start, pair, keepsKey }) => {
    const before = onDisk(createScene(layout, start));
    const after = { certPem: pair.certPem, keyPem: pair.keyPem };
    const trial = {
      fs: disk,
      prepare: () => createScene(layout, start),
      work: (scene: Scene, fs: FileSystem) => mintOnDisk(scene, fs, pair, keepsKey),
    };

    it.each(STOPS)('survives a $kind at any operation', (fault) => {
      const count = eachOperation({
        ...trial,
        fault,
        check: ({ scene }) => {
          onDisk(scene);
          recover(scene);
          assertWhole(scene, before, after);
          assertNextMintWorks(scene);
        },
      });
      expect(count).toBeGreaterThan(20);
    });

    it.each(FAILURES)('changes nothing when $code hits any operation', (fault) => {
      eachOperation({
        ...trial,
        fault,
        check: (run) => {
          if (run.operation !== 'unlink') assertNothingChanged(run, before, after);
          assertWhole(run.scene, before, after);
          assertNextMintWorks(run.scene);
        },
      });
    });

    it.each(LASTING_FAILURES)('survives a disk where every change from any operation on gives $code', (fault) => {
      eachOperation({
        ...trial,
        fault,
        check: ({ scene, error }) => {
          if (error !== undefined) expect(isCaError(error), `not a coded error: ${String(error)}`).toBe(true);
          onDisk(scene);
          recover(scene);
          assertWhole(scene, before, after);
          assertNextMintWorks(scene);
        },
      });
    });

    it.each(['certFile', 'keyFile'] as const)(
      'survives a stop when another home then sweeps the folder of its %s',
      (file) => {
        eachOperation({
          ...trial,
          fault: { kind: 'stop' },
          check: ({ scene }) => {
            sweepTemporaries(disk, dirname(scene[file]));
            recover(scene);
            assertWhole(scene, before, after);
            assertNextMintWorks(scene);
          },
        });
      },
    );
  });
});

describe.each(CASES)('$title', ({ start, pair, keepsKey }) => {
  it('survives a second stop, in the recovery from the first', () => {
    const before = onDisk(createScene('one folder', start));
    eachOperation({
      fs: disk,
      fault: { kind: 'stop' },
      prepare: () => createScene('one folder', start),
      work: (scene, fs) => mintOnDisk(scene, fs, pair, keepsKey),
      check: ({ scene }) => {
        eachOperation({
          fs: disk,
          fault: { kind: 'stop' },
          prepare: () => scene,
          work: ({ home }, fs) => changeHome(openHome(fs, home), () => {}),
          check: () => onDisk(scene),
        });
        assertWhole(scene, before, { certPem: pair.certPem, keyPem: pair.keyPem });
        assertNextMintWorks(scene);
      },
    });
  });
});

describe('certificate and key in one file', () => {
  it.each([...STOPS, ...FAILURES])('is the old file or the new one when %o hits any operation', (fault) => {
    eachOperation({
      fs: disk,
      fault,
      prepare: () => {
        const scene = createScene('one folder', 'nothing');
        writeFileSync(scene.certFile, first.certPem + first.keyPem, { mode: 0o600 });
        return { ...scene, keyFile: scene.certFile };
      },
      work: (scene, fs) => mintOnDisk(scene, fs, second),
      check: ({ scene }) => {
        const { certPem } = onDisk(scene);
        expect([first.certPem + first.keyPem, second.certPem + second.keyPem]).toContain(certPem);
        recover(scene);
        expect(onDisk(scene).certPem).toBe(certPem);
      },
    });
  });
});
