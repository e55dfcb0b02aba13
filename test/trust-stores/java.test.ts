/**
 * @module Java runtimes with a store of their own, as SDKMAN and IDEs unpack them below a person's folder: every format of store that
 * Java has made so far, and one whose password is not the usual one.
 */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it, type TestContext } from 'vitest';
import { QUICK_TOOL } from '../programs/java.ts';
import { findProgram, requirePrograms } from '../programs/program.ts';
import { run, runOrThrow } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';
import { declarePrivateMachine, type PrivateMachine } from './private-machine.ts';
import { listJavaEntries } from './snapshot.ts';
import { javaClient, makeTools, type SystemClient, type Tools } from './system-clients.ts';
import { stateOf, TrustScene, type Door, type StorePrinted } from './trust-scene.ts';

const JAVA = ['--stores', 'java'];
const SHARED_STORE = '/etc/ssl/certs/java/cacerts';

let scene: TrustScene;
let client: SystemClient;
let tools: Tools;
let ownStore: string;

const { folder, use } = declarePrivateMachine('java', async (machine, scratch) => {
  scene = await TrustScene.open(machine, scratch, { roots: 10 });
  const java = findProgram('java');
  if (java === undefined) return;
  const home = join(scene.userFolder, '.sdkman/candidates/java/17 of my own');
  await copyTree(dirname(dirname(realpathSync(java))), home);
  client = javaClient('a JDK in the home', home);
  tools = await makeTools(subfolder(scratch, 'tools'), [client]);
  ownStore = join(home, 'lib/security/cacerts');
});
afterAll(() => (scene as TrustScene | undefined)?.close());

/** By hard links where both lie on one disk: a JDK is large, and only its store is changed, which is made anew. */
async function copyTree(from: string, to: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true });
  const linked = await run(['cp', '-a', '-l', from, to]);
  if (linked.exitCode === 0) return;
  rmSync(to, { recursive: true, force: true });
  await runOrThrow(['cp', '-a', from, to]);
}

function begin(context: TestContext): PrivateMachine {
  const machine = use(context);
  requirePrograms(context, ['java', 'javac', 'keytool']);
  return machine;
}

/** Makes the JDK's own store: the distribution's roots, converted. */
async function makeStore(machine: PrivateMachine, ...options: readonly string[]): Promise<void> {
  rmSync(ownStore, { force: true });
  const from = ['-srckeystore', SHARED_STORE, '-srcstorepass', 'changeit', '-destkeystore', ownStore];
  await machine.runOrThrow([
    'keytool',
    ...QUICK_TOOL,
    ...options.slice(1),
    '-importkeystore',
    ...from,
    ...(options[0] ?? '').split(' '),
  ]);
  chmodSync(ownStore, 0o640);
}

const visit = async (door: Door): Promise<boolean> => {
  const { accepted, arrived, detail } = await scene.visit(client, tools, door);
  expect(accepted, detail).toBe(arrived);
  return accepted;
};

const placeState = (stores: readonly StorePrinted[]): string | undefined =>
  stores.flatMap(({ places }) => places).find(({ id }) => id === ownStore)?.state;

const FORMATS: readonly { what: string; options: readonly string[] }[] = [
  { what: 'JKS, as until Java 8', options: ['-deststoretype JKS -deststorepass changeit'] },
  {
    what: 'PKCS#12 without a password, as since Java 18',
    options: [
      '-deststoretype PKCS12 -deststorepass changeit',
      '-J-Dkeystore.pkcs12.macAlgorithm=NONE',
      '-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE',
    ],
  },
];

it.for(FORMATS)('a store of its own in $what takes the root in and out', async ({ options }, context) => {
  const machine = begin(context);
  await makeStore(machine, ...options);
  const before = await listJavaEntries(machine, ownStore);
  expect(before.length).toBeGreaterThan(10);
  expect(await visit('honest')).toBe(false);

  expect(placeState(await scene.stores(['install', ...JAVA]))).toBe('trusted');
  expect([await visit('honest'), await visit('stolen'), await visit('forged')]).toEqual([true, true, false]);
  expect(await listJavaEntries(machine, ownStore)).toHaveLength(before.length + 1);
  expect(placeState(await scene.stores(['install', ...JAVA]))).toBe('trusted');

  expect(placeState(await scene.stores(['uninstall', ...JAVA]))).toBe('absent');
  expect(await visit('honest')).toBe(false);
  expect(await listJavaEntries(machine, ownStore)).toEqual(before);
  expect(statSync(ownStore).mode & 0o777).toBe(0o640);
});

it('finds the root under another alias, and takes out every copy', async (context) => {
  const machine = begin(context);
  await makeStore(machine, '-deststoretype JKS -deststorepass changeit');
  const before = await listJavaEntries(machine, ownStore);
  for (const alias of ['my root', "somebody's, too"]) {
    const add = ['-importcert', '-noprompt', '-alias', alias, '-file', scene.authority.rootFile];
    await machine.runOrThrow(['keytool', ...QUICK_TOOL, ...add, '-keystore', ownStore, '-storepass', 'changeit']);
  }
  expect(placeState(await scene.stores(['uninstall', ...JAVA]))).toBe('absent');
  expect(await listJavaEntries(machine, ownStore)).toEqual(before);
});

it('leaves a store alone whose password it does not know, and hands over the command', async (context) => {
  const machine = begin(context);
  await makeStore(machine, '-deststoretype PKCS12 -deststorepass correct-horse');
  const copy = join(folder, 'copy of the store');
  copyFileSync(ownStore, copy);
  const stores = await scene.stores(['install', ...JAVA]);
  expect(placeState(stores)).toBe('unavailable');
  expect(stateOf(stores, 'java')).toBe('trusted'); // the shared store took it
  expect(stores[0]?.hint).toContain('-importcert');
  expect(readFileSync(ownStore).equals(readFileSync(copy))).toBe(true);
  await scene.stores(['uninstall', ...JAVA]);
  rmSync(ownStore);
  expect(await scene.leftovers()).toEqual([]);
});
