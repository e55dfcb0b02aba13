/**
 * @module Profiles of Firefox and its forks, with their NSS databases: found by the lists that Firefox keeps and by looking,
 * because profiles may lie anywhere. On macOS and Windows only those that refuse the system's roots are of interest.
 */
import type { MachineReader } from '../machine/machine.ts';
import { parseProfilePaths } from '../nss/profiles-ini.ts';
import { findFirefoxProgram, listProfileRoots, type FirefoxProgram, type ProfileRoot } from './firefox-family.ts';
import { readFirefoxPolicy, type FirefoxPolicy } from './firefox-policies.ts';
import type { FactsRequest } from './facts.ts';
import { pathsOf, readNssDatabase, type NssDatabase } from './nss-databases.ts';
import { findNssLibraryFolder } from './nss-libraries.ts';

export type FirefoxProfile = NssDatabase & {
  readonly app: string;
  readonly sandbox: ProfileRoot['sandbox'];
  /** A process has it open, by the lock that it leaves. */
  readonly isRunning: boolean;
  /** The installed app that starts it, where that can be told. */
  readonly program: FirefoxProgram | undefined;
};

export type FirefoxFacts = {
  readonly profiles: readonly FirefoxProfile[];
  readonly certutil: string | undefined;
  /** Firefox itself, whether it has profiles or not. */
  readonly program: FirefoxProgram | undefined;
  /** The system's NSS, for profiles whose app brings none. */
  readonly libraryFolder: string | undefined;
  /** Only on Linux. */
  readonly policy: FirefoxPolicy | undefined;
};

/** Profiles come sorted as their lists have them, each folder once. */
export async function readFirefoxFacts(reader: MachineReader, request: FactsRequest): Promise<FirefoxFacts> {
  const programs = new Map<string, FirefoxProgram | undefined>();
  const programOf = (app: string): FirefoxProgram | undefined => {
    if (!programs.has(app)) programs.set(app, findFirefoxProgram(reader, app));
    return programs.get(app);
  };
  const profiles: FirefoxProfile[] = [];
  for (const { app, sandbox, folder } of listProfiles(reader, request)) {
    const database = await readNssDatabase(reader, folder, request);
    const program = sandbox === undefined ? programOf(app) : undefined;
    profiles.push({ ...database, app, sandbox, isRunning: isRunning(reader, folder), program });
  }
  const program = programOf('Firefox');
  return {
    profiles,
    certutil: reader.platform === 'win32' ? undefined : reader.findProgram('certutil'), // Windows has one that is no NSS
    program,
    libraryFolder: findNssLibraryFolder(reader),
    policy: reader.platform === 'linux' ? readFirefoxPolicy(reader, request, program?.folder) : undefined,
  };
}

function listProfiles(reader: MachineReader, request: FactsRequest): ProfileRoot[] {
  const seen = new Set<string>();
  const known = (request.knownPlaces.get('firefox') ?? [])
    .filter((folder) => reader.status(pathsOf(reader).join(folder, 'cert9.db')) !== undefined)
    .map((folder) => ({ app: 'Firefox', sandbox: undefined, folder }));
  const found =
    reader.userFolder === '' ? [] : listProfileRoots(reader).flatMap((root) => listProfilesBelow(reader, root));
  return [...found, ...known].filter(({ folder }) => {
    const real = reader.realPath(folder);
    if (real === undefined || seen.has(real) || reader.status(real)?.kind !== 'folder') return false;
    seen.add(real);
    return reader.platform === 'linux' || refusesSystemRoots(reader, folder);
  });
}

/** Files by one of which a folder is known as a profile. */
const PROFILE_MARKS = ['cert9.db', 'cert8.db', 'prefs.js'];

function listProfilesBelow(reader: MachineReader, root: ProfileRoot): ProfileRoot[] {
  const paths = pathsOf(reader);
  const listed = ['profiles.ini', 'installs.ini'].flatMap((name) => {
    const text = Buffer.from(reader.readFile(paths.join(root.folder, name)) ?? []).toString();
    return parseProfilePaths(text).map(({ path, isRelative }) => (isRelative ? paths.join(root.folder, path) : path));
  });
  const looked = [root.folder, paths.join(root.folder, 'Profiles')]
    .flatMap((folder) => reader.readFolder(folder).map((name) => paths.join(folder, name)))
    .filter((folder) => PROFILE_MARKS.some((mark) => reader.status(paths.join(folder, mark)) !== undefined));
  return [...listed, ...looked].filter(paths.isAbsolute).map((folder) => ({ ...root, folder }));
}

const REFUSAL = /^\s*user_pref\("security\.enterprise_roots\.enabled",\s*(true|false)\s*\)/gm;

/** `user.js` overrides `prefs.js` at every start, and the last line of a file counts. */
function refusesSystemRoots(reader: MachineReader, folder: string): boolean {
  const values = ['prefs.js', 'user.js'].flatMap((name) => {
    const text = Buffer.from(reader.readFile(pathsOf(reader).join(folder, name)) ?? []).toString();
    return [...text.matchAll(REFUSAL)].map(([, value]) => value);
  });
  return values.at(-1) === 'false';
}

/** `lock -> 127.0.1.1:+1234` names the process; it stays behind after a crash, so the process is looked for. */
function isRunning(reader: MachineReader, folder: string): boolean {
  const target = reader.readLink(pathsOf(reader).join(folder, 'lock'));
  const processId = /:\+?(\d+)$/.exec(target ?? '')?.[1];
  return processId !== undefined && reader.status(`/proc/${processId}`) !== undefined;
}
