/**
 * @module The Chromium family on Linux: which browsers there are, which NSS databases they read, what policies say. NSS takes
 * `~/.pki/nssdb` if that folder exists, even an empty one, and then no other; so it is written where it exists, and never made.
 */
import { posix } from 'node:path';
import type { MachineReader } from '../machine/machine.ts';
import { parsePkcs11Modules } from '../nss/pkcs11-txt.ts';
import { readChromiumPolicies, type ChromiumPolicy } from './chromium-policies.ts';
import type { FactsRequest } from './facts.ts';
import { readLinuxFacts } from './linux-system.ts';
import { readNssDatabase, type NssDatabase } from './nss-databases.ts';
import { findNssLibraryFolder, findP11KitModule, isNewNss } from './nss-libraries.ts';

export type ChromiumBrowser = {
  readonly name: string;
  readonly programs: readonly string[];
  /** Where an administrator puts policies; undefined where that is not known. */
  readonly policyFolder?: string;
};

/** By name, in the order in which they are told. */
const CHROMIUM_BROWSERS: readonly ChromiumBrowser[] = [
  {
    name: 'Chromium',
    programs: ['chromium', 'chromium-browser', 'ungoogled-chromium'],
    policyFolder: '/etc/chromium/policies/managed',
  },
  {
    name: 'Chrome',
    programs: ['google-chrome', 'google-chrome-stable', 'google-chrome-beta', 'google-chrome-unstable'],
    policyFolder: '/etc/opt/chrome/policies/managed',
  },
  { name: 'Brave', programs: ['brave-browser', 'brave'], policyFolder: '/etc/brave/policies/managed' },
  {
    name: 'Edge',
    programs: ['microsoft-edge', 'microsoft-edge-stable', 'microsoft-edge-beta', 'microsoft-edge-dev'],
    policyFolder: '/etc/opt/edge/policies/managed',
  },
  { name: 'Vivaldi', programs: ['vivaldi', 'vivaldi-stable'] },
  { name: 'Opera', programs: ['opera', 'opera-stable'] },
];

/** `isSandboxed`: of a snap or a flatpak, which bring an NSS of their own and see little of the machine. */
export type ChromiumDatabase = NssDatabase & { readonly isSandboxed: boolean };

export type ChromiumFacts = {
  /** Installed outside sandboxes. */
  readonly browsers: readonly ChromiumBrowser[];
  readonly databases: readonly ChromiumDatabase[];
  readonly certutil: string | undefined;
  /** The system's NSS, which these browsers load. */
  readonly libraryFolder: string | undefined;
  /** That NSS sees trust of the new kind. Only looked at where it matters; true elsewhere. */
  readonly isNewNss: boolean;
  readonly p11KitModule: string | undefined;
  /** SHA-256 (hex) of wanted roots that the system store holds. Only looked at where p11-kit could show them. */
  readonly inSystemStore: ReadonlySet<string>;
  readonly policies: readonly ChromiumPolicy[];
};

/** Undefined where browsers follow the system's own store. */
export async function readChromiumFacts(
  reader: MachineReader,
  request: FactsRequest,
): Promise<ChromiumFacts | undefined> {
  if (reader.platform !== 'linux') return undefined;
  const browsers = CHROMIUM_BROWSERS.filter(({ programs }) => programs.some((name) => isOutsideSandbox(reader, name)));
  const databases = await readDatabases(reader, request, browsers.length > 0);
  const libraryFolder = findNssLibraryFolder(reader);
  const certutil = reader.findProgram('certutil');
  const p11KitModule = findP11KitModule(reader);
  const isP11KitWanted =
    p11KitModule !== undefined && databases.some((database) => certutil === undefined || namesP11Kit(database));
  const isVersionWanted = databases.some(({ roots }) =>
    roots.some(({ isTrusted, isTrustedByNewNss }) => isTrustedByNewNss && !isTrusted),
  );
  return {
    browsers,
    databases,
    certutil,
    libraryFolder,
    isNewNss: !isVersionWanted || libraryFolder === undefined || isNewNss(reader, libraryFolder),
    p11KitModule,
    inSystemStore: (isP11KitWanted ? readLinuxFacts(reader, request)?.bundled : undefined) ?? new Set(),
    policies: readChromiumPolicies(reader, request, browsers),
  };
}

