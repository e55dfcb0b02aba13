/** @module Roots in the profiles of Firefox and in its policies: where they go, by which way, and that nothing is left of them. */
import {
  createFakeInstallContext,
  createFakeMachine,
  createThrowAwayAnchor,
  type FakeEntry,
  type FakeProgram,
} from '../../../testkit/src/index.ts';
import { createFakeCertutil } from '../../../testkit/src/index.ts';
import { describe, expect, it } from 'vitest';
import { readFacts } from '../facts/facts.ts';
import type { InstallContext } from '../change-place.ts';
import { installAnchor, uninstallAnchor } from '../install.ts';
import { firefoxStore } from './firefox.ts';

const anchor = createThrowAwayAnchor();
const ROOT = '/home/u/.mozilla/firefox';
const PROFILE = `${ROOT}/abc.default`;
const POLICIES = '/etc/firefox/policies/policies.json';
const CERT_FILE = `/etc/firefox/policies/${anchor.fileStem}.pem`;
const FIREFOX_ENTRIES = { '/usr/lib/firefox-esr/libxul.so': '', '/usr/lib/firefox-esr/firefox-esr': '' };
const FIREFOX: Readonly<Record<string, FakeProgram>> = { '/usr/bin/firefox-esr': () => {} };

type World = {
  readonly entries?: Readonly<Record<string, FakeEntry>>;
  readonly programs?: Readonly<Record<string, FakeProgram>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly platform?: NodeJS.Platform;
  readonly uid?: number;
  readonly hasCertutil?: boolean;
};

function createWorld({ entries = {}, programs = FIREFOX, hasCertutil = true, ...rest }: World = {}) {
  const certutil = createFakeCertutil();
  const machine = createFakeMachine({
    ...rest,
    entries: { '/home/u/root.pem': anchor.certPem, ...FIREFOX_ENTRIES, ...entries },
    programs: { ...programs, ...(hasCertutil ? { '/usr/bin/certutil': certutil.program } : {}) },
  });
  const context: InstallContext = createFakeInstallContext(machine, 'firefox');
  const look = async (options: { created?: readonly string[]; known?: readonly string[] } = {}) => {
    const request = {
      stores: context.stores,
      roots: [anchor],
      rootsSha256Hex: [anchor.sha256Hex],
      rootsSha1Hex: [anchor.sha1Hex],
      direction: 'uninstall' as const,
      knownPlaces: new Map([['firefox' as const, options.known ?? []]]),
      created: new Set(options.created),
    };
    return firefoxStore.view(await readFacts(machine.reader, request), anchor);
  };
  return { certutil, machine, context, look };
}

const labels = (view: { readonly places: readonly { readonly label: string }[] } | undefined): string[] =>
  (view?.places ?? []).map(({ label }) => label);
const routes = (view: Awaited<ReturnType<ReturnType<typeof createWorld>['look']>>): string[] =>
  (view?.places[0]?.install ?? []).map(({ name }) => name);

