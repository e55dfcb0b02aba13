/**
 * @module A CA that takes another one's place, on a disk that stops or fails at every single operation in turn: there is always a CA of the
 * name, whole and with a key that fits, and no key of a removed one stays behind.
 */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createScope, formatHex, parseKeyType } from '@mintmark/ca-core';
import { createNodeSigner, nodeSha256 } from '@mintmark/ca-core/node';
import {
  createTemporaryFolder,
  eachOperation,
  FIXED_NOW,
  listFiles,
  unsyncedFileSystem as disk,
  type Fault,
} from '../../testkit/src/index.ts';
import { addCa, listCaNames, readCa, readPredecessor, readSuccessor } from './ca-folder.ts';
import { openSigner } from './ca-key.ts';
import { createCa } from './create-ca.ts';
import type { FileSystem } from './file-system.ts';
import { changeHome, openHome, type Home } from './home.ts';
import {
  addSuccessor,
  promoteSuccessor,
  removePredecessor,
  removeSuccessor,
  restorePredecessor,
} from './succession.ts';

const root = createTemporaryFolder();
afterAll(root.remove);

const scope = createScope({ domains: [] }, { isPublicSuffix: () => false });
const plan = { scope, keyType: parseKeyType('ecdsa-p256'), now: FIXED_NOW, name: 'default' };
const [oldFiles, newFiles] = [createCa(plan).files, createCa(plan).files];

const FAULTS: readonly Fault[] = [
  { kind: 'stop' },
  { kind: 'torn-stop' },
  { kind: 'lasting-errno', code: 'EROFS' },
  { kind: 'errno', code: 'EIO' },
];

const at = (path: string, fs: FileSystem): Home => openHome(fs, path);

type Step = (home: Home) => unknown;

/** A home in which these steps were taken. */
function homeAfter(...steps: readonly Step[]): string {
  const path = join(root.next(), 'home');
  const home = at(path, disk);
  changeHome(home, () => addCa(home, 'default', oldFiles));
  for (const step of steps) changeHome(home, () => step(home));
  return path;
}

const add: Step = (home) => addSuccessor(home, 'default', newFiles);
const promote: Step = (home) => promoteSuccessor(home, 'default');
const restore: Step = (home) => restorePredecessor(home, 'default');
const endNew: Step = (home) => removePredecessor(home, 'default');
const endOld: Step = (home) => removeSuccessor(home, 'default');

const digestOf = (pem: string): string => formatHex(nodeSha256(Buffer.from(pem.split('-----')[2] ?? '', 'base64')));
const [OLD, NEW] = [digestOf(oldFiles.rootPem), digestOf(newFiles.rootPem)];
const NAMES = new Map([
  [OLD, 'old'],
  [NEW, 'new'],
]);

/** Which CA has the name, whose key fits whoever reads. */
function whoHasTheName(path: string): string | undefined {
  const home = at(path, disk);
  expect(listCaNames(home)).toEqual(['default']);
  const ca = readCa(home, 'default');
  openSigner(home, ca);
  return NAMES.get(formatHex(nodeSha256(ca.rootDer)));
}

const waiting = (path: string): string[] =>
  [readSuccessor(at(path, disk), 'default'), readPredecessor(at(path, disk), 'default')].flatMap((ca) =>
    ca === undefined ? [] : [NAMES.get(formatHex(nodeSha256(ca.rootDer))) ?? ''],
  );

type Case = {
  readonly what: string;
  readonly step: Step;
  /** The steps before it. */
  readonly before: readonly Step[];
  /** Who has the name before and after. */
  readonly names: readonly [from: string, to: string];
  /** Who waits after. */
  readonly left: readonly string[];
};

