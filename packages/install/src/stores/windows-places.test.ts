/**
 * @module The root stores of Windows, from Windows and from WSL, against programs that behave as documented: reg.exe, PowerShell,
 * certutil.exe and our worker, in several languages. Not run on real hardware.
 */
import { describe, expect, it } from 'vitest';
import {
  createFakeInstallContext,
  createFakeMachine,
  createFakeWindows,
  createThrowAwayAnchor,
  type FakeBehaviour,
  type FakeMachine,
  type FakeProgram,
  type FakeWindows,
  registryIdOf,
} from '../../../testkit/src/index.ts';
import type { InstallContext } from '../change-place.ts';
import { installAnchor, inspectStores, planStores, uninstallAnchor } from '../install.ts';
import { ADD_ROOT_SCRIPT, REMOVE_ROOT_SCRIPT } from '../windows/powershell-scripts.ts';

const anchor = createThrowAwayAnchor('C:\\Users\\u\\root.pem');
const other = createThrowAwayAnchor();

type Options = {
  readonly answer?: 'yes' | 'no';
  readonly isElevated?: boolean;
  readonly worker?: FakeBehaviour;
  readonly powershell?: FakeBehaviour;
  readonly certutil?: FakeBehaviour;
  readonly env?: Record<string, string>;
};
type Windows = Pick<FakeWindows, 'registry' | 'dialogs'> & {
  readonly machine: FakeMachine;
  readonly context: InstallContext;
};

const contextOf = (machine: FakeMachine, store: 'system' | 'windows-host'): InstallContext =>
  createFakeInstallContext(machine, store, { canAsk: true });

/** Names of programs and their files, without those that are missing. */
function pick<T>(programs: Record<string, T>, options: Options): Record<string, T> {
  const isMissing = (path: string): boolean =>
    (options.powershell === 'missing' && path.includes('powershell')) ||
    (options.certutil === 'missing' && path.includes('certutil'));
  return Object.fromEntries(Object.entries(programs).filter(([path]) => !isMissing(path)));
}

function createWindows(options: Options = {}): Windows {
  const { registry, dialogs, programs: known } = createFakeWindows({ ...options, roots: [anchor, other] });
  registry.set(registryIdOf('CurrentUser', other.sha1Hex), other.certDer);
  const folder = 'C:\\Windows\\System32';
  const programs = pick<FakeProgram>(
    {
      [`${folder}\\reg.exe`]: known.reg,
      [`${folder}\\WindowsPowerShell\\v1.0\\powershell.exe`]: known.powershell,
      [`${folder}\\certutil.exe`]: known.certutil,
    },
    options,
  );
  const machine = createFakeMachine({
    platform: 'win32',
    uid: undefined,
    userFolder: 'C:\\Users\\u',
    env: { SystemRoot: 'C:\\Windows', ...options.env },
    entries: {
      ...Object.fromEntries(Object.keys(programs).map((path) => [path, 'MZ'])),
      [anchor.certFile]: anchor.certPem,
    },
    programs: { ...programs, node: known.worker },
  });
  return { machine, context: contextOf(machine, 'system'), registry, dialogs };
}

const programsRun = ({ machine }: Windows): Set<string> =>
  new Set(machine.calls.map(({ command: [program] }) => program.split(/[\\/]/).at(-1) ?? ''));

