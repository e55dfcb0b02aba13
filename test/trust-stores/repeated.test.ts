/**
 * @module Install and uninstall in every order, by two processes at once, with the journal lost or broken, and after the CA
 * itself is gone: the machine is always either whole with the root or exactly what it was.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { declarePrivateMachine } from './private-machine.ts';
import { BUNDLE, stateOf, TrustScene } from './trust-scene.ts';

const SYSTEM = ['--stores', 'system'];
const WHOLE = { byBundle: true, byFolder: true };
const JAVA_HOOK = '/etc/ca-certificates/update.d/jks-keystore';

let scene: TrustScene;
const { use } = declarePrivateMachine('repeated', async (machine, folder) => {
  machine.hide(JAVA_HOOK); // has tests of its own, and takes most of the time
  scene = await TrustScene.open(machine, folder, { roots: 10 });
});
afterAll(() => (scene as TrustScene | undefined)?.close());

const install = async (): Promise<string | undefined> => stateOf(await scene.stores(['install', ...SYSTEM]), 'system');
const uninstall = async (): Promise<string | undefined> =>
  stateOf(await scene.stores(['uninstall', ...SYSTEM]), 'system');

async function expectWhole(): Promise<void> {
  expect(await scene.isTrustedByOpenssl()).toEqual(WHOLE);
  const rootPem = readFileSync(scene.authority.rootFile, 'utf8').trim();
  expect(scene.machine.read(BUNDLE).split(rootPem)).toHaveLength(2); // once, not twice
}

it('uninstalls where nothing was installed', async (context) => {
  use(context);
  expect(await uninstall()).toBe('absent');
  expect(await scene.leftovers()).toEqual([]);
});

it('installs twice and uninstalls twice', async (context) => {
  use(context);
  expect([await install(), await install()]).toEqual(['trusted', 'trusted']);
  await expectWhole();
  expect([await uninstall(), await uninstall()]).toEqual(['absent', 'absent']);
  expect(await scene.leftovers()).toEqual([]);
});

it('installs again after an uninstall', async (context) => {
  use(context);
  expect([await install(), await uninstall(), await install()]).toEqual(['trusted', 'absent', 'trusted']);
  await expectWhole();
  await uninstall();
  expect(await scene.leftovers()).toEqual([]);
});

it('lets two processes install at once', async (context) => {
  use(context);
  expect(await Promise.all([install(), install()])).toEqual(['trusted', 'trusted']);
  await expectWhole();
});

it('lets two processes uninstall at once', async (context) => {
  use(context);
  await install();
  expect(await Promise.all([uninstall(), uninstall()])).toEqual(['absent', 'absent']);
  expect(await scene.leftovers()).toEqual([]);
});

it('lets one process install while another uninstalls: one of the two ends stands, and no half of either', async (context) => {
  use(context);
  await Promise.all([install(), uninstall()]);
  const state = stateOf(await scene.stores(['install', ...SYSTEM, '--dry-run']), 'system');
  if (state === 'trusted') await expectWhole();
  else expect(await scene.leftovers()).toEqual([]);
  await uninstall();
  expect(await scene.leftovers()).toEqual([]);
});

const JOURNALS = {
  lost: () => undefined,
  'cut in the middle of its last line': (text: string) => text.slice(0, -40),
  'full of something else': () => '\0\xff{"event":7}\n[]\nnull\n"installed"\n{"event":"installed","store":{}}\n',
  'a file of another program': () => '<?xml version="1.0"?>\n',
} as const;

it.for(Object.entries(JOURNALS))('takes everything out with the journal %s', async ([, change], context) => {
  use(context);
  await install();
  const journal = join(scene.home, 'installed.jsonl');
  const text = change(readFileSync(journal, 'utf8'));
  if (text === undefined) rmSync(journal);
  else writeFileSync(journal, text, 'latin1');
  expect(await uninstall()).toBe('absent');
  expect(await scene.leftovers()).toEqual([]);
});

it('finds the root by its digest when somebody gave its file another name', async (context) => {
  use(context);
  await install();
  const anchors = '/usr/local/share/ca-certificates';
  await scene.run(['sh', '-c', `cd ${anchors} && mkdir sub && mv mintmark-*.crt 'sub/my root, (old).crt'`]);
  await scene.run(['update-ca-certificates']);
  expect(await uninstall()).toBe('absent');
  await scene.run(['rmdir', join(anchors, 'sub')]);
  expect(await scene.leftovers()).toEqual([]);
});

it('leaves a file alone that holds more than the root, and says so', async (context) => {
  use(context);
  const both = '/usr/local/share/ca-certificates/both.crt';
  const other = readFileSync(scene.authority.issuer.certFile, 'utf8');
  scene.machine.write(both, readFileSync(scene.authority.rootFile, 'utf8') + other);
  await scene.run(['update-ca-certificates']);
  expect(await uninstall()).not.toBe('absent');
  expect(scene.machine.read(both)).toContain(other.trim());
  scene.machine.hide(both);
  await scene.run(['update-ca-certificates', '--fresh']);
  expect(await scene.leftovers()).toEqual([]);
});
