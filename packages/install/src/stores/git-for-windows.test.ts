/** @module Git for Windows: when it follows Windows, when somebody's own setting stands against it, and taking back only our own. */
import { createFakeInstallContext, createFakeMachine, createThrowAwayAnchor } from '../../../testkit/src/index.ts';
import type { FakeMachine, FakeProgram } from '../../../testkit/src/index.ts';
import { describe, expect, it } from 'vitest';
import { readFacts } from '../facts/facts.ts';
import type { InstallContext } from '../change-place.ts';
import { inspectStores, installAnchor, uninstallAnchor } from '../install.ts';
import { gitForWindowsStore } from './git-for-windows.ts';

const anchor = createThrowAwayAnchor();
const second = createThrowAwayAnchor();
const GIT = 'C:\\Program Files\\Git\\cmd\\git.exe';
const REG = 'C:\\Windows\\System32\\reg.exe';

type Setting = readonly [scope: string, key: string, value: string];
type Options = { version?: string; settings?: Setting[]; held?: (typeof anchor)[] };

/** Answers as git does to what we ask of it. */
const git =
  (version: string, settings: Setting[]): FakeProgram =>
  ({ command: [, ...args] }) => {
    if (args[0] === 'version') return { stdout: `git version ${version}\n` };
    if (args.includes('--list'))
      return { stdout: settings.map(([scope, key, value]) => `${scope}\0${key}\n${value}\0`).join('') };
    const [, , ...words] = args;
    const [first = '', key = '', value = ''] = words[0]?.startsWith('--') === true ? words : ['--replace', ...words];
    const matches = ([scope, name, held]: Setting): boolean =>
      scope === 'global' && name === key.toLowerCase() && (first !== '--unset-all' || new RegExp(value).test(held));
    const kept = settings.filter((setting) => first === '--add' || !matches(setting));
    const isChanged = kept.length < settings.length;
    settings.splice(0, settings.length, ...kept);
    if (first === '--unset-all') return { exitCode: isChanged ? 0 : 5 };
    settings.push(['global', key.toLowerCase(), value]);
    return {};
  };

/** A value of the registry as reg.exe prints it: one property, the certificate itself. */
const reg =
  (held: readonly (typeof anchor)[]): FakeProgram =>
  ({ command }) => {
    const root = held.find(({ sha1Hex }) => command[2]?.endsWith(`Root\\Certificates\\${sha1Hex.toUpperCase()}`));
    if (root === undefined || command[2]?.startsWith('HKCU') !== true) return { exitCode: 1 };
    const head = Buffer.alloc(12);
    head.writeUInt32LE(32, 0);
    head.writeUInt32LE(1, 4);
    head.writeUInt32LE(root.certDer.length, 8);
    const blob = Buffer.concat([head, root.certDer]).toString('hex').toUpperCase();
    return { stdout: `\r\n${command[2]}\r\n    Blob    REG_BINARY    ${blob}\r\n\r\n` };
  };

function machineOf({
  version = '2.47.1.windows.2',
  settings = [],
  held = [anchor, second],
}: Options = {}): FakeMachine {
  return createFakeMachine({
    platform: 'win32',
    uid: undefined,
    userFolder: 'C:\\Users\\u',
    entries: { 'C:\\Users\\u\\.gitconfig': '', [REG]: '' },
    programs: { [GIT]: git(version, settings), [REG]: reg(held) },
  });
}

const contextOf = (machine: FakeMachine): InstallContext => createFakeInstallContext(machine, 'git-for-windows');
const SYSTEM_OPENSSL: Setting = ['system', 'http.sslbackend', 'openssl'];

