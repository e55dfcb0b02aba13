/**
 * @module Everything the command line touches of its process: streams, environment, clock. Commands get it as an argument.
 * Output goes by write(2) on the descriptor, because loading Node's stream classes costs more than minting.
 */
import { fstatSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { devNull } from 'node:os';
import { nodeFileSystem, type FileSystem } from '@mintmark/ca-store';

export type Io = {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** All of standard input. */
  readonly readStdin: () => Uint8Array;
  readonly isTerminal: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  readonly now: () => Date;
  readonly fs: FileSystem;
};

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

/** A pipe whose reader is slow may be non-blocking and answer EAGAIN; a closed one answers EPIPE and wants no more. */
function writeFully(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length;) {
    try {
      offset += writeSync(fd, bytes, offset);
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Only a character device can be a terminal, and the null device is none; asking the stream, which loads much, comes last. */
function isTerminal(fd: number): boolean {
  try {
    const stats = fstatSync(fd);
    if (!stats.isCharacterDevice() || stats.rdev === statSync(devNull).rdev) return false;
  } catch {
    return false;
  }
  const stream = fd === STDIN ? process.stdin : fd === STDOUT ? process.stdout : process.stderr;
  return stream.isTTY === true;
}

const DEFAULT_COLUMNS = 80;

/** The real process. */
export function createProcessIo(): Io {
  return {
    stdout: (text) => writeFully(STDOUT, text),
    stderr: (text) => writeFully(STDERR, text),
    readStdin: () => readAll(),
    isTerminal: {
      get stdin() {
        return isTerminal(STDIN);
      },
      get stdout() {
        return isTerminal(STDOUT);
      },
      get stderr() {
        return isTerminal(STDERR);
      },
    },
    get columns() {
      return (isTerminal(STDOUT) ? process.stdout.columns : undefined) ?? DEFAULT_COLUMNS;
    },
    env: process.env,
    cwd: process.cwd(),
    platform: process.platform,
    now: () => new Date(),
    fs: nodeFileSystem,
  };
}

function readAll(): Uint8Array {
  try {
    return readFileSync(STDIN);
  } catch (cause) {
    // A non-blocking stdin (some parents share theirs) answers EAGAIN to the first read.
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EAGAIN')) throw cause;
    return readPatiently();
  }
}

function readPatiently(): Uint8Array {
  const chunks: Buffer[] = [];
  const chunk = Buffer.alloc(65_536);
  for (;;) {
    try {
      const count = readSync(STDIN, chunk);
      if (count === 0) return Buffer.concat(chunks);
      chunks.push(Buffer.from(chunk.subarray(0, count)));
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EAGAIN')) throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
