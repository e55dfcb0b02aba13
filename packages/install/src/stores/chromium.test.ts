/** @module Roots in the databases of Chromium browsers: where they go, by which way, and that nothing is left of them. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  createFakeInstallContext,
  createFakeMachine,
  createThrowAwayAnchor,
  type FakeEntry,
  type FakeMachine,
  type FakeProgram,
} from '../../../testkit/src/index.ts';
import { createFakeCertutil, encodeNssDatabase } from '../../../testkit/src/index.ts';
import { formatBase64 } from '@mintmark/ca-core';
import { describe, expect, it } from 'vitest';
import { createAnchor } from '../anchor.ts';
import { readFacts } from '../facts/facts.ts';
import type { InstallContext } from '../change-place.ts';
import { inspectStores, installAnchor, planStores, uninstallAnchor } from '../install.ts';
import { chromiumStore } from './chromium.ts';

const anchor = createThrowAwayAnchor();
const other = createThrowAwayAnchor();
const XDG = '/home/u/.local/share/pki/nssdb';
const OLD = '/home/u/.pki/nssdb';
const CHROMIUM: Readonly<Record<string, FakeProgram>> = { '/usr/bin/chromium': () => {} };

const INTERNAL_MODULE = 'library=\nname=NSS Internal PKCS #11 Module\n\n';

/** From here on the folder and what is chosen below it are another user's. */
function giveAway({ reader }: FakeMachine, folder: string, isChosen = (_path: string): boolean => true): void {
  const { status } = reader;
  const statusOfOthers = (path: string) => {
    const entry = status(path);
    return entry === undefined || !path.startsWith(folder) || !isChosen(path) ? entry : { ...entry, uid: 1000 };
  };
  Object.assign(reader, { status: statusOfOthers });
}

type World = {
  readonly entries?: Readonly<Record<string, FakeEntry>>;
  readonly programs?: Readonly<Record<string, FakeProgram>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly hasCertutil?: boolean;
};

function createWorld({ entries = {}, programs = CHROMIUM, env = {}, hasCertutil = true }: World = {}) {
  const certutil = createFakeCertutil();
  const machine = createFakeMachine({
    env,
    entries: { '/home/u/root.pem': anchor.certPem, ...entries },
    programs: { ...programs, ...(hasCertutil ? { '/usr/bin/certutil': certutil.program } : {}) },
  });
  const context: InstallContext = createFakeInstallContext(machine, 'chromium', {
    askSecret: () => Promise.resolve('geheim'),
  });
  const look = async (created: readonly string[] = []) => {
    const request = {
      stores: context.stores,
      roots: [anchor],
      rootsSha256Hex: [anchor.sha256Hex],
      rootsSha1Hex: [anchor.sha1Hex],
      direction: 'uninstall' as const,
      knownPlaces: new Map(),
      created: new Set(created),
    };
    return chromiumStore.view(await readFacts(machine.reader, request), anchor);
  };
  return { certutil, machine, context, look };
}

const labels = (report: { readonly places: readonly { readonly label: string }[] } | undefined): string[] =>
  (report?.places ?? []).map(({ label }) => label);

