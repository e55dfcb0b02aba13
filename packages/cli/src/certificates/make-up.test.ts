/**
 * @module A renewal with a key store and a deploy hook, on a disk that stops, or has no space, at every single operation in turn: what is
 * made up for afterwards leaves the store with the certificate that stands, and a server that was told of both.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatHex, parsePem, parseSubjectAltNames, PROFILES } from '@mintmark/ca-core';
import { createPrivateKeyOfType, nodeSha256 } from '@mintmark/ca-core/node';
import { appendRevocations, changeHome, openHome, readLedger, type FileSystem, type Home } from '@mintmark/ca-store';
import {
  createFaultyFileSystem,
  createTemporaryFolder,
  DEAD_PROCESS_ID,
  FIXED_NOW,
  unsyncedFileSystem as disk,
  type Fault,
} from '../../../testkit/src/index.ts';
import type { Access } from '../command.ts';
import { writeKeystoreFile } from '../keystore/keystore-file.ts';
import { prepareAfterRenewal } from './after-renewal.ts';
import type { HookOrder } from './deploy-hook.ts';
import { appendDueHook, readDeployHooks, readDueHooks, saveDeployHook, type DeployHook } from './deploy-records.ts';
import { makeUp } from './make-up.ts';
import { commitPairs, signPair, type PairOrder } from './mint-pair.ts';
import { renewCertificate } from './renewal.ts';

type FakeStore = { readonly certificates: readonly { readonly certDer: Uint8Array }[] };

// The real ones take tenths of a second, some hundred times; what is in the file is tested elsewhere.
vi.mock('@mintmark/ca-core/pkcs12', () => ({
  writePkcs12: ({ chain }: { chain: readonly Uint8Array[] }) => Buffer.from(chain[0] ?? []),
  readPkcs12: (bytes: Uint8Array) => ({
    certificates: [{ certDer: bytes }],
    privateKeys: [{ pkcs8Der: new Uint8Array(1) }],
  }),
  chainOf: ({ certificates }: FakeStore) => certificates.slice(0, 1),
}));
let told: (certFile: string) => { readonly reason?: string };
vi.mock('./deploy-hook.ts', () => ({
  runDeployHook: async ({ command }: DeployHook, { certFile }: { certFile: string }) => ({
    command,
    ...told(certFile),
  }),
}));
vi.setConfig({ testTimeout: 120_000 });

const root = createTemporaryFolder();
afterAll(root.remove);

const HOOK: DeployHook = { command: ['/bin/reload', 'it'], cwd: '/' };
const KEY = createPrivateKeyOfType('ecdsa-p256');

/** `served`: what the server has read when its hook ran last. */
type Scene = { readonly homePath: string; readonly certFile: string; readonly storeFile: string; served: string };

const stateOf = ({ certFile, storeFile }: Scene): string => {
  const digests = [parsePem(readFileSync(certFile, 'utf8'), certFile)[0]?.der, readFileSync(storeFile)];
  return digests.map((bytes) => formatHex(nodeSha256(bytes ?? new Uint8Array()))).join(' ');
};
const isOne = (state: string): boolean => new Set(state.split(' ')).size === 1;
const homeOf = ({ homePath }: Scene, fs: FileSystem = disk): Home => ({ fs, path: homePath });
const accessOf = ({ homePath }: Scene, fs: FileSystem = disk): Access => {
  const io = { fs, cwd: root.path, now: () => FIXED_NOW, env: {}, platform: 'linux' };
  return { invocation: { positionals: [], options: {} }, context: { io, homePath } } as unknown as Access;
};

const orderFor = (certFile: string): PairOrder => ({
  profile: PROFILES['self-signed'],
  request: { names: parseSubjectAltNames(['a.test'], { isPublicSuffix: () => false }) },
  paths: { certFile, keyFile: certFile.replace('.pem', '-key.pem') },
  keyType: 'ecdsa-p256',
  isForced: false,
  isNewKey: false,
  givenKey: KEY,
  now: FIXED_NOW,
});

