/**
 * @module Firefox after install and uninstall: a fresh profile, one that is running, one with a primary password, and no profile yet,
 * where a policy has to do.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it, type TestContext } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import { subfolder } from '../programs/scratch.ts';
import { knock, knockOnce, makeFirefoxProfile, openFirefox, TRUSTING, TRUSTING_NOBODY } from './browsers.ts';
import { declarePrivateMachine, type PrivateMachine } from './private-machine.ts';
import { compareSnapshots, listNssEntries, takeFolderSnapshot } from './snapshot.ts';
import { stateOf, TrustScene } from './trust-scene.ts';

const FIREFOX = ['--stores', 'firefox'];

let scene: TrustScene;
const { folder, use } = declarePrivateMachine('firefox', async (machine, scratch) => {
  scene = await TrustScene.open(machine, scratch, { roots: 10 });
});
afterAll(() => (scene as TrustScene | undefined)?.close());

const change = async (verb: string, userFolder: string, ...more: readonly string[]): Promise<string | undefined> =>
  stateOf(await scene.stores([verb, ...FIREFOX, ...more], { env: { HOME: userFolder } }), 'firefox');

function begin(context: TestContext): PrivateMachine {
  const machine = use(context);
  requirePrograms(context, ['firefox-esr', 'certutil']);
  return machine;
}

it('trusts the CA in a fresh profile after install, and not after uninstall', async (context) => {
  const machine = begin(context);
  const userFolder = subfolder(folder, 'home with a fresh profile');
  const profile = makeFirefoxProfile(userFolder);
  await machine.runOrThrow(['certutil', '-N', '-d', `sql:${profile}`, '--empty-password']);
  const before = await takeFolderSnapshot(machine, userFolder);
  expect([await change('install', userFolder), await change('uninstall', userFolder)]).toEqual(['trusted', 'absent']);
  expect(compareSnapshots(before, await takeFolderSnapshot(machine, userFolder))).toEqual([]);
  expect(await change('install', userFolder)).toBe('trusted');
  expect(await knockOnce(openFirefox(scene, userFolder, profile))).toEqual(TRUSTING);
  expect(await change('uninstall', userFolder)).toBe('absent');
  expect(await knockOnce(openFirefox(scene, userFolder, profile))).toEqual(TRUSTING_NOBODY);
  expect(await listNssEntries(machine, profile)).toEqual([]);
});

it('leaves a profile that was never started no more than the empty database that its first start would make', async (context) => {
  const machine = begin(context);
  const userFolder = subfolder(folder, 'home with an unused profile');
  const profile = makeFirefoxProfile(userFolder);
  const before = await takeFolderSnapshot(machine, userFolder);
  expect([await change('install', userFolder), await change('uninstall', userFolder)]).toEqual(['trusted', 'absent']);
  const after = new Map(await takeFolderSnapshot(machine, userFolder));
  for (const name of ['cert9.db', 'key4.db', 'pkcs11.txt']) after.delete(join(profile, name));
  expect(compareSnapshots(before, after)).toEqual([]);
  expect(await listNssEntries(machine, profile)).toEqual([]);
});

it('trusts the CA while it runs, from install to uninstall', async (context) => {
  begin(context);
  const userFolder = subfolder(folder, 'home with a running Firefox');
  const firefox = await openFirefox(scene, userFolder, makeFirefoxProfile(userFolder));
  try {
    expect(await knock(firefox)).toEqual(TRUSTING_NOBODY);
    expect(await change('install', userFolder)).toBe('trusted');
    expect(await knock(firefox)).toEqual(TRUSTING);
    expect(await change('uninstall', userFolder)).toBe('absent');
    await scene.moveDoors();
    expect(await knock(firefox)).toEqual(TRUSTING_NOBODY);
  } finally {
    await firefox.close();
  }
});

it('trusts the CA in a profile with a primary password that a file gives, and asks for it otherwise', async (context) => {
  const machine = begin(context);
  const userFolder = subfolder(folder, 'home with a password');
  const profile = makeFirefoxProfile(userFolder);
  const passwordFile = join(folder, 'primary password');
  writeFileSync(passwordFile, 'correct horse\n', { mode: 0o600 });
  await machine.runOrThrow(['certutil', '-N', '-d', `sql:${profile}`, '-f', passwordFile]);
  const before = await takeFolderSnapshot(machine, userFolder);

  const unasked = await scene.mintmark(['install', ...FIREFOX], { env: { HOME: userFolder }, timeoutMs: 30_000 });
  expect({ exitCode: unasked.exitCode, timedOut: unasked.timedOut }, unasked.output).toEqual({
    exitCode: 1,
    timedOut: false,
  });
  expect(unasked.output).toContain('--password-file');
  const wrong = join(folder, 'wrong password');
  writeFileSync(wrong, 'battery staple\n', { mode: 0o600 });
  expect(await change('install', userFolder, '--password-file', wrong)).not.toBe('trusted');
  expect(compareSnapshots(before, await takeFolderSnapshot(machine, userFolder))).toEqual([]);

  expect(await change('install', userFolder, '--password-file', passwordFile)).toBe('trusted');
  expect(await knockOnce(openFirefox(scene, userFolder, profile))).toEqual(TRUSTING);
  expect(await change('uninstall', userFolder)).toBe('absent');
  expect(await listNssEntries(machine, profile)).toEqual([]);
  expect(await knockOnce(openFirefox(scene, userFolder, profile))).toEqual(TRUSTING_NOBODY);
});

it('trusts the CA by policy where there is no profile yet, and not in the profile made since, once it is out', async (context) => {
  const machine = begin(context);
  const userFolder = subfolder(folder, 'home without a profile');
  expect(await change('install', userFolder)).toBe('trusted');
  expect(existsSync(machine.path('/etc/firefox/policies/policies.json'))).toBe(true);
  const profile = makeFirefoxProfile(userFolder);
  expect(await knockOnce(openFirefox(scene, userFolder, profile))).toEqual(TRUSTING);
  expect(await change('uninstall', userFolder)).toBe('absent');
  expect(await scene.leftovers()).toEqual([]);
  expect(await listNssEntries(machine, profile)).toEqual([]);
  expect(await knockOnce(openFirefox(scene, userFolder, profile))).toEqual(TRUSTING_NOBODY);
});

it("keeps an administrator's own policies", async (context) => {
  const machine = begin(context);
  const userFolder = subfolder(folder, 'home under policies');
  const policies = '/etc/firefox/policies/policies.json';
  const own = { policies: { DisableTelemetry: true, Certificates: { Install: ['/etc/own.pem'] } } };
  await machine.runOrThrow(['mkdir', '-p', '/etc/firefox/policies']);
  machine.write(policies, JSON.stringify(own));
  expect(await change('install', userFolder)).toBe('trusted');
  expect(JSON.parse(machine.read(policies))).not.toEqual(own);
  expect(await change('uninstall', userFolder)).toBe('absent');
  expect(JSON.parse(machine.read(policies))).toEqual(own);
  await machine.runOrThrow(['rm', '-r', '/etc/firefox']);
});

it('leaves the system as it was', async (context) => {
  begin(context);
  expect(await scene.leftovers()).toEqual([]);
});
