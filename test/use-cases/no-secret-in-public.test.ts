/**
 * @module No secret in a public file: every command is run, also failing and also with --verbose, and then outputs, ledger, process
 * list and every file are searched for private keys and passphrases, in any encoding they are likely to leak in.
 */
import { createPrivateKey, type JsonWebKey } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { deskMaker } from '../cli/desk.ts';
import { watchedRun, type WatchedRun } from './watched-run.ts';

const PASSPHRASE = 'tr0ub4dor-and-three';
const WRONG = 'hunter2-hunter2';
const desk = deskMaker('no-secret')();
const everything = dirname(desk.home);

const OPENING = ['--passphrase-file', 'secrets/pass.txt'];
const COMMANDS: readonly (readonly string[])[] = [
  ['localhost', '127.0.0.1'],
  ['mint', '*.app.test', '--key', 'rsa-2048', '--json', '--verbose'],
  ['mint', 'both.test', '--cert-file', 'both.pem', '--key-file', 'both.pem'],
  ['mint', '--names-from', '-', '--out', 'served', '--json'],
  ['ca', 'create', 'team', '--scope', 'my-site.com', '--keep-root-key', 'root-key.pem', ...OPENING],
  ['my-site.com', ...OPENING, '--json', '--verbose'],
  ['csr', 'my-site.com', 'localhost', '--key-file', 'csr.key', '--json', ...OPENING],
  ['sign', 'my-site.com+1.csr', '--cert-file', 'signed.pem', ...OPENING],
  ['self-signed', 'self.test', '--json'],
  ['self-signed', 'locked.test', ...OPENING],
  ['key', '--out', 'bare.key'],
  ['key', '--out', 'locked.key', '--json', ...OPENING],
  ['pin', 'bare.key', '--json'],
  ['inspect', 'locked.key', '--json', ...OPENING],
  ['list', '--all', '--json'],
  ['ca', 'list', '--json'],
  ['ca', 'show', '--json'],
  ['ca', 'export', '--out', 'exported.pem'],
  ['ca', 'export', 'team', '--json'],
  ['ca', 'export', 'default', '--with-key', '--out', 'travelling.pem', ...OPENING],
];
const FAILING: readonly (readonly string[])[] = [
  ['www.my-site.com', '--passphrase-file', 'secrets/wrong.txt', '--verbose'],
  ['inspect', 'locked.key', '--passphrase-file', 'secrets/wrong.txt', '--json', '--verbose'],
  ['sign', 'bare.key', '--verbose', '--json'],
  ['mint', 'a.test', '--reuse-key', 'locked.key', '--verbose', '--json'],
  ['inspect', 'torn.key', '--verbose', '--json'],
  ['mint', 'a.test', '--subject', 'bare.key', '--verbose', '--json'],
  ['mint', 'torn.test', '--reuse-key', 'torn.key', '--verbose', '--json'],
];

const runs: WatchedRun[] = [];

beforeAll(async () => {
  mkdirSync(desk.path('secrets'), { mode: 0o700 });
  writeFileSync(desk.path('secrets/pass.txt'), `${PASSPHRASE}\n`, { mode: 0o600 });
  writeFileSync(desk.path('secrets/wrong.txt'), `${WRONG}\n`, { mode: 0o600 });
  for (const words of COMMANDS) {
    const done = await watchedRun(desk, words, 'served.test\nalso.test\n');
    if (done.exitCode !== 0) throw new Error(`${words.join(' ')}\n${done.output}`);
    runs.push(done);
  }
  // A key that lost its last lines: its parser must not quote what is left of it.
  writeFileSync(desk.path('torn.key'), desk.read('bare.key').slice(0, 120), { mode: 0o600 });
  for (const words of FAILING) {
    const done = await watchedRun(desk, words);
    if (done.exitCode === 0) throw new Error(`did not fail: ${words.join(' ')}`);
    runs.push(done);
  }
});

/** Every file below the desk, home included, but the passphrase files that the test wrote itself. */
function allFiles(): readonly string[] {
  return readdirSync(everything, { recursive: true, encoding: 'utf8' })
    .map((name) => join(everything, name))
    .filter((path) => statSync(path).isFile() && !path.startsWith(desk.path('secrets')));
}

const PRIVATE_KEY = /-----BEGIN (?:EC |RSA |ENCRYPTED )?PRIVATE KEY-----\n[^-]+/g;
const keyBlocks = (text: string): readonly string[] => text.match(PRIVATE_KEY) ?? [];

const NUMBER_BYTES = 24; // enough to be unique, few enough to stand within one line of most spellings

