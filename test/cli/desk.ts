/**
 * @module A place to type at: a folder to work in and a home beside it, both scratch, and the built program. Answers come
 * back as a result, as the printed object, or as the refusal that --json prints.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mintmark, mintmarkOrThrow, type MintmarkOptions } from '../programs/mintmark.ts';
import type { RunResult } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';

export type Printed = Readonly<Record<string, unknown>>;

/** What a failing command says under --json, and how it ended. */
export interface Refusal {
  readonly exitCode: number | null;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details: Printed;
}

type TypingOptions = Partial<MintmarkOptions>;

const PERMISSION_BITS = 0o777;

export class Desk {
  readonly folder: string;
  readonly home: string;

  constructor(folder: string) {
    this.folder = subfolder(folder, 'work');
    this.home = join(folder, 'home');
  }

  /** Runs `mintmark WORDS` here and waits; every exit code is a result. */
  run(words: readonly string[], options: TypingOptions = {}): Promise<RunResult> {
    return mintmark(words, { home: this.home, cwd: this.folder, ...options });
  }

  /** The same, which must succeed. @throws Error with the whole output when it does not */
  runOrThrow(words: readonly string[], options: TypingOptions = {}): Promise<RunResult> {
    return mintmarkOrThrow(words, { home: this.home, cwd: this.folder, ...options });
  }

  /** The object of `mintmark WORDS --json`, which must succeed. */
  async json(words: readonly string[], options: TypingOptions = {}): Promise<Printed> {
    const { stdout, stderr } = await this.runOrThrow(['--json', ...words], options);
    if (stderr !== '') throw new Error(`talk under --json: ${stderr}`);
    return JSON.parse(stdout) as Printed;
  }

  /** What `mintmark WORDS --json` says when it fails, which it must. @throws Error when it succeeds or prints something else */
  async refusal(words: readonly string[], options: TypingOptions = {}): Promise<Refusal> {
    const result = await this.run(['--json', ...words], options);
    const printed = JSON.parse(result.stdout === '' ? '{}' : result.stdout) as {
      readonly error?: Omit<Refusal, 'exitCode'>;
    };
    if (printed.error === undefined || result.exitCode === 0) throw new Error(`not refused: ${result.output}`);
    if (result.stderr !== '') throw new Error(`talk under --json: ${result.stderr}`);
    return { exitCode: result.exitCode, ...printed.error };
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** Writes a file (mode 0600) and returns its path. */
  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content, { mode: 0o600 });
    return this.path(name);
  }

  /** Permission bits of a file. */
  mode(name: string): number {
    return statSync(this.path(name)).mode & PERMISSION_BITS;
  }
}

/** A function that sets up empty desks below one scratch folder. Call it at the top of a test file. */
export function deskMaker(label: string): () => Desk {
  const folder = scratchFolder(label);
  let count = 0;
  return () => new Desk(subfolder(folder, `desk-${++count}`));
}
