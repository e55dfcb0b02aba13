/**
 * @module Folders of Java runtimes on this machine, wherever systems, version managers and IDEs put them. A folder counts
 * when it holds a `cacerts`; nothing is run.
 */
import { posix, win32 } from 'node:path';
import type { MachineReader } from '../machine/machine.ts';

export type JavaHome = {
  readonly path: string;
  /** `cacerts`, and `jssecacerts` where there is one, which Java then reads instead. As named in the folder, links and all. */
  readonly keystores: readonly string[];
  /** Undefined when it has none. */
  readonly keytool: string | undefined;
};

/** Parents of runtimes; `*` stands for part of one name. */
const LINUX_PATTERNS = [
  '/usr/lib/jvm/*',
  '/usr/lib64/jvm/*',
  '/usr/java/*',
  '/usr/local/*jdk*',
  '/usr/local/*java*',
  '/opt/*jdk*',
  '/opt/*java*',
  '/opt/*java*/*',
];
const MACOS_PATTERNS = ['/Library/Java/JavaVirtualMachines/*', '~/Library/Java/JavaVirtualMachines/*'];
const USER_PATTERNS = ['~/.jdks/*', '~/.jabba/jdk/*', '~/scoop/apps/*jdk*/current', '~/scoop/apps/*java*/current'];
const HOMEBREW_PREFIXES = ['/opt/homebrew', '/usr/local', '/home/linuxbrew/.linuxbrew'];
const WINDOWS_MAKERS = [
  'Java',
  'Eclipse Adoptium',
  'Eclipse Foundation',
  'AdoptOpenJDK',
  'Microsoft',
  'Zulu',
  'Amazon Corretto',
  'BellSoft',
  'Semeru',
];
/** Where a folder that a version manager made may hold the runtime itself. */
const INNER_FOLDERS = ['', 'Contents/Home', 'libexec/openjdk.jdk/Contents/Home', 'libexec'];

/** Every runtime, once for each name it is reached by, in a fixed order. */
export function readJavaHomes(reader: MachineReader): JavaHome[] {
  const paths = reader.platform === 'win32' ? win32 : posix;
  const { JAVA_HOME: javaHome, JRE_HOME: jreHome } = reader.env;
  const named = [javaHome, jreHome, readHomeOnPath(reader)].filter((path) => path !== undefined && path !== '');
  const folders = [...(named as string[]), ...listPatterns(reader).flatMap((pattern) => expand(reader, pattern))];
  const candidates = folders
    .filter((folder) => paths.isAbsolute(folder))
    .flatMap((folder) => INNER_FOLDERS.map((inner) => paths.join(folder, inner)));
  return [...new Set(candidates.map((path) => paths.resolve(path)))].flatMap(
    (path) => readJavaHome(reader, path) ?? [],
  );
}

/** Undefined when the folder holds no runtime. */
export function readJavaHome(reader: MachineReader, path: string): JavaHome | undefined {
  const paths = reader.platform === 'win32' ? win32 : posix;
  const isThere = (file: string): boolean => reader.realPath(file) !== undefined;
  const keystores = ['lib', 'jre/lib'].flatMap((lib) =>
    ['cacerts', 'jssecacerts'].map((name) => paths.join(path, lib, 'security', name)).filter(isThere),
  );
  if (keystores.length === 0) return undefined;
  const program = reader.platform === 'win32' ? 'keytool.exe' : 'keytool';
  return { path, keystores, keytool: ['bin', 'jre/bin'].map((bin) => paths.join(path, bin, program)).find(isThere) };
}

/** `java` is reached over links (alternatives); its home is two levels above the file. */
function readHomeOnPath(reader: MachineReader): string | undefined {
  const program = reader.findProgram('java');
  const real = program === undefined ? undefined : reader.realPath(program);
  if (real === undefined) return undefined;
  const paths = reader.platform === 'win32' ? win32 : posix;
  return paths.dirname(paths.dirname(real));
}

function listPatterns(reader: MachineReader): string[] {
  const { env, platform } = reader;
  const managers: readonly (readonly [folder: string | undefined, usual: string, children: string])[] = [
    [env['SDKMAN_DIR'], '~/.sdkman', 'candidates/java/*'],
    [env['ASDF_DATA_DIR'], '~/.asdf', 'installs/java/*'],
    [env['MISE_DATA_DIR'], '~/.local/share/mise', 'installs/java/*'],
    [env['GRADLE_USER_HOME'], '~/.gradle', 'jdks/*'],
    [env['GRADLE_USER_HOME'], '~/.gradle', 'jdks/*/*'], // Gradle before 8 unpacks one level lower
  ];
  const brews = [env['HOMEBREW_PREFIX'], ...HOMEBREW_PREFIXES].filter(
    (prefix) => prefix !== undefined && prefix !== '',
  );
  return [
    ...(platform === 'win32' ? listWindowsPatterns(env) : []),
    ...(platform === 'darwin' ? MACOS_PATTERNS : []),
    ...(platform === 'linux' ? LINUX_PATTERNS : []),
    ...(platform === 'win32' ? [] : brews.map((prefix) => `${prefix}/opt/openjdk*`)),
    ...managers.map(
      ([folder, usual, children]) => `${folder === undefined || folder === '' ? usual : folder}/${children}`,
    ),
    ...USER_PATTERNS,
  ];
}

function listWindowsPatterns(env: MachineReader['env']): string[] {
  const local = env['LOCALAPPDATA'];
  const roots = [env['ProgramFiles'], env['ProgramW6432'], env['ProgramFiles(x86)'], local && `${local}\\Programs`];
  return [...new Set(roots)]
    .filter((root) => root !== undefined && root !== '')
    .flatMap((root) => WINDOWS_MAKERS.map((maker) => `${root}\\${maker}\\*`));
}

/** Folders that fit a pattern. `~` is the user's folder; without one, such patterns fit nothing. */
function expand(reader: MachineReader, pattern: string): string[] {
  const { userFolder, platform } = reader;
  if (pattern.startsWith('~/') && userFolder === '') return [];
  const paths = platform === 'win32' ? win32 : posix;
  const [first = '', ...names] = pattern.split(platform === 'win32' ? /[\\/]/ : '/');
  const start = first === '~' ? userFolder : platform === 'win32' ? `${first}\\` : '/';
  return names.reduce<string[]>(
    (folders, name) =>
      folders.flatMap((folder) => children(reader, folder, name).map((child) => paths.join(folder, child))),
    [start],
  );
}

function children(reader: MachineReader, folder: string, name: string): string[] {
  if (!name.includes('*')) return [name];
  const parts = name.split('*').map((part) => part.toLowerCase());
  const [head = '', tail = ''] = [parts[0], parts.at(-1)];
  const isFit = (child: string): boolean =>
    child.startsWith(head) && child.endsWith(tail) && parts.every((part) => child.includes(part));
  return reader.readFolder(folder).filter((child) => !child.startsWith('.') && isFit(child.toLowerCase()));
}