describe('the databases of Chromium', () => {
  it('are one new one at the new place where there is none, and none without a browser', async () => {
    const { context } = createWorld();
    const [planned] = await planStores('install', anchor, context);
    expect(labels(planned)).toEqual(['~/.local/share/pki/nssdb']);
    expect(planned?.places[0]?.commands).toEqual([
      'mkdir -p -m 700 /home/u/.local',
      'mkdir -p -m 700 /home/u/.local/share',
      'mkdir -p -m 700 /home/u/.local/share/pki',
      `mkdir -p -m 700 ${XDG}`,
      `/usr/bin/certutil -N -d sql:${XDG} --empty-password -f /dev/null`,
      `/usr/bin/certutil -A -d sql:${XDG} -t C,, -n '${anchor.nickname}' -i /home/u/root.pem`,
    ]);
    expect(await createWorld({ programs: {} }).look()).toBeUndefined();
  });

  it('follow XDG_DATA_HOME', async () => {
    const { look } = createWorld({ env: { XDG_DATA_HOME: '/data/of u' } });
    expect(labels(await look())).toEqual(['/data/of u/pki/nssdb']);
  });

  it('are the old one alone where only its folder exists, even an empty one', async () => {
    const { look } = createWorld({ entries: { [OLD]: { folder: true } } });
    expect(labels(await look())).toEqual(['~/.pki/nssdb']);
  });

  it('are both where both exist, and those of sandboxes', async () => {
    const flatpak = '/home/u/.var/app/com.brave.Browser/data/pki/nssdb';
    const entries: Record<string, FakeEntry> = {
      [OLD]: { folder: true },
      [XDG]: { folder: true },
      [flatpak]: { folder: true },
      '/home/u/snap/chromium/current': { link: '12' },
      '/home/u/snap/chromium/current/.pki/nssdb': { folder: true },
    };
    const { look } = createWorld({ entries, programs: {} });
    expect(labels(await look())).toEqual([
      '~/.pki/nssdb',
      '~/.local/share/pki/nssdb',
      '~/snap/chromium/current/.pki/nssdb',
      '~/.var/app/com.brave.Browser/data/pki/nssdb',
    ]);
  });

  it('take the root in, once, and give it back', async () => {
    const { machine, certutil, context } = createWorld({ entries: { [OLD]: { folder: true } } });
    certutil.plant(machine, OLD, { entries: [{ nickname: 'other', certDer: other.certDer, flags: 'C,,' }] });
    const [installed] = await installAnchor(anchor, context);
    expect(installed).toMatchObject({ id: 'chromium', name: 'Chromium', state: 'trusted', isChanged: true });
    const callsBefore = machine.calls.length;
    const [again] = await installAnchor(anchor, context);
    expect(again).toMatchObject({ state: 'trusted', isChanged: false });
    expect(machine.calls.length).toBe(callsBefore);
    const [removed] = await uninstallAnchor(anchor, context);
    expect(removed).toMatchObject({ state: 'absent' });
    expect(certutil.entriesOf(OLD).map(({ nickname }) => nickname)).toEqual(['other']);
  });

  it('give up every entry of the root, whatever its name, and no other of the same name', async () => {
    const { machine, certutil, context } = createWorld();
    const own = { certDer: anchor.certDer, flags: 'C,,' };
    certutil.plant(machine, OLD, {
      entries: [
        { ...own, nickname: 'a b' },
        { ...own, nickname: anchor.nickname },
      ],
    });
    await uninstallAnchor(anchor, context);
    expect(certutil.entriesOf(OLD)).toEqual([]);
    certutil.plant(machine, OLD, {
      entries: [
        { ...own, nickname: 'shared' },
        { certDer: other.certDer, flags: 'C,,', nickname: 'shared' },
      ],
    });
    const [kept] = await inspectStores(anchor, context);
    expect(kept?.places[0]).toMatchObject({ state: 'trusted', hint: expect.stringContaining('mintmark uninstall') });
    await uninstallAnchor(anchor, context);
    expect(certutil.entriesOf(OLD)).toHaveLength(2);
  });

  it('go with their folders when we made them and they hold nothing else', async () => {
    const { machine, certutil, context, look } = createWorld();
    await installAnchor(anchor, context);
    const files = ['cert9.db', 'key4.db', 'pkcs11.txt'].map((name) => `${XDG}/${name}`);
    const created = ['/home/u/.local/share/pki', XDG, ...files];
    const steps = (await look(created))?.places[0]?.uninstall[0]?.steps ?? [];
    expect(steps.slice(1).map((step) => [step.kind, 'path' in step ? step.path : ''])).toEqual([
      ...files.map((path) => ['remove-file', path]),
      ['remove-folder', XDG],
      ['remove-folder', '/home/u/.local/share/pki'],
    ]);
    const onlyDelete = async () => (await look(created))?.places[0]?.uninstall[0]?.steps.map(({ kind }) => kind);
    machine.entries.set(`${XDG}/notes`, 'of the user');
    expect(await onlyDelete()).toEqual(['run']);
    machine.entries.delete(`${XDG}/notes`);
    const entry = { nickname: 'n', certDer: anchor.certDer, flags: 'C,,' };
    certutil.plant(machine, XDG, { entries: [entry, { nickname: 'other', certDer: other.certDer, flags: ',,' }] });
    expect(await onlyDelete()).toEqual(['run']);
    certutil.plant(machine, XDG, { entries: [entry], password: 'geheim' });
    expect(await onlyDelete()).toEqual(['run']);
    certutil.plant(machine, XDG, { entries: [entry] });
    expect(await onlyDelete()).toContain('remove-file');
    const smartCard = 'library=/usr/lib/opensc-pkcs11.so\nname=OpenSC\n\n';
    machine.entries.set(`${XDG}/pkcs11.txt`, `${INTERNAL_MODULE}${smartCard}`);
    expect(await onlyDelete()).toEqual(['run']);
    const ours = `library=/usr/lib/p11-kit-trust.so\nname=${anchor.fileStem}\n\n`;
    machine.entries.set(`${XDG}/pkcs11.txt`, `${INTERNAL_MODULE}${ours}`);
    expect(await onlyDelete()).toContain('remove-file');
  });

  it('stay whole where a browser makes one while ours fails, and folders go where it does not', async () => {
    let isMadeByBrowser = false;
    const failing: FakeProgram = ({ command }, machine) => {
      if (command[1] === '-N' && isMadeByBrowser)
        for (const name of ['cert9.db', 'key4.db']) machine.entries.set(`${XDG}/${name}`, 'of the browser');
      return { exitCode: 255, stderr: 'SEC_ERROR_BAD_PASSWORD' };
    };
    const { machine, context } = createWorld({
      hasCertutil: false,
      programs: { '/usr/bin/vivaldi': () => {}, '/usr/bin/certutil': failing },
    });
    const before = [...machine.entries.keys()];
    expect(await installAnchor(anchor, context)).toMatchObject([{ state: 'failed' }]);
    expect([...machine.entries.keys()]).toEqual(before);
    isMadeByBrowser = true;
    expect(await installAnchor(anchor, context)).toMatchObject([{ state: 'failed' }]);
    expect([machine.text(`${XDG}/cert9.db`), machine.text(`${XDG}/key4.db`)]).toEqual([
      'of the browser',
      'of the browser',
    ]);
  });

  it('are not got around by a policy when certutil fails', async () => {
    const certutil: FakeProgram = () => ({ exitCode: null, stderr: 'spawn /usr/bin/certutil EACCES' });
    const { machine, context } = createWorld({
      hasCertutil: false,
      programs: { ...CHROMIUM, '/usr/bin/certutil': certutil },
    });
    expect(await installAnchor(anchor, context)).toMatchObject([{ state: 'failed' }]);
    expect([...machine.entries.keys()].filter((path) => path.startsWith('/etc/'))).toEqual([]);
  });

  it('get the password by a file, and lose what a wrong one leaves behind', async () => {
    // A browser whose policies are not known, so that no other way is left.
    const { machine, certutil, context } = createWorld({ programs: { '/usr/bin/vivaldi': () => {} } });
    certutil.plant(machine, OLD, { password: 'geheim' });
    const [installed] = await installAnchor(anchor, context);
    expect(installed).toMatchObject({ state: 'trusted' });
    expect(machine.calls.flatMap(({ command }) => command).join(' ')).not.toContain('geheim');
    certutil.plant(machine, OLD, { password: 'another' });
    const [refused] = await installAnchor(anchor, context);
    expect(refused).toMatchObject({ places: [{ state: 'failed', hint: expect.stringContaining('--password-file') }] });
    expect(certutil.entriesOf(OLD)).toEqual([]);
  });

  it('trust by the new kind of object only where their NSS knows it', async () => {
    const read = (name: string) => new Uint8Array(readFileSync(new URL(`../nss/fixtures/${name}`, import.meta.url)));
    const root = createAnchor({ caName: 'x', certDer: read('root.der'), certFile: '/home/u/root.pem' });
    const stateWith = async (version: string) => {
      const entries = {
        [`${OLD}/cert9.db`]: new Uint8Array(gunzipSync(read('new.cert9.db.gz'))),
        [`${OLD}/key4.db`]: new Uint8Array(gunzipSync(read('new.key4.db.gz'))),
        '/usr/lib64/libnss3.so': `Version: ${version} `,
        '/usr/lib64/libsmime3.so': '',
      };
      const [report] = await inspectStores(root, createWorld({ entries }).context);
      return report?.places[0]?.state;
    };
    expect(await stateWith('NSS 3.113')).toBe('absent');
    expect(await stateWith('NSS 3.114')).toBe('trusted');
  });

  it('are asked of certutil when they are being written to', async () => {
    const { machine, certutil, look } = createWorld();
    certutil.plant(machine, OLD, {
      entries: [{ nickname: anchor.nickname, certDer: anchor.certDer, flags: 'C,,' }],
    });
    machine.entries.set(`${OLD}/cert9.db-journal`, 'hot');
    expect(await look()).toMatchObject({ places: [{ state: 'absent' }] });
    expect(machine.calls[0]?.command).toEqual(['/usr/bin/certutil', '-L', '-d', `sql:${OLD}`]);
  });

  it('are out of reach where root would make them in the home of another', async () => {
    const { machine, look } = createWorld();
    machine.entries.set('/home/u/.local', { folder: true }); // made by an earlier run of root
    giveAway(machine, '/home/u', (path) => path !== '/home/u/.local');
    expect(await look()).toMatchObject({ places: [{ state: 'unavailable', hint: expect.stringContaining('sudo') }] });
  });

  it('are out of reach where they lie with another, whose home is not this one', async () => {
    const entries = { '/data/of u': { folder: true }, '/data/link': { link: '/data/of u' } } as const;
    for (const folder of ['/data/of u', '/data/link']) {
      const { machine, context, look } = createWorld({ env: { XDG_DATA_HOME: folder }, entries });
      expect(await look()).toMatchObject({ places: [{ state: 'absent' }] });
      giveAway(machine, '/data/of u');
      expect(await look()).toMatchObject({ places: [{ state: 'unavailable', hint: expect.stringContaining('sudo') }] });
      await installAnchor(anchor, context);
      expect(machine.calls).toEqual([]);
    }
  });
});

