/** @module Emulators of Android, against an adb and a device as their documentation describes them. Not run on real hardware. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  createFakeInstallContext,
  createFakeMachine,
  createThrowAwayAnchor,
  type FakeMachine,
  type FakeProgram,
} from '../../../testkit/src/index.ts';
import { createAnchor, type TrustAnchor } from '../anchor.ts';
import { hashSubjectOld } from '../android/subject-hash.ts';
import type { InstallContext } from '../change-place.ts';
import { inspectStores, installAnchor, planStores, uninstallAnchor } from '../install.ts';

const ADB = '/home/u/Android/Sdk/platform-tools/adb';
const FOLDER = '/system/etc/security/cacerts';
const MODULE = '/apex/com.android.conscrypt/cacerts';
const LOCK = '/home/u/.android/avd/Pixel_7.avd/hardware-qemu.ini.lock/pid';
const anchor = createThrowAwayAnchor();
const hash = hashSubjectOld(anchor.subjectDer);

type Options = {
  readonly apiLevel?: number;
  readonly isDebuggable?: boolean;
  /** Started with -writable-system. */
  readonly isWritable?: boolean;
  readonly lock?: string;
  readonly env?: Record<string, string>;
  readonly name?: string;
  /** adb of before Android 7: every command on the device seems to end with 0. */
  readonly isOldAdb?: boolean;
};
type Scene = { readonly machine: FakeMachine; readonly context: InstallContext; readonly device: Map<string, string> };

function createScene(options: Options = {}): Scene {
  const { apiLevel = 33, isDebuggable = true, isWritable = true, isOldAdb = false } = options;
  const device = new Map([[`${FOLDER}/0a775a30.0`, 'somebody else’s']]);
  let isRoot = false;
  let isMounted = false;
  const refuse = (stderr: string) => ({ exitCode: isOldAdb ? 0 : 1, stderr });
  const shell = (words: readonly string[]): ReturnType<FakeProgram> => {
    const [verb, ...rest] = words;
    const last = rest.at(-1) ?? '';
    if (verb === 'getprop')
      return {
        stdout: `[ro.build.version.sdk]: [${apiLevel}]\r\n[ro.debuggable]: [${isDebuggable ? 1 : 0}]\r\n[ro.boot.qemu.avd_name]: [${options.name ?? 'Pixel_7'}]\r\n`,
      };
    if (verb === 'grep') {
      const lines = rest.flatMap((path) =>
        (device.get(path) ?? '')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => `${path}:${line}\r\n`),
      );
      return { exitCode: 2, stdout: lines.join('') };
    }
    if (!isMounted) return refuse(`${verb}: ${last}: Read-only file system`);
    if (verb === 'rm') device.delete(last);
    if (verb === 'mv') {
      const text = device.get(rest[0] ?? '');
      device.delete(rest[0] ?? '');
      device.set(last, text ?? '');
    }
    return {};
  };
  const adb: FakeProgram = ({ command: [, ...words] }, fake) => {
    if (words[0] === 'devices') return { stdout: 'List of devices attached\nemulator-5554\tdevice\n\n' };
    const [verb, ...rest] = words.slice(2);
    if (verb === 'root') {
      // Replies of adbd and its exit code as of platform-tools 30 and of today.
      if (!isDebuggable) return { stdout: 'adbd cannot run as root in production builds\n' };
      isRoot = true;
      return { stdout: 'restarting adbd as root\n' };
    }
    if (verb === 'remount') {
      if (!isRoot) return refuse('Not running as root. Try "adb root" first.');
      isMounted = isWritable;
      return isWritable ? { stdout: 'remount succeeded\n' } : { stderr: 'remount failed\n' };
    }
    if (verb === 'push') {
      if (!isMounted)
        return {
          exitCode: 1,
          stderr: `adb: error: failed to copy: remote couldn't create file: Read-only file system`,
        };
      device.set(rest[1] ?? '', fake.text(rest[0] ?? '') ?? '');
    }
    return verb === 'shell' ? shell(rest) : {};
  };
  const machine = createFakeMachine({
    uid: 1000,
    env: options.env ?? {},
    entries: { [ADB]: 'ELF', [anchor.certFile]: anchor.certPem, [options.lock ?? LOCK]: '4242' },
    programs: { [ADB]: adb },
  });
  const context: InstallContext = createFakeInstallContext(machine, 'android-emulator');
  return { machine, context, device };
}

