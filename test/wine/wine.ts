/**
 * @module The built program on Node for Windows, under Wine: paths, quoting of arguments, locks and calls into Windows' libraries. Wine is
 * no evidence for what Windows' own certificate store does. What Wine needs is fetched by scripts/install-wine.sh.
 */
import { spawn } from 'node:child_process';
import { closeSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import { findProgram, programPath, requirePrograms } from '../programs/program.ts';
import { killProcessGroup, scrubbedEnvironment, type RunOptions, type RunResult } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE = join(ROOT, '.cache/wine');
const NODE_FOR_WINDOWS = join(CACHE, 'node/bin/node.exe');

const isPresent = (): boolean => findProgram('wine') !== undefined && existsSync(join(CACHE, 'contents'));

/** Skips the running test by name where Wine or Node for Windows is missing; fails it when MINTMARK_REQUIRE_CLIENTS=1. */
export function requireWine(context: TestContext): void {
  requirePrograms(context, ['wine', 'wineserver', 'openssl']);
  if (isPresent()) return;
  const reason = 'Node for Windows is not there (scripts/install-wine.sh)';
  if (process.env['MINTMARK_REQUIRE_CLIENTS'] === '1') throw new Error(reason);
  context.skip(reason);
}

/** A path of this machine as Wine's programs see it. */
export const windowsPath = (path: string): string => `Z:${path.replaceAll('/', '\\')}`;

/** The other way: Wine's drive C is a folder of its prefix. */
export const hostPath = (path: string, prefix: string): string =>
  path
    .replace(/^[Cc]:/, join(prefix, 'drive_c'))
    .replace(/^[Zz]:/, '')
    .replaceAll('\\', '/');

/** A Windows of our own: a Wine prefix with the published files of the program, in a scratch folder. */
export class Wine {
  readonly prefix: string;
  readonly #folder: string;
  readonly #package: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.prefix = join(folder, 'prefix');
    this.#package = join(folder, 'app/node_modules/mintmark');
  }

  /** Makes the prefix and puts the program and koffi where npm would. Does nothing where Wine is missing. */
  async prepare(): Promise<void> {
    if (!isPresent()) return;
    const modules = subfolder(subfolder(this.#folder, 'app'), 'node_modules');
    cpSync(join(ROOT, 'packages/cli/dist'), join(this.#package, 'dist'), { recursive: true });
    for (const name of ['koffi', '@koromix']) symlinkSync(join(CACHE, 'node_modules', name), join(modules, name));
    // Node refuses what Wine pretends to be at first, Windows 7.
    const { exitCode, output } = await this.#run(['winecfg', '-v', 'win10'], { timeoutMs: 100_000 });
    if (exitCode !== 0) throw new Error(`winecfg ended with ${String(exitCode)}\n${output}`);
  }

  /** Ends the server process of the prefix, which otherwise stays for a few seconds. */
  async stop(): Promise<void> {
    if (existsSync(this.prefix)) await this.#spawn([programPath('wineserver'), '-k'], {});
  }

  /** `mintmark ARGS` on Windows. Every exit code is a result. */
  mintmark(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return this.node([windowsPath(join(this.#package, 'dist/bin.cjs')), ...args], options);
  }

  /** The object of `mintmark ARGS --json`, which must succeed. */
  async json(args: readonly string[], options: RunOptions = {}): Promise<Readonly<Record<string, unknown>>> {
    const { exitCode, stdout, output } = await this.mintmark([...args, '--json'], options);
    if (exitCode !== 0) throw new Error(`mintmark ${args.join(' ')} ended with ${String(exitCode)}\n${output}`);
    return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  }

  /** A worker of the program, with its task on stdin. */
  worker(name: string, task: unknown): Promise<RunResult> {
    const file = windowsPath(join(this.#package, 'dist/worker.cjs'));
    return this.node([file, name], { input: JSON.stringify(task) });
  }

  node(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return this.#run([NODE_FOR_WINDOWS, ...args], options);
  }

  #run(command: readonly string[], options: RunOptions): Promise<RunResult> {
    return this.#spawn([programPath('wine'), ...command], options);
  }

  /** Its streams are files, because Node for Windows refuses the pipes of another system (EBADF). */
  async #spawn([program = '', ...args]: readonly string[], options: RunOptions): Promise<RunResult> {
    const folder = mkdtempSync(join(this.#folder, 'streams-'));
    const [input, out, err] = ['in', 'out', 'err'].map((name) => join(folder, name)) as [string, string, string];
    writeFileSync(input, options.input ?? '');
    const handles = [openSync(input, 'r'), openSync(out, 'w'), openSync(err, 'w')];
    // CI: nobody would be there for the dialogs of a real Windows, and Wine shows none.
    const own = { HOME: subfolder(this.#folder, 'home'), WINEPREFIX: this.prefix, WINEDEBUG: '-all', CI: undefined };
    try {
      const child = spawn(program, args, {
        cwd: options.cwd,
        env: scrubbedEnvironment({ ...own, ...options.env }),
        detached: true,
        stdio: handles,
      });
      let timedOut = false;
      const timer = setTimeout(() => {
        timedOut = true;
        killProcessGroup(child.pid);
      }, options.timeoutMs ?? 60_000);
      const exitCode = await new Promise<number | null>((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', resolve);
      });
      clearTimeout(timer);
      const [stdout, stderr] = [readFileSync(out, 'utf8'), readFileSync(err, 'utf8')];
      return { exitCode, stdout, stderr, output: `${stdout}${stderr}`, timedOut };
    } finally {
      handles.forEach(closeSync);
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
