/**
 * @module Everything the command line touches of its process: streams, environment, clock. Commands get it as an argument.
 * Output goes by write(2) on the descriptor, because loading Node's stream classes costs more than minting.
 */
import { fstatSync, readSync, statSync, writeSync } from 'node:fs';
import { devNull } from 'node:os';
import { nodeFileSystem, type FileSystem } from '@mintmark/ca-store';
import { cliError } from './cli-errors.ts';

export type Io = {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Standard input, or its first `maxBytes` bytes. */
  readonly readStdin: (maxBytes: number) => Uint8Array;
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
      // With nowhere left to say it, a failing stderr ends nothing else.
      if (code === 'EPIPE' || (fd === STDERR && code !== 'EAGAIN')) return;
      if (code !== 'EAGAIN') throw cliError('OUTPUT_FAILED', { reason: String(code) }, { cause });
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
    readStdin: readHead,
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

/** A non-blocking stdin (some parents share theirs) answers EAGAIN until there is something. */
function readHead(maxBytes: number): Uint8Array {
  const chunks: Buffer[] = [];
  for (let left = maxBytes; left > 0;) {
    const chunk = Buffer.allocUnsafe(Math.min(left, CHUNK_BYTES));
    const count = readPatiently(chunk);
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    left -= count;
  }
  return Buffer.concat(chunks);
}

const CHUNK_BYTES = 65_536;

function readPatiently(chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(STDIN, chunk);
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
      if (code === 'EOF') return 0; // Windows, at the end of a pipe
      if (code !== 'EAGAIN') throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
