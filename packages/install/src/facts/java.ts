/**
 * @module Java's trust stores: each `cacerts` of the machine once, however many runtimes read it, and whether it holds a wanted
 * root. keytool is started only for a file that is encrypted.
 */
import { formatHex, isEqualBytes } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import { isInJks, isJksPassword, parseJks, type JksEntry } from '../java/jks.ts';
import { parseKeytoolList } from '../java/keytool-list.ts';
import { parsePkcs12Certificates } from '../java/pkcs12-certificates.ts';
import { parseJavaName } from '../java/release-file.ts';
import type { MachineReader } from '../machine/machine.ts';
import type { FactsRequest } from './facts.ts';
import { isRootFileThere } from './root-file.ts';
import { readJavaHome, readJavaHomes, type JavaHome } from './java-homes.ts';

export type JavaKeystore = {
  /** Behind all links. */
  readonly path: string;
  /** Runtimes that read it: `OpenJDK 17`. */
  readonly names: readonly string[];
  /** True for a `jssecacerts`, which Java reads instead of the `cacerts` beside it. */
  readonly isSubstitute: boolean;
  /** False when it may not be read, or no known password opens it. */
  readonly isOpen: boolean;
  /** Half written, by a program that was killed. */
  readonly isDamaged: boolean;
  /** Entries with a wanted root. */
  readonly entries: readonly { readonly alias: string; readonly sha256Hex: string }[];
  /** Undefined when none that is known fits. A secret, unless it is `JAVA_PASSWORD`. */
  readonly password: string | undefined;
  readonly keytool: string | undefined;
  readonly isWritable: boolean;
  /** On a disk or in a folder that not even root may write to. */
  readonly isFixed: boolean;
};

export type JavaFacts = {
  readonly keystores: readonly JavaKeystore[];
  /** SHA-256 (hex) of the wanted roots whose file is where it should be. */
  readonly rootFiles: ReadonlySet<string>;
  /** Debian's hook may feed the shared keystore from the system store. */
  readonly isDebianFed: boolean;
};

/** What every keystore of roots has as its password: public, and no secret. */
export const JAVA_PASSWORD = 'changeit';

/** A cacerts has some 200 kB. */
const MAX_KEYSTORE_BYTES = 32 * 1024 * 1024;
const LIST_TIMEOUT_MS = 30_000;
/** Folders of packages that nothing may be changed in. */
const FIXED_FOLDERS = ['/nix/store/', '/gnu/store/', '/snap/', '/var/lib/snapd/snap/'];

/** Undefined when the machine has no Java. */
export async function readJavaFacts(reader: MachineReader, request: FactsRequest): Promise<JavaFacts | undefined> {
  const known = (request.knownPlaces.get('java') ?? []).filter((path) => reader.realPath(path) !== undefined);
  const homes = [...readJavaHomes(reader), ...known.flatMap((path) => readJavaHome(reader, homeOf(path)) ?? [])];
  const byPath = new Map<string, JavaHome[]>(known.map((path) => [path, []]));
  for (const home of homes)
    for (const keystore of home.keystores) {
      const path = reader.realPath(keystore) ?? keystore;
      byPath.set(path, [...(byPath.get(path) ?? []), home]);
    }
  if (byPath.size === 0) return undefined;
  const passwords = [...new Set([JAVA_PASSWORD, ...readDebianPassword(reader)])];
  const keystores: JavaKeystore[] = [];
  for (const [path, users] of byPath) {
    const keytool = chooseKeytool(reader, path, [...users, ...homes]);
    const contents = await readContents(reader, path, { passwords, keytool, request });
    keystores.push({
      path,
      names: [...new Set(users.map((home) => readName(reader, home)))],
      isSubstitute: /[\\/]jssecacerts$/.test(path),
      isOpen: contents !== undefined,
      isDamaged: contents === undefined && isHalfWritten(reader.readFile(path)),
      entries: findWanted(contents?.entries ?? [], request),
      password: contents?.password,
      keytool,
      isWritable: reader.isWritable(path),
      isFixed: isFixed(reader, path),
    });
  }
  const rootFiles = request.roots.filter((root) => isRootFileThere(reader, root)).map((root) => root.sha256Hex);
  const isDebianFed = /^cacerts_updates=["']?yes/m.test(readDebianDefaults(reader));
  return { keystores, rootFiles: new Set(rootFiles), isDebianFed };
}

/** `HOME/lib/security/cacerts` */
const homeOf = (path: string): string => path.replace(/(?:[\\/][^\\/]+){3}$/, '');

/** Debian lets the password of the shared keystore be changed, and keeps it here for its own hook. */
function readDebianPassword(reader: MachineReader): string[] {
  const text = readDebianDefaults(reader);
  const value = /^storepass=(?:'([^'\n]*)'|"([^"\n]*)"|([^\s'"#]*))/m.exec(text);
  return [value?.[1] ?? value?.[2] ?? value?.[3] ?? ''].filter((password) => password !== '');
}

const readDebianDefaults = (reader: MachineReader): string =>
  Buffer.from(reader.readFile('/etc/default/cacerts') ?? []).toString();

