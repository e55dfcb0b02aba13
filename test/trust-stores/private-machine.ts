/**
 * @module A private machine: this machine in a mount namespace of its own, where the folders that trust stores live in are
 * overlays on a tmpfs. Programs run in it really change their stores; nothing of it is seen outside, and all of it is gone
 * with its one long-lived process, which ends with this process at the latest. Needs root.
 * @see mount_namespaces(7), https://docs.kernel.org/filesystems/overlayfs.html
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, type TestContext } from 'vitest';
import { findProgram, programPath } from '../programs/program.ts';
import { run, scrubbedEnvironment, type RunOptions, type RunResult } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';

/** What programs that keep trust stores write to, and where a test hides or adds programs. */
const OVERLAID = [
  '/etc',
  '/usr/bin',
  '/usr/sbin',
  '/usr/local',
  '/usr/lib/jvm',
  '/usr/share/ca-certificates',
  '/usr/share/firefox-esr',
  '/var/lib',
  '/var/log',
];

export type User = { readonly uid: number; readonly name: string };

export interface InsideOptions extends RunOptions {
  /** Default: root. */
  readonly as?: User;
  /** Octal, such as `077`. Default: that of this process. */
  readonly umask?: string;
}

/** Variables that lead programs to folders of the person who runs the tests, or that sudo leaves behind. */
const UNSET = { XDG_DATA_HOME: undefined, XDG_CONFIG_HOME: undefined, SUDO_USER: undefined, USER: undefined };

export class PrivateMachine {
  readonly #keeper: ChildProcess;
  readonly #layers: string;

  private constructor(keeper: ChildProcess, layers: string) {
    this.#keeper = keeper;
    this.#layers = layers;
  }

  /** @param folder an empty scratch folder @throws Error when the kernel allows none */
  static async open(folder: string): Promise<PrivateMachine> {
    const keeper = spawn(programPath('unshare'), ['--mount', '--propagation', 'private', '--', 'cat'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: scrubbedEnvironment(),
    });
    keeper.on('error', () => {});
    keeper.stdin?.on('error', () => {});
    keeper.stdin?.write('unshared\n'); // `cat` repeats it once the namespace is there
    await Promise.race([once(keeper.stdout ?? keeper, 'data'), once(keeper, 'exit')]);
    const machine = new PrivateMachine(keeper, subfolder(folder, 'layers'));
    await machine.#mountLayers();
    return machine;
  }

