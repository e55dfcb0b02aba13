/** @module Installing as a whole: rights, second looks, failures that stop nothing, and what the journal says afterwards. */
import { nodeFileSystem, openHome, type Home } from '@mintmark/ca-store';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createFakeMachine,
  createTemporaryFolder,
  createThrowAwayAnchor,
  type FakeMachine,
  type FakeProgram,
} from '../../testkit/src/index.ts';
import { isInstalledAnywhere, listCreated, readJournal, type JournalEntry } from './apply/journal.ts';
import type { InstallContext } from './change-place.ts';
import { installAnchor, planStores, uninstallAnchor } from './install.ts';

const anchor = createThrowAwayAnchor();
const ANCHOR_FILE = `/usr/local/share/ca-certificates/${anchor.fileStem}.crt`;
const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const UPDATE = '/usr/sbin/update-ca-certificates';

const gather: FakeProgram = (_call, machine) => {
  machine.entries.set(BUNDLE, machine.text(ANCHOR_FILE) ?? '');
};

/** Runs what stands behind its own options, as root. */
const elevator: FakeProgram = (call, machine) => {
  const command = call.command.slice(1).filter((word) => word !== '-n' && word !== '--');
  const [program, ...rest] = command;
  if (program === 'install') machine.entries.set(rest.at(-1) ?? '', machine.text(rest.at(-2) ?? '') ?? '');
  if (program === 'rm') machine.entries.delete(rest.at(-1) ?? '');
  if (program === UPDATE) gather(call, machine);
};

type Scene = { machine: FakeMachine; context: InstallContext; home: Home; notices: string[] };

const folders: { remove: () => void }[] = [];
afterEach(() => folders.splice(0).forEach(({ remove }) => remove()));

function createScene(
  options: { uid?: number; update?: FakeProgram; programs?: Record<string, FakeProgram>; canAsk?: boolean } = {},
): Scene {
  const folder = createTemporaryFolder();
  folders.push(folder);
  const home = openHome(nodeFileSystem, folder.path);
  const uid = options.uid ?? 0;
  const machine = createFakeMachine({
    uid,
    entries: { '/usr/local/share/ca-certificates': { folder: true }, [BUNDLE]: '' },
    programs: { [UPDATE]: options.update ?? gather, ...options.programs },
    isReadOnly: () => uid !== 0,
  });
  const notices: string[] = [];
  const context: InstallContext = {
    machine,
    home,
    stores: new Set(['system']),
    now: () => new Date(0),
    canAsk: options.canAsk ?? false,
    askSecret: () => Promise.resolve(undefined),
    announceRoot: ({ elevator: name, commands }) => notices.push(`${name}: ${commands.join(' && ')}`),
    workerCommand: ['node', 'worker'],
  };
  return { machine, context, home, notices };
}

const commandsOf = ({ calls }: FakeMachine): string[] => calls.map(({ command }) => command.join(' '));

