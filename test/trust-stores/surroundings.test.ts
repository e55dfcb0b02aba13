/**
 * @module Install and uninstall where a person's surroundings are unusual: a French system, a tight umask, a PATH without the
 * folders of root's programs (as `su` leaves it), no HOME.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runOrThrow } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';
import { declarePrivateMachine, type InsideOptions } from './private-machine.ts';
import { stateOf, TrustScene } from './trust-scene.ts';

const STORES = ['--stores', 'system,java'];
let scene: TrustScene;
let localeFolder: string;

const { use } = declarePrivateMachine('surroundings', async (machine, folder) => {
  scene = await TrustScene.open(machine, folder, { roots: 10 });
  localeFolder = subfolder(folder, 'locales');
  const locale = join(localeFolder, 'fr_FR.UTF-8');
  await runOrThrow(['localedef', '--no-archive', '-i', 'fr_FR', '-f', 'UTF-8', locale]);
});
afterAll(() => (scene as TrustScene | undefined)?.close());

const SURROUNDINGS: readonly { what: string; options: () => InsideOptions }[] = [
  {
    what: 'a system that speaks French',
    options: () => ({ env: { LC_ALL: 'fr_FR.UTF-8', LANG: 'fr_FR.UTF-8', LANGUAGE: 'fr', LOCPATH: localeFolder } }),
  },
  { what: 'a umask that hides new files from others', options: () => ({ umask: '077' }) },
  { what: 'a PATH without the folders of root', options: () => ({ env: { PATH: '/usr/bin:/bin' } }) },
  { what: 'no HOME', options: () => ({ env: { HOME: undefined } }) },
  { what: 'a HOME that is not there', options: () => ({ env: { HOME: '/nowhere/at all' } }) },
];

it('has a French system to test with', async (context) => {
  use(context);
  const env = { LC_ALL: 'fr_FR.UTF-8', LOCPATH: localeFolder };
  expect((await scene.run(['ls', '/nowhere'], { env })).output).toContain('Aucun fichier ou dossier');
});

it.for(SURROUNDINGS)('installs and uninstalls with $what', async ({ options }, context) => {
  const machine = use(context);
  const states = async (verb: string): Promise<string> => {
    const stores = await scene.stores([verb, ...STORES], options());
    return `${String(stateOf(stores, 'system'))} ${String(stateOf(stores, 'java'))}`;
  };
  expect(await states('install')).toBe('trusted trusted');
  expect(await scene.isTrustedByOpenssl()).toEqual({ byBundle: true, byFolder: true });
  const nobody = { uid: 65_534, name: 'nobody' };
  const anchors = await machine.runOrThrow([
    'find',
    '/usr/local/share/ca-certificates',
    '-name',
    'mintmark-*',
    '-perm',
    '0644',
  ]);
  expect(anchors.stdout.trim().split('\n')).toHaveLength(1);
  const [anchor = ''] = anchors.stdout.trim().split('\n');
  const read = await machine.run(['cat', anchor, '/etc/ssl/certs/ca-certificates.crt'], { as: nobody });
  expect(read.stdout.split(readFileSync(scene.authority.rootFile, 'utf8').trim())).toHaveLength(3);
  const java = await machine.run(['cat', '/etc/ssl/certs/java/cacerts'], { as: nobody });
  expect(java.exitCode).toBe(0);
  expect(await states('uninstall')).toBe('absent absent');
  expect(await scene.leftovers()).toEqual([]);
});
