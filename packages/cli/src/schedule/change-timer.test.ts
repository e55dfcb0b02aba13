/** @module Timers put into the schedulers of other systems and taken out again, on machines in memory. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openHome } from '@mintmark/ca-store';
import {
  createFakeMachine,
  createTemporaryFolder,
  FIXED_NOW,
  unsyncedFileSystem as fs,
  type FakeMachine,
} from '../../../testkit/src/index.ts';
import type { Access, Context, Invocation } from '../command.ts';
import { createStyle } from '../terminal/style.ts';
import { changeTimer } from './change-timer.ts';
import { readTimerFacts } from './timer-facts.ts';

const root = createTemporaryFolder();
afterAll(root.remove);

const silent = { env: {}, isTerminal: { stdin: false, stdout: false, stderr: false }, platform: 'linux' } as const;
const style = createStyle(silent, 'stdout');

type Options = Invocation['options'];
type Timer = { readonly state: string; readonly scheduler: string; readonly name: string };

function createDesk(machine: FakeMachine, homePath = join(root.next(), 'home')) {
  const io = { ...silent, cwd: '/work', now: () => FIXED_NOW, fs, env: { HOME: '/home/me' } };
  const context = { io, homePath, home: () => openHome(fs, homePath), style, talkStyle: style } as unknown as Context;
  const change = (options: Options): ReturnType<typeof changeTimer> => {
    const access: Access = { invocation: { positionals: [], options }, context };
    return changeTimer(access, { machine, script: '/opt/mintmark/bin.cjs' });
  };
  const timer = async (options: Options): Promise<Timer> => ((await change(options)).json as { timer: Timer }).timer;
  return { homePath, change, timer };
}

const INSTALL = { 'install-timer': true };
const UNINSTALL = { 'uninstall-timer': true };

type FakePrograms = NonNullable<NonNullable<Parameters<typeof createFakeMachine>[0]>['programs']>;

/** A crontab that is kept as the real one is. */
function createCronMachine(
  before?: string,
  programs: FakePrograms = {},
): FakeMachine & { crontab: () => string | undefined } {
  let held = before;
  const machine = createFakeMachine({
    uid: 1000,
    programs: {
      '/usr/bin/crontab': () =>
        held === undefined ? { exitCode: 1, stderr: 'no crontab for me\n' } : { stdout: held },
      crontab: ({ command, stdin }) => {
        held = command[1] === '-r' ? undefined : String(stdin);
        return {};
      },
      ...programs,
    },
    entries: { '/usr/bin/crontab': { text: '', mode: 0o755 } },
  });
  return { ...machine, crontab: () => held };
}

describe('cron, where there is no systemd', () => {
  it.each([undefined, 'MAILTO=me\n0 0 * * * backup\n'])('gets one line and gives it back: %j', async (before) => {
    const machine = createCronMachine(before);
    const desk = createDesk(machine);
    expect(await desk.timer(INSTALL)).toMatchObject({ state: 'installed', scheduler: 'cron' });
    expect(machine.crontab()).toMatch(
      /^(?:MAILTO=me\n.*\n)?\d+ [0-5] \* \* \* \S+ \/opt\/mintmark\/bin\.cjs renew --all /,
    );
    await desk.timer({ ...INSTALL, within: '9' });
    expect(machine.crontab()?.match(/mintmark-renew/g)).toHaveLength(1);
    expect(machine.crontab()).toContain('--within 9 ');
    expect(await desk.timer(UNINSTALL)).toMatchObject({ state: 'absent' });
    expect(machine.crontab()).toBe(before);
  });

  it('keeps a line that somebody changed', async () => {
    const machine = createCronMachine('1 1 * * * mine # mintmark-renew-00000000\n');
    const desk = createDesk(machine);
    const { name } = await desk.timer(INSTALL);
    const changed = (machine.crontab() ?? '').replace(/^\d+ \d+(?=.* renew )/m, '59 23');
    const other = createCronMachine(changed);
    const again = createDesk(other, desk.homePath);
    await expect(again.timer(UNINSTALL)).rejects.toThrow(expect.objectContaining({ code: 'TIMER_CHANGED' }));
    await expect(again.timer(INSTALL)).rejects.toThrow(expect.objectContaining({ code: 'TIMER_CHANGED' }));
    expect(other.crontab()).toBe(changed);
    await again.timer({ ...UNINSTALL, force: true });
    expect(other.crontab()).not.toContain(`# ${name}\n`);
    expect(other.crontab()).toContain('mintmark-renew-00000000');
  });
});

