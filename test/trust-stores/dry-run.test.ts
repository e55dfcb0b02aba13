/**
 * @module What `--dry-run` prints is what a person can type: pasted into a shell line by line, the printed commands install, and
 * those for uninstalling leave nothing.
 */
import { afterAll, expect, it } from 'vitest';
import { declarePrivateMachine } from './private-machine.ts';
import { stateOf, TrustScene } from './trust-scene.ts';

const SYSTEM = ['--stores', 'system'];
let scene: TrustScene;

const { use } = declarePrivateMachine('dry run', async (machine, folder) => {
  scene = await TrustScene.open(machine, folder, { roots: 10 });
});
afterAll(() => (scene as TrustScene | undefined)?.close());

/** Types each printed command into `sh`. Returns the number of commands. */
async function typePlan(verb: string, stores: readonly string[]): Promise<number> {
  const { stdout } = await scene.mintmark([verb, ...stores, '--dry-run']);
  expect(stdout).toMatch(/^Nothing was changed\. It would run:/);
  const commands = stdout.split('\n').filter((line) => /^ {4}\S/.test(line));
  for (const command of commands) {
    const typed = await scene.run(['sh'], { input: `set -e\n${command.trim()}\n` });
    expect(typed.exitCode, `${command}\n${typed.output}`).toBe(0);
  }
  return commands.length;
}

it('changes nothing itself', async (context) => {
  use(context);
  await scene.mintmark(['install', '--stores', 'system,java', '--dry-run']);
  expect(await scene.leftovers()).toEqual([]);
});

it('prints commands that install, and commands that uninstall whatever they installed', async (context) => {
  use(context);
  expect(await typePlan('install', SYSTEM)).toBeGreaterThan(1);
  expect(stateOf(await scene.stores(['install', ...SYSTEM, '--dry-run']), 'system')).toBe('trusted');
  expect(await scene.isTrustedByOpenssl()).toEqual({ byBundle: true, byFolder: true });
  expect(await typePlan('uninstall', SYSTEM)).toBeGreaterThan(1);
  expect(await scene.leftovers()).toEqual([]);
});

it('prints for the Java store what keytool takes', async (context) => {
  const machine = use(context);
  machine.hide('/etc/ca-certificates/update.d/jks-keystore'); // else the system's store feeds Java's
  expect(await typePlan('install', ['--stores', 'java'])).toBeGreaterThan(0);
  expect(stateOf(await scene.stores(['install', '--stores', 'java', '--dry-run']), 'java')).toBe('trusted');
  expect(await typePlan('uninstall', ['--stores', 'java'])).toBeGreaterThan(0);
  expect((await scene.leftovers()).filter((line) => !line.includes('jks-keystore'))).toEqual([]);
});