describe('the root store of a Windows user', () => {
  it('takes the root with one dialog and gives it back with one', async () => {
    const windows = createWindows();
    const before = new Map(windows.registry);
    const [installed] = await installAnchor(anchor, windows.context);
    expect(installed).toMatchObject({
      name: 'Windows',
      state: 'trusted',
      places: [{ id: 'CurrentUser\\Root', route: 'crypt32' }],
    });
    expect(windows.registry.get(registryIdOf('CurrentUser', anchor.sha1Hex))).toEqual(anchor.certDer);
    expect(windows.dialogs.count).toBe(1);
    windows.machine.calls.length = 0;
    expect(await installAnchor(anchor, windows.context)).toMatchObject([{ state: 'trusted', isChanged: false }]);
    expect(programsRun(windows)).toEqual(new Set(['reg.exe']));
    expect(await uninstallAnchor(anchor, windows.context)).toMatchObject([{ state: 'absent' }]);
    expect(windows.registry).toEqual(before);
    expect(windows.dialogs.count).toBe(2);
  });

  it.each([
    ['powershell', { worker: 'broken' }],
    ['certutil', { worker: 'broken', powershell: 'broken' }],
    ['certutil', { worker: 'broken', powershell: 'missing' }],
  ] as const)('is reached by %s when %o', async (route, options) => {
    const windows = createWindows(options);
    const before = new Map(windows.registry);
    expect(await installAnchor(anchor, windows.context)).toMatchObject([{ state: 'trusted', places: [{ route }] }]);
    expect(windows.dialogs.count).toBe(1);
    expect(await uninstallAnchor(anchor, windows.context)).toMatchObject([{ state: 'absent', places: [{ route }] }]);
    expect(windows.registry).toEqual(before);
  });

  it.each([
    ['our worker', {}],
    ['PowerShell', { worker: 'broken' }],
    ['certutil', { worker: 'broken', powershell: 'missing' }],
  ] as const)('asks once and no more when the person says no to %s', async (_program, options) => {
    const windows = createWindows({ ...options, answer: 'no' });
    const [report] = await installAnchor(anchor, windows.context);
    expect(report).toMatchObject({
      state: 'failed',
      places: [{ detail: expect.stringContaining('not allowed in the dialog') }],
    });
    expect(windows.dialogs.count).toBe(1);
    expect(windows.registry.size).toBe(1);
  });

  it('is not believed when every program ends with 0 and none did anything, as those of Wine', async () => {
    const [report] = await installAnchor(
      anchor,
      createWindows({ worker: 'idle', powershell: 'idle', certutil: 'idle' }).context,
    );
    expect(report?.state).toBe('failed');
    expect(report?.places[0]?.detail?.match(/second look/g)).toHaveLength(3);
  });

  it('keeps the root when the person says no to its removal', async () => {
    const windows = createWindows({ answer: 'no' });
    windows.registry.set(registryIdOf('CurrentUser', anchor.sha1Hex), anchor.certDer);
    expect(await uninstallAnchor(anchor, windows.context)).toMatchObject([{ state: 'failed' }]);
    expect(windows.dialogs.count).toBe(1);
  });

  it('is told by the bytes of the certificate, not by the SHA-1 that names it', async () => {
    const windows = createWindows();
    windows.registry.set(registryIdOf('CurrentUser', anchor.sha1Hex), other.certDer);
    expect(await inspectStores(anchor, windows.context)).toMatchObject([{ state: 'absent' }]);
    await uninstallAnchor(anchor, windows.context);
    expect(windows.registry.has(registryIdOf('CurrentUser', anchor.sha1Hex))).toBe(true);
  });

  it.each([{ CI: 'true' }, { SSH_CONNECTION: '10.0.0.2 50000 10.0.0.1 22' }])('waits for nobody in %o', async (env) => {
    const windows = createWindows({ env: env as Record<string, string> });
    const [report] = await installAnchor(anchor, windows.context);
    expect(report).toMatchObject({
      state: 'unavailable',
      places: [{ hint: expect.stringContaining('administrator') }],
    });
    expect(windows.dialogs.count).toBe(0);
  });

  it('is looked for where Windows lies, whatever the case of the variable that says so', async () => {
    const machine = createFakeMachine({ platform: 'win32', uid: undefined, env: { SYSTEMROOT: 'D:\\WinNT' } });
    await inspectStores(anchor, contextOf(machine, 'system'));
    expect(machine.calls[0]?.command[0]).toBe('D:\\WinNT\\System32\\reg.exe');
  });

  it('is out of reach when reg.exe cannot be run', async () => {
    const machine = createFakeMachine({ platform: 'win32', uid: undefined });
    const [report] = await inspectStores(anchor, { machine, home: undefined, stores: new Set(['system']) });
    expect(report).toMatchObject({
      state: 'unavailable',
      places: [{ detail: 'C:\\Windows\\System32\\reg.exe cannot be run' }],
    });
  });

  it('shows as a plan what a person would type', async () => {
    const [planned] = await planStores('install', anchor, createWindows().context);
    expect(planned?.places[0]?.commands).toEqual(["certutil.exe -user -addstore Root 'C:\\Users\\u\\root.pem'"]);
  });
});