describe('the profiles of Firefox', () => {
  it('are found by its lists and by their databases, each once', async () => {
    const entries = {
      [`${ROOT}/profiles.ini`]:
        '[Profile0]\nIsRelative=1\nPath=abc.default\n[Profile1]\nIsRelative=0\nPath=/data/p q\n[Profile2]\nPath=gone\n',
      [`${ROOT}/installs.ini`]: '[4F96]\nDefault=abc.default\n',
      [`${PROFILE}/prefs.js`]: '',
      '/data/p q/times.json': '',
      [`${ROOT}/stray/cert9.db`]: 'x',
      [`${ROOT}/Crash Reports/events`]: { folder: true } as const,
      '/home/u/.config/mozilla/firefox/new\u0007/cert9.db': 'x',
      '/home/u/.librewolf/l/cert9.db': 'x',
      '/home/u/snap/firefox/common/.mozilla/firefox/s/cert9.db': 'x',
      '/data/moved/cert9.db': 'x',
    };
    const view = await createWorld({ entries }).look({ known: ['/data/moved', '/gone'] });
    expect(labels(view)).toEqual([
      '~/.mozilla/firefox/abc.default',
      '/data/p q',
      '~/.mozilla/firefox/stray',
      '~/.config/mozilla/firefox/new\\u{7}',
      '~/snap/firefox/common/.mozilla/firefox/s',
      '~/.librewolf/l',
      '/data/moved',
    ]);
    expect(view).toMatchObject({ name: 'Firefox', clients: ['Firefox', 'LibreWolf'] });
  });

  it('take the root in, once, and give it back', async () => {
    const { machine, certutil, context } = createWorld();
    certutil.plant(machine, PROFILE);
    const before = new Map(machine.entries);
    const [installed] = await installAnchor(anchor, context);
    expect(installed).toMatchObject({ state: 'trusted', isChanged: true, places: [{ route: 'certutil' }] });
    const target = ['-d', `sql:${PROFILE}`, '-t', 'C,,', '-n', anchor.nickname, '-i', '/home/u/root.pem'];
    expect(machine.calls.map(({ command }) => command)).toEqual([['/usr/bin/certutil', '-A', ...target]]);
    await installAnchor(anchor, context);
    expect(machine.calls).toHaveLength(1);
    const [removed] = await uninstallAnchor(anchor, context);
    expect(removed).toMatchObject({ state: 'absent' });
    expect([...machine.entries.keys()]).toEqual([...before.keys()]);
    expect(certutil.entriesOf(PROFILE)).toEqual([]);
  });

  it('of an old kind are out of reach, with what to do', async () => {
    const view = await createWorld({ entries: { [`${PROFILE}/cert8.db`]: 'x' } }).look();
    expect(view).toMatchObject({ places: [{ state: 'unavailable', hint: expect.stringContaining('once') }] });
  });

  it('that lost their certificates but not their keys are left alone', async () => {
    for (const kept of ['key4.db', 'pkcs11.txt']) {
      const entries = { [`${PROFILE}/${kept}`]: 'x', [`${PROFILE}/logins.json`]: '{}', [`${PROFILE}/prefs.js`]: '' };
      const { machine, context, look } = createWorld({ entries });
      const before = [...machine.entries];
      expect(await look()).toMatchObject({ places: [{ state: 'unavailable', install: [], uninstall: [] }] });
      expect(await installAnchor(anchor, context)).toMatchObject([{ state: 'unavailable', isChanged: false }]);
      await uninstallAnchor(anchor, context);
      expect([machine.calls, [...machine.entries]]).toEqual([[], before]);
    }
  });

  it('that an install of ours left half made are made whole', async () => {
    const entries = { [`${PROFILE}/key4.db`]: 'x', [`${PROFILE}/prefs.js`]: '' };
    const view = await createWorld({ entries }).look({ created: [`${PROFILE}/key4.db`] });
    expect(view).toMatchObject({ places: [{ state: 'absent' }] });
    expect(routes(view)).toContain('certutil');
  });

  it('that lie with another user are not given files of root', async () => {
    const entries = { [`${ROOT}/profiles.ini`]: '[Profile0]\nIsRelative=0\nPath=/data/p\n', '/data/p/prefs.js': '' };
    const { machine, look } = createWorld({ entries });
    expect(await look()).toMatchObject({ places: [{ id: '/data/p', state: 'absent' }] });
    const { status } = machine.reader;
    const ofOthers = (path: string) => {
      const entry = status(path);
      return entry === undefined || !path.startsWith('/data') ? entry : { ...entry, uid: 1000 };
    };
    Object.assign(machine.reader, { status: ofOthers });
    expect(await look()).toMatchObject({ places: [{ id: '/data/p', state: 'unavailable', install: [] }] });
  });

  it('are not got around by a policy when certutil fails', async () => {
    const certutil: FakeProgram = () => ({ exitCode: null, stderr: 'spawn /usr/bin/certutil EACCES' });
    const { machine, context } = createWorld({
      entries: { [`${PROFILE}/prefs.js`]: '' },
      hasCertutil: false,
      programs: { ...FIREFOX, '/usr/bin/certutil': certutil },
    });
    expect(await installAnchor(anchor, context)).toMatchObject([{ state: 'failed' }]);
    expect([...machine.entries.keys()].filter((path) => path.startsWith('/etc/'))).toEqual([]);
  });

  it('are worked on by Firefox itself only while it does not run and asks for no password', async () => {
    const world = createWorld({ hasCertutil: false });
    world.certutil.plant(world.machine, PROFILE);
    expect(routes(await world.look())).toEqual(['marionette', 'policy']);
    world.machine.entries.set(`${PROFILE}/lock`, { link: '127.0.1.1:+77' });
    expect(routes(await world.look())).toEqual(['marionette', 'policy']); // left behind by a crash
    world.machine.entries.set('/proc/77', { folder: true });
    expect(routes(await world.look())).toEqual(['policy']);
    world.machine.entries.delete(`${PROFILE}/lock`);
    world.certutil.plant(world.machine, PROFILE, { password: 'geheim' });
    expect(await world.look()).toMatchObject({
      places: [{ state: 'unavailable', detail: expect.stringContaining('certutil') }],
    });
  });

  it('are worked on by the NSS that Firefox brings, and else by that of the system', async () => {
    const system = { '/usr/lib64/libnss3.so': '', '/usr/lib64/libsmime3.so': '' };
    const own = { '/usr/lib/firefox-esr/libnss3.so': '', '/usr/lib/firefox-esr/libsmime3.so': '' };
    const folderOf = async (entries: Record<string, string>) => {
      const { machine, certutil, look } = createWorld({ hasCertutil: false, entries });
      certutil.plant(machine, PROFILE);
      const step = (await look())?.places[0]?.install[0]?.steps[0];
      return step?.kind === 'native' ? [step.task['libraryFolder'], step.env?.['LD_LIBRARY_PATH']] : undefined;
    };
    expect(await folderOf(system)).toEqual(['/usr/lib64', '/usr/lib64']);
    expect(await folderOf({ ...system, ...own })).toEqual(['/usr/lib/firefox-esr', '/usr/lib/firefox-esr']);
  });
});

