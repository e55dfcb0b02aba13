/**
 * @module The real machine behind the ports, by node:fs and node:child_process. Only facts and applying get to see it.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { FileSystem } from '@mintmark/ca-store';
import { makeFolders, removeIfPresent, writeFileAtomically } from '@mintmark/ca-store';
import { lockMachine } from './machine-lock.ts';
import type { EntryStatus, Machine, MachineReader, MachineWriter, ProgramCall, ProgramResult } from './machine.ts';

export type NodeMachineOptions = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly fs: FileSystem;
};

/** The machine this process runs on. */
export function createNodeMachine(options: NodeMachineOptions): Machine {
  const env = withSystemFolders(options);
  const run = (call: ProgramCall): Promise<ProgramResult> => runProgram(call, env);
  return { reader: createReader(options, run), writer: createWriter(options.fs, run) };
}

/** Folders of programs for root, which a user's PATH often lacks. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** What programs start themselves they search by PATH, which `su` leaves without root's folders: dpkg then refuses to work. */
function withSystemFolders({ env, platform }: NodeMachineOptions): NodeMachineOptions['env'] {
  if (platform === 'win32') return env;
  const folders = (env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  return { ...env, PATH: [...new Set([...folders, ...SYSTEM_FOLDERS])].join(delimiter) };
}

function createReader({ env, platform }: NodeMachineOptions, run: MachineWriter['run']): MachineReader {
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter(isAbsolute);
  const searched = platform === 'win32' ? folders : [...new Set([...folders, ...SYSTEM_FOLDERS])];
  const names = (name: string): string[] => (platform === 'win32' ? [`${name}.exe`, `${name}.cmd`, name] : [name]);
  const found = new Map<string, string | undefined>();
  const search = (name: string): string | undefined =>
    searched.flatMap((folder) => names(name).map((file) => join(folder, file))).find(isExecutable);
  return {
    platform,
    env,
    userFolder: (platform === 'win32' ? env['USERPROFILE'] : env['HOME']) ?? '',
    uid: process.getuid?.(),
    // Most of what is looked for is not there, and an error that is thrown costs more than a look before.
    readFile: (path) =>
      attempt(() =>
        fs.statSync(path, { throwIfNoEntry: false })?.isFile() === true ? fs.readFileSync(path) : undefined,
      ),
    status: (path) =>
      attempt(() => {
        const stats = fs.lstatSync(path, { throwIfNoEntry: false });
        return stats === undefined ? undefined : describe(stats);
      }),
    readFolder: (path) => attempt(() => (fs.existsSync(path) ? fs.readdirSync(path).sort() : undefined)) ?? [],
    readLink: (path) => attempt(() => fs.readlinkSync(path)),
    realPath: (path) => attempt(() => fs.realpathSync.native(path)),
    isWritable: (path) => attempt(() => fs.accessSync(path, fs.constants.W_OK) ?? true) ?? false,
    freeBytes: (path) =>
      attempt(() => {
        const { bavail, bsize } = fs.statfsSync(path);
        return bavail * bsize;
      }),
    findSystemProgram: (name) => SYSTEM_FOLDERS.map((folder) => join(folder, name)).find(isExecutable) ?? search(name),
    findProgram: (name) => {
      if (!found.has(name)) found.set(name, search(name));
      return found.get(name);
    },
    query: run,
  };
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function describe(stats: fs.Stats): EntryStatus {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'other';
  return { kind, mode: stats.mode & 0o7777, uid: stats.uid, size: stats.size };
}

function isExecutable(path: string): boolean {
  return (
    attempt(() => {
      if (!fs.existsSync(path)) return false; // asked hundreds of times, and mostly so
      return fs.statSync(path).isFile() && (fs.accessSync(path, fs.constants.X_OK) ?? true);
    }) ?? false
  );
}

function createWriter(disk: FileSystem, run: MachineWriter['run']): MachineWriter {
  return {
    writeFile: ({ path, bytes, mode }) => writeFileAtomically(disk, { path, text: bytes, mode }),
    removeFile: (path) => removeIfPresent(disk, path),
    makeFolder: (path, mode) => {
      if (attempt(() => fs.statSync(path)) !== undefined) return;
      makeFolders(disk, dirname(path));
      fs.mkdirSync(path, { mode });
      fs.chmodSync(path, mode); // the umask may have taken bits that others need
    },
    removeEmptyFolder: (path) => void attempt(() => fs.rmdirSync(path)),
    run,
    lock: () => lockMachine(),
    withTemporaryFile: async (bytes, work) => {
      const folder = fs.mkdtempSync(join(tmpdir(), 'mintmark-')); // 0700
      try {
        const path = join(folder, 'file');
        fs.writeFileSync(path, bytes, { mode: 0o600, flag: 'wx' });
        return await work(path);
      } finally {
        fs.rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

const DEFAULT_TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/** Runs one program to its end. Never rejects: what went wrong is in the result. */
async function runProgram(call: ProgramCall, base: NodeMachineOptions['env']): Promise<ProgramResult> {
  try {
    const child = start(call, base);
    return await new Promise((resolve) => watch(child, call, resolve));
  } catch (cause) {
    // A word that no program can be given, such as one with a zero byte.
    return { exitCode: null, stdout: '', stderr: cause instanceof Error ? cause.message : String(cause) };
  }
}

function start({ command, env }: ProgramCall, base: NodeMachineOptions['env']): ChildProcessWithoutNullStreams {
  // Loading it takes longer than looking at most stores, and a look mostly needs no program.
  const { spawn } = process.getBuiltinModule('node:child_process');
  const [program, ...args] = command;
  const merged = { ...base, LC_ALL: 'C', LANGUAGE: 'C', ...env };
  return spawn(program, args, { env: merged, stdio: 'pipe', windowsHide: true });
}

function watch(
  child: ChildProcessWithoutNullStreams,
  { stdin, timeoutMs = DEFAULT_TIMEOUT_MS }: ProgramCall,
  resolve: (result: ProgramResult) => void,
): void {
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    // What it started may live on and hold the pipes.
    child.stdout.destroy();
    child.stderr.destroy();
  }, timeoutMs);
  const finish = (exitCode: number | null, fault = ''): void => {
    clearTimeout(timer);
    const [stdout, stderr] = [Buffer.concat(output.stdout).toString(), Buffer.concat(output.stderr).toString()];
    resolve({ exitCode, stdout, stderr: stderr + fault });
  };
  collect(child.stdout, output.stdout);
  collect(child.stderr, output.stderr);
  child.stdin.on('error', () => {}); // A program that ends early closes its stdin: its exit code tells.
  child.stdin.end(stdin ?? '');
  child.on('error', (cause) => finish(null, cause.message));
  child.on('close', (exitCode) => finish(exitCode));
}

/** Keeps what fits; the rest is read and dropped, so that the program never waits. */
function collect(stream: Readable, chunks: Buffer[]): void {
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_OUTPUT_BYTES) chunks.push(chunk);
  });
}