describe('Chromium without certutil', () => {
  const LIBRARIES = { '/usr/lib64/libnss3.so': 'Version: NSS 3.87.1 ', '/usr/lib64/libsmime3.so': '' };

  it('is served by the NSS library', async () => {
    const { look } = createWorld({ hasCertutil: false, entries: LIBRARIES });
    const [route] = (await look())?.places[0]?.install ?? [];
    expect(route?.name).toBe('libnss3');
    expect(route?.steps.at(-1)).toMatchObject({
      kind: 'native',
      task: { worker: 'nss', action: 'add', databaseFolder: XDG, libraryFolder: '/usr/lib64', isNew: true },
      env: { LD_LIBRARY_PATH: '/usr/lib64' },
    });
  });

  it('follows the system store by p11-kit, and is given its list of modules back', async () => {
    const module = '/usr/lib64/pkcs11/p11-kit-trust.so';
    const { cert9, key4 } = encodeNssDatabase([]);
    const { machine, context } = createWorld({
      hasCertutil: false,
      programs: { ...CHROMIUM, '/usr/sbin/update-ca-certificates': () => {} },
      entries: {
        [module]: '',
        '/usr/local/share/ca-certificates/x.crt': '',
        '/etc/ssl/certs/ca-certificates.crt': anchor.certPem,
        [`${OLD}/cert9.db`]: cert9,
        [`${OLD}/key4.db`]: key4,
        [`${OLD}/pkcs11.txt`]: { link: '/home/u/dotfiles/pkcs11.txt' },
        '/home/u/dotfiles/pkcs11.txt': { text: INTERNAL_MODULE, mode: 0o640 },
      },
    });
    const [installed] = await installAnchor(anchor, context);
    expect(installed?.places[0]).toMatchObject({
      state: 'trusted',
      route: 'p11-kit',
      detail: 'by way of the system store',
    });
    expect(machine.text(`${OLD}/pkcs11.txt`)).toContain(`library=${module}\nname=${anchor.fileStem}\n`);
    await uninstallAnchor(anchor, context);
    expect(machine.entries.get(`${OLD}/pkcs11.txt`)).toEqual({ link: '/home/u/dotfiles/pkcs11.txt' });
    expect(machine.entries.get('/home/u/dotfiles/pkcs11.txt')).toEqual({ text: INTERNAL_MODULE, mode: 0o640 });
    giveAway(machine, '/home/u');
    machine.entries.delete('/etc/chromium/policies/managed/mintmark.json');
    const [ofOthers] = await planStores('install', anchor, context);
    expect(JSON.stringify(ofOthers)).not.toContain('pkcs11.txt');
  });

  it('is served by a policy that keeps the roots of other CAs', async () => {
    const { machine, context } = createWorld({ hasCertutil: false });
    const file = '/etc/chromium/policies/managed/mintmark.json';
    const foreign = formatBase64(other.certDer);
    machine.entries.set(file, JSON.stringify({ CACertificates: [foreign] }));
    const [installed] = await installAnchor(anchor, context);
    expect(installed?.places[0]).toMatchObject({ state: 'trusted', detail: 'by policy', route: 'policy' });
    const [removed] = await uninstallAnchor(anchor, context);
    expect(removed?.state).toBe('absent');
    expect(JSON.parse(machine.text(file) ?? '')).toEqual({ CACertificates: [foreign] });
  });

  it('keeps the link and the mode of a policy file, and writes over none that it can not read', async () => {
    const file = '/etc/chromium/policies/managed/mintmark.json';
    const foreign = JSON.stringify({ CACertificates: [formatBase64(other.certDer)] });
    const { machine, context, look } = createWorld({ hasCertutil: false });
    machine.entries.set(file, { link: '/srv/managed.json' });
    expect(await look()).toMatchObject({ places: [{ state: 'unavailable', install: [] }] }); // a link to nothing
    machine.entries.set('/srv/managed.json', { text: foreign, mode: 0o600 });
    expect(await installAnchor(anchor, context)).toMatchObject([{ state: 'trusted' }]);
    expect(machine.entries.get(file)).toEqual({ link: '/srv/managed.json' });
    expect(machine.entries.get('/srv/managed.json')).toMatchObject({ mode: 0o600 });
    await uninstallAnchor(anchor, context);
    expect(machine.entries.get(file)).toEqual({ link: '/srv/managed.json' });
    expect(machine.text(file)).toContain(formatBase64(other.certDer));
    machine.entries.set(file, { folder: true });
    expect(await look()).toMatchObject({ places: [{ state: 'unavailable', install: [] }] });
  });

  it('counts a policy only where it rules every browser', async () => {
    const file = '/etc/chromium/policies/managed/mintmark.json';
    const entries = { [file]: JSON.stringify({ CACertificates: [formatBase64(anchor.certDer)] }) };
    const stateOf = async (programs: Readonly<Record<string, FakeProgram>>) =>
      (await createWorld({ programs, entries }).look())?.places.at(-1)?.state;
    expect(await stateOf(CHROMIUM)).toBe('trusted');
    expect(await stateOf({ ...CHROMIUM, '/usr/bin/google-chrome': () => {} })).toBe('absent');
    expect(await stateOf({ ...CHROMIUM, '/usr/bin/vivaldi': () => {} })).toBe('absent');
  });

  it('says what to type where nothing is left', async () => {
    const policies = '/etc/chromium/policies/managed/company.json';
    const { look } = createWorld({ hasCertutil: false, entries: { [policies]: '{"CACertificates":["AAAA"]}' } });
    expect(await look()).toMatchObject({
      places: [{ state: 'unavailable', hint: expect.stringContaining('libnss3-tools') }],
    });
  });
});