describe('a timer for one CA alone', () => {
  it('stands beside the others, and goes by the words by which it came', async () => {
    const machine = createCronMachine();
    const desk = createDesk(machine);
    const usual = await desk.timer(INSTALL);
    for (const ca of ['a', 'b']) {
      const { name } = await desk.timer({ ...INSTALL, ca });
      expect(name).toBe(`${usual.name}-ca-${ca}`);
    }
    expect(machine.crontab()?.match(/--ca [ab] .*(?=\n)/g)).toHaveLength(2);
    expect(machine.crontab()?.split('\n')).toHaveLength(4);
    await desk.timer({ ...UNINSTALL, ca: 'a' });
    expect(machine.crontab()).not.toContain('--ca a ');
    expect(machine.crontab()).toContain('--ca b ');
    await desk.timer(UNINSTALL);
    expect((await desk.change(UNINSTALL)).text).toBe(`There is no timer ${usual.name}; there is ${usual.name}-ca-b.\n`);
    await desk.timer({ ...UNINSTALL, ca: 'b' });
    expect(machine.crontab()).toBeUndefined();
  });

  it('is refused for what is no name of a CA, which would be a path', async () => {
    const desk = createDesk(createCronMachine());
    await expect(desk.timer({ ...INSTALL, ca: '../../x' })).rejects.toThrow(
      expect.objectContaining({ code: 'CA_NAME_INVALID' }),
    );
  });
});

describe('what an earlier shell put in', () => {
  it('is found where it was put, whatever else answers by now', async () => {
    const before = createCronMachine();
    const { homePath, timer } = createDesk(before);
    await timer(INSTALL);
    const cron = createCronMachine(before.crontab(), { '/usr/bin/systemctl': () => ({}), systemctl: () => ({}) });
    expect((await readTimerFacts(cron)).scheduler).toBe('systemd-user');
    expect(await createDesk(cron, homePath).timer(UNINSTALL)).toMatchObject({ state: 'absent', scheduler: 'cron' });
    expect(cron.crontab()).toBeUndefined();
  });

  it('is not said to be absent where it can not be reached', async () => {
    const desk = createDesk(createCronMachine());
    await desk.timer(INSTALL);
    const bare = createDesk(createFakeMachine({ uid: 1000 }), desk.homePath);
    await expect(bare.timer(UNINSTALL)).rejects.toThrow(
      expect.objectContaining({ code: 'TIMER_FAILED', message: expect.stringContaining('no crontab') as string }),
    );
  });
});

describe('a crontab that is not text', () => {
  it('is left as it is, since it could not be given back', async () => {
    const machine = createCronMachine('# Gr\uFFFD\uFFFDe\n'); // as a reader of UTF-8 sees Latin-1
    const desk = createDesk(machine);
    await expect(desk.timer(INSTALL)).rejects.toThrow(
      expect.objectContaining({ code: 'TIMER_NO_SCHEDULER', message: expect.stringContaining('not UTF-8') as string }),
    );
    expect(machine.crontab()).toBe('# Gr\uFFFD\uFFFDe\n');
  });
});

describe('launchd', () => {
  const createMac = (printExitCode: () => number) =>
    createFakeMachine({
      platform: 'darwin',
      uid: 501,
      userFolder: '/Users/me',
      entries: { '/Users/me': { folder: true } },
      programs: {
        launchctl: ({ command }) =>
          command[1] === 'bootout'
            ? { exitCode: 3, stderr: 'Boot-out failed: 3: No such process' }
            : { exitCode: command[1] === 'print' ? printExitCode() : 0 },
      },
    });

  it('gets an agent and gives it back, folder and all', async () => {
    const machine = createMac(() => 0);
    const desk = createDesk(machine);
    const { name } = await desk.timer(INSTALL);
    const path = `/Users/me/Library/LaunchAgents/${name}.plist`;
    expect(machine.text(path)).toContain(`<string>${desk.homePath}</string>`);
    expect(machine.calls.map(({ command }) => command.slice(0, 3).join(' '))).toEqual([
      `launchctl bootout gui/501/${name}`,
      'launchctl bootstrap gui/501',
      `launchctl print gui/501/${name}`,
    ]);
    await desk.timer(UNINSTALL);
    expect([...machine.entries.keys()].filter((entry) => entry.includes('LaunchAgents'))).toEqual([]);
  });

  it('is believed after a second look alone; what was begun is taken back', async () => {
    const machine = createMac(() => 113);
    const desk = createDesk(machine);
    await expect(desk.timer(INSTALL)).rejects.toThrow(expect.objectContaining({ code: 'TIMER_FAILED' }));
    expect([...machine.entries.keys()].filter((entry) => entry.includes('mintmark'))).toEqual([]);
    expect(readFileSync(join(desk.homePath, 'timers.jsonl'), 'utf8')).toMatch(/"event":"uninstalled".*\n$/);
  });

  it('leaves an agent of the same name alone that somebody else wrote', async () => {
    const machine = createMac(() => 0);
    const desk = createDesk(machine);
    const { name } = await desk.timer({ ...INSTALL, 'dry-run': true });
    const path = `/Users/me/Library/LaunchAgents/${name}.plist`;
    machine.entries.set(path, 'mine');
    for (const options of [INSTALL, UNINSTALL])
      await expect(desk.timer(options)).rejects.toThrow(expect.objectContaining({ code: 'TIMER_CHANGED' }));
    expect(machine.text(path)).toBe('mine');
    expect(machine.calls).toEqual([]);
  });
});

