/**
 * @module `renew --install-timer` with a real systemd: the user's manager in a mount namespace of its own. The units are sound, the service
 * really renews, and taking the timer out leaves nothing behind.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { findProgram, requirePrograms } from '../programs/program.ts';
import { killProcessGroup, scrubbedEnvironment, type RunResult } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { declarePrivateMachine, type PrivateMachine } from '../trust-stores/private-machine.ts';
import { Desk } from './desk.ts';
import { readLeaf } from './minted-facts.ts';

const SYSTEMD = '/usr/lib/systemd/systemd';

const folder = scratchFolder('timer');
let machine: PrivateMachine;
const declared = declarePrivateMachine('timer', (opened) => void (machine = opened));
const user = subfolder(folder, 'user');
const desk = new Desk(subfolder(folder, "a desk's"));
// Everything that a unit file could misread.
const home = join(folder, 'a home $x %n "q"');
const env = { HOME: user, XDG_RUNTIME_DIR: subfolder(folder, 'runtime'), MINTMARK_HOME: home };
let manager: ChildProcess | undefined;

const inside = (
  command: readonly string[],
  more: Readonly<Record<string, string | undefined>> = {},
): Promise<RunResult> => machine.run(command, { cwd: desk.folder, env: { ...env, ...more } });
const mintmark = (...words: readonly string[]): Promise<RunResult> =>
  inside([process.execPath, MINTMARK_BIN, ...words]);
const systemctl = async (...words: readonly string[]): Promise<string> =>
  (await inside(['systemctl', '--user', ...words])).stdout.trim();

beforeAll(async () => {
  if (machine === undefined || findProgram('systemctl') === undefined) return;
  await machine.runOrThrow(['mount', '-t', 'tmpfs', 'tmpfs', '/run/systemd']);
  mkdirSync(machine.path('/run/systemd/system')); // by this systemd knows that a system was booted with it
  manager = spawn('nsenter', [...machine.enter(), SYSTEMD, '--user'], {
    env: scrubbedEnvironment({ ...env, MINTMARK_HOME: undefined }),
    detached: true,
    stdio: 'ignore',
  });
  for (let patience = 100; patience > 0; patience--) {
    if (/^(?:running|degraded)$/.test(await systemctl('is-system-running'))) return;
    await wait(100);
  }
  throw new Error('systemd --user does not start in the private machine');
}, 60_000);
afterAll(() => killProcessGroup(manager?.pid));

const timerIn = (printed: string): { name: string; state: string } =>
  (JSON.parse(printed) as { timer: { name: string; state: string } }).timer;

describe('a systemd timer of the user', () => {
  it('is planned, put in, really renews, and leaves nothing behind', async (context) => {
    declared.use(context);
    requirePrograms(context, ['systemctl', 'systemd-analyze']);
    await mintmark('mint', 'a.test', '--days', '9', '--quiet');
    const before = readdirSync(user);

    const planned = await mintmark('renew', '--install-timer', '--dry-run');
    expect(planned.stdout).toMatch(/^ {2}OnCalendar=daily$/m);
    expect(planned.stdout).toContain('systemctl --user enable --now mintmark-renew-');
    expect(readdirSync(user)).toEqual(before);

    const { stdout, stderr, exitCode } = await mintmark('renew', '--install-timer');
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(/^ {2}✓ every day: systemd timer of yours, mintmark-renew-/),
    ]);
    expect(stderr).toContain('loginctl enable-linger');
    const { name, state } = timerIn((await mintmark('renew', '--install-timer', '--json')).stdout);
    expect(state).toBe('installed');
    const units = join(user, '.config/systemd/user');
    const files = ['service', 'timer'].map((kind) => join(units, `${name}.${kind}`));
    expect(files.map((file) => statSync(file).mode & 0o777)).toEqual([0o644, 0o644]);
    const verified = await inside(['systemd-analyze', 'verify', '--user', ...files]);
    expect([verified.exitCode, verified.output]).toEqual([0, '']);
    expect(await systemctl('is-active', `${name}.timer`)).toBe('active');
    expect(await systemctl('show', '--property=NextElapseUSecRealtime', `${name}.timer`)).toMatch(/=\w/);

    const old = readLeaf(desk.path('a.test.pem')).serialNumber;
    await systemctl('start', `${name}.service`);
    expect(await systemctl('show', '--property=Result', `${name}.service`)).toBe('Result=success');
    expect(readLeaf(desk.path('a.test.pem')).serialNumber).not.toBe(old);

    expect((await mintmark('renew', '--uninstall-timer')).stdout).toBe(
      `  ✓ removed: systemd timer of yours, ${name}\n`,
    );
    expect(await systemctl('is-active', `${name}.timer`)).toBe('inactive');
    expect(readdirSync(user).filter((entry) => entry !== '.local')).toEqual(before);
    expect((await mintmark('renew', '--uninstall-timer')).stdout).toBe(`There is no timer ${name}.\n`);
  });

  it('fails by the rules where a CA has a passphrase, after it was said; with the file it renews', async (context) => {
    declared.use(context);
    requirePrograms(context, ['systemctl']);
    const other = join(folder, 'locked');
    const locked = (...words: readonly string[]): Promise<RunResult> => mintmark(...words, '--home', other);
    const pass = desk.write('pass', 'open sesame\n');
    await locked('mint', 'b.test', '--days', '9', '--passphrase-file', pass, '--quiet');
    await locked('ca', 'create', 'sealed', '--passphrase-file', pass);
    await locked('mint', 'c.test', '--days', '9', '--ca', 'sealed', '--passphrase-file', pass);
    expect((await locked('renew', '--install-timer')).stderr).toContain(
      'CA "sealed" has a passphrase, and nobody is there to type it: add --passphrase-file FILE',
    );
    const { name } = timerIn((await locked('renew', '--install-timer', '--json')).stdout);
    const old = readLeaf(desk.path('c.test.pem')).serialNumber;
    await systemctl('start', `${name}.service`);
    expect(await systemctl('show', '--property=Result', `${name}.service`)).toBe('Result=exit-code');
    expect(readLeaf(desk.path('c.test.pem')).serialNumber).toBe(old);
    expect((await locked('renew', '--install-timer', '--passphrase-file', 'pass')).stderr).not.toContain('passphrase');
    await systemctl('start', `${name}.service`);
    expect(await systemctl('show', '--property=Result', `${name}.service`)).toBe('Result=success');
    expect(readLeaf(desk.path('c.test.pem')).serialNumber).not.toBe(old);
    await locked('renew', '--uninstall-timer');
  });

  it('is not half there where the manager is out of reach', async (context) => {
    declared.use(context);
    requirePrograms(context, ['systemctl']);
    const words = [process.execPath, MINTMARK_BIN, 'renew', '--install-timer', '--json'];
    const { exitCode, stdout } = await inside(words, { XDG_RUNTIME_DIR: undefined, PATH: '/usr/bin' });
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'TIMER_NO_SCHEDULER' } });
    expect(readdirSync(user)).not.toContain('.config');
  });
});
