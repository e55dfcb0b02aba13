/** @module Java's keystores: every one once, put in and taken out by digest, and no program where nothing is to be done. */
import {
  createFakeInstallContext,
  createFakeMachine,
  createThrowAwayAnchor,
  type FakeEntry,
} from '../../../testkit/src/index.ts';
import type { FakeMachine, FakeProgram } from '../../../testkit/src/index.ts';
import { describe, expect, it } from 'vitest';
import type { InstallContext } from '../change-place.ts';
import { inspectStores, installAnchor, planStores, uninstallAnchor } from '../install.ts';
import { encodeJks, isJksPassword, parseJks } from '../java/jks.ts';

const anchor = createThrowAwayAnchor();
const other = createThrowAwayAnchor();
const JVM = '/usr/lib/jvm/java-17-openjdk-amd64';
const SHARED = '/etc/ssl/certs/java/cacerts';
const RELEASE = 'IMPLEMENTOR="Debian"\nJAVA_VERSION="17.0.21"\n';

type Held = { readonly alias: string; readonly certDer: Uint8Array };
const seal = (entries: readonly Held[], password = 'changeit'): Uint8Array =>
  encodeJks(
    entries.map((entry) => ({ ...entry, createdMs: 0 })),
    password,
  );
const ours: Held = { alias: anchor.fileStem, certDer: anchor.certDer };
const theirs: Held = { alias: 'other', certDer: other.certDer };

/** Does to JKS files what keytool does, and refuses what it refuses. */
const keytool: FakeProgram = ({ command, stdin }, { entries, text }) => {
  const option = (name: string): string => command[command.indexOf(name) + 1] ?? '';
  const path = option('-keystore');
  const bytes = entries.get(path);
  const password = command.includes('-storepass:file') ? text(option('-storepass:file')) : option('-storepass');
  if (!(bytes instanceof Uint8Array) || password === undefined || !isJksPassword(bytes, password))
    return { exitCode: 1, stdout: 'keytool error: java.io.IOException: password was incorrect' };
  const held = parseJks(bytes) ?? [];
  const others = held.filter(({ alias }) => alias !== option('-alias'));
  if (command.includes('-delete')) entries.set(path, seal(others, password));
  else {
    const pem = command.includes('-file') ? text(option('-file')) : String(stdin);
    if (pem !== anchor.certPem) return { exitCode: 1 };
    entries.set(path, seal([...held, { ...ours, alias: option('-alias') }], password));
  }
  return {};
};

const home = (path: string, cacerts: FakeEntry): Record<string, FakeEntry> => ({
  [`${path}/release`]: RELEASE,
  [`${path}/bin/keytool`]: '',
  [`${path}/lib/security/cacerts`]: cacerts,
});
type Options = NonNullable<Parameters<typeof createFakeMachine>[0]>;
const create = (entries: Record<string, FakeEntry>, options: Options = {}): FakeMachine =>
  createFakeMachine({
    ...options,
    entries: { [anchor.certFile]: anchor.certPem, ...entries },
    programs: {
      ...Object.fromEntries(
        Object.keys(entries)
          .filter((path) => path.endsWith('/keytool'))
          .map((path) => [path, keytool]),
      ),
      ...options.programs,
    },
  });
const contextOf = (machine: FakeMachine): InstallContext => createFakeInstallContext(machine, 'java');
const aliasesIn = (machine: FakeMachine, path: string): string[] => {
  const bytes = machine.entries.get(path);
  return bytes instanceof Uint8Array ? (parseJks(bytes) ?? []).map(({ alias }) => alias) : [];
};