describe('Windows', () => {
  it('gets a task by XML and gives it back', async () => {
    let task: string | undefined;
    const schtasks = 'C:\\Windows\\System32\\schtasks.exe';
    const machine = createFakeMachine({
      platform: 'win32',
      uid: undefined,
      userFolder: 'C:\\Users\\me',
      env: { SystemRoot: 'C:\\Windows' },
      programs: {
        [schtasks]: ({ command }, own) => {
          if (command[1] === '/create') task = own.text(String(command[5]));
          if (command[1] === '/delete') task = undefined;
          return { exitCode: task === undefined && command[1] === '/query' ? 1 : 0 };
        },
      },
    });
    const desk = createDesk(machine);
    expect(await desk.timer(INSTALL)).toMatchObject({ state: 'installed', scheduler: 'task-scheduler' });
    expect(task).toContain('<Arguments>/opt/mintmark/bin.cjs renew --all --within 30 --yes --home');
    await desk.timer(UNINSTALL);
    expect(task).toBeUndefined();
    task = 'of another';
    await expect(desk.timer(INSTALL)).rejects.toThrow(expect.objectContaining({ code: 'TIMER_CHANGED' }));
    expect(task).toBe('of another');
  });
});

describe('the system, for root', () => {
  it('gets units of its own, as root has no session on a server', async () => {
    const machine = createFakeMachine({
      entries: { '/usr/bin/systemctl': { text: '', mode: 0o755 }, '/etc/systemd/system': { folder: true } },
      programs: { '/usr/bin/systemctl': () => ({}), systemctl: () => ({}) },
    });
    const desk = createDesk(machine);
    const { scheduler, name } = await desk.timer(INSTALL);
    expect(scheduler).toBe('systemd');
    expect(machine.text(`/etc/systemd/system/${name}.timer`)).toContain('OnCalendar=daily');
    expect(machine.calls.flatMap(({ command }) => command)).not.toContain('--user');
    await desk.timer(UNINSTALL);
    expect(machine.text(`/etc/systemd/system/${name}.timer`)).toBeUndefined();
    expect(machine.entries.has('/etc/systemd/system')).toBe(true);
  });
});

describe('where nothing starts programs by the clock', () => {
  it('says what to run; a dry run shows the units all the same, and makes no home', async () => {
    const machine = createFakeMachine({ uid: 1000, userFolder: '/home/me' });
    const desk = createDesk(machine);
    await expect(desk.timer(INSTALL)).rejects.toThrow(
      expect.objectContaining({
        code: 'TIMER_NO_SCHEDULER',
        hint: expect.stringContaining(' /opt/mintmark/bin.cjs renew --all --within 30 --yes --home ') as string,
      }),
    );
    const { text, next } = await desk.change({ ...INSTALL, 'dry-run': true });
    expect(text).toContain('OnCalendar=daily');
    expect(next).toContain('there is no systemd; there is no crontab');
    expect(await desk.timer(UNINSTALL)).toMatchObject({ state: 'absent' });
    expect(existsSync(desk.homePath)).toBe(false);
  });
});

describe('the words', () => {
  const machine = createFakeMachine({ uid: 1000, userFolder: '/home/me' });

  it.each([
    ['a hook', { 'deploy-hook': 'x' }],
    ['a new key', { 'new-key': true }],
    ['both', UNINSTALL],
  ])('of a timer stand alone: %s', async (_what, options) => {
    const { change } = createDesk(machine);
    await expect(change({ ...INSTALL, ...options })).rejects.toThrow(
      expect.objectContaining({ code: 'OPTIONS_CONFLICT' }),
    );
  });

  it('name files that are there when the timer runs', async () => {
    const { change } = createDesk(machine);
    const { text } = await change({ ...INSTALL, 'dry-run': true, 'passphrase-file': 'pass', ca: 'shop' });
    expect(text).toContain('"--ca" "shop" "--passphrase-file" "/work/pass"');
    const cron = createCronMachine();
    for (const name of ['passphrase-file', 'pin-file', 'password-file'])
      await expect(createDesk(cron).change({ ...INSTALL, [name]: 'not-there' })).rejects.toThrow(
        expect.objectContaining({ code: 'FILE_NOT_FOUND' }),
      );
    expect(cron.crontab()).toBeUndefined();
    await expect(change({ ...INSTALL, 'dry-run': true, 'passphrase-file': '-' })).rejects.toThrow(
      expect.objectContaining({ code: 'OPTION_VALUE' }),
    );
    await expect(change({ ...INSTALL, 'dry-run': true, 'passphrase-file': 'a\nExecStart=x' })).rejects.toThrow(
      expect.objectContaining({ code: 'TIMER_PATH' }),
    );
  });
});
