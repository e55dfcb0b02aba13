/**
 * @module Install and uninstall where the disk can't take it: full, and read-only. The store stays whole, the words are plain, and
 * once the disk is well again the same command works. Also here: a package manager that holds dpkg's lock.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { QUICK_TOOL } from '../programs/java.ts';
import { killProcessGroup } from '../programs/run.ts';
import { requirePrograms } from '../programs/program.ts';
import { declarePrivateMachine, type PrivateMachine } from './private-machine.ts';
import { listJavaEntries } from './snapshot.ts';
import { stateOf, TrustScene, type StorePrinted } from './trust-scene.ts';

const STORES = ['--stores', 'system,java'];
let scene: TrustScene;

const { use } = declarePrivateMachine('disk', async (machine, folder) => {
  scene = await TrustScene.open(machine, folder, { roots: 10 });
});
afterAll(() => (scene as TrustScene | undefined)?.close());

const states = (stores: readonly StorePrinted[]): string =>
  `${String(stateOf(stores, 'system'))} ${String(stateOf(stores, 'java'))}`;

const tellAll = (stores: readonly StorePrinted[]): string => JSON.stringify(stores);

const JAVA_STORE = '/etc/ssl/certs/java/cacerts';
const JAVA_HOOK = '/etc/ca-certificates/update.d/jks-keystore';
const PAGE_BYTES = 4096;
/** The next entry, of a kilobyte, then needs one more page. */
const LAST_PAGE_BYTES = 4000;

/** Gives the Java store an entry whose alias is as long as it takes. Returns the alias. */
async function fillLastPage(machine: PrivateMachine): Promise<string> {
  const keytool = (...args: readonly string[]) =>
    machine.runOrThrow(['keytool', ...QUICK_TOOL, ...args, '-keystore', JAVA_STORE, '-storepass', 'changeit']);
  await keytool('-importcert', '-noprompt', '-alias', 'x', '-file', scene.authority.issuer.certFile);
  const missing = (LAST_PAGE_BYTES - statSync(machine.path(JAVA_STORE)).size) % PAGE_BYTES;
  const alias = 'x'.repeat(1 + ((missing + PAGE_BYTES) % PAGE_BYTES));
  await keytool('-changealias', '-alias', 'x', '-destalias', alias);
  expect(statSync(machine.path(JAVA_STORE)).size % PAGE_BYTES).toBe(LAST_PAGE_BYTES);
  return alias;
}
/** Bytes that are left on the disk: nothing at all, room for the anchor alone, room for half a bundle. */
const ROOMS = [0, 16_384, 65_536] as const;

it.for(ROOMS)('fails and leaves the store whole with %d bytes left on the disk', async (bytes, context) => {
  const machine = use(context);
  await machine.setFreeSpace(bytes);
  const failed = await scene.stores(['install', '--stores', 'system']);
  await machine.setFreeSpace(undefined);
  expect(stateOf(failed, 'system')).toBe('failed');
  expect(tellAll(failed)).toMatch(/no space/i);
  expect(await scene.leftovers()).toEqual([]);
});

it('installs once there is space again', async (context) => {
  use(context);
  expect(states(await scene.stores(['install', ...STORES]))).toBe('trusted trusted');
});

it('keeps every other root when the disk is full during an uninstall, and uninstalls once there is space', async (context) => {
  const machine = use(context);
  await scene.stores(['install', ...STORES]);
  const countRoots = (): number => machine.read('/etc/ssl/certs/ca-certificates.crt').split('BEGIN CERTIFICATE').length;
  const before = countRoots();
  await machine.setFreeSpace(0);
  const failed = await scene.stores(['uninstall', ...STORES]);
  await machine.setFreeSpace(undefined);
  expect(states(failed)).toMatch(/^(failed|trusted)/);
  expect(countRoots()).toBe(before);
  expect(states(await scene.stores(['uninstall', ...STORES]))).toBe('absent absent');
  expect(await scene.leftovers()).toEqual([]);
});

it('never breaks the Java store on a full disk, and installs into it once there is space', async (context) => {
  const machine = use(context);
  requirePrograms(context, ['keytool']);
  await machine.run(['cp', '-a', JAVA_STORE, '/etc/saved']);
  await machine.run(['mv', JAVA_HOOK, `${JAVA_HOOK}.away`]); // the system's store is not to feed it
  await fillLastPage(machine);
  const before = await listJavaEntries(machine, JAVA_STORE);
  await machine.setFreeSpace(0);
  const failed = stateOf(await scene.stores(['install', '--stores', 'java']), 'java');
  await machine.setFreeSpace(undefined);
  const after = await listJavaEntries(machine, JAVA_STORE).catch(() => []);
  const healed = stateOf(await scene.stores(['install', '--stores', 'java']), 'java');
  await machine.run(['mv', '/etc/saved', JAVA_STORE]);
  await machine.run(['mv', `${JAVA_HOOK}.away`, JAVA_HOOK]);
  expect({ entries: after.length, failed, healed }).toEqual({
    entries: before.length,
    failed: 'failed',
    healed: 'trusted',
  });
  expect(await scene.leftovers()).toEqual([]);
});

it.for(['/etc', '/usr/local'])('fails cleanly while %s is read-only, and works afterwards', async (folder, context) => {
  const machine = use(context);
  await machine.setReadOnly(folder, true);
  const failed = await scene.stores(['install', '--stores', 'system']);
  await machine.setReadOnly(folder, false);
  expect(stateOf(failed, 'system')).toMatch(/failed|unavailable/);
  expect(tellAll(failed)).toMatch(/read-only/i);
  expect(await scene.leftovers()).toEqual([]);
  expect(states(await scene.stores(['install', ...STORES]))).toBe('trusted trusted');
  expect(states(await scene.stores(['uninstall', ...STORES]))).toBe('absent absent');
  expect(await scene.leftovers()).toEqual([]);
});

const HOLD_LOCK =
  'import fcntl,time; f=open("/var/lib/dpkg/lock-frontend","w"); fcntl.lockf(f,fcntl.LOCK_EX); print("held",flush=True); time.sleep(60)';

it('installs and uninstalls while a package manager holds the lock of dpkg', async (context) => {
  const machine = use(context);
  const holder = spawn('nsenter', [...machine.enter(), 'python3', '-I', '-c', HOLD_LOCK], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const installed = states(await scene.stores(['install', ...STORES]));
  const trust = await scene.isTrustedByOpenssl();
  const removed = states(await scene.stores(['uninstall', ...STORES]));
  killProcessGroup(holder.pid);
  expect([installed, removed]).toEqual(['trusted trusted', 'absent absent']);
  expect(trust).toEqual({ byBundle: true, byFolder: true });
  await scene.run(['update-ca-certificates']); // works off what the hook has put down for later
  expect(await scene.leftovers()).toEqual([]);
});
