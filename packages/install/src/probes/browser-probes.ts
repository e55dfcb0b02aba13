/**
 * @module Probes of browsers, headless and with a profile in the scratch folder. Chromium takes its roots from the NSS database of
 * the user's own folder, whatever its profile; a Firefox profile is copied, because a real one is never opened.
 */
import { join } from 'node:path';
import type { MachineReader } from '../machine/machine.ts';
import type { PlaceReport, StoreReport } from '../report.ts';
import { PLAIN_PROBE, type Probe, type ProbeCall, type ProbeVisit } from './probe.ts';

type Browser = { readonly name: string; readonly programs: readonly string[] };

const CHROMIUMS: readonly Browser[] = [
  { name: 'Chromium', programs: ['chromium', 'chromium-browser', 'Chromium.app/Contents/MacOS/Chromium'] },
  {
    name: 'Google Chrome',
    programs: [
      'google-chrome',
      'google-chrome-stable',
      'Google Chrome.app/Contents/MacOS/Google Chrome',
      'Google\\Chrome\\Application\\chrome.exe',
    ],
  },
  {
    name: 'Microsoft Edge',
    programs: [
      'microsoft-edge',
      'microsoft-edge-stable',
      'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
      'Microsoft\\Edge\\Application\\msedge.exe',
    ],
  },
  { name: 'Brave', programs: ['brave-browser', 'brave', 'Brave Browser.app/Contents/MacOS/Brave Browser'] },
  { name: 'Vivaldi', programs: ['vivaldi', 'vivaldi-stable', 'Vivaldi.app/Contents/MacOS/Vivaldi'] },
];

const FIREFOXES = ['firefox', 'firefox-esr', 'Firefox.app/Contents/MacOS/firefox', 'Mozilla Firefox\\firefox.exe'];

/** @param reports the stores as they were seen: each place of Firefox's is a profile. */
export function findBrowserProbes(reader: MachineReader, reports: readonly StoreReport[]): Probe[] {
  const chromiums = CHROMIUMS.flatMap(({ name, programs }) => {
    const program = findBrowser(reader, programs);
    return program === undefined ? [] : [createChromiumProbe(reader, name, program)];
  });
  const firefox = findBrowser(reader, FIREFOXES);
  if (firefox === undefined) return chromiums;
  const places = reports.filter(({ id }) => id === 'firefox').flatMap(({ places }) => places);
  return [...chromiums, ...places.flatMap((place) => createFirefoxProbe(reader, place, firefox) ?? [])];
}

/** A snap sees neither our scratch folder nor the user's database: a visit of its own would prove nothing. */
function findBrowser(reader: MachineReader, programs: readonly string[]): string | undefined {
  const candidates = programs.flatMap((program) => locate(reader, program));
  return candidates.find(
    (path) => !/^\/snap\/|\/snap$/.test(reader.realPath(path) ?? path) && !path.startsWith('/snap/'),
  );
}

function locate(reader: MachineReader, program: string): string[] {
  const { platform, env, userFolder } = reader;
  if (program.includes('.app/'))
    return platform === 'darwin'
      ? ['/Applications', join(userFolder, 'Applications')]
          .map((folder) => join(folder, program))
          .filter(isThere(reader))
      : [];
  if (program.includes('\\'))
    return platform === 'win32'
      ? ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA']
          .flatMap((name) => (env[name] === undefined ? [] : [join(env[name], program)]))
          .filter(isThere(reader))
      : [];
  const found = reader.findProgram(program);
  return found === undefined ? [] : [found];
}

const isThere = (reader: MachineReader) => (path: string) => reader.status(path) !== undefined;

const QUIET_CHROMIUM = [
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--disable-breakpad',
  '--disable-extensions',
  '--dump-dom',
];

/** Linux alone gives Chromium a store of its own. */
function createChromiumProbe(reader: MachineReader, name: string, program: string): Probe {
  return {
    ...PLAIN_PROBE,
    id: name.toLowerCase().replaceAll(' ', '-'),
    name,
    store: reader.platform === 'linux' ? 'chromium' : 'system',
    isLasting: true,
    isConfigurable: true,
    plan: (visit) => planChromium(reader, program, visit),
  };
}