describe('Git for Windows', () => {
  it('is told to follow Windows, whatever its installer chose', async () => {
    const settings = [SYSTEM_OPENSSL, ['system', 'http.sslcainfo', 'C:/x/ca-bundle.crt'] as Setting];
    const [report] = await installAnchor(anchor, contextOf(machineOf({ settings })));
    expect(report).toMatchObject({ id: 'git-for-windows', state: 'trusted', isChanged: true });
    expect(settings).toContainEqual(['global', 'http.sslbackend', 'schannel']);
  });

  it('loses the setting with the last root that it was made for', async () => {
    const settings = [SYSTEM_OPENSSL];
    await installAnchor(anchor, contextOf(machineOf({ settings })));
    await installAnchor(second, contextOf(machineOf({ settings })));
    expect((await installAnchor(second, contextOf(machineOf({ settings }))))[0]?.isChanged).toBe(false);
    await uninstallAnchor(anchor, contextOf(machineOf({ settings, held: [second] })));
    expect(settings).toContainEqual(['global', 'http.sslbackend', 'schannel']);
    expect((await uninstallAnchor(second, contextOf(machineOf({ settings, held: [] }))))[0]?.state).toBe('absent');
    expect(settings).toEqual([SYSTEM_OPENSSL]);
  });

  it('keeps a setting that somebody else made', async () => {
    const settings: Setting[] = [['global', 'http.sslbackend', 'schannel']];
    const machine = machineOf({ settings });
    expect((await installAnchor(anchor, contextOf(machine)))[0]).toMatchObject({ state: 'trusted', isChanged: false });
    expect((await uninstallAnchor(anchor, contextOf(machine)))[0]?.isChanged).toBe(false);
    expect(settings).toEqual([['global', 'http.sslbackend', 'schannel']]);
  });

  it.each<[string, Options, string]>([
    ['an old git', { version: '2.25.1.windows.1' }, 'git before 2.26'],
    [
      'a backend of the user’s choice',
      { settings: [['global', 'http.sslbackend', 'openssl']] },
      'is set to another one',
    ],
    ['a list of the user’s own', { settings: [['global', 'http.sslcainfo', 'C:/corp.pem']] }, 'a list that Schannel'],
    [
      'a list that overrides Windows',
      {
        settings: [
          ['system', 'http.sslbackend', 'schannel'],
          ['system', 'http.sslcainfo', 'C:/corp.pem'],
          ['global', 'http.schannelusesslcainfo', 'true'],
        ],
      },
      'http.sslCAInfo overrides',
    ],
    ['strict revocation', { settings: [['global', 'http.schannelcheckrevoke', 'true']] }, 'without a revocation list'],
  ])('is left alone with %s', async (_what, options, detail) => {
    const [report] = await installAnchor(anchor, contextOf(machineOf(options)));
    expect(report).toMatchObject({ state: 'unavailable', isChanged: false });
    expect(report?.places[0]?.detail).toContain(detail);
    expect(report?.places[0]?.hint).toMatch(/^git /);
  });

  it('is not called trusted where Windows does not hold the root', async () => {
    const settings: Setting[] = [['system', 'http.sslbackend', 'schannel']];
    const [report] = await installAnchor(anchor, contextOf(machineOf({ settings, held: [second] })));
    expect(report).toMatchObject({ state: 'absent', isChanged: false });
    expect(report?.places[0]?.detail).toBe('it goes by the Windows store');
  });

  it('takes a file away that was made for it, and only while nothing else is in it', async () => {
    const sha = anchor.sha256Hex;
    const ours: Setting[] = [
      ['global', 'http.sslbackend', 'schannel'],
      ['global', 'mintmark.schannelfor', sha],
    ];
    const remove = async (settings: Setting[]): Promise<boolean> => {
      const request = {
        stores: new Set(['git-for-windows'] as const),
        roots: [anchor],
        rootsSha256Hex: [sha],
        rootsSha1Hex: [anchor.sha1Hex],
        direction: 'uninstall' as const,
        knownPlaces: new Map(),
        created: new Set(['C:\\Users\\u\\.gitconfig']),
      };
      const facts = await readFacts(machineOf({ settings }).reader, request);
      const [route] = gitForWindowsStore.view(facts, anchor)?.places[0]?.uninstall ?? [];
      return route?.steps.some(({ kind }) => kind === 'remove-file') === true;
    };
    expect(await remove(ours)).toBe(true);
    expect(await remove([...ours, ['global', 'user.name', 'Ada']])).toBe(false);
  });

  it('is another git when Cygwin or MSYS2 built it', async () => {
    expect(await inspectStores(anchor, contextOf(machineOf({ version: '2.47.1' })))).toEqual([]);
  });
});
