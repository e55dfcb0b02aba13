/**
 * @module One NSS database as a place: the ways to put a root in and to take it out that Chromium and Firefox share. certutil
 * first, then the NSS library by a worker of ours; what only one of the two browsers can do is added by its store.
 */
import { formatBase64 } from '@mintmark/ca-core';
import type { TrustAnchor } from '../anchor.ts';
import { NSS_FILES, type NssDatabase, type NssRoot } from '../facts/nss-databases.ts';
import { INPUT_FILE, SECRET_FILE, type NativeStep, type Route, type RunStep, type Step } from '../plan/steps.ts';

/** What this machine has for working on a database. */
export type NssMeans = {
  readonly certutil: string | undefined;
  /** Of the NSS that the database's browser loads. */
  readonly libraryFolder: string | undefined;
  /** Told to the person who is asked for the password. */
  readonly passwordOf: string;
};

/** Trust for TLS servers and nothing else. */
const TRUST_FLAGS = 'C,,';
const FOLDER_MODE = 0o700;
const WORKER_TIMEOUT_MS = 60_000;

/** Roots of the anchor's digest in the database. */
export const rootsOf = (database: NssDatabase, { sha256Hex }: TrustAnchor): NssRoot[] =>
  database.roots.filter((root) => root.sha256Hex === sha256Hex);

/** True when something here can write to a database: what then fails is for the person to see, not to be got around. */
export const hasDirectWay = ({ certutil, libraryFolder }: Pick<NssMeans, 'certutil' | 'libraryFolder'>): boolean =>
  certutil !== undefined || libraryFolder !== undefined;

/** The ways in, best first. */
export function planNssAddition(database: NssDatabase, means: NssMeans, anchor: TrustAnchor): Route[] {
  const folders = database.missingFolders.map(makeFolder);
  const cleanUp = planCleanUp(database, means, anchor);
  const secret = database.hasPassword === true ? { secret: secretOf(means) } : {};
  const routes: Route[] = [];
  if (means.certutil !== undefined) {
    const create = database.state === 'present' ? [] : [createDatabase(database, means.certutil)];
    const add: Step = { ...addByCertutil(database, means.certutil, anchor), ...secret };
    routes.push({ name: 'certutil', steps: [...folders, ...create, add], cleanUp });
  }
  if (means.libraryFolder !== undefined) {
    const work: Step = { ...createNssWork('add', { database, libraryFolder: means.libraryFolder, anchor }), ...secret };
    routes.push({ name: 'libnss3', steps: [...folders, work], cleanUp });
  }
  return routes;
}

const secretOf = ({ passwordOf }: NssMeans): { kind: 'nss-password'; what: string } => ({
  kind: 'nss-password',
  what: `the primary password of ${passwordOf}`,
});

const makeFolder = (path: string): Step => ({ kind: 'make-folder', path, mode: FOLDER_MODE });

/** Without a password file certutil would ask for the old password, without end, if a browser made a database meanwhile. */
const createDatabase = ({ folder }: NssDatabase, certutil: string): RunStep => ({
  kind: 'run',
  command: [certutil, '-N', '-d', `sql:${folder}`, '--empty-password', '-f', '/dev/null'],
  creates: listFiles(folder),
});

function addByCertutil({ folder, hasPassword }: NssDatabase, certutil: string, anchor: TrustAnchor): RunStep {
  const name = nicknameFor(anchor);
  const command: RunStep['command'] = [
    ...([certutil, '-A', '-d', `sql:${folder}`, '-t', TRUST_FLAGS, '-n', name, '-i', anchor.certFile] as const),
    ...(hasPassword === true ? ['-f', SECRET_FILE] : []),
    // Without a file certutil would ask the terminal, and wait.
    ...(hasPassword === undefined ? ['-f', INPUT_FILE] : []),
  ];
  return { kind: 'run', command, ...(hasPassword === undefined ? { inputText: '\n' } : {}) };
}

/** NSS takes what stands before a colon for the name of a token. */
const nicknameFor = ({ nickname }: TrustAnchor): string => nickname.replaceAll(':', ' ');

/**
 * With a wrong password certutil leaves the certificate behind, without trust. The files of a new database stay: a browser may
 * have made them since the look, and put its keys there.
 */
