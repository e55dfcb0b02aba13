/**
 * @module Rotation on a disk that stops at every single operation in turn. The spare's file outlives every instant at which its key is
 * not in place; a WebTransport pair is whole at every instant; and the next command ends what was begun.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { formatHex, parseSubjectAltNames, PROFILES } from '@mintmark/ca-core';
import { createPrivateKeyOfType, formatPrivateKey, nodeSha256, type NodePrivateKey } from '@mintmark/ca-core/node';
import {
  appendSpareRecord,
  changeHome,
  openHome,
  type FileSystem,
  type Home,
  type SpareRecord,
} from '@mintmark/ca-store';
import {
  createTemporaryFolder,
  eachOperation,
  FIXED_NOW,
  listFiles,
  readDiskPair,
  unsyncedFileSystem as disk,
  type Fault,
} from '../../../testkit/src/index.ts';
import type { Access } from '../command.ts';
import { findSpare, placeSpare } from '../pins/spare.ts';
import { commitPairs, signPair, type PairOrder } from './mint-pair.ts';
import { digestOfKeyFile, findSpareRecord } from './spare-records.ts';
import { rollCertificates } from './webtransport.ts';

const root = createTemporaryFolder();
afterAll(root.remove);

// Some hundred scenes each, with several signatures in every one.
vi.setConfig({ testTimeout: 120_000 });

const STOPS: readonly Fault[] = [{ kind: 'stop' }, { kind: 'torn-stop' }];
const DAY_MS = 86_400_000;

type Scene = { readonly home: string; readonly out: string; readonly certFile: string; readonly keyFile: string };

function createScene(): Scene {
  const folder = root.next();
  const [home, out] = [join(folder, 'home'), join(folder, 'out')];
  mkdirSync(out, { recursive: true });
  openHome(disk, home);
  return { home, out, certFile: join(out, 'a.pem'), keyFile: join(out, 'a-key.pem') };
}

const [first, spare, third] = [1, 2, 3].map(() => createPrivateKeyOfType('ecdsa-p256')) as [
  NodePrivateKey,
  NodePrivateKey,
  NodePrivateKey,
];
const digestOf = (key: NodePrivateKey): string => formatHex(nodeSha256(key.subjectKey.spkiDer));
const sealedPem = formatPrivateKey(spare, 'seal');
const otherPem = formatPrivateKey(third, 'seal');

const orderFor = ({ certFile, keyFile }: Scene, order: Partial<PairOrder> = {}): PairOrder => ({
  profile: PROFILES['self-signed'],
  request: { names: parseSubjectAltNames(['a.test'], { isPublicSuffix: () => false }) },
  paths: { certFile, keyFile },
  keyType: 'ecdsa-p256',
  isForced: false,
  isNewKey: false,
  now: FIXED_NOW,
  ...order,
});

function mintOnDisk(scene: Scene, fs: FileSystem, order: Partial<PairOrder> = {}): void {
  const home = openHome(fs, scene.home);
  changeHome(home, () => commitPairs(home, [signPair(home, orderFor(scene, order))]));
}

const spareFile = ({ out }: Scene): string => join(out, 'spare.pem');
const homeOf = (scene: Scene): Home => ({ fs: disk, path: scene.home });

function recordOf(scene: Scene, key: NodePrivateKey, pem: string): SpareRecord {
  const file = join(scene.out, 'digest.pem');
  writeFileSync(file, pem);
  const sealSha256Hex = digestOfKeyFile(homeOf(scene), file) ?? '';
  disk.unlink(file);
  const at = FIXED_NOW.toISOString();
  const digests = { spkiSha256Hex: digestOf(first), spareSpkiSha256Hex: digestOf(key), sealSha256Hex };
  return { event: 'sealing', at, createdAt: at, ...digests, file: spareFile(scene), passphrase: 'seal' };
}

const recover = (scene: Scene): void => changeHome(openHome(disk, scene.home), () => {});

/** The key that both files are for. */
function keyInPlace({ certFile, keyFile }: Scene): string | undefined {
  const { keyPem, certPem } = readDiskPair(certFile, keyFile);
  expect(certPem).toBeDefined();
  return [first, spare].find((key) => keyPem === formatPrivateKey(key)) === spare ? 'spare' : 'first';
}

const leftovers = ({ home, out }: Scene): string[] =>
  [...listFiles(home), ...listFiles(out)].filter((path) => /pending-|^lock/.test(path));

