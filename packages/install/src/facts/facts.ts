/**
 * @module Everything the stores are told about the machine, read once. Only the files of this folder look at the machine,
 * and nothing here decides anything.
 */
import type { TrustAnchor } from '../anchor.ts';
import type { MachineReader } from '../machine/machine.ts';
import type { StoreId } from '../stores/store.ts';
import { readAndroidFacts, type AndroidFacts } from './android.ts';
import { readBrowserFacts, type BrowserFacts } from './browsers.ts';
import { readElevation, type Elevation } from './elevation.ts';
import { readGitForWindowsFacts, type GitForWindowsFacts } from './git-for-windows.ts';
import { readHomebrewFacts, type HomebrewFacts } from './homebrew.ts';
import { readIosFacts, type IosFacts } from './ios.ts';
import { readJavaFacts, type JavaFacts } from './java.ts';
import { readLinuxFacts, type LinuxFacts } from './linux-system.ts';
import { readMacosFacts, type MacosFacts } from './macos.ts';
import { readWindowsFacts, type WindowsFacts } from './windows.ts';
import { readWindowsHostFacts, type WindowsHostFacts } from './windows-host.ts';

/** What the facts are asked for. */
export type FactsRequest = {
  /** What only taking roots out needs is left out of facts for putting them in: a look at what is trusted already must be quick. */
  readonly direction: 'install' | 'uninstall';
  /** Stores to look at; the rest of the facts stays undefined. */
  readonly stores: ReadonlySet<StoreId>;
  /** SHA-256 (hex) of the roots that are looked for. */
  readonly rootsSha256Hex: readonly string[];
  /** SHA-1 (hex) of the same roots, in the same order, for systems that know certificates by it. */
  readonly rootsSha1Hex: readonly string[];
  /** The roots themselves, for what no digest tells: their subjects, and their files for programs that take one. */
  readonly roots: readonly TrustAnchor[];
  /** Places that the journal knows and that a search might miss by now. */
  readonly knownPlaces: ReadonlyMap<StoreId, readonly string[]>;
  /** Folders and files that earlier installs of these roots made where there were none. */
  readonly created: ReadonlySet<string>;
};

export type Facts = {
  readonly platform: NodeJS.Platform;
  /** The user's own folder, for labels and for paths that only make sense there. */
  readonly userFolder: string;
  readonly isRoot: boolean;
  /** The program that gives root for one command; undefined when there is none or we are root. */
  readonly elevation: Elevation | undefined;
  /** Names of programs found, of those that rows of the report name (`curl`, `git` …). */
  readonly programs: ReadonlySet<string>;
  /** Folders and files that earlier installs made where there were none. */
  readonly created: ReadonlySet<string>;
  readonly linux?: LinuxFacts;
  readonly macos?: MacosFacts;
  readonly windows?: WindowsFacts;
  readonly windowsHost?: WindowsHostFacts;
  readonly browsers?: BrowserFacts;
  readonly java?: JavaFacts;
  readonly homebrew?: HomebrewFacts;
  readonly gitForWindows?: GitForWindowsFacts;
  readonly ios?: IosFacts;
  readonly android?: AndroidFacts;
};

/** Programs that the report names as readers of a store, or as ones with a list of their own. */
const REPORTED_PROGRAMS = ['curl', 'wget', 'git', 'go', 'ruby', 'php', 'python3', 'pip3', 'node', 'deno', 'bun'];

/** Reads what the chosen stores need. Starts a program only where no file tells. */
export async function readFacts(reader: MachineReader, request: FactsRequest): Promise<Facts> {
  const { stores } = request;
  const when = async <T>(id: StoreId, read: () => T | Promise<T>): Promise<T | undefined> =>
    stores.has(id) ? await read() : undefined;
  const hasBrowsers = stores.has('chromium') || stores.has('firefox');
  return dropUndefined({
    platform: reader.platform,
    userFolder: reader.userFolder,
    isRoot: reader.uid === 0,
    elevation: readElevation(reader),
    programs: new Set(REPORTED_PROGRAMS.filter((name) => reader.findProgram(name) !== undefined)),
    created: request.created,
    linux: await when('system', () => readLinuxFacts(reader, request)),
    macos: await when('system', () => readMacosFacts(reader, request)),
    windows: await when('system', () => readWindowsFacts(reader, request)),
    windowsHost: await when('windows-host', () => readWindowsHostFacts(reader, request)),
    browsers: hasBrowsers ? await readBrowserFacts(reader, request) : undefined,
    java: await when('java', () => readJavaFacts(reader, request)),
    homebrew: await when('homebrew-openssl', () => readHomebrewFacts(reader, request)),
    gitForWindows: await when('git-for-windows', () => readGitForWindowsFacts(reader, request)),
    ios: await when('ios-simulator', () => readIosFacts(reader, request)),
    android: await when('android-emulator', () => readAndroidFacts(reader, request)),
  });
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Absent facts are absent keys, so that exact optional types hold. */
function dropUndefined<T extends object>(facts: T): Defined<T> & Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Defined<T> & Facts;
}
