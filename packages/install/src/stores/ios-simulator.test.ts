/** @module Simulators of iOS, against a `simctl` as its help describes it. Not run on real hardware. */
import { nodeFileSystem, openHome, type Home } from '@mintmark/ca-store';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createFakeInstallContext,
  createFakeMachine,
  createTemporaryFolder,
  createThrowAwayAnchor,
  type FakeMachine,
  type FakeProgram,
} from '../../../testkit/src/index.ts';
import type { InstallContext } from '../change-place.ts';
import { inspectStores, installAnchor, uninstallAnchor } from '../install.ts';

const HOME = '/Users/u';
const UDID = '2A6E5A1C-8D0B-4D6E-9B40-6C0C5D0C8A11';
const DEVICE = `${HOME}/Library/Developer/CoreSimulator/Devices/${UDID}`;
const TRUST_STORES = {
  'iOS 15 and later': `${DEVICE}/data/private/var/protected/trustd/private/TrustStore.sqlite3`,
  'iOS before 15': `${DEVICE}/data/Library/Keychains/TrustStore.sqlite3`,
};
const anchor = createThrowAwayAnchor(`${HOME}/root.pem`);
const other = createThrowAwayAnchor();

const LIST = JSON.stringify({
  devices: { 'com.apple.CoreSimulator.SimRuntime.iOS-17-4': [{ udid: UDID, name: 'iPhone 15', state: 'Booted' }] },
});

type Scene = { readonly machine: FakeMachine; readonly context: InstallContext };
type Options = {
  readonly trustStore?: string | undefined;
  /** simctl keychain came with Xcode 11.4. */
  readonly simctl?: 'works' | 'too-old' | 'idle';
  readonly list?: string;
  readonly home?: Home;
  readonly xcode?: 'app' | 'command-line-tools';
};

const folders: { remove: () => void }[] = [];
afterEach(() => folders.splice(0).forEach(({ remove }) => remove()));

function createScene(options: Options = {}): Scene {
  const { trustStore, simctl = 'works', xcode = 'app' } = options;
  const xcrun: FakeProgram = ({ command: [, , verb, udid, action, file] }, fake) => {
    if (verb === 'list') return { stdout: options.list ?? LIST };
    if (simctl === 'too-old') return { exitCode: 1, stderr: 'Unrecognized subcommand: keychain' };
    if (simctl === 'idle' || verb !== 'keychain' || udid !== UDID || action !== 'add-root-cert') return {};
    const pem = fake.text(file ?? '') ?? '';
    const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    if (trustStore !== undefined)
      fake.entries.set(`${trustStore}-wal`, new Uint8Array(Buffer.concat([Buffer.from('WAL'), der])));
    return {};
  };
  const machine = createFakeMachine({
    platform: 'darwin',
    uid: 501,
    userFolder: HOME,
    entries: {
      [anchor.certFile]: anchor.certPem,
      [`${DEVICE}/device.plist`]: '<plist/>',
      '/var/db/xcode_select_link': {
        link: xcode === 'app' ? '/Applications/Xcode.app/Contents/Developer' : '/Library/Developer/CommandLineTools',
      },
      [xcode === 'app' ? '/Applications/Xcode.app/Contents/Developer/x' : '/Library/Developer/CommandLineTools/x']: '',
      ...(trustStore === undefined
        ? {}
        : { [trustStore]: new Uint8Array(Buffer.concat([Buffer.from('SQLite format 3\0'), other.certDer])) }),
    },
    programs: { '/usr/bin/xcrun': xcrun },
  });
  const context: InstallContext = createFakeInstallContext(machine, 'ios-simulator', { home: options.home });
  return { machine, context };
}

describe.each(Object.entries(TRUST_STORES))('a simulator of %s', (_name, trustStore) => {
  it('takes the root, is seen to hold it, and says how it goes out again', async () => {
    const { context, machine } = createScene({ trustStore });
    expect(await inspectStores(other, context)).toMatchObject([{ state: 'trusted' }]);
    expect(await installAnchor(anchor, context)).toMatchObject([
      { id: 'ios-simulator', state: 'trusted', places: [{ id: UDID, label: 'iPhone 15, iOS 17.4' }] },
    ]);
    machine.calls.length = 0;
    const [left] = await uninstallAnchor(anchor, context);
    expect(left).toMatchObject({ state: 'trusted', places: [{ hint: `xcrun simctl keychain ${UDID} reset` }] });
    expect(machine.calls.every(({ command }) => command[2] === 'list')).toBe(true);
  });

  it('is not believed when simctl did nothing', async () => {
    const [report] = await installAnchor(anchor, createScene({ trustStore, simctl: 'idle' }).context);
    expect(report).toMatchObject({ state: 'failed', places: [{ detail: expect.stringContaining('second look') }] });
  });
});

describe('simulators', () => {
  it('without a trust store to look into are taken at the word of the journal', async () => {
    const folder = createTemporaryFolder();
    folders.push(folder);
    const home = openHome(nodeFileSystem, folder.path);
    const { context } = createScene({ home });
    expect(await inspectStores(anchor, context)).toMatchObject([{ state: 'absent' }]);
    expect(await installAnchor(anchor, context)).toMatchObject([
      { state: 'trusted', places: [{ detail: expect.stringContaining('by the journal') }] },
    ]);
  });

  it('are left alone by an Xcode that cannot do it, and the reason is told', async () => {
    const trustStore = TRUST_STORES['iOS before 15'];
    const [report] = await installAnchor(anchor, createScene({ simctl: 'too-old', trustStore }).context);
    expect(report).toMatchObject({ state: 'failed', places: [{ detail: expect.stringContaining('Unrecognized') }] });
  });

  it('are not looked for without Xcode, whose xcrun would open a window', async () => {
    const { context, machine } = createScene({ xcode: 'command-line-tools' });
    expect(await inspectStores(anchor, context)).toEqual([]);
    expect(machine.calls).toEqual([]);
  });

  it('are no store when none is booted, and none on another system', async () => {
    expect(await inspectStores(anchor, createScene({ list: '{"devices":{}}' }).context)).toEqual([]);
    const machine = createFakeMachine({ platform: 'linux' });
    expect(await inspectStores(anchor, { ...createScene().context, machine })).toEqual([]);
  });
});