function planCleanUp(database: NssDatabase, { certutil }: NssMeans, anchor: TrustAnchor): Step[] {
  if (database.state === 'missing' || database.state === 'empty')
    return database.missingFolders.map(removeFolder).reverse();
  if (certutil === undefined || rootsOf(database, anchor).length > 0) return [];
  return [deleteByCertutil(database, certutil, nicknameFor(anchor))];
}

const listFiles = (folder: string): string[] => NSS_FILES.map((name) => `${folder}/${name}`);

const removeFiles = ({ folder }: NssDatabase): Step[] =>
  listFiles(folder).map((path) => ({ kind: 'remove-file', path }));

const removeFolder = (path: string): Step => ({ kind: 'remove-folder', path });

const deleteByCertutil = ({ folder }: NssDatabase, certutil: string, nickname: string): RunStep => ({
  kind: 'run',
  command: [certutil, '-D', '-d', `sql:${folder}`, '-n', nickname],
  okOutput: /could not find/,
});

type NssWork = { readonly database: NssDatabase; readonly libraryFolder: string; readonly anchor: TrustAnchor };

function createNssWork(action: 'add' | 'remove', { database, libraryFolder, anchor }: NssWork): NativeStep {
  const { folder, state } = database;
  const task = {
    worker: 'nss' as const,
    action,
    databaseFolder: folder,
    libraryFolder,
    nickname: nicknameFor(anchor),
    certDerBase64: formatBase64(anchor.certDer),
    sha256Hex: anchor.sha256Hex,
    isNew: state !== 'present',
  };
  // Without it the loader mixes the system's softoken with the libraries of the folder.
  const env = { LD_LIBRARY_PATH: libraryFolder };
  const creates = action === 'add' && task.isNew ? { creates: listFiles(folder) } : {};
  return {
    kind: 'native',
    task,
    env,
    timeoutMs: WORKER_TIMEOUT_MS,
    typed: typeCertutil(action, database, anchor),
    ...creates,
  };
}

/** What a person with certutil would type. */
export const typeCertutil = (action: 'add' | 'remove', database: NssDatabase, anchor: TrustAnchor): readonly string[] =>
  action === 'add'
    ? addByCertutil({ ...database, hasPassword: false }, 'certutil', anchor).command
    : deleteByCertutil(database, 'certutil', rootsOf(database, anchor)[0]?.nickname ?? nicknameFor(anchor)).command;

/** What else goes with the root, before and after it. */
export type RemovalExtras = {
  /** Folders and files that earlier installs made. */
  readonly created: ReadonlySet<string>;
  /** Changes to other files of the database that this root brought. */
  readonly edits?: readonly Step[];
  /** Further ways to take the root out. */
  readonly others?: readonly Route[];
};

/** The ways out, best first. Empty when nothing of the root is there. */
export function planNssRemoval(
  database: NssDatabase,
  { means, anchor }: { readonly means: NssMeans; readonly anchor: TrustAnchor },
  { created, edits = [], others = [] }: RemovalExtras,
): Route[] {
  const roots = rootsOf(database, anchor);
  const isOurs = database.holdsNothingElse && listFiles(database.folder).every((path) => created.has(path));
  const after = isOurs ? planFolderRemoval(database, created) : edits;
  if (roots.length === 0) return after.length === 0 ? [] : [{ name: isOurs ? 'folder' : 'modules', steps: after }];
  const { certutil, libraryFolder } = means;
  const nicknames = roots.flatMap(({ nickname, isNicknameShared }) => (isNicknameShared ? [] : (nickname ?? [])));
  const routes: Route[] = [];
  // A name that another certificate shares would leave it to chance which of the two certutil deletes.
  if (certutil !== undefined && nicknames.length === roots.length)
    routes.push({
      name: 'certutil',
      steps: [...nicknames.map((nickname) => deleteByCertutil(database, certutil, nickname)), ...after],
    });
  if (libraryFolder !== undefined)
    routes.push({ name: 'libnss3', steps: [createNssWork('remove', { database, libraryFolder, anchor }), ...after] });
  return [...routes, ...others.map((route) => ({ ...route, steps: [...route.steps, ...after] }))];
}

/** A running browser keeps the old files open, so the root is taken out of them first; then they go. */
function planFolderRemoval(database: NssDatabase, created: ReadonlySet<string>): Step[] {
  const parts = database.folder.split('/');
  const above = parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
  return [...removeFiles(database), ...above.filter((path) => created.has(path)).map(removeFolder)];
}
