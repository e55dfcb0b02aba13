/**
 * @module Certificates to lint, made by the built command line as a user would make them: for each key type a CA of that
 * type with a leaf for each kind of name, and a leaf of each key type under the default CA.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command line's program, whether it is built or not. */
export const CLI_PATH = fileURLToPath(new URL('../../packages/cli/dist/bin.cjs', import.meta.url));

export const KEY_TYPES = ['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa-2048', 'rsa-3072'] as const;
type KeyType = (typeof KEY_TYPES)[number];

/** What one certificate of a file is. */
export interface MintedCertificate {
  readonly role: 'root' | 'issuer' | 'leaf';
  /** The type of the certificate's own key. */
  readonly keyType: KeyType;
}

/** A file the command line wrote, with its certificates in order. */
export interface MintedFile {
  /** What it is for, in words. */
  readonly title: string;
  readonly path: string;
  readonly certificates: readonly MintedCertificate[];
}

/** What to ask of `mint`: each kind of name once. */
const LEAVES: readonly { readonly title: string; readonly words: readonly string[] }[] = [
  { title: 'localhost', words: ['localhost', '127.0.0.1', '::1'] },
  { title: 'wildcard', words: ['app.test', '*.app.test'] },
  { title: 'IPv4', words: ['192.168.1.10'] },
  { title: 'IPv6', words: ['fd00::10'] },
  { title: 'IDN', words: ['bücher.test'] },
  { title: 'email', words: ['me@dev.test'] },
  { title: 'client', words: ['client.test', '--client'] },
];

/** Makes all of them in folders below `folder`; about 50 runs of the program. */
export function mintCertificates(folder: string): MintedFile[] {
  return [...KEY_TYPES.flatMap((keyType) => mintUnderOwnCa(folder, keyType)), ...mintUnderDefaultCa(folder)];
}

/** A CA of the key type, and a leaf of the same type for each kind of name. */
function mintUnderOwnCa(folder: string, keyType: KeyType): MintedFile[] {
  const home = join(folder, `home-${keyType}`);
  runJson(folder, ['ca', 'create', 'default', '--home', home, '--key', keyType]);
  const out = newFolder(folder, `out-${keyType}`);
  const leaves = LEAVES.map(({ title, words }): MintedFile => {
    const path = mint(words, { home, out, keyType });
    return { title: `${keyType} ${title}`, path, certificates: chain(keyType, keyType) };
  });
  return [...showCa(home, keyType), ...leaves];
}

/** The CA that the first `mint` makes, and a leaf of every key type under it. */
function mintUnderDefaultCa(folder: string): MintedFile[] {
  const home = join(folder, 'home-default');
  const leaves = KEY_TYPES.map((keyType): MintedFile => {
    const out = newFolder(folder, `out-default-${keyType}`);
    const path = mint(['localhost'], { home, out, keyType });
    return { title: `${keyType} under the default CA`, path, certificates: chain(keyType, 'ecdsa-p256') };
  });
  return [...showCa(home, 'ecdsa-p256'), ...leaves];
}

function chain(leaf: KeyType, issuer: KeyType): MintedCertificate[] {
  return [
    { role: 'leaf', keyType: leaf },
    { role: 'issuer', keyType: issuer },
  ];
}

function mint(
  words: readonly string[],
  place: { readonly home: string; readonly out: string; readonly keyType: KeyType },
): string {
  const { home, out, keyType } = place;
  const result = runJson(out, ['mint', ...words, '--home', home, '--out', out, '--key', keyType]);
  return resolve(out, textOf(result, 'certFile'));
}

function showCa(home: string, keyType: KeyType): MintedFile[] {
  const shown = runJson(home, ['ca', 'show', '--home', home]);
  const file = (role: 'root' | 'issuer'): MintedFile => {
    const path = resolve(home, textOf(shown, `${role}File`));
    return { title: `${keyType} ${role}`, path, certificates: [{ role, keyType }] };
  };
  return [file('root'), file('issuer')];
}

function newFolder(parent: string, name: string): string {
  const path = join(parent, name);
  mkdirSync(path);
  return path;
}

/** Runs the command line with `--json` in the folder `cwd`; a failing one throws with its output. */
function runJson(cwd: string, words: readonly string[]): unknown {
  const output = execFileSync(process.execPath, [CLI_PATH, ...words, '--json'], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, CI: '1', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(output) as unknown;
}

function textOf(value: unknown, key: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  if (typeof found !== 'string')
    throw new TypeError(`the command line's JSON has no text "${key}": ${JSON.stringify(value)}`);
  return found;
}