function planChromium(reader: MachineReader, program: string, { url, host, address, scratch }: ProbeVisit): ProbeCall {
  return {
    command: [
      program,
      ...QUIET_CHROMIUM,
      `--user-data-dir=${join(scratch, 'profile')}`,
      ...(reader.uid === 0 ? ['--no-sandbox'] : []),
      ...(address === undefined ? [] : [`--host-resolver-rules=MAP ${host} ${address}`]),
      url,
    ],
    env: {
      ...(reader.platform === 'linux'
        ? { XDG_CONFIG_HOME: join(scratch, 'config'), XDG_CACHE_HOME: join(scratch, 'cache') }
        : {}),
      // It would make a database where there is none; the answer is the same without.
      ...(reader.platform === 'linux' && !hasNssDatabase(reader)
        ? { HOME: scratch, XDG_DATA_HOME: join(scratch, 'data') }
        : {}),
    },
  };
}

function hasNssDatabase({ env, userFolder, status }: MachineReader): boolean {
  const data = (env['XDG_DATA_HOME'] ?? '') === '' ? join(userFolder, '.local/share') : (env['XDG_DATA_HOME'] ?? '');
  const folders = [join(userFolder, '.pki/nssdb'), join(data, 'pki/nssdb')];
  return folders.some((folder) => status(join(folder, 'cert9.db')) !== undefined);
}

const PROFILE_FILES = ['cert9.db', 'key4.db', 'pkcs11.txt'];

const FIREFOX_PREFERENCES: Readonly<Record<string, unknown>> = {
  'app.update.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.security.https_only_mode': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'toolkit.telemetry.enabled': false,
};

function createFirefoxProbe(reader: MachineReader, place: PlaceReport, program: string): Probe | undefined {
  const profile = place.id.replace(/^sql:/, '');
  // A policy is for every profile, an empty one too.
  const isPolicy = place.id.endsWith('policies.json');
  if (!isPolicy && reader.status(join(profile, 'cert9.db')) === undefined) return undefined;
  return {
    ...PLAIN_PROBE,
    id: `firefox:${place.id}`,
    name: `Firefox (${place.label})`,
    store: 'firefox',
    place: place.id,
    isLasting: true,
    plan: ({ url, scratch, address }) =>
      address === undefined ? planFirefox(reader, { url, scratch, profile, program }) : undefined,
  };
}

type FirefoxVisit = {
  readonly url: string;
  readonly scratch: string;
  readonly profile: string;
  readonly program: string;
};

/** Its other folders are scratch too: Firefox makes folders in the user's own wherever it is started. */
function planFirefox(reader: MachineReader, { url, scratch, profile, program }: FirefoxVisit): ProbeCall {
  const copy = join(scratch, 'profile');
  const files = PROFILE_FILES.flatMap((name) => {
    const bytes = reader.readFile(join(profile, name));
    return bytes === undefined ? [] : [[`profile/${name}`, name === 'pkcs11.txt' ? moveDatabase(bytes, copy) : bytes]];
  });
  const preferences = Object.entries(FIREFOX_PREFERENCES).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  return {
    command: [program, '--headless', '--no-remote', '--profile', copy, '--screenshot', join(scratch, 'page.png'), url],
    env: {
      HOME: scratch,
      MOZ_CRASHREPORTER_DISABLE: '1',
      XDG_CONFIG_HOME: join(scratch, 'config'),
      XDG_CACHE_HOME: join(scratch, 'cache'),
      XDG_DATA_HOME: join(scratch, 'data'),
    },
    files: { ...Object.fromEntries(files), 'profile/user.js': preferences.join('') },
  };
}

/** The list of modules names the folder of the real database. */
const moveDatabase = (bytes: Uint8Array, folder: string): string =>
  Buffer.from(bytes)
    .toString()
    .replaceAll(/configdir='(?:sql:)?[^']*'/g, () => `configdir='sql:${folder}'`);
