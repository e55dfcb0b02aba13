/** @module Homebrew's OpenSSL on both systems: the folder of certificates, its links, and the bundle that brew makes. */
import {
  createFakeInstallContext,
  createFakeMachine,
  createThrowAwayAnchor,
  type FakeEntry,
} from '../../../testkit/src/index.ts';
import type { FakeMachine, FakeProgram } from '../../../testkit/src/index.ts';
import { describe, expect, it } from 'vitest';
import type { InstallContext } from '../change-place.ts';
import { inspectStores, installAnchor, uninstallAnchor } from '../install.ts';

const anchor = createThrowAwayAnchor();
const other = createThrowAwayAnchor();

/** Makes the links anew, as c_rehash and `openssl rehash` do: dangling ones go. */
const rehash: FakeProgram = ({ command }, { entries }) => {
  const folder = command.at(-1) ?? '';
  const names = [...entries.keys()].filter((path) => path.startsWith(`${folder}/`));
  for (const path of names) if (/\.\d+$/.test(path)) entries.delete(path);
  const files = names.filter((path) => path.endsWith('.pem'));
  for (const [at, path] of files.entries())
    entries.set(`${folder}/0a1b2c3${at}.0`, { link: path.slice(folder.length + 1) });
};

type Brew = { prefix?: string; formula?: string; platform?: NodeJS.Platform; bundle?: string; cRehash?: FakeProgram };

function machineOf({ prefix = '/opt/homebrew', formula = 'openssl@3', ...rest }: Brew = {}): FakeMachine {
  const bin = `${prefix}/opt/${formula}/bin`;
  const bundle = `${prefix}/etc/ca-certificates/cert.pem`;
  const entries: Record<string, FakeEntry> = {
    [`${prefix}/etc/${formula}/cert.pem`]: { link: '../ca-certificates/cert.pem' },
    [bundle]: rest.bundle ?? other.certPem,
    [`${prefix}/etc/${formula}/certs`]: { folder: true },
    [`${bin}/openssl`]: '',
    [`${bin}/c_rehash`]: '',
    [`${prefix}/bin/brew`]: '',
  };
  return createFakeMachine({
    platform: rest.platform ?? 'darwin',
    uid: 501,
    env: prefix.startsWith('/srv') ? { HOMEBREW_PREFIX: prefix } : {},
    entries,
    programs: {
      [`${bin}/c_rehash`]: rest.cRehash ?? rehash,
      [`${bin}/openssl`]: rehash,
      [`${prefix}/bin/brew`]: (_call, machine) => void machine.entries.set(bundle, other.certPem),
    },
  });
}

const contextOf = (machine: FakeMachine): InstallContext => createFakeInstallContext(machine, 'homebrew-openssl');

describe('Homebrew OpenSSL', () => {
  it.each([
    { prefix: '/opt/homebrew' },
    { prefix: '/usr/local', formula: 'openssl@1.1' },
    { prefix: '/home/linuxbrew/.linuxbrew', platform: 'linux' as const },
    { prefix: '/srv/brew', formula: 'openssl' },
  ])('takes the root in and gives it back: $prefix', async (brew) => {
    const machine = machineOf(brew);
    const before = new Map(machine.entries);
    const folder = `${brew.prefix}/etc/${brew.formula ?? 'openssl@3'}`;
    const [installed] = await installAnchor(anchor, contextOf(machine));
    expect(installed).toMatchObject({ id: 'homebrew-openssl', state: 'trusted', isChanged: true });
    expect(installed?.places[0]).toMatchObject({ id: folder, route: 'c_rehash' });
    expect(machine.text(`${folder}/certs/0a1b2c30.0`)).toBe(anchor.certPem);
    expect(machine.text(`${folder}/cert.pem`)).toBe(other.certPem);
    const calls = machine.calls.length;
    expect((await installAnchor(anchor, contextOf(machine)))[0]?.isChanged).toBe(false);
    expect(machine.calls).toHaveLength(calls);
    expect((await uninstallAnchor(anchor, contextOf(machine)))[0]?.state).toBe('absent');
    expect(new Map(machine.entries)).toEqual(before);
  });

  it('is rehashed by openssl itself where c_rehash lacks its Perl', async () => {
    const machine = machineOf({ cRehash: () => ({ exitCode: 127, stderr: 'env: perl: No such file or directory' }) });
    expect((await installAnchor(anchor, contextOf(machine)))[0]?.places[0]).toMatchObject({
      state: 'trusted',
      route: 'openssl',
    });
  });

  it('does not trust a file that no link leads to', async () => {
    const machine = machineOf();
    machine.entries.set('/opt/homebrew/etc/openssl@3/certs/mine.pem', anchor.certPem);
    expect((await inspectStores(anchor, contextOf(machine)))[0]?.state).toBe('absent');
    await uninstallAnchor(anchor, contextOf(machine));
    expect(machine.entries.has('/opt/homebrew/etc/openssl@3/certs/mine.pem')).toBe(false);
  });

  it('has its bundle made anew when the root came into it by the keychain', async () => {
    const machine = machineOf({ bundle: other.certPem + anchor.certPem });
    expect((await installAnchor(anchor, contextOf(machine)))[0]).toMatchObject({ state: 'trusted', isChanged: false });
    expect((await uninstallAnchor(anchor, contextOf(machine)))[0]?.state).toBe('absent');
    expect(machine.calls.map(({ command }) => command)).toEqual([
      ['/opt/homebrew/bin/brew', 'postinstall', 'ca-certificates'],
    ]);
  });

  it('leaves nothing of a root that no program could make known', async () => {
    const fail: FakeProgram = () => ({ exitCode: 1, stderr: 'no' });
    const machine = machineOf({ cRehash: fail });
    const before = new Map(machine.entries);
    const openssl = '/opt/homebrew/opt/openssl@3/bin/openssl';
    const run = machine.writer.run;
    const broken = {
      ...machine,
      writer: {
        ...machine.writer,
        run: (call: Parameters<typeof run>[0]) =>
          call.command[0] === openssl ? Promise.resolve({ exitCode: 1, stdout: '', stderr: 'no' }) : run(call),
      },
    };
    const [report] = await installAnchor(anchor, { ...contextOf(machine), machine: broken });
    expect(report?.places[0]).toMatchObject({ state: 'failed' });
    expect(new Map(machine.entries)).toEqual(before);
  });

  it('is not taken from a folder of the same name that is not Homebrew’s, nor on Windows', async () => {
    const folder = createFakeMachine({ entries: { '/usr/local/etc/openssl/cert.pem': other.certPem } });
    expect(await inspectStores(anchor, contextOf(folder))).toEqual([]);
    expect(await inspectStores(anchor, contextOf(machineOf({ platform: 'win32' })))).toEqual([]);
  });
});