describe('installAnchor', () => {
  it('believes a second look and not an exit code', async () => {
    const { machine, context, home } = createScene({ update: () => {} });
    const [report] = await installAnchor(anchor, context);
    expect(report).toMatchObject({ state: 'failed', isChanged: true });
    expect(report?.places[0]?.detail).toContain('a second look finds nothing changed');
    expect(machine.entries.has(ANCHOR_FILE)).toBe(false);
    expect(isInstalledAnywhere(home, anchor.sha256Hex)).toBe(false);
  });

  it('tells why a command failed, and takes back the file that it wrote', async () => {
    const { machine, context } = createScene({ update: () => ({ exitCode: 2, stderr: 'line one\nno such thing\n' }) });
    const [report] = await installAnchor(anchor, context);
    expect(report?.places[0]).toMatchObject({ state: 'failed' });
    expect(report?.places[0]?.detail).toContain('ended with 2: line one; no such thing');
    expect(machine.entries.has(ANCHOR_FILE)).toBe(false);
  });

  it('hands the commands over where nothing gives root, and changes nothing', async () => {
    const { machine, context } = createScene({ uid: 1000 });
    const [report] = await installAnchor(anchor, context);
    expect(report).toMatchObject({ state: 'unavailable' });
    expect(report?.places[0]?.commands).toEqual([
      `sudo install -m 644 /home/u/root.pem ${ANCHOR_FILE}`,
      `sudo ${UPDATE}`,
    ]);
    expect(machine.calls).toEqual([]);
    expect(machine.entries.has(ANCHOR_FILE)).toBe(false);
  });

  it.each([
    ['sudo', false, ['/usr/bin/sudo', '-n', '--']],
    ['sudo', true, ['/usr/bin/sudo', '--']],
    ['doas', false, ['/usr/bin/doas', '-n']],
    ['run0', true, ['/usr/bin/run0']],
    ['pkexec', true, ['/usr/bin/pkexec']],
  ])('lets %s give root to single commands (may ask: %s), after saying which', async (name, canAsk, prefix) => {
    const scene = createScene({ uid: 1000, canAsk, programs: { [`/usr/bin/${name}`]: elevator } });
    const [report] = await installAnchor(anchor, scene.context);
    expect(report).toMatchObject({ state: 'trusted' });
    expect(scene.notices).toEqual([`${name}: install -m 644 /home/u/root.pem ${ANCHOR_FILE} && ${UPDATE}`]);
    expect(commandsOf(scene.machine).at(-1)).toBe([...prefix, UPDATE].join(' '));
    expect(scene.machine.calls).toHaveLength(2);
  });

  it('does not call a program that opens a window where nobody is there', async () => {
    const { machine, context } = createScene({ uid: 1000, programs: { '/usr/bin/pkexec': elevator } });
    expect((await installAnchor(anchor, context))[0]).toMatchObject({ state: 'unavailable' });
    expect(machine.calls).toEqual([]);
  });

  it('says that root was denied, with the commands', async () => {
    const denied: FakeProgram = () => ({ exitCode: 1, stderr: 'sudo: a password is required\n' });
    const { context } = createScene({ uid: 1000, programs: { '/usr/bin/sudo': denied } });
    const [report] = await installAnchor(anchor, context);
    expect(report).toMatchObject({ state: 'unavailable', places: [{ hint: 'run these as root' }] });
    expect(report?.places[0]?.commands).toHaveLength(2);
  });

  it('stops before the first change where the disk is full', async () => {
    const { machine, context } = createScene();
    const full = { ...machine, reader: { ...machine.reader, freeBytes: () => 1000 } };
    const [report] = await installAnchor(anchor, { ...context, machine: full });
    expect(report?.places[0]?.detail).toContain('no space left');
    expect(machine.calls).toEqual([]);
    expect(machine.entries.has(ANCHOR_FILE)).toBe(false);
  });

  it('writes into the journal before the first change, and again after the second look', async () => {
    const eventsAtUpdate: string[][] = [];
    const { context, home } = createScene({
      update: (call, machine) => {
        eventsAtUpdate.push(readJournal(home).map(({ event }) => event));
        gather(call, machine);
      },
    });
    await installAnchor(anchor, context);
    expect(eventsAtUpdate).toEqual([['installing']]);
    const journal = readJournal(home);
    expect(journal.map(({ event }) => event)).toEqual(['installing', 'installed']);
    expect(journal[0]).toMatchObject({
      rootPem: anchor.certPem,
      created: [ANCHOR_FILE],
      store: 'system',
      at: '1970-01-01T00:00:00.000Z',
    });
    expect(isInstalledAnywhere(home, anchor.sha256Hex)).toBe(true);
    expect([...listCreated(journal, anchor.sha256Hex)]).toEqual([ANCHOR_FILE]);
    await uninstallAnchor(anchor, context);
    expect(isInstalledAnywhere(home, anchor.sha256Hex)).toBe(false);
    expect([...listCreated(readJournal(home), anchor.sha256Hex)]).toEqual([]);
  });
});

