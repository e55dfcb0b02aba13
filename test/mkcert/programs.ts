/**
 * @module The two programs side by side: the distribution's mkcert, and ours by a link of that name. Each call gets a folder to work in,
 * a HOME and a CAROOT, all scratch, and touches no trust store unless the test says so.
 */
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run, type RunOptions, type RunResult } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';

export const PROGRAMS = ['mkcert', 'mintmark'] as const;
export type ProgramName = (typeof PROGRAMS)[number];

/** Skips the running test by name where the real mkcert is missing and the test needs it. */
export function requireProgram(context: TestContext, program: ProgramName): void {
  if (program === 'mkcert') requirePrograms(context, ['mkcert']);
}

/** Folders of one call: `work` is the current one. */
export type Place = { readonly work: string; readonly home: string; readonly caroot: string };

export function createPlace(folder: string, name: string): Place {
  const base = subfolder(folder, name);
  return { work: subfolder(base, 'a/work'), home: subfolder(base, 'home'), caroot: join(base, 'caroot') };
}

/** No word of these stands for a store, so none is looked at. */
export const NO_STORES = { TRUST_STORES: 'none' };

/** As a release of mkcert is called. */
export const RELEASE_NAME = 'mkcert-v1.4.4-linux-amd64';

/** What would lead out of the scratch folders, or into a store. */
const UNSET = { XDG_DATA_HOME: undefined, XDG_CONFIG_HOME: undefined, JAVA_HOME: undefined, CI: undefined };

/** The programs as something to call: ours is a link named `mkcert` in a folder that may stand in PATH. */
export class Mkcerts {
  readonly #link: string;
  readonly binFolder: string;

  constructor(folder: string) {
    this.binFolder = subfolder(folder, 'bin');
    this.#link = join(this.binFolder, 'mkcert');
    symlinkSync(MINTMARK_BIN, this.#link);
    symlinkSync(this.#link, join(this.binFolder, RELEASE_NAME));
  }

  command(program: ProgramName): readonly string[] {
    return program === 'mkcert' ? [programPath('mkcert')] : [process.execPath, this.#link];
  }

  /** Runs one program and waits. Every exit code is a result. */
  run(program: ProgramName, words: readonly string[], place: Place, options: RunOptions = {}): Promise<RunResult> {
    const env = { ...UNSET, HOME: place.home, CAROOT: place.caroot, ...NO_STORES, ...options.env };
    return run([...this.command(program), ...words], { cwd: place.work, ...options, env });
  }

  /** The same, which must succeed. @throws Error with its whole output */
  async runOrThrow(
    program: ProgramName,
    words: readonly string[],
    place: Place,
    options: RunOptions = {},
  ): Promise<RunResult> {
    const result = await this.run(program, words, place, options);
    if (result.exitCode === 0) return result;
    throw new Error(`${program} ${words.join(' ')}\nended with ${String(result.exitCode)}\n${result.output}`);
  }
}

/** CAs made once: making mkcert's takes longer than all that a test asks of it. */
export class ReadyCaroots {
  readonly #mkcerts: Mkcerts;
  readonly #folder: string;
  readonly #made = new Map<ProgramName, Promise<string>>();

  constructor(mkcerts: Mkcerts, folder: string) {
    this.#mkcerts = mkcerts;
    this.#folder = folder;
  }

  /** A copy of the program's ready CA at the place. */
  async copyTo(program: ProgramName, place: Place): Promise<void> {
    const ready = this.#made.get(program) ?? this.#make(program);
    this.#made.set(program, ready);
    cpSync(await ready, place.caroot, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  }

  async #make(program: ProgramName): Promise<string> {
    const place = createPlace(this.#folder, `ready-${program}`);
    await this.#mkcerts.runOrThrow(program, ['-install'], place);
    return place.caroot;
  }
}
