/** @module Firefox and its forks: the folders where each keeps profiles, its programs and its libraries. Tables and lookups. */
import { posix } from 'node:path';
import type { MachineReader } from '../machine/machine.ts';
import { hasNssLibraries } from './nss-libraries.ts';
import { pathsOf } from './nss-databases.ts';

type FirefoxApp = {
  readonly name: string;
  readonly programs: readonly string[];
  /** Folders of the installation, where the program on the PATH is only a script. */
  readonly folders: readonly string[];
  /** Below the user's folder on Linux. */
  readonly roots: readonly string[];
  readonly snaps: readonly string[];
  readonly flatpaks: readonly string[];
};

const FIREFOX_ROOT = '.mozilla/firefox';

/** Firefox first; editions of it share profiles. The forks count only where they have profiles. */
const FIREFOX_APPS: readonly FirefoxApp[] = [
  {
    name: 'Firefox',
    programs: ['firefox', 'firefox-esr', 'firefox-developer-edition', 'firefox-devedition', 'firefox-nightly'],
    folders: ['/usr/lib/firefox', '/usr/lib/firefox-esr', '/usr/lib64/firefox', '/opt/firefox'],
    roots: [FIREFOX_ROOT],
    snaps: ['firefox'],
    flatpaks: ['org.mozilla.firefox'],
  },
  {
    name: 'LibreWolf',
    programs: ['librewolf'],
    folders: ['/usr/lib/librewolf', '/usr/share/librewolf', '/opt/librewolf'],
    roots: ['.librewolf', '.config/librewolf', '.config/librewolf/librewolf'],
    snaps: [],
    flatpaks: ['io.gitlab.librewolf-community'],
  },
  {
    name: 'Waterfox',
    programs: ['waterfox'],
    folders: ['/usr/lib/waterfox', '/opt/waterfox'],
    roots: ['.waterfox', '.config/waterfox'],
    snaps: [],
    flatpaks: ['net.waterfox.waterfox'],
  },
  {
    name: 'Zen',
    programs: ['zen-browser', 'zen'],
    folders: ['/opt/zen-browser-bin', '/opt/zen', '/usr/lib/zen-browser'],
    roots: ['.zen', '.config/zen'],
    snaps: [],
    flatpaks: ['app.zen_browser.zen'],
  },
  {
    name: 'Floorp',
    programs: ['floorp'],
    folders: ['/usr/lib/floorp', '/opt/floorp'],
    roots: ['.floorp', '.config/floorp'],
    snaps: [],
    flatpaks: ['one.ablaze.floorp'],
  },
  {
    name: 'Thunderbird',
    programs: ['thunderbird', 'thunderbird-esr'],
    folders: ['/usr/lib/thunderbird', '/usr/lib64/thunderbird', '/opt/thunderbird'],
    roots: ['.thunderbird', '.config/thunderbird'],
    snaps: ['thunderbird'],
    flatpaks: ['org.mozilla.Thunderbird'],
  },
];

/** A folder that holds profiles. Programs and libraries of a sandbox are out of reach. */
export type ProfileRoot = {
  readonly app: string;
  readonly folder: string;
  readonly sandbox: 'snap' | 'flatpak' | undefined;
};

/** Every folder that could hold profiles here, whether it exists or not. */
export function listProfileRoots(reader: MachineReader): ProfileRoot[] {
  const sandbox = undefined;
  if (reader.platform !== 'linux')
    return listForeignRoots(reader).map((folder) => ({ app: 'Firefox', folder, sandbox }));
  const home = reader.userFolder;
  const config = reader.env['XDG_CONFIG_HOME'] ?? '';
  const standard = posix.join(home, '.config');
  const configs = [...new Set([posix.isAbsolute(config) ? config : standard, standard])];
  return FIREFOX_APPS.flatMap(({ name, roots, snaps, flatpaks }) => {
    // A new Firefox keeps profiles in the folder for configuration, unless it finds the old place.
    const own = [
      ...roots.map((root) => posix.join(home, root)),
      ...(roots[0] === FIREFOX_ROOT ? configs.map((folder) => posix.join(folder, 'mozilla/firefox')) : []),
    ];
    const places = [...roots, '.config/mozilla/firefox', 'config/mozilla/firefox'];
    const below = (bases: readonly string[]): string[] =>
      bases.flatMap((base) => places.map((place) => posix.join(home, base, place)));
    const snapFolders = below(snaps.flatMap((snap) => [`snap/${snap}/common`, `snap/${snap}/current`]));
    const flatpakFolders = below(flatpaks.map((id) => `.var/app/${id}`));
    return [
      ...own.map((folder) => ({ app: name, folder, sandbox })),
      ...snapFolders.map((folder) => ({ app: name, folder, sandbox: 'snap' as const })),
      ...flatpakFolders.map((folder) => ({ app: name, folder, sandbox: 'flatpak' as const })),
    ];
  });
}

function listForeignRoots(reader: MachineReader): string[] {
  const paths = pathsOf(reader);
  if (reader.platform === 'darwin') return [paths.join(reader.userFolder, 'Library/Application Support/Firefox')];
  const { APPDATA: roaming = '', LOCALAPPDATA: local = '' } = reader.env;
  const packages = paths.join(local, 'Packages');
  const fromStore = reader.readFolder(packages).filter((name) => name.startsWith('Mozilla.Firefox_'));
  const below = 'Mozilla\\Firefox';
  return [
    ...(roaming === '' ? [] : [paths.join(roaming, below)]),
    ...(local === '' ? [] : fromStore.map((name) => paths.join(packages, name, 'LocalCache\\Roaming', below))),
  ];
}

/** An installed program of an app. */
export type FirefoxProgram = {
  readonly program: string;
  /** Its installation, with `distribution` and the libraries. */
  readonly folder: string;
  /** Where the NSS worker finds libraries for its profiles; undefined when the app brings none. */
  readonly libraryFolder: string | undefined;
};

/** The app as it is installed outside sandboxes; undefined when it is not. */
export function findFirefoxProgram(reader: MachineReader, app: string): FirefoxProgram | undefined {
  const known = FIREFOX_APPS.find(({ name }) => name === app);
  if (known === undefined || reader.platform !== 'linux') return undefined;
  const found = known.programs.flatMap((name) => {
    const path = reader.findProgram(name);
    return path === undefined || path.startsWith('/snap/') ? [] : [{ path, real: reader.realPath(path) ?? path }];
  });
  if (found.length === 0) return undefined;
  const beside = found.map(({ real }) => posix.dirname(real));
  const folder = [...beside, ...known.folders].find(
    (path) => reader.status(posix.join(path, 'libxul.so')) !== undefined,
  );
  if (folder === undefined) return undefined;
  const inFolder = known.programs.map((name) => posix.join(folder, name));
  const program = inFolder.find((path) => reader.status(path) !== undefined) ?? found[0]?.path;
  if (program === undefined) return undefined;
  return { program, folder, libraryFolder: hasNssLibraries(reader, folder) ? folder : undefined };
}
