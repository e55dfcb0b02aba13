/**
 * @module The real machine behind the ports, by node:fs and node:child_process. Only facts and applying get to see it.
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { FileSystem } from '@mintmark/ca-store';
import { makeFolders, removeIfPresent, writeFileAtomically } from '@mintmark/ca-store';
import type { EntryStatus, Machine, MachineReader, MachineWriter, ProgramCall, ProgramResult } from './machine.ts';

export type NodeMachineOptions = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly fs: FileSystem;
};

/** The machine this process runs on. */
export function createNodeMachine(options: NodeMachineOptions): Machine {
  const run = (call: ProgramCall): Promise<ProgramResult> => runProgram(call, options.env);
  return { reader: createReader(options, run), writer: createWriter(options.fs, run) };
}

/** Folders of programs for root, which a user's PATH often lacks. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

function createReader({ env, platform }: NodeMachineOptions, run: MachineWriter['run']): MachineReader {
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((folder) => folder !== '');
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
    readFile: (path) => attempt(() => fs.readFileSync(path)),
    status: (path) => attempt(() => describe(fs.lstatSync(path))),
    readFolder: (path) => attempt(() => fs.readdirSync(path).sort()) ?? [],
    readLink: (path) => attempt(() => fs.readlinkSync(path)),
    realPath: (path) => attempt(() => fs.realpathSync(path)),
    isWritable: (path) => attempt(() => fs.accessSync(path, fs.constants.W_OK) ?? true) ?? false,
    freeBytes: (path) =>
      attempt(() => {
        const { bavail, bsize } = fs.statfsSync(path);
        return bavail * bsize;
      }),
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
  return attempt(() => fs.statSync(path).isFile() && (fs.accessSync(path, fs.constants.X_OK) ?? true)) ?? false;
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
function runProgram(call: ProgramCall, base: NodeMachineOptions['env']): Promise<ProgramResult> {
  const [program, ...args] = call.command;
  const env = { ...base, LC_ALL: 'C', LANGUAGE: 'C', ...call.env };
  return new Promise((resolve) => {
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const child = spawn(program, args, { env, stdio: 'pipe', windowsHide: true });
    const timer = setTimeout(() => child.kill('SIGKILL'), call.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const collect = (chunks: Buffer[]) => (chunk: Buffer) => {
      if (chunks.reduce((sum, { length }) => sum + length, 0) < MAX_OUTPUT_BYTES) chunks.push(chunk);
    };
    const finish = (exitCode: number | null, fault = ''): void => {
      clearTimeout(timer);
      const [stdout, stderr] = [Buffer.concat(output.stdout).toString(), Buffer.concat(output.stderr).toString()];
      resolve({ exitCode, stdout, stderr: stderr + fault });
    };
    child.stdout.on('data', collect(output.stdout));
    child.stderr.on('data', collect(output.stderr));
    child.stdin.on('error', () => {}); // A program that ends early closes its stdin: its exit code tells.
    child.stdin.end(call.stdin ?? '');
    child.on('error', (cause) => finish(null, cause.message));
    child.on('close', (exitCode) => finish(exitCode));
  });
}