describe('a person who says no', () => {
  it('is asked once, for the first store, and for no clean-up', async () => {
    const denied: FakeProgram = () => ({ exitCode: 1, stderr: 'sudo: 3 incorrect password attempts\n' });
    const { machine, context } = createScene({ uid: 1000, canAsk: true, programs: { '/usr/bin/sudo': denied } });
    await installAnchor(anchor, context);
    expect(machine.calls).toHaveLength(1);
  });
});

describe('what installs made', () => {
  const entry = (event: JournalEntry['event'], root: string, created?: string[]): JournalEntry => ({
    event,
    at: '',
    ca: 'default',
    rootSha256Hex: root,
    store: 'chromium',
    place: '/db',
    ...(created === undefined ? {} : { created }),
  });

  it('goes with the last root of its place, whichever came first', () => {
    const both = [
      entry('installing', 'a', ['/db']),
      entry('installed', 'a'),
      entry('installing', 'b'),
      entry('installed', 'b'),
    ];
    expect([...listCreated([...both, entry('uninstalled', 'a')], 'b')]).toEqual(['/db']);
    expect([...listCreated([...both, entry('uninstalled', 'a')], 'a')]).toEqual([]);
    expect([...listCreated([...both, entry('uninstalled', 'a'), entry('uninstalled', 'b')], 'b')]).toEqual([]);
  });

  it('is forgotten once the place is empty: what is there later was made by somebody else', () => {
    const earlier = [entry('installing', 'a', ['/db']), entry('installed', 'a'), entry('uninstalled', 'a')];
    expect([...listCreated([...earlier, entry('installing', 'b'), entry('installed', 'b')], 'b')]).toEqual([]);
  });
});

describe('the journal and a machine that others change', () => {
  it('learns of a root that was there already', async () => {
    const { context, home } = createScene();
    await installAnchor(anchor, { ...context, home: undefined });
    expect(isInstalledAnywhere(home, anchor.sha256Hex)).toBe(false);
    const [report] = await installAnchor(anchor, context);
    expect(report).toMatchObject({ state: 'trusted', isChanged: false });
    expect(isInstalledAnywhere(home, anchor.sha256Hex)).toBe(true);
  });

  it('learns at the next uninstall of a root that somebody took out', async () => {
    const { context, home, machine } = createScene();
    await installAnchor(anchor, context);
    machine.entries.delete(ANCHOR_FILE);
    machine.entries.set(BUNDLE, '');
    await uninstallAnchor(anchor, context);
    expect(isInstalledAnywhere(home, anchor.sha256Hex)).toBe(false);
  });

  it('keeps a root in mind that could not be taken out', async () => {
    const { context, home, machine } = createScene();
    await installAnchor(anchor, context);
    const removeFile = () => {
      throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
    };
    const frozen = { ...machine, writer: { ...machine.writer, removeFile } };
    const [report] = await uninstallAnchor(anchor, { ...context, machine: frozen });
    expect(report).toMatchObject({ state: 'failed' });
    expect(isInstalledAnywhere(home, anchor.sha256Hex)).toBe(true);
  });
});

describe('planStores', () => {
  it('names the program that would give root', async () => {
    const { context } = createScene({ uid: 1000, programs: { '/usr/bin/doas': elevator } });
    const [report] = await planStores('install', anchor, context);
    expect(report?.places[0]?.commands?.[1]).toBe(`doas ${UPDATE}`);
  });

  it.each([
    [1000, true],
    [0, undefined],
  ])('says whether root is needed and lacking: user %i', async (uid, needsRoot) => {
    const [report] = await planStores('install', anchor, createScene({ uid }).context);
    expect(report?.places[0]?.commands).toHaveLength(2);
    expect(report?.places[0]?.needsRoot).toBe(needsRoot);
  });
});
