/**
 * @module A PEM pair and its PKCS#12 file on a disk that stops, or has no space, at every single operation in turn: each is the old one
 * or the new one and whole, the store is never ahead of the pair, a fault that can be foreseen leaves both, and the next command ends it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { parseSubjectAltNames, PROFILES } from '@mintmark/ca-core';
import type { Pkcs12Plan } from '@mintmark/ca-core/pkcs12';
import { changeHome, openHome, type FileSystem } from '@mintmark/ca-store';
import {
  createTemporaryFolder,
  eachOperation,
  FIXED_NOW,
  listFiles,
  readDiskPair,
  unsyncedFileSystem as disk,
  type Fault,
} from '../../../testkit/src/index.ts';
import type { PairOrder } from '../certificates/mint-pair.ts';
import type { Access } from '../command.ts';
import { planMintedStore, type MintedStore } from './minted-store.ts';

// The real one takes tenths of a second, some hundred times; what is in the file is tested elsewhere.
vi.mock('@mintmark/ca-core/pkcs12', () => ({
  writePkcs12: ({ chain = [] }: Pkcs12Plan) =>
    Buffer.from(`store of ${Buffer.from(chain[0] ?? []).toString('base64')}`),
}));
vi.setConfig({ testTimeout: 120_000 });

const root = createTemporaryFolder();
afterAll(root.remove);

type Scene = { readonly home: string; readonly out: string };
const pathOf = ({ out }: Scene, name: string): string => join(out, name);

const orderFor = (scene: Scene): PairOrder => ({
  profile: PROFILES['self-signed'],
  request: { names: parseSubjectAltNames(['a.test'], { isPublicSuffix: () => false }) },
  paths: { certFile: pathOf(scene, 'a.pem'), keyFile: pathOf(scene, 'a-key.pem') },
  keyType: 'ecdsa-p256',
  isForced: false,
  isNewKey: true,
  now: FIXED_NOW,
});

function plan(scene: Scene): Promise<MintedStore> {
  const options = { 'p12-file': 'a.p12', 'password-file': 'pw' };
  const context = { io: { fs: disk, cwd: scene.out }, homePath: scene.home, say: () => {} };
  return planMintedStore(orderFor(scene), { invocation: { positionals: [], options }, context } as unknown as Access);
}

/** Each mints with a new key, so that old and new can be told. */
function mint(scene: Scene, store: MintedStore, fs: FileSystem = disk): void {
  const home = openHome(fs, scene.home);
  changeHome(home, () => store.mint(home, orderFor(scene)));
}

const storeIn = (scene: Scene): string | undefined =>
  existsSync(pathOf(scene, 'a.p12')) ? readFileSync(pathOf(scene, 'a.p12'), 'utf8') : undefined;
const storeOf = (certPem: string | undefined): string =>
  `store of ${(certPem ?? '').replaceAll(/-----[^-]+-----|\s/g, '')}`;

function createScene(): Scene {
  const folder = root.next();
  const scene = { home: join(folder, 'home'), out: join(folder, 'out') };
  mkdirSync(scene.out, { recursive: true });
  openHome(disk, scene.home);
  writeFileSync(pathOf(scene, 'pw'), 'secret\n', { mode: 0o600 });
  return scene;
}

const pairIn = (scene: Scene) => readDiskPair(pathOf(scene, 'a.pem'), pathOf(scene, 'a-key.pem'));
const leftovers = ({ home, out }: Scene): string[] =>
  [...listFiles(home), ...listFiles(out)].filter((path) => /pending-|^lock|\.mintmark-/.test(path));

const FAULTS: readonly Fault[] = [
  { kind: 'stop' },
  { kind: 'torn-stop' },
  { kind: 'errno', code: 'ENOSPC' },
  { kind: 'lasting-errno', code: 'EROFS' },
];

describe('a pair and its store', () => {
  it.each(FAULTS)('survive a $kind at any operation', async (fault) => {
    // The plan reads the password and looks at the place; it holds for every scene of the same shape, so each gets its own.
    let before = '';
    const stores = new Map<string, MintedStore>();
    const scenes: Scene[] = [];
    for (let count = 0; count < 90; count++) {
      const scene = createScene();
      stores.set(scene.home, await plan(scene));
      scenes.push(scene);
    }
    const count = eachOperation<Scene>({
      fs: disk,
      fault,
      prepare: () => {
        const scene = scenes.pop();
        if (scene === undefined) throw new Error('more operations than scenes');
        mint(scene, storeFor(scene));
        before = pairIn(scene).certPem ?? '';
        return scene;
      },
      work: (scene, fs) => mint(scene, storeFor(scene), fs),
      check: ({ scene, error, operation }) => {
        changeHome(openHome(disk, scene.home), () => {});
        const { certPem } = pairIn(scene); // throws for a mix
        const isOldPair = certPem === before;
        const store = storeIn(scene);
        expect([storeOf(before), storeOf(certPem)]).toContain(store);
        if (isOldPair) expect(store).toBe(storeOf(before));
        // One fault alone parts the two only where it is the very move of the store.
        if (fault.kind === 'errno' && !isOldPair && store === storeOf(before)) expect(operation).toBe('rename');
        if (error === undefined) expect([isOldPair, store]).toEqual([false, storeOf(certPem)]);
        mint(scene, storeFor(scene));
        expect(storeIn(scene)).toBe(storeOf(pairIn(scene).certPem));
        expect(leftovers(scene)).toEqual([]);
      },
    });
    expect(count).toBeGreaterThan(30);

    function storeFor({ home }: Scene): MintedStore {
      const store = stores.get(home);
      if (store === undefined) throw new Error('a scene has its plan');
      return store;
    }
  });
});