const STEPS: readonly Case[] = [
  { what: 'a successor comes', step: add, before: [], names: ['old', 'old'], left: ['new'] },
  { what: 'it takes the name', step: promote, before: [add], names: ['old', 'new'], left: ['old'] },
  { what: 'the old one goes', step: endNew, before: [add, promote], names: ['new', 'new'], left: [] },
  {
    what: 'the old one has its name again',
    step: restore,
    before: [add, promote],
    names: ['new', 'old'],
    left: ['new'],
  },
  { what: 'the new one goes', step: endOld, before: [add, promote, restore], names: ['old', 'old'], left: [] },
];

describe.each(STEPS)('$what', ({ step, before, names: [from, to], left }) => {
  it('and the other keeps its place until then', () => {
    const path = homeAfter(...before);
    expect(whoHasTheName(path)).toBe(from);
    const home = at(path, disk);
    changeHome(home, () => step(home));
    expect([whoHasTheName(path), waiting(path)]).toEqual([to, left]);
  });

  it.each(FAULTS)('leaves a CA of the name for whoever reads when %o meets any operation', (fault) => {
    const count = eachOperation({
      fs: disk,
      fault,
      prepare: () => homeAfter(...before),
      work: (path, fs) => {
        const home = at(path, fs);
        changeHome(home, () => step(home));
      },
      check: ({ scene: path }) => {
        // At once, as a command that only reads finds it; and after the next one that changes the home.
        expect([from, to]).toContain(whoHasTheName(path));
        const home = at(path, disk);
        changeHome(home, () => {});
        const now = whoHasTheName(path);
        expect([from, to]).toContain(now);
        const folders = listFiles(path).filter((file) => /^cas\/[^/]+\/$/.test(file));
        const whole = folders.filter((folder) => listFiles(path).includes(`${folder}root.pem`));
        expect(folders).toEqual(whole);
        if (isDone(path)) return;
        changeHome(home, () => step(home));
        expect([whoHasTheName(path), waiting(path)]).toEqual([to, left]);
      },
    });
    expect(count).toBeGreaterThan(5);
  });

  /** Whether the fault came when the step was over. */
  function isDone(path: string): boolean {
    return whoHasTheName(path) === to && waiting(path).join() === left.join();
  }
});

describe('beside each other', () => {
  it('no other CA may have the name or the subjects of the one that waits', () => {
    const home = at(homeAfter(add), disk);
    expect(() => changeHome(home, () => addCa(home, 'default', newFiles))).toThrow(
      expect.objectContaining({ code: 'CA_EXISTS' }),
    );
    expect(() => changeHome(home, () => addCa(home, 'copy', newFiles))).toThrow(
      expect.objectContaining({ code: 'CA_SUBJECT_TAKEN' }),
    );
    expect(() => changeHome(home, () => addSuccessor(home, 'default', newFiles))).toThrow(
      expect.objectContaining({ code: 'CA_EXISTS' }),
    );
    changeHome(home, () => promoteSuccessor(home, 'default'));
    expect(() => changeHome(home, () => addCa(home, 'copy', oldFiles))).toThrow(
      expect.objectContaining({ code: 'CA_SUBJECT_TAKEN' }),
    );
  });

  it('two issuers may stand below one root, and no CA comes twice', () => {
    const { files, rootKey } = createCa({ ...plan, name: 'company' });
    if (rootKey === undefined) throw new TypeError('a new root has a key');
    const home = at(join(root.next(), 'home'), disk);
    const company = changeHome(home, () => addCa(home, 'company', files));
    const parent = { root: company.root, signer: createNodeSigner(rootKey) };
    const team = createCa({ ...plan, name: 'team', parent });
    expect([team.rootKey, team.files.rootPem]).toEqual([undefined, files.rootPem]);
    expect(() => changeHome(home, () => addCa(home, 'copy', files))).toThrow(
      expect.objectContaining({ code: 'CA_SUBJECT_TAKEN' }),
    );
    expect(() => changeHome(home, () => addCa(home, 'bare', { rootPem: files.rootPem }))).toThrow(
      expect.objectContaining({ code: 'CA_SUBJECT_TAKEN' }),
    );
    changeHome(home, () => addCa(home, 'team', team.files));
  });
});
