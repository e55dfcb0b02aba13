/** @module Stores made by the built program, for the readers: a CA, certificates of several kinds, and passwords. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { type TestContext } from 'vitest';
import { Desk } from '../cli/desk.ts';
import { readCertificates } from '../cli/minted-facts.ts';
import { requirePrograms } from '../programs/program.ts';
import { subfolder } from '../programs/scratch.ts';
import { buildGoReader, GO_PACKAGES, type Locked, type StoreReader } from './readers.ts';

export const ALIAS = 'jetty';

export class StoreScene {
  readonly desk: Desk;
  readonly #folder: string;
  #goReader: Promise<void> | undefined;

  constructor(folder: string) {
    this.desk = new Desk(folder);
    this.#folder = subfolder(folder, 'readers');
  }

  /** Makes a store by `mintmark keystore WORDS`. */
  async make(file: string, password: string, words: readonly string[]): Promise<Locked> {
    const passwordFile = this.desk.write(`${file}.password`, `${password}\n`);
    await this.desk.runOrThrow(['keystore', ...words, '--out', file, '--password-file', passwordFile]);
    return { file: this.desk.path(file), password, passwordFile, folder: this.#folder };
  }

  /** The same file with another password tried. */
  withPassword(locked: Locked, password: string): Locked {
    return { ...locked, password, passwordFile: this.desk.write('tried.password', `${password}\n`) };
  }

  /** Skips the running test where the reader is not there. */
  async require(context: TestContext, { programs }: StoreReader): Promise<void> {
    requirePrograms(context, programs);
    if (!programs.includes('go')) return;
    requireFiles(context, GO_PACKAGES);
    this.#goReader ??= buildGoReader(this.#folder);
    await this.#goReader;
  }

  /** SHA-256 of the certificates in a PEM file. */
  digests(file: string): string[] {
    return readCertificates(file).map(({ raw }) => createHash('sha256').update(raw).digest('hex'));
  }
}

/** Libraries of the distribution, by the rule for programs. */
export function requireFiles(context: TestContext, paths: readonly string[]): void {
  const missing = paths.filter((path) => statSync(path, { throwIfNoEntry: false }) === undefined);
  if (missing.length === 0) return;
  const words = `${missing.join(', ')} is not installed (scripts/install-clients.sh)`;
  if (process.env['MINTMARK_REQUIRE_CLIENTS'] === '1') throw new Error(words);
  context.skip(words);
}