describe('an emulator', () => {
  it.each([
    [24, false],
    [33, false],
    [23, true],
  ])(
    'of API level %i takes the root under the name Android looks for, and gives it back',
    async (apiLevel, isOldAdb) => {
      const { context, device } = createScene({ apiLevel, isOldAdb });
      const before = new Map(device);
      expect(await installAnchor(anchor, context)).toMatchObject([
        { state: 'trusted', places: [{ id: 'Pixel_7', label: `Pixel_7, API ${apiLevel}` }] },
      ]);
      expect(device.get(`${FOLDER}/${hash}.0`)).toBe(anchor.certPem);
      expect(await installAnchor(anchor, context)).toMatchObject([{ state: 'trusted', isChanged: false }]);
      expect(await uninstallAnchor(anchor, context)).toMatchObject([{ state: 'absent' }]);
      expect(device).toEqual(before);
    },
  );

  it.each([false, true])(
    'whose system was not started writable fails, and the hint says how to start it (old adb: %s)',
    async (isOldAdb) => {
      const { context } = createScene({ isWritable: false, isOldAdb });
      expect(await installAnchor(anchor, context)).toMatchObject([
        { state: 'failed', places: [{ hint: 'emulator -avd Pixel_7 -writable-system' }] },
      ]);
    },
  );

  it('with the Play Store is left alone, and the way by hand is told', async () => {
    const { context, machine } = createScene({ isDebuggable: false });
    expect(await installAnchor(anchor, context)).toMatchObject([
      { state: 'unavailable', places: [{ hint: expect.stringContaining('push /home/u/root.pem /sdcard/Download/') }] },
    ]);
    expect(machine.calls.some(({ command }) => command.includes('root'))).toBe(false);
  });

  it('of Android 14 gets the steps of a mount, and is trusted once they were taken', async () => {
    const { context, device } = createScene({ apiLevel: 34 });
    const [report] = await installAnchor(anchor, context);
    expect(report).toMatchObject({
      state: 'unavailable',
      places: [{ hint: expect.stringContaining(`mount --bind /data/local/tmp/cacerts ${MODULE}`) }],
    });
    expect(report?.places[0]?.hint).toContain(`${hash}.0`);
    device.set(`${FOLDER}/${hash}.0`, anchor.certPem);
    expect(await inspectStores(anchor, context)).toMatchObject([{ state: 'unavailable' }]);
    device.set(`${MODULE}/${hash}.0`, anchor.certPem);
    expect(await inspectStores(anchor, context)).toMatchObject([{ state: 'trusted' }]);
  });

  it('with a strange name cannot slip words into what a person is told to type', async () => {
    const { context } = createScene({ isWritable: false, name: 'x; rm -rf ~' });
    const [report] = await installAnchor(anchor, context);
    expect(report?.places[0]?.hint).toBe("emulator -avd 'x; rm -rf ~' -writable-system");
  });
});

describe('two roots of one subject', () => {
  const [first, second] = ['a', 'b'].map((name) => {
    const pem = readFileSync(new URL(`./fixtures/same-subject-${name}.pem`, import.meta.url), 'utf8');
    const certDer = new Uint8Array(Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'));
    return createAnchor({ caName: 'default', certDer, certFile: `/home/u/${name}.pem` });
  }) as [TrustAnchor, TrustAnchor];
  const pathOf = (number: number): string => `${FOLDER}/6988aa0d.${number}`;

  it('stand side by side, and the one that stays is still found when the first goes', async () => {
    const { context, device } = createScene();
    await installAnchor(first, context);
    await installAnchor(second, context);
    expect([device.get(pathOf(0)), device.get(pathOf(1))]).toEqual([first.certPem, second.certPem]);
    expect(await uninstallAnchor(first, context)).toMatchObject([{ state: 'absent' }]);
    expect([device.get(pathOf(0)), device.get(pathOf(1))]).toEqual([second.certPem, undefined]);
    expect(await inspectStores(second, context)).toMatchObject([{ state: 'trusted' }]);
  });

  it('leave the first alone when the second goes', async () => {
    const { context, device } = createScene();
    device.set(pathOf(0), first.certPem);
    device.set(pathOf(1), second.certPem);
    await uninstallAnchor(second, context);
    expect([device.get(pathOf(0)), device.get(pathOf(1))]).toEqual([first.certPem, undefined]);
  });
});

describe('adb', () => {
  it.each([
    [
      'a file of a running emulator',
      { lock: '/run/user/1000/avd/running/pid_4242.ini', env: { XDG_RUNTIME_DIR: '/run/user/1000' } },
    ],
    ['the variable of adb', { lock: '/nowhere', env: { ANDROID_SERIAL: 'emulator-5554' } }],
  ])('is asked because of %s', async (_what, options) => {
    expect(await inspectStores(anchor, createScene(options).context)).toMatchObject([{ state: 'absent' }]);
  });

  it.each([
    ['no emulator runs', { lock: '/home/u/.android/avd/Pixel_7.avd/config.ini' }],
    ['the SDK alone is known', { lock: '/nowhere', env: { ANDROID_HOME: '/home/u/Android/Sdk' } }],
    ['the variable names a phone', { lock: '/nowhere', env: { ANDROID_SERIAL: 'R58M123ABC' } }],
  ])('is not started when %s', async (_when, options) => {
    const { context, machine } = createScene(options);
    expect(await inspectStores(anchor, context)).toEqual([]);
    expect(machine.calls).toEqual([]);
  });

  it('stands in the plan with its full path', async () => {
    const [planned] = await planStores('install', anchor, createScene().context);
    expect(planned?.places[0]?.commands?.[0]).toBe(`${ADB} -s emulator-5554 root`);
  });
});
