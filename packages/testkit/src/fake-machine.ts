/**
 * @module A machine of any kind in memory: files, folders and links by path, programs as functions. It keeps what was run, and
 * its programs may change its files as the real ones do.
 */
import { posix, win32 } from 'node:path';
import type { EntryStatus, Machine, ProgramCall, ProgramResult } from '@mintmark/install';

/** A file's text or bytes, a link's target, or a folder. */
export type FakeEntry =
  | string
  | Uint8Array
  | { readonly link: string }
  | { readonly folder: true }
  | { readonly text: string; readonly mode: number };

export type FakeProgram = (call: ProgramCall, machine: FakeMachine) => Partial<ProgramResult> | void;

export type FakeMachineOptions = {
  readonly platform?: NodeJS.Platform;
  readonly env?: Readonly<Record<string, string>>;
  readonly userFolder?: string;
  /** Default 0, root; undefined is Windows. */
  readonly uid?: number | undefined;
  readonly entries?: Readonly<Record<string, FakeEntry>>;
  /** By absolute path; a program is also found by its base name. */
  readonly programs?: Readonly<Record<string, FakeProgram>>;
  /** True for a path that may not be written. */
  readonly isReadOnly?: (path: string) => boolean;
};

export type FakeMachine = Machine & {
  readonly entries: Map<string, FakeEntry>;
  /** Every command that was run or queried, in order. */
  readonly calls: ProgramCall[];
  /** Text of a file, links followed. */
  readonly text: (path: string) => string | undefined;
};

const TEMPORARY_FILE = '/tmp/mintmark-fake/file';

export function createFakeMachine(options: FakeMachineOptions = {}): FakeMachine {
  const platform = options.platform ?? 'linux';
  const paths = platform === 'win32' ? win32 : posix;
  const entries = new Map<string, FakeEntry>(Object.entries(options.entries ?? {}));
  const calls: ProgramCall[] = [];
  const resolve = (path: string, depth = 0): string => {
    const entry = entries.get(path);
    return typeof entry === 'object' && 'link' in entry && depth < 8
      ? resolve(paths.resolve(paths.dirname(path), entry.link), depth + 1)
      : path;
  };
  const bytesAt = (path: string): Uint8Array | undefined => bytesOf(entries.get(resolve(path)));
  const isImpliedFolder = (path: string): boolean =>
    [...entries.keys()].some((other) => other.startsWith(path.endsWith(paths.sep) ? path : path + paths.sep));
  const refuse = (path: string): void => {
    if (options.isReadOnly?.(path) === true)
      throw Object.assign(new Error(`EACCES: permission denied, '${path}'`), { code: 'EACCES' });
  };
  const statusOf = (path: string): EntryStatus | undefined => {
    const entry = entries.get(path);
    if (entry === undefined)
      return isImpliedFolder(path) ? { kind: 'folder', mode: 0o755, uid: 0, size: 0 } : undefined;
    const mode = typeof entry === 'object' && 'mode' in entry ? entry.mode : 0o644;
    const kind = isFolderEntry(entry) ? 'folder' : typeof entry === 'object' && 'link' in entry ? 'link' : 'file';
    return { kind, mode, uid: 0, size: bytesOf(entry)?.length ?? 0 };
  };
  const run = (call: ProgramCall): Promise<ProgramResult> => {
    calls.push(call);
    const [name] = call.command;
    const program = options.programs?.[name];
    if (program === undefined) return Promise.resolve({ exitCode: null, stdout: '', stderr: `spawn ${name} ENOENT` });
    return Promise.resolve({ exitCode: 0, stdout: '', stderr: '', ...program(call, machine) });
  };
  const machine: FakeMachine = {
    entries,
    calls,
    text: (path) => {
      const bytes = bytesAt(path);
      return bytes === undefined ? undefined : Buffer.from(bytes).toString();
    },
    reader: {
      platform,
      env: options.env ?? {},
      userFolder: options.userFolder ?? '/home/u',
      uid: 'uid' in options ? options.uid : 0,
      readFile: bytesAt,
      status: statusOf,
      readFolder: (path) => {
        const base = resolve(path);
        const start = base.endsWith(paths.sep) ? base : base + paths.sep;
        const names = [...entries.keys()]
          .filter((key) => key.startsWith(start))
          .map((key) => key.slice(start.length).split(paths.sep)[0] ?? '');
        return [...new Set(names)].sort();
      },
      readLink: (path) => {
        const entry = entries.get(path);
        return typeof entry === 'object' && 'link' in entry ? entry.link : undefined;
      },
      realPath: (path) => (statusOf(resolve(path)) === undefined ? undefined : resolve(path)),
      isWritable: (path) => options.isReadOnly?.(path) !== true,
      freeBytes: () => 1e12,
      findProgram: (name) =>
        Object.keys(options.programs ?? {}).find((path) => [name, `${name}.exe`].includes(paths.basename(path))),
      query: run,
    },
    writer: {
      writeFile: ({ path, bytes, mode }) => {
        refuse(path);
        entries.set(path, { text: Buffer.from(bytes).toString(), mode });
      },
      removeFile: (path) => {
        refuse(path);
        entries.delete(path);
      },
      makeFolder: (path) => {
        refuse(path);
        if (statusOf(path) === undefined) entries.set(path, { folder: true });
      },
      removeEmptyFolder: (path) => {
        refuse(path);
        const hasChildren = [...entries.keys()].some((key) => key.startsWith(path + paths.sep));
        if (!hasChildren) entries.delete(path);
      },
      run,
      withTemporaryFile: async (bytes, work) => {
        entries.set(TEMPORARY_FILE, new Uint8Array(bytes));
        try {
          return await work(TEMPORARY_FILE);
        } finally {
          entries.delete(TEMPORARY_FILE);
        }
      },
    },
  };
  return machine;
}

const isFolderEntry = (entry: FakeEntry): boolean => typeof entry === 'object' && 'folder' in entry;

function bytesOf(entry: FakeEntry | undefined): Uint8Array | undefined {
  if (entry === undefined) return undefined;
  if (typeof entry === 'string') return new Uint8Array(Buffer.from(entry));
  if (entry instanceof Uint8Array) return entry;
  return 'text' in entry ? new Uint8Array(Buffer.from(entry.text)) : undefined;
}
