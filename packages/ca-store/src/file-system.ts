/**
 * @module The few disk operations that ca-store needs, as one interface: the real one is Node's synchronous `fs`; tests put
 * one that fails, or stops, at any single operation in its place.
 */
import * as fs from 'node:fs';

type FileKind = 'file' | 'folder' | 'link' | 'other';
export type FileStatus = {
  readonly kind: FileKind;
  readonly mode: number;
  readonly uid: number;
  readonly size: number;
  readonly mtimeMs: number;
};

export type FileSystem = {
  /** The whole file, or its first `maxBytes` bytes. */
  readonly readFile: (path: string, maxBytes?: number) => Uint8Array;
  /** The last byte of a file; undefined when it is empty or missing. */
  readonly readLastByte: (path: string) => number | undefined;
  /** The entry itself, links not followed; undefined when there is none. */
  readonly status: (path: string) => FileStatus | undefined;
  readonly readFolder: (path: string) => string[];
  /** New file, never an existing one or a link (O_EXCL). */
  readonly createFile: (path: string, mode: number) => number;
  readonly openAppend: (path: string, mode: number) => number;
  readonly openFolder: (path: string) => number;
  readonly setMode: (fd: number, mode: number) => void;
  readonly write: (fd: number, bytes: Uint8Array) => void;
  readonly sync: (fd: number) => void;
  readonly close: (fd: number) => void;
  readonly rename: (from: string, to: string) => void;
  readonly link: (from: string, to: string) => void;
  readonly unlink: (path: string) => void;
  readonly makeFolder: (path: string, mode: number) => void;
  readonly removeFolder: (path: string) => void;
};

function describe(stats: fs.Stats): FileStatus {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'other';
  return { kind, mode: stats.mode & 0o7777, uid: stats.uid, size: stats.size, mtimeMs: stats.mtimeMs };
}

/** A path that goes through a file (`a.pem/.`) names nothing, just as a missing one. */
function readStatus(path: string): FileStatus | undefined {
  try {
    const stats = fs.lstatSync(path, { throwIfNoEntry: false });
    return stats === undefined ? undefined : describe(stats);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOTDIR') return undefined;
    throw cause;
  }
}

function readHead(path: string, maxBytes: number): Uint8Array {
  const fd = fs.openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let left = maxBytes; left > 0;) {
      const chunk = Buffer.allocUnsafe(Math.min(left, CHUNK_BYTES));
      const count = fs.readSync(fd, chunk);
      if (count === 0) break;
      chunks.push(chunk.subarray(0, count));
      left -= count;
    }
    return Buffer.concat(chunks);
  } finally {
    fs.closeSync(fd);
  }
}

const CHUNK_BYTES = 65_536;

function readLastByte(path: string): number | undefined {
  const size = readStatus(path)?.size ?? 0;
  if (size === 0) return undefined;
  const fd = fs.openSync(path, 'r');
  try {
    const byte = Buffer.alloc(1);
    return fs.readSync(fd, byte, 0, 1, size - 1) === 1 ? byte[0] : undefined;
  } finally {
    fs.closeSync(fd);
  }
}

/** write(2) may write less than it was given. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length;) offset += fs.writeSync(fd, bytes, offset);
}

export const nodeFileSystem: FileSystem = {
  readFile: (path, maxBytes) => (maxBytes === undefined ? fs.readFileSync(path) : readHead(path, maxBytes)),
  readLastByte,
  status: readStatus,
  readFolder: (path) => fs.readdirSync(path),
  createFile: (path, mode) => fs.openSync(path, 'wx', mode),
  openAppend: (path, mode) => fs.openSync(path, 'a', mode),
  openFolder: (path) => fs.openSync(path, 'r'),
  setMode: (fd, mode) => fs.fchmodSync(fd, mode),
  write: writeAll,
  sync: (fd) => fs.fsyncSync(fd),
  close: (fd) => fs.closeSync(fd),
  rename: (from, to) => fs.renameSync(from, to),
  link: (from, to) => fs.linkSync(from, to),
  unlink: (path) => fs.unlinkSync(path),
  makeFolder: (path, mode) => fs.mkdirSync(path, { mode }),
  removeFolder: (path) => fs.rmdirSync(path),
};
