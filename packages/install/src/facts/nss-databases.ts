/**
 * @module One NSS database as it lies on disk: whether it is there, which of the wanted roots it holds, whether it has a primary
 * password. Told from its bytes; only where they can't be relied on is certutil asked.
 */
import { posix, win32 } from 'node:path';
import type { MachineReader } from '../machine/machine.ts';
import { parseNssDatabase, type NssContents } from '../nss/nss-database.ts';
import { parsePkcs11Modules } from '../nss/pkcs11-txt.ts';
import { hasPrimaryPassword } from '../nss/nss-password.ts';
import { certificateSha256Hexes } from './certificates.ts';
import { readEditableFile, type EditableFile } from './editable-file.ts';
import type { FactsRequest } from './facts.ts';

/** A wanted root in a database. */
export type NssRoot = {
  readonly sha256Hex: string;
  readonly nickname: string | undefined;
  /** Another certificate goes by the same name. */
  readonly isNicknameShared: boolean;
  readonly isTrusted: boolean;
  /** As only NSS 3.114 and later see it. */
  readonly isTrustedByNewNss: boolean;
};

export type NssDatabase = {
  /** Absolute. */
  readonly folder: string;
  /** `empty`: the folder is there without a database. `partial`: keys without certificates. `legacy`: one that NSS no longer reads. */
  readonly state: 'missing' | 'empty' | 'partial' | 'present' | 'legacy';
  readonly roots: readonly NssRoot[];
  /** Undefined when it can't be told. */
  readonly hasPassword: boolean | undefined;
  /** The folder holds the three files of a database, and that no object but the wanted roots and no password. */
  readonly holdsNothingElse: boolean;
  readonly isWritable: boolean;
  /** We are root and the folder or the home is another user's: what we made there would lock its owner out. */
  readonly isOfOthers: boolean;
  /** Folders to make first, outermost first; the last is the database's own. */
  readonly missingFolders: readonly string[];
  /** `pkcs11.txt`, the list of modules. */
  readonly modules: EditableFile;
};

/** The files of a database, in the order in which they may go. */
export const NSS_FILES: readonly string[] = ['cert9.db', 'key4.db', 'pkcs11.txt'];

/** Paths as the machine writes them. */
export const pathsOf = ({ platform }: Pick<MachineReader, 'platform'>): typeof posix =>
  platform === 'win32' ? win32 : posix;

/** Looks at one folder. Starts certutil only for a database that is there and makes no sense. */
export async function readNssDatabase(
  reader: MachineReader,
  folder: string,
  request: FactsRequest,
): Promise<NssDatabase> {
  const paths = pathsOf(reader);
  const names = reader.readFolder(folder);
  const state = findState(reader, folder, { names, created: request.created });
  const common = {
    folder,
    state,
    roots: [],
    hasPassword: false,
    holdsNothingElse: false,
    isWritable: state === 'missing' || reader.isWritable(folder),
    isOfOthers: reader.uid === 0 && [folder, reader.userFolder].some((path) => findOwner(reader, path) !== 0),
    missingFolders: listMissingFolders(reader, folder),
    modules: readEditableFile(reader, paths.join(folder, 'pkcs11.txt')),
  };
  if (state !== 'present') return common;
  const contents = readContents(reader, folder, request);
  const roots = contents === undefined ? [] : selectRoots(contents, request);
  // Telling takes a key derivation, and nobody asks it of a database that holds what it should.
  if (request.direction === 'install' && roots.some(({ isTrusted }) => isTrusted))
    return { ...common, hasPassword: undefined, roots };
  const key4 = reader.readFile(paths.join(folder, 'key4.db'));
  const hasPassword = key4 === undefined ? false : hasPrimaryPassword(key4);
  if (contents === undefined) return { ...common, hasPassword, roots: await askCertutil(reader, folder, request) };
  const isPlain = names.every((name) => NSS_FILES.includes(name)) && !namesOtherModules(common.modules, request);
  const holdsNothingElse = isPlain && contents.strangers === 0 && hasPassword === false;
  return { ...common, hasPassword, holdsNothingElse, roots };
}

/** Of the nearest folder that is there, behind links; ours where nobody can tell. */
function findOwner(reader: MachineReader, folder: string): number {
  const paths = pathsOf(reader);
  for (let path = folder; ; path = paths.dirname(path)) {
    const real = reader.realPath(path);
    const status = real === undefined ? undefined : reader.status(real);
    if (status !== undefined) return status.uid;
    if (paths.dirname(path) === path) return 0;
  }
}

