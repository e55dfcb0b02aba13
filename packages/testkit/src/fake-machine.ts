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
const MAX_LINKS = 8;

export function createFakeMachine(options: FakeMachineOptions = {}): FakeMachine {
  const disk = new FakeDisk(options);
  const calls: ProgramCall[] = [];
  const run = (call: ProgramCall): Promise<ProgramResult> => {
    calls.push(call);
    const [name] = call.command;
    const program = options.programs?.[name];
    if (program === undefined) return Promise.resolve({ exitCode: null, stdout: '', stderr: `spawn ${name} ENOENT` });
    return Promise.resolve({ exitCode: 0, stdout: '', stderr: '', ...program(call, machine) });
  };
  const machine: FakeMachine = {
    entries: disk.entries,
    calls,
    text: (path) => disk.text(path),
    reader: createFakeReader(options, disk, run),
    writer: createFakeWriter(disk, run),
  };
  return machine;
}

type Run = Machine['writer']['run'];

function createFakeReader(options: FakeMachineOptions, disk: FakeDisk, run: Run): Machine['reader'] {
  const programs = Object.keys(options.programs ?? {});
  const find = (name: string): string | undefined =>
    programs.find((path) => [name, `${name}.exe`].includes(disk.paths.basename(path)));
  return {
    platform: disk.platform,
    env: options.env ?? {},
    userFolder: options.userFolder ?? '/home/u',
    uid: 'uid' in options ? options.uid : 0,
    readFile: (path) => disk.bytes(path),
    status: (path) => disk.status(path),
    readFolder: (path) => disk.names(path),
    readLink: (path) => disk.target(path),
    realPath: (path) => (disk.status(disk.resolve(path)) === undefined ? undefined : disk.resolve(path)),
    isWritable: (path) => options.isReadOnly?.(path) !== true,
    freeBytes: () => 1e12,
    findProgram: find,
    findSystemProgram: find,
    query: run,
  };
}

function createFakeWriter(disk: FakeDisk, run: Run): Machine['writer'] {
  const { entries } = disk;
  return {
    writeFile: ({ path, bytes, mode }) => {
      disk.assertWritable(path);
      entries.set(path, { text: Buffer.from(bytes).toString(), mode });
    },
    removeFile: (path) => {
      disk.assertWritable(path);
      entries.delete(path);
    },
    makeFolder: (path) => {
      disk.assertWritable(path);
      if (disk.status(path) === undefined) entries.set(path, { folder: true });
    },
    removeEmptyFolder: (path) => {
      disk.assertWritable(path);
      if (disk.names(path).length === 0) entries.delete(path);
    },
    run,
    lock: () => Promise.resolve(() => {}),
    withTemporaryFile: async (bytes, work) => {
      entries.set(TEMPORARY_FILE, new Uint8Array(bytes));
      try {
        return await work(TEMPORARY_FILE);
      } finally {
        entries.delete(TEMPORARY_FILE);
      }
    },
  };
}

/** Entries by path. What lies below a path makes it a folder, said or not. */
class FakeDisk {
  readonly platform: NodeJS.Platform;
  readonly paths: typeof posix;
  readonly entries: Map<string, FakeEntry>;
  readonly #isReadOnly: (path: string) => boolean;

  constructor({ platform = 'linux', entries = {}, isReadOnly = () => false }: FakeMachineOptions) {
    this.platform = platform;
    this.paths = platform === 'win32' ? win32 : posix;
    this.entries = new Map(Object.entries(entries));
    this.#isReadOnly = isReadOnly;
  }

  resolve(path: string, depth = 0): string {
    const target = this.target(path);
    if (target === undefined || depth >= MAX_LINKS) return path;
    return this.resolve(this.paths.resolve(this.paths.dirname(path), target), depth + 1);
  }

  target(path: string): string | undefined {
    const entry = this.entries.get(path);
    return typeof entry === 'object' && 'link' in entry ? entry.link : undefined;
  }

  bytes(path: string): Uint8Array | undefined {
    return bytesOf(this.entries.get(this.resolve(path)));
  }

  text(path: string): string | undefined {
    const bytes = this.bytes(path);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString();
  }

  names(path: string): string[] {
    const base = this.resolve(path);
    const start = base.endsWith(this.paths.sep) ? base : base + this.paths.sep;
    const below = [...this.entries.keys()].filter((key) => key.startsWith(start));
    return [...new Set(below.map((key) => key.slice(start.length).split(this.paths.sep)[0] ?? ''))].sort();
  }

  status(path: string): EntryStatus | undefined {
    const entry = this.entries.get(path);
    if (entry === undefined)
      return this.names(path).length > 0 ? { kind: 'folder', mode: 0o755, uid: 0, size: 0 } : undefined;
    const mode = typeof entry === 'object' && 'mode' in entry ? entry.mode : 0o644;
    const kind = isFolderEntry(entry) ? 'folder' : this.target(path) === undefined ? 'file' : 'link';
    return { kind, mode, uid: 0, size: bytesOf(entry)?.length ?? 0 };
  }

  assertWritable(path: string): void {
    if (this.#isReadOnly(path))
      throw Object.assign(new Error(`EACCES: permission denied, '${path}'`), { code: 'EACCES' });
  }
}

const isFolderEntry = (entry: FakeEntry): boolean => typeof entry === 'object' && 'folder' in entry;

function bytesOf(entry: FakeEntry | undefined): Uint8Array | undefined {
  if (entry === undefined) return undefined;
  if (typeof entry === 'string') return new Uint8Array(Buffer.from(entry));
  if (entry instanceof Uint8Array) return entry;
  return 'text' in entry ? new Uint8Array(Buffer.from(entry.text)) : undefined;
}
