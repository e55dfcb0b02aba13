/** @module Which programs are asked on which machine, for which store, and how they are called. */
import { describe, expect, it } from 'vitest';
import { createFakeMachine } from '../../../testkit/src/index.ts';
import type { StoreReport } from '../report.ts';
import { findProbes } from './find-probes.ts';
import type { Probe, ProbeVisit } from './probe.ts';

type FakeMachineOptions = NonNullable<Parameters<typeof createFakeMachine>[0]>;

const VISIT: ProbeVisit = {
  url: 'https://localhost:4433/abc',
  host: 'localhost',
  port: 4433,
  path: '/abc',
  scratch: '/scratch',
  isNeutral: false,
};
const firefoxReport = (places: readonly string[]): StoreReport => ({
  id: 'firefox',
  name: 'Firefox',
  clients: [],
  state: 'trusted',
  places: places.map((id) => ({ id, label: id, state: 'trusted' })),
  isChanged: false,
});

function find(options: FakeMachineOptions, reports: readonly StoreReport[] = []): Probe[] {
  return findProbes(createFakeMachine(options).reader, reports, '/not/the/one');
}

const programs = (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, () => {}]));
const planOf = (probes: readonly Probe[], id: string, visit: Partial<ProbeVisit> = {}) =>
  probes.find((probe) => probe.id === id)?.plan({ ...VISIT, ...visit });

describe('a Linux machine', () => {
  const probes = find({
    programs: programs('/usr/bin/curl', '/usr/bin/git', '/usr/bin/node', '/usr/bin/python3', '/usr/bin/chromium'),
    entries: { '/usr/bin/node': '', '/usr/bin/python3': '' },
  });

  it('asks what is there, and knows what each one proves', () => {
    expect(Object.fromEntries(probes.map(({ id, store }) => [id, store]))).toEqual({
      curl: 'system',
      git: 'system',
      python: 'system',
      requests: undefined,
      node: undefined,
      chromium: 'chromium',
    });
  });

  it('leaves settings of the user aside only when the store is the question', () => {
    expect(planOf(probes, 'curl')?.command).not.toContain('-q');
    expect(planOf(probes, 'curl', { isNeutral: true })?.command[1]).toBe('-q');
    expect(planOf(probes, 'git', { isNeutral: true })?.env).toMatchObject({ GIT_CONFIG_GLOBAL: '/dev/null' });
  });

  it('tells the address to who can be told, and leaves out who can not', () => {
    const away = { host: 'a.corp', url: 'https://a.corp:4433/abc', address: '127.0.0.1' };
    expect(planOf(probes, 'curl', away)?.command).toContain('a.corp:4433:127.0.0.1');
    expect(planOf(probes, 'chromium', away)?.command).toContain('--host-resolver-rules=MAP a.corp 127.0.0.1');
    expect(planOf(probes, 'git', away)).toBeUndefined();
  });
});

describe('Chromium', () => {
  const chromium = programs('/usr/bin/chromium');

  it("reads the user's database where there is one, and makes none where there is not", () => {
    const entries = { '/home/u/.local/share/pki/nssdb/cert9.db': 'x' };
    expect(planOf(find({ programs: chromium, entries }), 'chromium')?.env).not.toHaveProperty('HOME');
    expect(planOf(find({ programs: chromium }), 'chromium')?.env).toMatchObject({ HOME: '/scratch' });
  });

  it('goes without its sandbox for root alone', () => {
    expect(planOf(find({ programs: chromium }), 'chromium')?.command).toContain('--no-sandbox');
    expect(planOf(find({ programs: chromium, uid: 1000 }), 'chromium')?.command).not.toContain('--no-sandbox');
  });

  it('out of a snap is not asked: it sees no scratch folder', () => {
    const entries = { '/usr/bin/chromium': { link: '/usr/bin/snap' }, '/usr/bin/snap': '' };
    expect(find({ programs: chromium, entries })).toEqual([]);
    expect(find({ programs: programs('/snap/bin/chromium') })).toEqual([]);
  });
});

describe('Firefox', () => {
  const entries = {
    '/home/u/p/cert9.db': new Uint8Array([1, 2]),
    '/home/u/p/pkcs11.txt': "parameters=configdir='sql:/home/u/p' certPrefix=''\n",
  };

  it('is asked once for each profile, in a copy that does not lead back', () => {
    const probes = find({ programs: programs('/usr/bin/firefox'), entries }, [firefoxReport(['/home/u/p', '/gone'])]);
    expect(probes.map(({ place }) => place)).toEqual(['/home/u/p']);
    const call = probes[0]?.plan(VISIT);
    expect(call?.files?.['profile/cert9.db']).toEqual(new Uint8Array([1, 2]));
    expect(call?.files?.['profile/pkcs11.txt']).toContain("configdir='sql:/scratch/profile'");
    expect(call?.command.join(' ')).not.toContain('/home/u/p');
    expect(call?.env).toMatchObject({ HOME: '/scratch' });
  });
});

it('a Mac proves its keychain by curl and Chrome, not by programs with lists of their own', () => {
  const chrome = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  const probes = find({
    platform: 'darwin',
    programs: programs('/usr/bin/curl', '/usr/bin/ruby'),
    entries: { [chrome]: '', '/usr/bin/ruby': '' },
  });
  expect(Object.fromEntries(probes.map(({ id, store }) => [id, store]))).toEqual({
    curl: 'system',
    ruby: undefined,
    'google-chrome': 'system',
  });
});

it('each Java is asked once, for the list that it reads', () => {
  const home = '/usr/lib/jvm/java-17';
  const probes = find({
    entries: {
      [`${home}/bin/java`]: '',
      [`${home}/lib/security/cacerts`]: { link: '/etc/ssl/certs/java/cacerts' },
      [`${home}/release`]: 'JAVA_VERSION="17.0.15"\n',
      '/usr/lib/jvm/default-java': { link: home },
      '/etc/ssl/certs/java/cacerts': '',
    },
  });
  expect(probes).toMatchObject([{ name: 'OpenJDK 17', store: 'java', place: '/etc/ssl/certs/java/cacerts' }]);
});