/** The beginning of an open key's secret number, as hex, base64url, a list of bytes, and base64 at each place in a longer text. */
function spellings({ d = '' }: JsonWebKey): readonly string[] {
  const bytes = Buffer.from(d, 'base64url').subarray(0, NUMBER_BYTES);
  const shifted = [0, 1, 2].map((count) =>
    Buffer.concat([Buffer.alloc(count), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [bytes.toString('hex'), bytes.toString('base64url'), bytes.subarray(0, 8).join(','), ...shifted];
}

/** As one line: a secret that was wrapped, or printed as JSON, is found too. */
const unwrapped = (text: string): string => text.replaceAll(/\s|\\n/g, '');

/** What must be nowhere: passphrases, the lines of encrypted keys, and the secret numbers of open ones. */
function secrets(): readonly string[] {
  const blocks = allFiles().flatMap((path) => keyBlocks(readFileSync(path, 'utf8')));
  const encrypted = blocks.filter((block) => block.startsWith('-----BEGIN ENCRYPTED'));
  const lines = encrypted.flatMap((block) =>
    block
      .split('\n')
      .slice(1)
      .filter((line) => line.length > 24),
  );
  const opened = blocks.filter((block) => !encrypted.includes(block) && block.length > 150);
  const numbers = opened.flatMap((block) =>
    spellings(createPrivateKey(`${block}-----END PRIVATE KEY-----\n`).export({ format: 'jwk' })),
  );
  const words = [PASSPHRASE, WRONG].flatMap((word) => [
    word,
    Buffer.from(word).toString('base64'),
    Buffer.from(word).toString('hex'),
  ]);
  return [...words, ...lines, ...numbers];
}

describe('after every command has run', () => {
  it('the search finds what it looks for', () => {
    expect(secrets().length).toBeGreaterThan(60);
    expect(runs).toHaveLength(COMMANDS.length + FAILING.length);
    for (const file of ['bare.key', 'locked.key', 'both.pem', 'localhost+1-key.pem', 'secrets/pass.txt'])
      expect(
        secrets().some((secret) => unwrapped(desk.read(file)).includes(secret)),
        file,
      ).toBe(true);
  });

  it('no output holds a key or a passphrase', () => {
    const outputs = unwrapped(runs.map(({ output }) => output).join('\n'));
    expect(outputs).not.toMatch(/BEGIN(?:EC|RSA|ENCRYPTED)?PRIVATEKEY/);
    for (const secret of secrets()) expect(outputs.includes(secret), secret).toBe(false);
  });

  it('nor did the process list', () => {
    const lines = runs.flatMap(({ commandLines }) => [...commandLines]).join('\n');
    expect(lines).toContain('--passphrase-file secrets/pass.txt');
    for (const secret of secrets()) expect(lines.includes(secret), secret).toBe(false);
  });

  it('keys are in files of their owner alone, though the umask was 0, and their folders in the home are too', () => {
    const withKeys = allFiles().filter((path) => keyBlocks(readFileSync(path, 'utf8')).length > 0);
    expect(withKeys.length).toBeGreaterThan(12);
    for (const path of withKeys) expect(statSync(path).mode & 0o177, relative(everything, path)).toBe(0);
    const folders = readdirSync(desk.home, { recursive: true, encoding: 'utf8' }).map((name) => join(desk.home, name));
    for (const path of [desk.home, ...folders.filter((path) => statSync(path).isDirectory())])
      expect(statSync(path).mode & 0o077, path).toBe(0);
  });

  it('files that others may read hold no secret, the ledger holds none either, and nobody but the owner may write any', () => {
    const ledger = join(desk.home, 'ledger.jsonl');
    const readable = allFiles().filter((path) => path === ledger || (statSync(path).mode & 0o044) !== 0);
    expect(readable.map((path) => relative(desk.folder, path))).toEqual(
      expect.arrayContaining(['localhost+1.pem', 'exported.pem']),
    );
    const known = secrets();
    for (const path of readable) {
      const content = unwrapped(readFileSync(path, 'latin1'));
      expect(content, path).not.toContain('PRIVATEKEY');
      for (const secret of known) expect(content.includes(secret), `${path}: ${secret}`).toBe(false);
      expect(statSync(path).mode & 0o022, path).toBe(0);
    }
  });

  it('no passphrase is in any file, and no unfinished file is left', () => {
    for (const path of allFiles()) {
      expect(readFileSync(path, 'latin1').includes(PASSPHRASE), path).toBe(false);
      expect(relative(everything, path)).not.toMatch(/tmp|lock$/i);
    }
  });
});