/** One of the keystore's own runtimes; where root runs it, one that the user could not have written if there is one. */
function chooseKeytool(reader: MachineReader, path: string, homes: readonly JavaHome[]): string | undefined {
  const keytools = [...homes.map(({ keytool }) => keytool), reader.findProgram('keytool')].filter(
    (keytool) => keytool !== undefined,
  );
  if (reader.isWritable(path)) return keytools[0];
  return keytools.find((keytool) => !reader.isWritable(reader.realPath(keytool) ?? keytool)) ?? keytools[0];
}

const readName = (reader: MachineReader, { path }: JavaHome): string =>
  parseJavaName(Buffer.from(reader.readFile(`${path}/release`) ?? []).toString());

const isFixed = (reader: MachineReader, path: string): boolean =>
  FIXED_FOLDERS.some((folder) => path.startsWith(folder)) || (reader.uid === 0 && !reader.isWritable(path));

/** Told by their bytes: hashing the hundred others of a store takes longer than all else. */
function findWanted(entries: readonly JksEntry[], { roots }: FactsRequest): JavaKeystore['entries'] {
  return entries.flatMap(({ alias, certDer }) => {
    const root = roots.find((wanted) => isEqualBytes(wanted.certDer, certDer));
    return root === undefined ? [] : [{ alias, sha256Hex: root.sha256Hex }];
  });
}

/** A JKS file that makes no sense, or an empty one: keytool and Debian's hook write in place and may have been killed. */
const isHalfWritten = (bytes: Uint8Array | undefined): boolean =>
  bytes !== undefined &&
  (bytes.length === 0 ||
    (Buffer.from(bytes.subarray(0, 4)).toString('hex') === 'feedfeed' && parseJks(bytes) === undefined));

type Contents = { readonly entries: readonly JksEntry[]; readonly password: string | undefined };
type Keys = {
  readonly passwords: readonly string[];
  readonly keytool: string | undefined;
  readonly request: FactsRequest;
};

async function readContents(reader: MachineReader, path: string, keys: Keys): Promise<Contents | undefined> {
  const status = reader.status(path);
  // Anything but a file could keep a reader waiting for ever.
  const bytes = status?.kind === 'file' && status.size <= MAX_KEYSTORE_BYTES ? reader.readFile(path) : undefined;
  if (bytes === undefined) return undefined;
  const { direction, roots } = keys.request;
  // Nobody asks for aliases or the password of a store that holds what it should.
  if (direction === 'install' && roots.every(({ certDer }) => isInJks(bytes, certDer)))
    return { entries: roots.map(({ certDer }) => ({ alias: '', certDer })), password: JAVA_PASSWORD };
  const jks = parseJks(bytes);
  if (jks !== undefined)
    return { entries: jks, password: keys.passwords.find((password) => isJksPassword(bytes, password)) };
  const pkcs12 = parsePkcs12Certificates(bytes);
  const isPlain = pkcs12 !== undefined && pkcs12 !== 'encrypted';
  if (isPlain && !pkcs12.hasMac) return { entries: pkcs12.entries, password: JAVA_PASSWORD };
  const listed = await listOnce(reader, path, { ...keys, bytes });
  return isPlain ? { entries: pkcs12.entries, password: listed?.password } : listed;
}

/** What keytool said of a file, by the SHA-256 of the file: each place is looked at again after each change to another. */
const listings = new WeakMap<MachineReader, Map<string, Promise<Contents | undefined>>>();

function listOnce(
  reader: MachineReader,
  path: string,
  keys: Keys & { readonly bytes: Uint8Array },
): Promise<Contents | undefined> {
  const known = listings.get(reader) ?? new Map<string, Promise<Contents | undefined>>();
  listings.set(reader, known);
  const sha256Hex = formatHex(nodeSha256(new Uint8Array(keys.bytes)));
  const listing = known.get(sha256Hex) ?? listByKeytool(reader, path, keys);
  known.set(sha256Hex, listing);
  return listing;
}

/** Undefined when no known password opens the keystore, or it is none. */
async function listByKeytool(reader: MachineReader, path: string, keys: Keys): Promise<Contents | undefined> {
  const { keytool, passwords } = keys;
  if (keytool === undefined) return undefined;
  for (const password of passwords) {
    // By the environment, which other users don't see, unlike arguments.
    const { exitCode, stdout } = await reader.query({
      command: [
        keytool,
        ...KEYTOOL_OPTIONS,
        '-list',
        '-rfc',
        '-keystore',
        path,
        '-storepass:env',
        'MINTMARK_STOREPASS',
      ],
      env: { LC_ALL: KEYTOOL_LOCALE, MINTMARK_STOREPASS: password },
      timeoutMs: LIST_TIMEOUT_MS,
    });
    if (exitCode === 0) return { entries: parseKeytoolList(stdout), password };
  }
  return undefined;
}

/** keytool speaks the language of the machine, whatever the locale, where Java is told so. */
export const KEYTOOL_OPTIONS = ['-J-Duser.language=en'] as const;
/** In the plain C locale Java can't tell letters outside ASCII, in paths and aliases, from question marks. */
export const KEYTOOL_LOCALE = 'C.UTF-8';
