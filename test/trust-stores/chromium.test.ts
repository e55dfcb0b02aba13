/**
 * @module Chromium after install and uninstall, with its database at the new place, at the old one, and nowhere yet, by certutil
 * and without it. What was in the database stays, and what was not there is gone again.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createCarelessAuthority } from '../clients/authority.ts';
import { requirePrograms } from '../programs/program.ts';
import { subfolder } from '../programs/scratch.ts';
import { knockOnce, openChromium, TRUSTING, TRUSTING_NOBODY } from './browsers.ts';
import { declarePrivateMachine, type PrivateMachine } from './private-machine.ts';
import { compareSnapshots, takeFolderSnapshot } from './snapshot.ts';
import { stateOf, TrustScene } from './trust-scene.ts';

const CHROMIUM = ['--stores', 'chromium'];
const NEW_PLACE = '.local/share/pki/nssdb';
const OLD_PLACE = '.pki/nssdb';

let scene: TrustScene;
let strangerFile: string;
const { folder, use } = declarePrivateMachine('chromium', async (machine, scratch) => {
  scene = await TrustScene.open(machine, scratch);
  strangerFile = (await createCarelessAuthority(subfolder(scratch, 'stranger'))).rootFile;
});
afterAll(() => (scene as TrustScene | undefined)?.close());

interface Home {
  readonly what: string;
  readonly place: string;
  /** The database is there, with another root in it. */
  readonly isThere: boolean;
  readonly isWithoutCertutil?: boolean;
}

const HOMES: readonly Home[] = [
  { what: 'no database yet', place: NEW_PLACE, isThere: false },
  { what: 'its database at the new place', place: NEW_PLACE, isThere: true },
  { what: 'its database at the old place', place: OLD_PLACE, isThere: true },
  { what: 'no database yet, and no certutil', place: NEW_PLACE, isThere: false, isWithoutCertutil: true },
  { what: 'its database, and no certutil', place: NEW_PLACE, isThere: true, isWithoutCertutil: true },
];

async function makeHome(machine: PrivateMachine, { what, place, isThere }: Home): Promise<string> {
  const home = subfolder(folder, `home with ${what}`);
  if (!isThere) return home;
  const database = join(home, place);
  mkdirSync(database, { recursive: true, mode: 0o700 });
  const add = ['certutil', '-A', '-d', `sql:${database}`, '-t', 'C,,', '-n', 'a stranger', '-i', strangerFile];
  await machine.runOrThrow(add);
  return home;
}

it.for(HOMES)('trusts the CA after install and not after uninstall, with $what', async (home, context) => {
  const machine = use(context);
  requirePrograms(context, ['chromium', 'certutil']);
  const userFolder = await makeHome(machine, home);
  const env = { HOME: userFolder };
  const hide = (isHidden: boolean) =>
    machine.run(isHidden ? ['mv', CERTUTIL, `${CERTUTIL}.away`] : ['mv', `${CERTUTIL}.away`, CERTUTIL]);
  const change = async (verb: string): Promise<string | undefined> => {
    if (home.isWithoutCertutil === true) await hide(true);
    const stores = await scene.stores([verb, ...CHROMIUM], { env });
    if (home.isWithoutCertutil === true) await hide(false);
    return stateOf(stores, 'chromium');
  };
  let profiles = 0;
  const look = () =>
    knockOnce(openChromium(scene, userFolder, subfolder(folder, `profile ${home.what} ${++profiles}`)));

  const before = await takeFolderSnapshot(machine, userFolder);
  expect([await change('install'), await change('uninstall')]).toEqual(['trusted', 'absent']);
  expect(compareSnapshots(before, await takeFolderSnapshot(machine, userFolder))).toEqual([]);

  expect(await change('install')).toBe('trusted');
  expect(await look()).toEqual(TRUSTING);
  expect(await change('uninstall')).toBe('absent');
  expect(await look()).toEqual(TRUSTING_NOBODY);
  rmSync(userFolder, { recursive: true, force: true });
});

const CERTUTIL = '/usr/bin/certutil';

it('leaves the system as it was', async (context) => {
  use(context);
  expect(await scene.leftovers()).toEqual([]);
});
