/**
 * @module Install and uninstall by a user without rights: with nothing to get them by, with sudo that asks nothing, with sudo that
 * wants a password nobody can type, and with doas. The real sudo and doas, in private machines.
 */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { runOrThrow, type RunResult } from '../programs/run.ts';
import { requirePrograms } from '../programs/program.ts';
import { declarePrivateMachine, type User } from './private-machine.ts';
import { stateOf, TrustScene } from './trust-scene.ts';

const SYSTEM = ['--stores', 'system'];
const ELEVATORS = ['/usr/bin/sudo', '/usr/bin/doas', '/usr/bin/run0', '/usr/bin/pkexec'];
/** A program that waits for an answer would hang until then. */
const NO_HANG = { timeoutMs: 20_000 };

let scene: TrustScene;
let user: User;

const { use } = declarePrivateMachine('rights', async (machine, folder) => {
  machine.hide('/etc/ca-certificates/update.d/jks-keystore');
  for (const path of ELEVATORS) await machine.run(['mv', path, `${path}.away`]);
  chmodSync(folder, 0o711);
  user = machine.addUser(join(folder, "a person's folder"));
  scene = await TrustScene.open(machine, folder, { roots: 10 });
  await runOrThrow(['chown', '-R', `${user.uid}:${user.uid}`, scene.userFolder]);
});
afterAll(() => (scene as TrustScene | undefined)?.close());

const asUser = (words: readonly string[]): Promise<RunResult> => scene.mintmark(words, { as: user, ...NO_HANG });
const statesAsUser = async (words: readonly string[]): Promise<string | undefined> =>
  stateOf(await scene.stores(words, { as: user, ...NO_HANG }), 'system');

/** Commands that the tool printed for a person to type, which the tests then type. */
function printedCommands({ output }: RunResult): string[] {
  return output
    .split('\n')
    .filter((line) => /^ {8,}\S/.test(line))
    .map((line) => line.trim());
}

describe('a user with no way to become root', () => {
  it('is given the commands, exit code 1, and nothing is changed', async (context) => {
    use(context);
    const result = await asUser(['install', ...SYSTEM]);
    expect(result.exitCode, result.output).toBe(1);
    expect(printedCommands(result).join('\n')).toMatch(/install -m 644 .*\n.*update-ca-certificates/);
    expect(await scene.leftovers()).toEqual([]);
  });

  it('is heard to be trusted once somebody typed them as root, and can have it taken out the same way', async (context) => {
    use(context);
    for (const verb of ['install', 'uninstall']) {
      const commands = printedCommands(await asUser([verb, ...SYSTEM])).map((line) => line.replace(/\bsudo /g, ''));
      for (const command of commands) expect((await scene.run(['sh', '-c', command])).exitCode, command).toBe(0);
      expect(await statesAsUser(['install', ...SYSTEM, '--dry-run'])).toBe(verb === 'install' ? 'trusted' : 'absent');
    }
    expect(await scene.leftovers()).toEqual([]);
  });
});

/** sudo's own log tells what it was used for. */
const SUDO_LOG = '/var/log/mintmark-sudo.log';

describe('a user who may use sudo without a password', () => {
  beforeEach(async (context) => {
    const machine = use(context);
    requirePrograms(context, ['sudo']);
    await machine.run(['mv', '/usr/bin/sudo.away', '/usr/bin/sudo']);
    machine.write('/etc/sudoers.d/mintmark-tester', sudoers('NOPASSWD: ALL'), 0o440);
    machine.hide(SUDO_LOG);
    return async () => {
      await machine.run(['mv', '/usr/bin/sudo', '/usr/bin/sudo.away']);
      machine.hide('/etc/sudoers.d/mintmark-tester', SUDO_LOG);
    };
  });

  it('installs and uninstalls, and sudo runs no more than the commands that need it', async (context) => {
    const machine = use(context);
    const installed = await asUser(['install', ...SYSTEM]);
    expect(installed.exitCode, installed.output).toBe(0);
    expect(await scene.isTrustedByOpenssl()).toEqual({ byBundle: true, byFolder: true });
    const removed = await asUser(['uninstall', ...SYSTEM]);
    expect(removed.exitCode, removed.output).toBe(0);
    const commands = [
      ...machine
        .read(SUDO_LOG)
        .replaceAll(/\n\s+/g, ' ')
        .matchAll(/COMMAND=(\S+)/g),
    ].map(([, path]) => path);
    expect(commands).toEqual([
      '/usr/bin/install',
      '/usr/sbin/update-ca-certificates',
      '/usr/bin/rm', // the anchor and its two links
      '/usr/bin/rm',
      '/usr/bin/rm',
      '/usr/sbin/update-ca-certificates',
    ]);
    machine.hide('/etc/sudoers.d/mintmark-tester', SUDO_LOG);
    expect((await scene.leftovers()).filter((line) => !/sudo/.test(line))).toEqual([]);
  });

  it('says before the first command what sudo runs', async (context) => {
    use(context);
    const { stderr } = await asUser(['install', ...SYSTEM]);
    await asUser(['uninstall', ...SYSTEM]);
    expect(stderr).toContain('The Debian system store needs root; sudo runs:\n');
    expect(stderr).toContain('update-ca-certificates');
  });

  it('keeps the files of the home its own', async (context) => {
    use(context);
    await asUser(['install', ...SYSTEM]);
    await asUser(['uninstall', ...SYSTEM]);
    const { stdout } = await scene.run(['find', scene.home, '!', '-uid', String(user.uid)]);
    expect(stdout).toBe('');
  });
});

describe('a user whose sudo wants a password, and no terminal', () => {
  it('is not kept waiting, is given the commands, and nothing is changed', async (context) => {
    const machine = use(context);
    requirePrograms(context, ['sudo']);
    await machine.run(['mv', '/usr/bin/sudo.away', '/usr/bin/sudo']);
    machine.write('/etc/sudoers.d/mintmark-tester', sudoers('ALL'), 0o440);
    const result = await asUser(['install', ...SYSTEM]);
    await machine.run(['mv', '/usr/bin/sudo', '/usr/bin/sudo.away']);
    machine.hide('/etc/sudoers.d/mintmark-tester', SUDO_LOG);
    expect(result.timedOut).toBe(false);
    expect(result.exitCode, result.output).toBe(1);
    expect(printedCommands(result).join('\n')).toMatch(/^sudo install -m 644 .*\nsudo .*update-ca-certificates$/);
    expect(await scene.leftovers()).toEqual([]);
  });
});

describe('a user with doas', () => {
  it('installs and uninstalls', async (context) => {
    const machine = use(context);
    requirePrograms(context, ['doas']);
    await machine.run(['mv', '/usr/bin/doas.away', '/usr/bin/doas']);
    machine.write('/etc/doas.conf', `permit nopass ${user.name}\n`, 0o400);
    const [installed, removed] = [await asUser(['install', ...SYSTEM]), await asUser(['uninstall', ...SYSTEM])];
    await machine.run(['mv', '/usr/bin/doas', '/usr/bin/doas.away']);
    machine.hide('/etc/doas.conf');
    expect([installed.exitCode, removed.exitCode], installed.output + removed.output).toEqual([0, 0]);
    expect(await scene.leftovers()).toEqual([]);
  });
});

const sudoers = (rule: string): string =>
  `Defaults:mintmark-tester logfile=${SUDO_LOG}\nmintmark-tester ALL=(ALL) ${rule}\n`;