/** Smart cards and the like, which a person has put there. */
const namesOtherModules = ({ text, isUnreadable }: EditableFile, { roots }: FactsRequest): boolean =>
  isUnreadable ||
  parsePkcs11Modules(text ?? '').some(
    ({ library, name }) => library !== '' && !roots.some(({ fileStem }) => fileStem === name),
  );

function findState(
  reader: MachineReader,
  folder: string,
  { names, created }: { names: readonly string[]; created: ReadonlySet<string> },
): NssDatabase['state'] {
  if (reader.status(folder) === undefined) return 'missing';
  if (names.includes('cert9.db')) return 'present';
  if (names.includes('cert8.db')) return 'legacy';
  return NSS_FILES.some((name) => names.includes(name) && !created.has(pathsOf(reader).join(folder, name)))
    ? 'partial'
    : 'empty';
}

/** The folder and what above it is not there, outermost first. */
export function listMissingFolders(reader: MachineReader, folder: string): string[] {
  const paths = pathsOf(reader);
  const missing: string[] = [];
  for (let path = folder; reader.status(path) === undefined && paths.dirname(path) !== path; path = paths.dirname(path))
    missing.unshift(path);
  return missing;
}

/** Undefined when another process is in the midst of a change, or the bytes make no sense. */
function readContents(reader: MachineReader, folder: string, request: FactsRequest): NssContents | undefined {
  const paths = pathsOf(reader);
  const isBusy = ['cert9.db', 'key4.db']
    .flatMap((name) => [`${name}-wal`, `${name}-journal`])
    .some((name) => (reader.status(paths.join(folder, name))?.size ?? 0) > 0);
  const cert9 = reader.readFile(paths.join(folder, 'cert9.db'));
  if (isBusy || cert9 === undefined) return undefined;
  const wanted = request.rootsSha256Hex.map((sha256Hex, index) => ({
    sha256Hex,
    sha1Hex: request.rootsSha1Hex[index] ?? '',
  }));
  try {
    return parseNssDatabase({ cert9, key4: reader.readFile(paths.join(folder, 'key4.db')) }, wanted);
  } catch {
    return undefined;
  }
}

function selectRoots({ certificates }: NssContents, request: FactsRequest): NssRoot[] {
  return certificates
    .filter(({ sha256Hex }) => request.rootsSha256Hex.includes(sha256Hex))
    .map((root) => ({ ...root, isNicknameShared: certificates.some((other) => isNamesake(root, other)) }));
}

type Named = { readonly nickname: string | undefined; readonly sha256Hex: string };

const isNamesake = (one: Named, other: Named): boolean =>
  one.nickname !== undefined && one.nickname === other.nickname && one.sha256Hex !== other.sha256Hex;

const DIGITS_IN_NICKNAME = 16;

/** Finds roots by the digits in the names we give, then by their DER; one under another name stays unseen. */
async function askCertutil(reader: MachineReader, folder: string, request: FactsRequest): Promise<NssRoot[]> {
  const certutil = reader.findProgram('certutil');
  if (certutil === undefined || reader.platform === 'win32') return []; // Windows has a certutil that is no NSS
  const list = [certutil, '-L', '-d', `sql:${folder}`] as const;
  const { stdout } = await reader.query({ command: list });
  const roots: NssRoot[] = [];
  for (const line of stdout.split('\n')) {
    const [, nickname, flags] = /^(.*?)\s+(\w*),\w*,\w*\s*$/.exec(line) ?? [];
    if (nickname === undefined || flags === undefined) continue;
    if (!request.rootsSha256Hex.some((hex) => nickname.includes(hex.slice(0, DIGITS_IN_NICKNAME)))) continue;
    const shown = await reader.query({ command: [...list, '-n', nickname, '-a'] });
    const held = certificateSha256Hexes(new Uint8Array(Buffer.from(shown.stdout)));
    const isTrusted = flags.includes('C');
    for (const sha256Hex of held.filter((hex) => request.rootsSha256Hex.includes(hex)))
      roots.push({
        sha256Hex,
        nickname,
        isTrusted,
        isTrustedByNewNss: isTrusted,
        isNicknameShared: new Set(held).size > 1,
      });
  }
  return roots;
}