describe('the policies of Firefox', () => {
  it('serve a Firefox without a profile, and go with all that was made for them', async () => {
    const { machine, context, look } = createWorld();
    const [installed] = await installAnchor(anchor, context);
    expect(installed?.places).toMatchObject([{ id: POLICIES, state: 'trusted', route: 'policy' }]);
    expect(JSON.parse(machine.text(POLICIES) ?? '')).toEqual({ policies: { Certificates: { Install: [CERT_FILE] } } });
    expect(machine.text(CERT_FILE)).toBe(anchor.certPem);
    const created = ['/etc/firefox', '/etc/firefox/policies', POLICIES, CERT_FILE];
    const steps = (await look({ created }))?.places[0]?.uninstall[0]?.steps ?? [];
    expect(steps.map((step) => ('path' in step ? `${step.kind} ${step.path}` : ''))).toEqual([
      `remove-file ${POLICIES}`,
      `remove-file ${CERT_FILE}`,
      'remove-folder /etc/firefox/policies',
      'remove-folder /etc/firefox',
    ]);
    await uninstallAnchor(anchor, context);
    expect(machine.text(POLICIES)).toBe('{\n  "policies": {}\n}\n'); // without a journal nobody knows whose it is
    expect(machine.text(CERT_FILE)).toBeUndefined();
  });

  it('of an administrator are kept to the letter', async () => {
    const admin = '{\n    "policies": {\n        "DisableTelemetry": true\n    }\n}\n';
    const { machine, context } = createWorld({ entries: { [POLICIES]: admin } });
    await installAnchor(anchor, context);
    expect(machine.text(POLICIES)).toContain(CERT_FILE);
    await uninstallAnchor(anchor, context);
    expect(machine.text(POLICIES)).toBe(admin);
    expect(machine.text(CERT_FILE)).toBeUndefined();
  });

  it('of an administrator keep their link and their mode, even where we made a file before', async () => {
    const admin = '{\n  "policies": {}\n}\n';
    const managed = { text: admin, mode: 0o600 };
    const entries = { [POLICIES]: { link: '../managed.json' }, '/etc/firefox/managed.json': managed };
    const { machine, context, look } = createWorld({ entries });
    expect(await installAnchor(anchor, context)).toMatchObject([{ state: 'trusted' }]);
    expect(machine.entries.get('/etc/firefox/managed.json')).toMatchObject({ mode: 0o600 });
    const [edit] = (await look({ created: [POLICIES] }))?.places[0]?.uninstall[0]?.steps ?? [];
    expect(edit).toMatchObject({ kind: 'write-file', path: '/etc/firefox/managed.json', mode: 0o600 });
    await uninstallAnchor(anchor, context);
    expect(machine.entries.get(POLICIES)).toEqual({ link: '../managed.json' });
    expect(machine.entries.get('/etc/firefox/managed.json')).toEqual(managed);
  });

  it('that can not be read are not written over', async () => {
    for (const entry of [{ link: '/gone' }, { folder: true } as const]) {
      const { look } = createWorld({ entries: { [POLICIES]: entry } });
      expect(await look()).toMatchObject({ places: [{ state: 'unavailable', install: [] }] });
    }
  });

  it('carry over what the installation brings, which they hide', async () => {
    const brought = '{"policies":{"DisableAppUpdate":true}}';
    const file = '/usr/lib/firefox-esr/distribution/policies.json';
    const { machine, context, look } = createWorld({ entries: { [file]: brought } });
    await installAnchor(anchor, context);
    expect(JSON.parse(machine.text(POLICIES) ?? '')).toMatchObject({ policies: { DisableAppUpdate: true } });
    const view = await look({ created: [POLICIES] });
    expect(view?.places[0]?.uninstall[0]?.steps[0]).toMatchObject({ kind: 'remove-file', path: POLICIES });
  });

  it('that make no sense are left alone', async () => {
    const { look } = createWorld({ entries: { [POLICIES]: '{ // comment\n}' } });
    expect(await look()).toMatchObject({ places: [{ state: 'unavailable', install: [] }] });
  });

  it('reach every profile but those of forks and flatpaks, and leave a certificate that goes too', async () => {
    const fork = '/home/u/.zen/z';
    const flatpak = '/home/u/.var/app/org.mozilla.firefox/.mozilla/firefox/f';
    const { machine, certutil, context, look } = createWorld({
      entries: {
        [POLICIES]: JSON.stringify({ policies: { Certificates: { Install: ['/root.pem'] } } }),
        '/root.pem': anchor.certPem,
      },
    });
    for (const folder of [PROFILE, `${ROOT}/unused`, fork, flatpak]) certutil.plant(machine, folder);
    const states = (await look())?.places.map(({ label, state, detail }) => [label, state, detail]);
    expect(states).toEqual([
      [POLICIES, 'trusted', 'policy of Firefox'],
      ['~/.mozilla/firefox/abc.default', 'trusted', 'by policy'],
      ['~/.mozilla/firefox/unused', 'trusted', 'by policy'],
      ['~/.var/app/org.mozilla.firefox/.mozilla/firefox/f', 'absent', undefined],
      ['~/.zen/z', 'absent', undefined],
    ]);
    certutil.plant(machine, PROFILE, { entries: [{ nickname: 'by policy', certDer: anchor.certDer, flags: ',,' }] });
    const [removed] = await uninstallAnchor(anchor, context);
    expect(removed?.places.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'absent'));
    expect(certutil.entriesOf(PROFILE)).toEqual([]);
    expect(machine.text(POLICIES)).not.toContain('root.pem');
    expect(machine.text('/root.pem')).toBe(anchor.certPem); // a file of somebody else's
  });

  it('need rights: without any a Firefox without a profile is to be started first', async () => {
    const view = await createWorld({ uid: 1000 }).look();
    expect(view).toMatchObject({
      places: [{ state: 'unavailable', hint: 'start Firefox once, then: mintmark install' }],
    });
  });
});

describe('Firefox on macOS', () => {
  const profile = '/home/u/Library/Application Support/Firefox/Profiles/a.default';
  const prefs = (value: string): FakeEntry => `user_pref("security.enterprise_roots.enabled", ${value});\n`;

  it('follows the system store, so there is nothing to do', async () => {
    const entries = { [`${profile}/prefs.js`]: prefs('true'), [`${profile}/cert9.db`]: 'x' };
    expect(await createWorld({ platform: 'darwin', entries, programs: {} }).look()).toBeUndefined();
  });

  it('is a place where a profile refuses the roots of the system', async () => {
    const entries = { [`${profile}/prefs.js`]: prefs('true'), [`${profile}/user.js`]: prefs('false') };
    const view = await createWorld({ platform: 'darwin', entries, programs: {}, hasCertutil: false }).look();
    expect(view).toMatchObject({
      places: [{ id: profile, state: 'unavailable', hint: expect.stringContaining('enterprise_roots') }],
    });
  });
});