describe('sealing a spare', () => {
  it.each(STOPS)('survives a $kind at any operation', (fault) => {
    const count = eachOperation<Scene>({
      fs: disk,
      fault,
      prepare: createScene,
      work: (scene, fs) => {
        const home = openHome(fs, scene.home);
        const record = recordOf(scene, spare, sealedPem);
        changeHome(home, () => placeSpare(home, record, sealedPem));
      },
      check: ({ scene }) => {
        const found = findSpare(digestOf(first), homeOf(scene));
        // A file that nobody could open, or a pin that nobody has the key of, must not be.
        expect(found !== undefined).toBe(existsSync(spareFile(scene)));
        if (found !== undefined) return expect(readFileSync(found.file, 'utf8')).toBe(sealedPem);
        const home = openHome(disk, scene.home);
        changeHome(home, () => placeSpare(home, recordOf(scene, third, otherPem), otherPem));
        const again = findSpare(digestOf(first), home);
        expect(formatHex(again?.spkiSha256 ?? new Uint8Array())).toBe(digestOf(third));
      },
    });
    expect(count).toBeGreaterThan(15);
  });
});

describe('promoting a spare', () => {
  const prepare = (): Scene => {
    const scene = createScene();
    mintOnDisk(scene, disk, { givenKey: first });
    const home = openHome(disk, scene.home);
    const record = recordOf(scene, spare, sealedPem);
    changeHome(home, () => placeSpare(home, record, sealedPem));
    return scene;
  };
  const promote = (scene: Scene, fs: FileSystem): void => mintOnDisk(scene, fs, { isNewKey: true, successor: spare });

  it.each(STOPS)('survives a $kind at any operation', (fault) => {
    const count = eachOperation<Scene>({
      fs: disk,
      fault,
      prepare,
      work: promote,
      check: ({ scene }) => {
        recover(scene);
        const isPromoted = findSpareRecord(homeOf(scene), digestOf(first))?.event === 'promoted';
        if (keyInPlace(scene) === 'first') {
          expect([isPromoted, readFileSync(spareFile(scene), 'utf8')]).toEqual([false, sealedPem]);
          promote(scene, disk);
        } else mintOnDisk(scene, disk); // any command that writes the pair ends it
        expect(keyInPlace(scene)).toBe('spare');
        expect(findSpareRecord(homeOf(scene), digestOf(first))?.event).toBe('promoted');
        expect(existsSync(spareFile(scene))).toBe(false);
        expect(leftovers(scene)).toEqual([]);
      },
    });
    expect(count).toBeGreaterThan(25);
  });

  it('keeps the records of whom it does not concern', () => {
    const scene = prepare();
    const home = homeOf(scene);
    const other = { ...recordOf(scene, third, otherPem), spkiSha256Hex: 'ab'.repeat(32), event: 'sealed' as const };
    appendSpareRecord(home, other);
    promote(scene, disk);
    expect(findSpareRecord(home, 'ab'.repeat(32))?.event).toBe('sealed');
  });
});

describe('the next WebTransport certificate taking over', () => {
  const later = new Date(FIXED_NOW.getTime() + 7 * DAY_MS);
  const roll = (scene: Scene, fs: FileSystem, now: Date) => {
    const home = openHome(fs, scene.home);
    const context = { home: () => home, io: { fs, cwd: scene.out } };
    const access = { invocation: { positionals: [], options: {} }, context } as unknown as Access;
    const { request } = orderFor(scene);
    return rollCertificates(orderFor(scene, { now, request: { ...request, validityDays: 13 } }), access);
  };
  const prepare = (): Scene => {
    const scene = createScene();
    roll(scene, disk, FIXED_NOW);
    return scene;
  };
  const nextOf = ({ out }: Scene) => readDiskPair(join(out, 'a-next.pem'), join(out, 'a-next-key.pem'));

  it.each(STOPS)('survives a $kind at any operation', (fault) => {
    let before = { current: '', next: '' };
    const count = eachOperation<Scene>({
      fs: disk,
      fault,
      prepare: () => {
        const scene = prepare();
        before = { current: readFileSync(scene.certFile, 'utf8'), next: nextOf(scene).certPem ?? '' };
        return scene;
      },
      work: (scene, fs) => void roll(scene, fs, later),
      check: ({ scene }) => {
        recover(scene);
        const { certPem } = readDiskPair(scene.certFile, scene.keyFile);
        expect([before.current, before.next]).toContain(certPem);
        expect(nextOf(scene).certPem).toBeDefined();
        roll(scene, disk, later);
        // Whoever was told the two hashes finds the second of them served.
        expect(readDiskPair(scene.certFile, scene.keyFile).certPem).toBe(before.next);
        expect(nextOf(scene).certPem).not.toBe(before.next);
        expect(roll(scene, disk, later).isCurrentChanged).toBe(false);
        expect(leftovers(scene)).toEqual([]);
      },
    });
    expect(count).toBeGreaterThan(40);
  });
});
