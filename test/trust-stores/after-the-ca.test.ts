/**
 * @module What the journal is good for: `mint` knows without a look at any store whether the CA is installed, and the root of a CA
 * that was removed is still taken out.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { declarePrivateMachine } from './private-machine.ts';
import { BUNDLE, TrustScene } from './trust-scene.ts';

const SYSTEM = ['--stores', 'system'];
const HINT = /Nothing on this machine trusts this CA yet: mintmark install$/m;
let scene: TrustScene;

const { use } = declarePrivateMachine('after the CA', async (machine, folder) => {
  machine.hide('/etc/ca-certificates/update.d/jks-keystore');
  scene = await TrustScene.open(machine, folder, { roots: 10 });
});
afterAll(() => (scene as TrustScene | undefined)?.close());

/** Runs a command that must succeed. */
async function must(...words: readonly string[]): Promise<void> {
  const { exitCode, output } = await scene.mintmark(words);
  expect(exitCode, `mintmark ${words.join(' ')}\n${output}`).toBe(0);
}

const mintHints = async (): Promise<boolean> => {
  const { exitCode, output, stderr } = await scene.mintmark(['mint', 'localhost']);
  expect(exitCode, output).toBe(0);
  return HINT.test(stderr);
};

it('mint names the command until the root is installed, and again once it is out', async (context) => {
  use(context);
  const hints = [await mintHints()];
  await must('install', ...SYSTEM);
  hints.push(await mintHints());
  await must('uninstall', ...SYSTEM);
  hints.push(await mintHints());
  expect(hints).toEqual([true, false, true]);
});

it('mint starts no program to find that out', async (context) => {
  use(context);
  requirePrograms(context, ['strace']);
  await must('install', ...SYSTEM);
  const log = join(scene.userFolder, 'started programs');
  const command = ['strace', '-f', '-qq', '-e', 'trace=execve', '-o', log, process.execPath, MINTMARK_BIN];
  const traced = await scene.run([...command, 'mint', 'localhost'], { env: { MINTMARK_HOME: scene.home } });
  await must('uninstall', ...SYSTEM);
  expect(traced.exitCode, traced.output).toBe(0);
  expect(readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(1);
});

it('takes out the roots of CAs that were removed', async (context) => {
  use(context);
  await must('ca', 'create', 'second');
  const countRoots = (): number => scene.machine.read(BUNDLE).split('BEGIN CERTIFICATE').length - 1;
  const before = countRoots();
  await must('install', ...SYSTEM, '--all');
  expect(countRoots()).toBe(before + 2);
  for (const name of ['second', 'default']) await must('ca', 'remove', name, '--yes');
  await must('uninstall', ...SYSTEM, '--all');
  expect(await scene.leftovers()).toEqual([]);
});