describe('the root store of the machine', () => {
  it('is taken by an administrator, without any dialog, in a build too', async () => {
    const windows = createWindows({ isElevated: true, env: { CI: 'true' } });
    const [report] = await installAnchor(anchor, windows.context);
    expect(report).toMatchObject({ state: 'trusted', places: [{ id: 'LocalMachine\\Root' }] });
    expect(report?.places).toHaveLength(1);
    expect(await uninstallAnchor(anchor, windows.context)).toMatchObject([{ state: 'absent' }]);
    expect([windows.registry.size, windows.dialogs.count]).toEqual([1, 0]);
  });

  it('is enough for a user who may not change it', async () => {
    const windows = createWindows();
    windows.registry.set(registryIdOf('LocalMachine', anchor.sha1Hex), anchor.certDer);
    expect(await installAnchor(anchor, windows.context)).toMatchObject([{ state: 'trusted', isChanged: false }]);
  });

  it('says who can clear it to a user who cannot', async () => {
    const windows = createWindows();
    windows.registry.set(registryIdOf('LocalMachine', anchor.sha1Hex), anchor.certDer);
    const [report] = await uninstallAnchor(anchor, windows.context);
    expect(report).toMatchObject({
      state: 'failed',
      places: [{ hint: expect.stringContaining('as administrator: mintmark uninstall') }],
    });
  });

  it('is cleared together with the user’s', async () => {
    const windows = createWindows({ isElevated: true });
    for (const location of ['CurrentUser', 'LocalMachine'])
      windows.registry.set(registryIdOf(location, anchor.sha1Hex), anchor.certDer);
    expect(await uninstallAnchor(anchor, windows.context)).toMatchObject([{ state: 'absent' }]);
    expect(windows.registry.size).toBe(1);
  });
});

