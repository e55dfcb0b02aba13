/**
 * @module Making and removing CAs, and breaking a dead holder's lock, on a disk that fails or stops at every single operation
 * in turn. A CA is there as a whole or not at all, and no key of a removed one stays behind.
 */
import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createScope, isCaError, parseKeyType } from '@mintmark/ca-core';
import {
  createTemporaryFolder,
  DEAD_PROCESS_ID,
  eachOperation,
  FIXED_NOW,
  listFiles,
  unsyncedFileSystem as disk,
  type Fault,
  type FaultRun,
} from '../../testkit/src/index.ts';
import { addCa, listCaNames, readCa, removeCa } from './ca-folder.ts';
import { openSigner } from './ca-key.ts';
import { createCa } from './create-ca.ts';
import type { FileSystem } from './file-system.ts';
import { changeHome, openHome } from './home.ts';

const root = createTemporaryFolder();
afterAll(root.remove);

const scope = createScope({ domains: [] }, { isPublicSuffix: () => false });
const plan = { scope, keyType: parseKeyType('ecdsa-p256'), now: FIXED_NOW };
const { files } = createCa({ ...plan, name: 'default' });
const other = createCa({ ...plan, name: 'other' }).files;

const STOPS: readonly Fault[] = [{ kind: 'stop' }, { kind: 'torn-stop' }];
const FAILURES: readonly Fault[] = ['ENOSPC', 'EIO', 'EROFS', 'EACCES'].map((code) => ({ kind: 'errno', code }));
const LASTING_FAILURES: readonly Fault[] = [{ kind: 'lasting-errno', code: 'EROFS' }];
const FAULTS = [...STOPS, ...FAILURES, ...LASTING_FAILURES];

const WHOLE = ['issuer-key.pem', 'issuer.crl', 'issuer.pem', 'root.crl', 'root.pem'];

const add = (path: string, fs: FileSystem): void => {
  const home = openHome(fs, path);
  changeHome(home, () => addCa(home, 'default', files));
};
const remove = (path: string, fs: FileSystem): void => {
  const home = openHome(fs, path);
  changeHome(home, () => removeCa(home, 'default'));
};
const emptyHome = (): string => join(root.next(), 'home');
const homeWithCa = (): string => {
  const path = emptyHome();
  add(path, disk);
  return path;
};

/** Absent, or there with modes, certificates and a key that fits. */
function assertWholeOrAbsent(path: string): 'whole' | 'absent' {
  const home = openHome(disk, path);
  if (!listCaNames(home).includes('default')) return 'absent';
  const ca = readCa(home, 'default');
  expect(ca.root.subjectDer).toBeDefined();
  openSigner(home, ca);
  const folder = join(path, 'cas', 'default');
  expect(listFiles(folder)).toEqual(WHOLE);
  expect(WHOLE.map((name) => lstatSync(join(folder, name)).mode & 0o777)).toEqual([0o600, 0o644, 0o644, 0o644, 0o644]);
  expect([path, join(path, 'cas'), folder].map((each) => lstatSync(each).mode & 0o777)).toEqual([0o700, 0o700, 0o700]);
  return 'whole';
}

/** Any command that changes the home clears what a dead one left; making another CA is one. */
function assertNextCommandWorks(path: string): void {
  const before = assertWholeOrAbsent(path);
  const home = openHome(disk, path);
  changeHome(home, () => addCa(home, 'other', other));
  expect(assertWholeOrAbsent(path)).toBe(before);
  const expected = (before === 'whole' ? ['default', 'other'] : ['other']).flatMap((name) => [
    `cas/${name}/`,
    ...WHOLE.map((file) => `cas/${name}/${file}`),
  ]);
  // A dead breaker's lock stands in nobody's way: the next one to break a lock removes it.
  expect(listFiles(path).filter((file) => file !== 'lock.break')).toEqual(['cas/', ...expected].sort());
}

function assertCoded({ error }: FaultRun<string>): void {
  if (error !== undefined) expect(isCaError(error), `not a coded error: ${String(error)}`).toBe(true);
}

const hasLeftovers = (path: string): boolean => listFiles(path).some((file) => /(^|\/)(\.|lock)/.test(file));

describe('making a CA', () => {
  it.each(FAULTS)('leaves it whole or absent when %o meets any operation', (fault) => {
    const count = eachOperation({
      fs: disk,
      fault,
      prepare: emptyHome,
      work: add,
      check: (run) => {
        if (!STOPS.includes(fault)) assertCoded(run);
        assertNextCommandWorks(run.scene);
      },
    });
    expect(count).toBeGreaterThan(30);
  });

  it.each(FAILURES)('changes nothing and leaves nothing behind when $code hits any operation', (fault) => {
    eachOperation({
      fs: disk,
      fault,
      prepare: emptyHome,
      work: add,
      check: ({ scene, error, operation }) => {
        // What can't be unlinked, or a lock that can't be told to be ours, is left to the next command. When the last sync
        // or a look at the finished CA fails, the CA stays.
        if (operation !== 'unlink' && operation !== 'readFile') expect(hasLeftovers(scene)).toBe(false);
        const isAfterTheFact = ['openFolder', 'sync', 'close', 'readFile', 'status'].includes(operation);
        if (error !== undefined && !isAfterTheFact) expect(assertWholeOrAbsent(scene)).toBe('absent');
        if (error === undefined) expect(assertWholeOrAbsent(scene)).toBe('whole');
      },
    });
  });
});

describe('removing a CA', () => {
  it.each(FAULTS)('leaves it whole or absent when %o meets any operation', (fault) => {
    eachOperation({
      fs: disk,
      fault,
      prepare: homeWithCa,
      work: remove,
      check: (run) => {
        if (!STOPS.includes(fault)) assertCoded(run);
        assertNextCommandWorks(run.scene);
      },
    });
  });

  it.each(FAILURES)('never says a CA is gone while its key is there, when $code hits any operation', (fault) => {
    eachOperation({
      fs: disk,
      fault,
      prepare: homeWithCa,
      work: remove,
      check: ({ scene, error }) => {
        const keys = listFiles(scene).filter((path) => path.endsWith('issuer-key.pem'));
        const state = assertWholeOrAbsent(scene);
        expect(keys).toEqual(state === 'whole' ? ['cas/default/issuer-key.pem'] : []);
        if (error === undefined) expect(state).toBe('absent');
      },
    });
  });
});

describe("breaking a dead holder's lock", () => {
  it.each(FAULTS)('leaves a home that the next command works with when %o meets any operation', (fault) => {
    eachOperation({
      fs: disk,
      fault,
      prepare: () => {
        const path = emptyHome();
        mkdirSync(path, { mode: 0o700 });
        writeFileSync(join(path, 'lock'), `${DEAD_PROCESS_ID - 1} ${hostname()}\n`);
        return path;
      },
      work: (path, fs) => changeHome(openHome(fs, path), () => {}),
      check: (run) => {
        if (!STOPS.includes(fault)) assertCoded(run);
        assertNextCommandWorks(run.scene);
      },
    });
  });
});
