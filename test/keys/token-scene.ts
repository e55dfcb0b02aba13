/**
 * @module Tokens of SoftHSM2 for one test file, in folders of its own, and before them a module that counts logins as a smart card does. The
 * clients that users install beside mintmark are those of scripts/install-token-client.sh, found by NODE_PATH.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import { programPath, requirePrograms } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';

const CLIENT = fileURLToPath(new URL('../../.cache/token-client/node_modules', import.meta.url));
const SHIM = fileURLToPath(new URL('counting-token.c', import.meta.url));
export const SOFTHSM = '/usr/lib/softhsm/libsofthsm2.so';
export const PIN = '1234';
const SO_PIN = '56789';

/** Where node-webcrypto-p11 and @napi-rs/keyring are, for the program under test. */
export const CLIENT_ENVIRONMENT = { NODE_PATH: CLIENT };

/** Skips the test by name, or fails it under MINTMARK_REQUIRE_CLIENTS=1, where tokens can't be had. */
export function requireTokens(context: TestContext): void {
  requirePrograms(context, ['softhsm2-util', 'pkcs11-tool', 'gcc', 'openssl']);
  requireKeyClients(context);
}

/** The same for the clients alone. */
export function requireKeyClients(context: TestContext): void {
  if (existsSync(join(CLIENT, 'node-webcrypto-p11'))) return;
  const message = 'node-webcrypto-p11 is not built (scripts/install-token-client.sh)';
  if (process.env['MINTMARK_REQUIRE_CLIENTS'] === '1') throw new Error(message);
  context.skip(message);
}

export class TokenScene {
  readonly folder: string;
  readonly #config: string;

  constructor(folder: string) {
    this.folder = folder;
    this.#config = join(folder, 'softhsm2.conf');
    const tokens = subfolder(folder, 'tokens');
    writeFileSync(this.#config, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  }

  /** For the program under test and for witnesses. */
  get env(): Readonly<Record<string, string>> {
    return {
      ...CLIENT_ENVIRONMENT,
      SOFTHSM2_CONF: this.#config,
      COUNTING_MODULE: SOFTHSM,
      COUNTING_STATE: this.#state,
      COUNTING_LOG: this.#log,
    };
  }

  get #state(): string {
    return join(this.folder, 'tries');
  }

  get #log(): string {
    return join(this.folder, 'logins');
  }

  /** The path of the counting module. */
  get counting(): string {
    return join(this.folder, 'counting token.so');
  }

  /** A file with the PIN. */
  get pinFile(): string {
    return join(this.folder, 'pin');
  }

  async createToken(label: string): Promise<void> {
    const words = ['--init-token', '--free', '--label', label, '--pin', PIN, '--so-pin', SO_PIN];
    await runOrThrow([programPath('softhsm2-util'), ...words], { env: this.env });
    writeFileSync(this.pinFile, `${PIN}\n`, { mode: 0o600 });
  }

  /** One that its security officer has not handed on yet. */
  async createTokenWithoutPin(label: string): Promise<void> {
    const { stdout } = await runOrThrow([programPath('softhsm2-util'), '--show-slots'], { env: this.env });
    const slots = stdout.split(/^Slot /m).filter((slot) => /Initialized: +no/.test(slot));
    const words = ['--module', SOFTHSM, '--slot', String(Number.parseInt(slots.at(-1) ?? '', 10)), '--init-token'];
    await runOrThrow([programPath('pkcs11-tool'), ...words, '--label', label, '--so-pin', SO_PIN], { env: this.env });
  }

  async destroyToken(label: string): Promise<void> {
    await runOrThrow([programPath('softhsm2-util'), '--delete-token', '--token', label], { env: this.env });
  }

  /** Compiles the counting module. */
  async build(): Promise<void> {
    const includes = join(CLIENT, 'pkcs11js/includes');
    const words = ['-shared', '-fPIC', '-O1', '-I', includes, '-o', this.counting, SHIM, '-ldl'];
    await runOrThrow([programPath('gcc'), ...words]);
  }

  /** Words of a token's URI; the module is the counting one. */
  uri(label: string, extra = '', query = ''): string {
    const module = this.counting.replaceAll(' ', '%20');
    return `pkcs11:token=${label}${extra}?module-path=${module}${query}`;
  }

  /** A URI by which the PIN is found at once. */
  uriWithPin(label: string, extra = ''): string {
    return this.uri(label, extra, `&pin-source=file:${this.pinFile}`);
  }

  /** What became of each login since the last question. */
  takeLogins(): string[] {
    const text = existsSync(this.#log) ? readFileSync(this.#log, 'utf8') : '';
    rmSync(this.#log, { force: true });
    return text.split('\n').filter((line) => line !== '');
  }

  get tries(): number {
    return existsSync(this.#state) ? Number(readFileSync(this.#state, 'utf8')) : 3;
  }

  set tries(count: number) {
    writeFileSync(this.#state, `${count}\n`);
  }

  /** pkcs11-tool of OpenSC on a token, logged in. */
  async tool(label: string, words: readonly string[]): Promise<string> {
    const login = ['--module', SOFTHSM, '--token-label', label, '--login', '--pin', PIN];
    const { output } = await runOrThrow([programPath('pkcs11-tool'), ...login, ...words], { env: this.env });
    return output;
  }
}