describe('the scripts for PowerShell', () => {
  it('hold no double quote and nothing of any certificate', () => {
    for (const script of [ADD_ROOT_SCRIPT, REMOVE_ROOT_SCRIPT]) expect(script).not.toMatch(/["\n]/);
  });
});

const INTEROP = '/proc/sys/fs/binfmt_misc/WSLInterop';
/** /proc/version of WSL 2 and of WSL 1. */
const KERNELS = [
  'Linux version 5.15.153.1-microsoft-standard-WSL2 (root@941d701f84f1) (gcc (GCC) 11.2.0) #1 SMP',
  'Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com) (gcc version 5.4.0 (GCC) ) #1237-Microsoft',
];
const TEMP = '/mnt/c/Users/Jo Doe/AppData/Local/Temp';

function createWsl(options: Options & { entries?: Record<string, string>; drive?: string } = {}): Windows {
  const { registry, dialogs, programs: known } = createFakeWindows({ ...options, roots: [anchor, other] });
  const folder = `${options.drive ?? '/mnt/c'}/Windows/System32`;
  const programs = pick<FakeProgram>(
    {
      [`${folder}/reg.exe`]: known.reg,
      [`${folder}/WindowsPowerShell/v1.0/powershell.exe`]: known.powershell,
      [`${folder}/certutil.exe`]: known.certutil,
    },
    options,
  );
  const machine = createFakeMachine({
    uid: 1000,
    env: options.env ?? { WSL_INTEROP: '/run/WSL/11_interop' },
    entries: {
      [INTEROP]: 'enabled\ninterpreter /init\nflags: PF\noffset 0\nmagic 4d5a\n',
      ...Object.fromEntries(Object.keys(programs).map((path) => [path, 'MZ'])),
      [`${TEMP}/.`]: '',
      ...options.entries,
    },
    programs,
  });
  return { machine, context: contextOf(machine, 'windows-host'), registry, dialogs };
}

describe('the Windows that hosts WSL', () => {
  it('is reached by PowerShell, which is handed the certificate alone and no file', async () => {
    const wsl = createWsl();
    const before = new Map(wsl.machine.entries);
    const [installed] = await installAnchor(anchor, wsl.context);
    expect(installed).toMatchObject({ id: 'windows-host', name: 'Windows (host of WSL)', state: 'trusted' });
    const call = wsl.machine.calls.find(({ env }) => env !== undefined);
    expect(call?.env?.['WSLENV']?.split(':').sort()).toEqual(['MINTMARK_CERT_DER/w', 'MINTMARK_STORE_LOCATION/w']);
    expect(await installAnchor(anchor, wsl.context)).toMatchObject([{ isChanged: false }]);
    expect(await uninstallAnchor(anchor, wsl.context)).toMatchObject([{ state: 'absent' }]);
    expect([wsl.registry.size, wsl.dialogs.count]).toEqual([0, 2]);
    expect(new Map(wsl.machine.entries)).toEqual(before);
  });

  it.each(['yes', 'no'] as const)('keeps no file that certutil was handed, after a %s', async (answer) => {
    const wsl = createWsl({ powershell: 'broken', answer });
    const before = new Map(wsl.machine.entries);
    const [report] = await installAnchor(anchor, wsl.context);
    expect(report?.state).toBe(answer === 'yes' ? 'trusted' : 'failed');
    if (answer === 'no') expect(report?.places[0]?.detail).toContain('certutil: it was not allowed in the dialog');
    expect(wsl.dialogs.count).toBe(1);
    expect(wsl.machine.calls.find(({ command }) => command.includes('-addstore'))?.command.at(-1)).toBe(
      `C:\\Users\\Jo Doe\\AppData\\Local\\Temp\\${anchor.fileStem}.crt`,
    );
    expect(new Map(wsl.machine.entries)).toEqual(before);
  });

  it.each(KERNELS)('is known by kernel and program where sudo dropped the variables: %s', async (version) => {
    const wsl = createWsl({ env: {}, entries: { '/proc/version': version, '/usr/bin/wslpath': 'ELF' } });
    expect(await inspectStores(anchor, wsl.context)).toMatchObject([{ state: 'absent' }]);
  });

  it('is nothing to a container on its kernel, nor to another Linux', async () => {
    const container = createWsl({ env: {}, entries: { '/proc/version': KERNELS[0] ?? '' } });
    expect(await inspectStores(anchor, container.context)).toEqual([]);
    const linux = createFakeMachine({ entries: { '/proc/version': 'Linux version 6.1.0-18-amd64' } });
    expect(await inspectStores(anchor, contextOf(linux, 'windows-host'))).toEqual([]);
    expect([...container.machine.calls, ...linux.calls]).toEqual([]);
  });

  it('says what to do when interop is off, and runs nothing', async () => {
    for (const text of ['disabled\n', undefined]) {
      const wsl = createWsl();
      if (text === undefined) wsl.machine.entries.delete(INTEROP);
      else wsl.machine.entries.set(INTEROP, text);
      const [report] = await installAnchor(anchor, wsl.context);
      expect(report).toMatchObject({
        state: 'unavailable',
        places: [{ detail: expect.stringContaining('interop is off') }],
      });
      expect(wsl.machine.calls).toEqual([]);
    }
  });

  it('is reached where systemd registered interop under its other name', async () => {
    const wsl = createWsl({ entries: { [`${INTEROP}-late`]: 'enabled\ninterpreter /init\n' } });
    wsl.machine.entries.delete(INTEROP);
    expect(await inspectStores(anchor, wsl.context)).toMatchObject([{ state: 'absent' }]);
  });

  it('is found where wsl.conf mounts it, and on another drive', async () => {
    const conf =
      '[boot]\nsystemd=true\n[automount]\nenabled = true\nroot = /windir/\noptions = "metadata"\n[network]\n';
    const moved = createWsl({ drive: '/windir/c', entries: { '/etc/wsl.conf': conf } });
    expect(await inspectStores(anchor, moved.context)).toMatchObject([{ state: 'absent' }]);
    expect(await inspectStores(anchor, createWsl({ drive: '/mnt/d' }).context)).toMatchObject([{ state: 'absent' }]);
    const unmounted = createWsl({ drive: '/elsewhere' });
    expect(await inspectStores(anchor, unmounted.context)).toMatchObject([{ state: 'unavailable' }]);
  });

  it('is not believed when its programs did nothing', async () => {
    const [report] = await installAnchor(anchor, createWsl({ powershell: 'idle', certutil: 'idle' }).context);
    expect(report?.state).toBe('failed');
  });

  it('takes the root without a dialog from a WSL that an administrator opened', async () => {
    const wsl = createWsl({ isElevated: true });
    expect(await installAnchor(anchor, wsl.context)).toMatchObject([
      { state: 'trusted', places: [{ id: 'LocalMachine\\Root' }] },
    ]);
    expect(wsl.dialogs.count).toBe(0);
  });
});