describe('the trust stores of Java', () => {
  it('are one where runtimes share a file, and take the root in and give it back', async () => {
    const temurin = '/usr/lib/jvm/temurin-25-jdk-amd64';
    const machine = create({
      ...home(JVM, { link: SHARED }),
      ...home(temurin, { link: SHARED }),
      [`${temurin}/release`]: 'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_VERSION="25.0.3"\n',
      [SHARED]: seal([theirs]),
    });
    const [installed] = await installAnchor(anchor, contextOf(machine));
    expect(installed).toMatchObject({ id: 'java', state: 'trusted', isChanged: true });
    expect(installed?.places).toHaveLength(1);
    expect(installed?.places[0]).toMatchObject({ id: SHARED, label: 'OpenJDK 17, Temurin 25', route: 'keytool' });
    expect(aliasesIn(machine, SHARED)).toEqual(['other', anchor.fileStem]);
    expect(machine.entries.get(`${JVM}/lib/security/cacerts`)).toEqual({ link: SHARED });
    expect(machine.calls).toHaveLength(1);
    await installAnchor(anchor, contextOf(machine));
    expect(machine.calls).toHaveLength(1);
    const [removed] = await uninstallAnchor(anchor, contextOf(machine));
    expect(removed).toMatchObject({ state: 'absent', isChanged: true });
    expect(aliasesIn(machine, SHARED)).toEqual(['other']);
  });

  it('lose every entry with the root, whatever its alias, and none that only bears our name', async () => {
    const path = `${JVM}/lib/security/cacerts`;
    const twice = [
      { ...ours, alias: `debian:${anchor.fileStem}.pem` },
      { ...ours, alias: 'a b' },
    ];
    const machine = create(home(JVM, seal([...twice, { ...theirs, alias: anchor.fileStem }])));
    const [removed] = await uninstallAnchor(anchor, contextOf(machine));
    expect(removed?.state).toBe('absent');
    expect(aliasesIn(machine, path)).toEqual([anchor.fileStem]);
  });

  it('are found in every place that version managers, IDEs and old layouts use', async () => {
    const places = [
      '/home/u/.sdkman/candidates/java/21.0.1-tem',
      '/home/u/.jdks/corretto-17',
      '/home/u/.gradle/jdks/adoptium-17/jdk-17.0.2+8',
      '/home/u/.asdf/installs/java/zulu-8',
      '/srv/mise/installs/java/21',
      '/opt/jdk-21',
      '/opt/java/openjdk',
      '/weird java/home',
    ];
    const old = '/usr/lib/jvm/java-8-oracle';
    const machine = create(
      {
        ...Object.assign({}, ...places.map((path) => home(path, seal([])))),
        [`${old}/jre/lib/security/cacerts`]: seal([]),
        [`${old}/bin/keytool`]: '',
      },
      { env: { JAVA_HOME: '/weird java/home/', MISE_DATA_DIR: '/srv/mise' } },
    );
    const [report] = await inspectStores(anchor, contextOf(machine));
    const expected = [...places.map((path) => `${path}/lib/security/cacerts`), `${old}/jre/lib/security/cacerts`];
    expect(report?.places.map(({ id }) => id).sort()).toEqual(expected.sort());
    expect(machine.calls).toEqual([]);
  });

  it('are found on macOS and Windows', async () => {
    const inner = '/Library/Java/JavaVirtualMachines/temurin-21.jdk/Contents/Home';
    const mac = create(home(inner, seal([])), { platform: 'darwin' });
    expect((await inspectStores(anchor, contextOf(mac)))[0]?.places[0]?.id).toBe(`${inner}/lib/security/cacerts`);
    const jdk = 'C:\\Program Files\\Eclipse Adoptium\\jdk-21.0.1';
    const windows = create(
      { [`${jdk}\\lib\\security\\cacerts`]: seal([]), [`${jdk}\\bin\\keytool.exe`]: '' },
      { platform: 'win32', uid: undefined, userFolder: 'C:\\Users\\u', env: { ProgramFiles: 'C:\\Program Files' } },
    );
    const [report] = await inspectStores(anchor, contextOf(windows));
    expect(report?.places[0]).toMatchObject({
      id: `${jdk}\\lib\\security\\cacerts`,
      state: 'absent',
      hint: 'type it in a terminal opened as administrator',
    });
  });

  it('count jssecacerts, which Java reads instead', async () => {
    const machine = create({ ...home(JVM, seal([])), [`${JVM}/lib/security/jssecacerts`]: seal([]) });
    const [report] = await installAnchor(anchor, contextOf(machine));
    expect(report?.places.map(({ label, state }) => [label, state])).toEqual([
      ['OpenJDK 17', 'trusted'],
      ['OpenJDK 17 (jssecacerts)', 'trusted'],
    ]);
  });

  it('are changed by root where the user may not write, and by a keytool that is not the user’s', async () => {
    const mine = '/home/u/.jdks/mine';
    const run: FakeProgram = (call, machine) =>
      keytool({ ...call, command: call.command.slice(call.command.indexOf('--') + 1) as [string] }, machine);
    const machine = create(
      { ...home(mine, { link: SHARED }), ...home(JVM, { link: SHARED }), [SHARED]: seal([]) },
      {
        uid: 1000,
        isReadOnly: (path) => !path.startsWith('/home/u/'),
        programs: { '/usr/bin/sudo': run },
        env: { JAVA_HOME: mine },
      },
    );
    const [report] = await installAnchor(anchor, contextOf(machine));
    expect(report?.state).toBe('trusted');
    expect(machine.calls[0]?.command.slice(0, 4)).toEqual(['/usr/bin/sudo', '-n', '--', `${JVM}/bin/keytool`]);
  });

  it('with a changed password are left alone, with the command that asks for it', async () => {
    const machine = create(home(JVM, seal([theirs], 'geheim1')));
    const [report] = await installAnchor(anchor, contextOf(machine));
    expect(report).toMatchObject({ state: 'unavailable', isChanged: false });
    expect(report?.places[0]?.detail).toBe('its password is not the usual one');
    expect(report?.places[0]?.hint).toMatch(/keytool .*-importcert .*-keystore \S+\/cacerts$/);
    expect(machine.calls).toEqual([]);
  });

  it('with a changed password keep the root, and the report says what to type', async () => {
    const path = `${JVM}/lib/security/cacerts`;
    const idle: FakeProgram = () => ({ stdout: 'Too many failures - try later' });
    const machine = create(home(JVM, seal([ours], 'geheim1')), { programs: { [`${JVM}/bin/keytool`]: idle } });
    const [report] = await uninstallAnchor(anchor, contextOf(machine));
    expect(report?.places[0]).toMatchObject({ state: 'failed', detail: 'keytool: its password is not the usual one' });
    expect(report?.places[0]?.hint).toMatch(/keytool .*-delete -alias \S+ -keystore \S+\/cacerts$/);
    expect(aliasesIn(machine, path)).toEqual([anchor.fileStem]);
  });

  it('with the password that Debian keeps take it from a file, never from an argument or a message', async () => {
    const entries = {
      ...home(JVM, { link: SHARED }),
      [SHARED]: seal([], "it's ü 1"),
      '/etc/default/cacerts': 'storepass="it\'s ü 1"\n',
    };
    const machine = create(entries);
    const [planned] = await planStores('install', anchor, contextOf(machine));
    const [report] = await installAnchor(anchor, contextOf(machine));
    expect(report?.state).toBe('trusted');
    expect(JSON.stringify([planned, report, machine.calls])).not.toContain('ü 1');
    expect(machine.calls[0]).toMatchObject({ env: { LC_ALL: 'C.UTF-8' } });
    expect((await uninstallAnchor(anchor, contextOf(machine)))[0]?.state).toBe('absent');
  });

  it('that are encrypted are asked of keytool, once for each content, by the environment', async () => {
    const encrypted = Buffer.from('300a02010330050603551d0e', 'hex');
    const lister: FakeProgram = ({ command, env }) =>
      command.includes('-list') && env?.['MINTMARK_STOREPASS'] === 'changeit'
        ? { stdout: `Alias name: x\nEntry type: trustedCertEntry\n\n${anchor.certPem}\n` }
        : { exitCode: 1 };
    const machine = create(home(JVM, encrypted), { programs: { [`${JVM}/bin/keytool`]: lister } });
    const context = contextOf(machine);
    const [report] = await inspectStores(anchor, context);
    await inspectStores(anchor, context);
    expect(report?.places[0]?.state).toBe('trusted');
    expect(machine.calls).toHaveLength(1);
    const [planned] = await planStores('uninstall', anchor, context);
    expect(planned?.places[0]?.commands?.[0]).toContain('-delete -alias x -keystore');
  });

  it('that no password opens, that are damaged, or that nobody can write are told as such', async () => {
    const failing = { [`${JVM}/bin/keytool`]: (): { exitCode: number } => ({ exitCode: 1 }) };
    const damaged = create(home(JVM, 'no keystore'), { programs: failing });
    expect((await installAnchor(anchor, contextOf(damaged)))[0]).toMatchObject({
      state: 'unavailable',
      isChanged: false,
    });
    const fixed = create(home('/opt/jdk-21', { link: '/nix/store/x-jdk/cacerts' }), {});
    fixed.entries.set('/nix/store/x-jdk/cacerts', seal([]));
    const [report] = await installAnchor(anchor, contextOf(fixed));
    expect(report?.places[0]).toMatchObject({ state: 'unavailable', detail: '/nix/store/x-jdk/cacerts is read-only' });
    const folder = create(home(JVM, { folder: true }));
    expect((await inspectStores(anchor, contextOf(folder)))[0]?.state).toBe('unavailable');
  });

  it('fail with keytool’s own words when it fails, and say so when nothing came of it', async () => {
    const broken = create(home(JVM, seal([])), {
      programs: { [`${JVM}/bin/keytool`]: () => ({ exitCode: 1, stdout: 'keytool error: disk full' }) },
    });
    const [failed] = await installAnchor(anchor, contextOf(broken));
    expect(failed?.places[0]).toMatchObject({ state: 'failed' });
    expect(failed?.places[0]?.detail).toContain('keytool error: disk full');
    const idle = create(home(JVM, seal([])), { programs: { [`${JVM}/bin/keytool`]: () => ({}) } });
    expect((await installAnchor(anchor, contextOf(idle)))[0]?.places[0]?.detail).toContain(
      'a second look finds nothing',
    );
  });

  it('take the root from stdin when its file is gone', async () => {
    const machine = create(home(JVM, seal([])));
    machine.entries.delete(anchor.certFile);
    expect((await installAnchor(anchor, contextOf(machine)))[0]?.state).toBe('trusted');
    expect(machine.calls[0]?.command).not.toContain('-file');
  });

  it('are left to Debian’s hook in a plan for both stores, where the hook is on', async () => {
    const commandsOf = async (defaults: string): Promise<readonly string[] | undefined> => {
      const entries = {
        ...home(JVM, { link: SHARED }),
        [SHARED]: seal([theirs]),
        '/etc/default/cacerts': defaults,
        '/usr/local/share/ca-certificates/x.crt': other.certPem,
        '/etc/ca-certificates/update.d/jks-keystore': '#!/bin/sh',
      };
      const machine = create(entries, { programs: { '/usr/sbin/update-ca-certificates': () => {} } });
      const stores = new Set(['system', 'java'] as const);
      return (await planStores('install', anchor, { ...contextOf(machine), stores }))[1]?.places[0]?.commands;
    };
    expect(await commandsOf('cacerts_updates=yes\n')).toBeUndefined();
    expect(await commandsOf('cacerts_updates=no\n')).toHaveLength(1);
  });

  it('are none on a machine without Java', async () => {
    expect(await inspectStores(anchor, contextOf(create({})))).toEqual([]);
  });
});