function createScene(saved: DeployHook | undefined): Scene {
  const folder = root.next();
  const [homePath, certFile, storeFile] = ['home', 'a.pem', 'a.p12'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(folder, { recursive: true });
  const passwordFile = join(folder, 'pw');
  writeFileSync(passwordFile, 'secret\n');
  const home = openHome(disk, homePath);
  const [issued] = changeHome(home, () => commitPairs(home, [signPair(home, orderFor(certFile))]));
  const leaf = parsePem(readFileSync(certFile, 'utf8'), certFile)[0]?.der ?? new Uint8Array();
  const certSha256Hex = issued?.pins.certSha256Hex ?? '';
  const contents = { certSha256Hex, alias: 'a', isLegacy: false, passwordFile };
  writeKeystoreFile(home, { path: storeFile, p12: leaf, isForced: false, now: FIXED_NOW, contents });
  if (saved !== undefined) changeHome(home, () => saveDeployHook(home, certFile, { hook: saved, now: FIXED_NOW }));
  const scene = { homePath, certFile, storeFile, served: '' };
  scene.served = stateOf(scene);
  return scene;
}

/** `isAlone`: nothing follows. */
async function renew(scene: Scene, { fs = disk, order, isAlone = false }: Partial<Work> = {}): Promise<void> {
  const home = openHome(fs, scene.homePath);
  const access = accessOf(scene, fs);
  const after = await prepareAfterRenewal(home, { order, saved: readDeployHooks(home) }, access);
  const digest = formatHex(nodeSha256(parsePem(readFileSync(scene.certFile, 'utf8'), '')[0]?.der ?? new Uint8Array()));
  const entry = readLedger(home).find(({ certSha256Hex }) => certSha256Hex === digest);
  if (entry === undefined) throw new Error('what stands is in the ledger');
  const run = { home, access, signers: new Map(), newKeys: new Map(), ...(isAlone ? {} : { noteDue: after.noteDue }) };
  const choice = { entry, certFile: scene.certFile, keyFile: entry.keyFile ?? null };
  const { issued } = await renewCertificate(choice, run);
  if (!isAlone) await after.run(issued, digest);
}
type Work = { readonly fs: FileSystem; readonly order: HookOrder; readonly isAlone: boolean };

const catchUp = (scene: Scene, { fs = disk, order }: { fs?: FileSystem; order?: HookOrder } = {}) =>
  makeUp(homeOf(scene, fs), { order, isWanted: () => true }, accessOf(scene, fs));

type Trial = {
  readonly fault: Fault;
  readonly prepare: () => Scene | Promise<Scene>;
  readonly work: (scene: Scene, fs: FileSystem) => Promise<unknown>;
  readonly check: (scene: Scene, at: number) => void | Promise<void>;
};

/** As the testkit's, for work that waits. Returns how many operations the work has. */
async function eachOperation({ fault, prepare, work, check }: Trial): Promise<number> {
  for (let at = 0; ; at++) {
    const scene = await prepare();
    follow(scene);
    const faulty = createFaultyFileSystem(disk, { at, fault });
    const own = Object.getOwnPropertyDescriptor(process, 'pid') ?? {};
    Object.defineProperty(process, 'pid', { ...own, value: DEAD_PROCESS_ID });
    let error: unknown;
    try {
      await work(scene, faulty.fs);
    } catch (cause) {
      error = cause;
    } finally {
      Object.defineProperty(process, 'pid', own);
    }
    if (faulty.hit() === undefined) {
      if (error !== undefined) throw error;
      return at;
    }
    changeHome(openHome(disk, scene.homePath), () => {});
    await catchUp(scene);
    await check(scene, at);
  }
}

/** From now on the server is one that reads both files when it is told. */
function follow(scene: Scene, reason?: string): void {
  told = () => {
    scene.served = stateOf(scene);
    return reason === undefined ? {} : { reason };
  };
}
beforeEach(() => {
  told = () => {
    throw new Error('no server is there');
  };
});

const FAULTS: readonly Fault[] = [
  { kind: 'stop' },
  { kind: 'torn-stop' },
  { kind: 'errno', code: 'ENOSPC' },
  { kind: 'lasting-errno', code: 'EROFS' },
];

describe('after a fault at any operation, the store and the server have what stands', () => {
  async function checkWhole(scene: Scene, at: number): Promise<void> {
    expect([at, isOne(stateOf(scene)), scene.served === stateOf(scene)]).toEqual([at, true, true]);
    expect(await catchUp(scene), String(at)).toEqual([]); // and nothing is done twice
  }

  it.each(FAULTS)('$kind in a renewal', async (fault) => {
    let before = '';
    const outcomes = new Set<boolean>();
    const count = await eachOperation({
      fault,
      prepare: () => {
        const scene = createScene(HOOK);
        before = stateOf(scene);
        return scene;
      },
      work: (scene, fs) => renew(scene, { fs }),
      check: async (scene, at) => {
        outcomes.add(stateOf(scene) === before);
        await checkWhole(scene, at);
      },
    });
    expect([...outcomes].sort()).toEqual([false, true]);
    expect(count).toBeGreaterThan(50);
  });

  // What the others would show is shown above.
  const [stop, , noSpace, readOnly] = FAULTS;
  const OTHER_FAULTS = [stop, noSpace, readOnly].filter((fault) => fault !== undefined);

  it.each(OTHER_FAULTS)('$kind in one that brings the hook, which is known from then on', async (fault) => {
    let before = '';
    await eachOperation({
      fault,
      prepare: () => {
        const scene = createScene(undefined);
        before = stateOf(scene);
        return scene;
      },
      work: (scene, fs) => renew(scene, { fs, order: HOOK }),
      check: async (scene, at) => {
        if (fault.kind.includes('stop') && stateOf(scene) !== before)
          expect(readDeployHooks(homeOf(scene)).get(scene.certFile), String(at)).toEqual(HOOK);
        await checkWhole(scene, at);
      },
    });
  });

  it.each(OTHER_FAULTS)('$kind in the making up for a store that failed', async (fault) => {
    const count = await eachOperation({
      fault,
      prepare: async () => {
        const scene = createScene(HOOK);
        await renew(scene, { isAlone: true });
        expect(isOne(stateOf(scene))).toBe(false);
        return scene;
      },
      work: catchUpOn,
      check: checkWhole,
    });
    expect(count).toBeGreaterThan(30);
  });
  const catchUpOn = (scene: Scene, fs: FileSystem) => catchUp(scene, { fs });
});

describe('a hook', () => {
  it('that failed is run again until it ends with 0', async () => {
    const scene = createScene(HOOK);
    follow(scene, 'ended with 3');
    await renew(scene);
    expect((await catchUp(scene)).map(({ hook }) => hook?.reason)).toEqual(['ended with 3']);
    follow(scene);
    expect((await catchUp(scene)).map(({ hook }) => hook)).toEqual([{ command: HOOK.command }]);
    expect(await catchUp(scene)).toEqual([]);
  });

  it('is not run for a certificate that was never put in place, or that somebody else replaced', async () => {
    const scene = createScene(HOOK);
    const home = homeOf(scene);
    appendDueHook(home, scene.certFile, { hook: HOOK, certSha256Hex: 'ab'.repeat(32), now: FIXED_NOW });
    expect(await catchUp(scene)).toEqual([]);
    follow(scene, 'failed');
    await renew(scene);
    writeFileSync(scene.certFile, 'something else');
    expect(await catchUp(scene)).toEqual([]);
  });

  it('is not run where none was wanted', async () => {
    const scene = createScene(HOOK);
    follow(scene, 'failed');
    await renew(scene);
    expect(await catchUp(scene, { order: null })).toEqual([]);
    expect(await catchUp(scene)).toHaveLength(1);
  });

  it('that another process runs just now is left to it, but not for ever', () => {
    const scene = createScene(undefined);
    const home = homeOf(scene);
    const own = Object.getOwnPropertyDescriptor(process, 'pid') ?? {};
    Object.defineProperty(process, 'pid', { ...own, value: process.ppid }); // which lives
    appendDueHook(home, scene.certFile, { hook: HOOK, certSha256Hex: 'ab', now: FIXED_NOW });
    Object.defineProperty(process, 'pid', own);
    const dueAfter = (minutes: number) => readDueHooks(home, new Date(FIXED_NOW.getTime() + minutes * 60_000)).size;
    expect([dueAfter(0), dueAfter(14), dueAfter(16), dueAfter(-1)]).toEqual([0, 0, 1, 1]);
  });
});

describe('a store', () => {
  it('of which the password is gone is told each time, and no hook runs for it', async () => {
    const scene = createScene(HOOK);
    await renew(scene, { isAlone: true });
    writeFileSync(join(scene.certFile, '../pw'), '');
    for (const round of [1, 2]) {
      const [made] = await catchUp(scene);
      expect([round, made?.stores, made?.hook]).toMatchObject([
        round,
        [{ isRenewed: false, isFailure: true }],
        undefined,
      ]);
    }
    expect(readDueHooks(homeOf(scene), FIXED_NOW).size).toBe(0);
  });

  it('is not made anew with a certificate that was revoked', async () => {
    const scene = createScene(undefined);
    await renew(scene, { isAlone: true });
    const [entry] = readLedger(homeOf(scene)).slice(-1);
    if (entry === undefined) throw new Error('it was issued');
    const { at, serialHex, certSha256Hex, spkiSha256Hex, notAfter } = entry;
    const facts = { at, ca: '', issuerSpkiSha256Hex: spkiSha256Hex, serialHex, certSha256Hex, spkiSha256Hex, notAfter };
    appendRevocations(homeOf(scene), [{ event: 'revoked', ...facts, reason: 'superseded' }]);
    expect(await catchUp(scene)).toEqual([]);
    expect(isOne(stateOf(scene))).toBe(false);
  });
});