function isOutsideSandbox(reader: MachineReader, program: string): boolean {
  const path = reader.findProgram(program);
  return path !== undefined && !path.startsWith('/snap/') && !path.includes('/flatpak/');
}

const namesP11Kit = ({ modules }: NssDatabase): boolean =>
  parsePkcs11Modules(modules.text ?? '').some(({ library }) => posix.basename(library) === 'p11-kit-trust.so');

async function readDatabases(
  reader: MachineReader,
  request: FactsRequest,
  hasBrowser: boolean,
): Promise<ChromiumDatabase[]> {
  const seen = new Set<string>();
  const databases: ChromiumDatabase[] = [];
  const add = async (
    folder: string,
    isSandboxed: boolean,
    isWanted: (database: NssDatabase) => boolean = () => true,
  ) => {
    const path = reader.realPath(folder) ?? folder;
    if (seen.has(path)) return;
    const database = await readNssDatabase(reader, folder, request);
    if (!isWanted(database)) return;
    seen.add(path);
    databases.push({ ...database, isSandboxed });
  };
  for (const folder of listSharedFolders(reader, hasBrowser)) await add(folder, false);
  for (const folder of listSandboxFolders(reader)) await add(folder, true);
  // Snaps keep a copy of their data for each revision; only the current one is read, but all are cleaned.
  const holdsRoot = ({ roots }: NssDatabase): boolean => roots.length > 0;
  for (const folder of listOldRevisions(reader)) await add(folder, true, holdsRoot);
  for (const folder of request.knownPlaces.get('chromium') ?? [])
    if (reader.status(posix.join(folder, 'cert9.db')) !== undefined) await add(folder, false, holdsRoot);
  return databases;
}

const isFolder = (reader: MachineReader, path: string): boolean => {
  const real = reader.realPath(path);
  return real !== undefined && reader.status(real)?.kind === 'folder';
};

/** Those that exist; where there is none, the one that a new Chromium would make. */
function listSharedFolders(reader: MachineReader, hasBrowser: boolean): string[] {
  const { userFolder, env } = reader;
  if (userFolder === '') return [];
  const data = env['XDG_DATA_HOME'] ?? '';
  const standard = posix.join(userFolder, '.local/share/pki/nssdb');
  const xdg = posix.isAbsolute(data) ? posix.join(data, 'pki/nssdb') : standard;
  const folders = [posix.join(userFolder, '.pki/nssdb'), xdg, standard].filter((folder) => isFolder(reader, folder));
  return folders.length === 0 && hasBrowser ? [xdg] : folders;
}

const DATABASES_IN_SANDBOX = ['.pki/nssdb', 'data/pki/nssdb', '.local/share/pki/nssdb'];

function listSandboxFolders(reader: MachineReader): string[] {
  const { userFolder } = reader;
  if (userFolder === '') return [];
  const snaps = reader.readFolder(posix.join(userFolder, 'snap'));
  const flatpaks = reader.readFolder(posix.join(userFolder, '.var/app'));
  const bases = [
    ...snaps.flatMap((name) => ['current', 'common'].map((part) => posix.join(userFolder, 'snap', name, part))),
    ...flatpaks.map((name) => posix.join(userFolder, '.var/app', name)),
  ];
  return listDatabases(reader, bases);
}

function listOldRevisions(reader: MachineReader): string[] {
  const folder = posix.join(reader.userFolder, 'snap');
  const revisions = reader
    .readFolder(folder)
    .flatMap((name) => reader.readFolder(posix.join(folder, name)).map((part) => posix.join(folder, name, part)));
  return listDatabases(reader, revisions);
}

const listDatabases = (reader: MachineReader, bases: readonly string[]): string[] =>
  bases
    .flatMap((base) => DATABASES_IN_SANDBOX.map((place) => posix.join(base, place)))
    .filter((folder) => isFolder(reader, folder));