  async #mountLayers(): Promise<void> {
    await this.runOrThrow(['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', this.#layers]);
    for (const folder of OVERLAID.filter((path) => existsSync(this.path(path)))) await this.#overlay(folder);
  }

  async #overlay(folder: string): Promise<void> {
    const layer = join(this.#layers, folder.slice(1).replaceAll('/', '-'));
    for (const part of ['upper', 'work']) mkdirSync(this.path(join(layer, part)), { recursive: true, mode: 0o755 });
    const options = `lowerdir=${folder},upperdir=${layer}/upper,workdir=${layer}/work`;
    await this.runOrThrow(['mount', '-t', 'overlay', 'overlay', '-o', options, folder]);
  }

  /** How this process reaches a path of the private machine. Absolute links found there still lead to this machine. */
  path(absolute: string): string {
    return `/proc/${String(this.#keeper.pid)}/root${absolute}`;
  }

  /** Arguments of `nsenter` that stand before a program that is to run inside. */
  enter(): string[] {
    return [`--mount=/proc/${String(this.#keeper.pid)}/ns/mnt`, '--'];
  }

  /** Runs a program inside and waits. Every exit code is a result. */
  run(command: readonly string[], options: InsideOptions = {}): Promise<RunResult> {
    const { as, umask, cwd, env, ...rest } = options;
    const vector = [
      'nsenter',
      ...this.enter(),
      ...(as === undefined ? [] : ['setpriv', `--reuid=${as.uid}`, `--regid=${as.uid}`, '--clear-groups', '--']),
      ...(umask === undefined ? [] : ['sh', '-c', 'umask "$1"; shift; exec "$@"', 'sh', umask]),
      ...(cwd === undefined ? [] : ['env', '-C', cwd]),
      ...command,
    ];
    return run(vector, { ...rest, env: { ...UNSET, ...env } });
  }

  /** The same for a program that must succeed. @throws Error with its whole output */
  async runOrThrow(command: readonly string[], options: InsideOptions = {}): Promise<RunResult> {
    const result = await this.run(command, options);
    if (result.exitCode === 0) return result;
    throw new Error(`${command.join(' ')}\nended with ${String(result.exitCode)}\n${result.output}`);
  }

  /** A program that no search by PATH finds any more. */
  hide(...paths: readonly string[]): void {
    for (const path of paths) rmSync(this.path(path), { force: true });
  }

  write(path: string, text: string, mode = 0o644): void {
    rmSync(this.path(path), { force: true }); // `mode` holds for new files alone
    writeFileSync(this.path(path), text, { mode });
  }

  append(path: string, text: string): void {
    writeFileSync(this.path(path), text, { flag: 'a' });
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  /** A user without rights and without a password, whose name nobody else has. */
  addUser(home: string): User {
    const user = { uid: 47_110, name: 'mintmark-tester' };
    this.append('/etc/passwd', `${user.name}:x:${user.uid}:${user.uid}::${home}:/bin/sh\n`);
    this.append('/etc/group', `${user.name}:x:${user.uid}:\n`);
    this.append('/etc/shadow', `${user.name}:!:20000:0:99999:7:::\n`);
    return user;
  }

  /** Leaves `bytes` free on the disk below all changed folders; undefined gives back what was taken. */
  async setFreeSpace(bytes: number | undefined): Promise<void> {
    const filler = join(this.#layers, 'filler');
    rmSync(this.path(filler), { force: true });
    const size = bytes === undefined ? '50%' : `${(await this.#usedBytes()) + bytes}`;
    await this.runOrThrow(['mount', '-o', `remount,size=${size}`, this.#layers]);
  }

  async #usedBytes(): Promise<number> {
    const { stdout } = await this.runOrThrow(['stat', '--file-system', '--format=%b %f %S', this.#layers]);
    const [blocks = 0, free = 0, size = 0] = stdout.split(' ').map(Number);
    return (blocks - free) * size;
  }

  /** Makes a folder read-only, or writable again. */
  async setReadOnly(folder: string, isReadOnly: boolean): Promise<void> {
    await this.runOrThrow(['mount', '-o', `remount,bind,${isReadOnly ? 'ro' : 'rw'}`, folder]);
  }

  close(): void {
    this.#keeper.stdin?.end();
    this.#keeper.kill('SIGKILL');
  }
}

/** The reason why this process can have no private machine, or undefined. */
function missingRight(): string | undefined {
  if (process.platform !== 'linux') return 'private machines are made of Linux mount namespaces';
  if (process.getuid?.() !== 0) return 'private machines need root: run the tests as root';
  const lost = ['unshare', 'nsenter', 'setpriv', 'mount', 'update-ca-certificates'].find((name) => !findProgram(name));
  if (lost !== undefined) return `${lost} is not installed`;
  const { status } = spawnSync('unshare', [
    '--mount',
    '--propagation',
    'private',
    '--',
    'mount',
    '-t',
    'tmpfs',
    'tmpfs',
    '/mnt',
  ]);
  return status === 0 ? undefined : 'the kernel gives this process no mount namespace';
}

/** Hands the private machine to a test. Skips (or, with MINTMARK_REQUIRE_CLIENTS=1, fails) it where there can be none. */
type UseMachine = (context: TestContext) => PrivateMachine;

export type Declared = { readonly folder: string; readonly use: UseMachine };

/**
 * Declares a private machine for the tests of the enclosing file or `describe`. `prepare` makes it ready, and is not called
 * where there is none.
 */
export function declarePrivateMachine(
  label: string,
  prepare: (machine: PrivateMachine, folder: string) => Promise<void> | void,
): Declared {
  const folder = scratchFolder(label);
  const reason = missingRight();
  let machine: PrivateMachine | undefined;
  beforeAll(async () => {
    if (reason !== undefined) return;
    machine = await PrivateMachine.open(subfolder(folder, 'machine'));
    await prepare(machine, folder);
  }, 180_000);
  afterAll(() => machine?.close());
  const use: UseMachine = (context) => {
    if (machine !== undefined) return machine;
    const words = reason ?? 'the private machine was not made';
    if (process.env['MINTMARK_REQUIRE_CLIENTS'] === '1' || reason === undefined) throw new Error(words);
    return context.skip(words);
  };
  return { folder, use };
}
