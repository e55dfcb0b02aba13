/**
 * @module The built program with inputs made to cost it as much as they can: it refuses with a code and a hint, in bounded time
 * and memory, shows no stack trace, and writes nothing.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { mintmarkOrThrow } from '../programs/mintmark.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { HUGE_FILES, SMALL_FILES } from './costly-inputs.ts';
import { measureMintmark, type Desk, type Measured } from './measured-mintmark.ts';

const CPU_LIMIT_MS = 1500; // its own second, and half of one for reading 100 MB on a busy machine
const RSS_LIMIT_BYTES = 400 * 1024 * 1024;

const scratch = scratchFolder('sizes');
const inputs = subfolder(scratch, 'inputs');
const desk: Desk = {
  home: subfolder(scratch, 'home'),
  cwd: subfolder(scratch, 'desk'),
  meterFolder: subfolder(scratch, 'meter'),
};
const pathOf = (what: string): string => join(inputs, what.replaceAll(/\W+/g, '-'));
const passphraseFile = join(inputs, 'passphrase');
const filesOf = (folder: string): string[] => readdirSync(folder, { recursive: true }).map(String).sort();

beforeAll(async () => {
  await mintmarkOrThrow(['ca', 'create', 'default'], { home: desk.home });
  writeFileSync(passphraseFile, 'open sesame\n');
  for (const [what, write] of Object.entries(HUGE_FILES)) write(pathOf(what));
  for (const [what, create] of Object.entries(SMALL_FILES)) writeFileSync(pathOf(what), create());
});

function expectRefusal(result: Measured): void {
  expect(result.timedOut).toBe(false);
  expect([1, 2]).toContain(result.exitCode);
  expect(result.stderr).toMatch(/^error\[(?!INTERNAL)[A-Z0-9_]+\]: [^]+\nhint: \S/);
  expect(result.stderr).not.toMatch(/^\s+at |node:internal/m);
  expect(result.stderr.length).toBeLessThan(2000);
  expect(result.stdout).toBe('');
}

async function expectRefused(args: readonly string[], inputFile?: string): Promise<void> {
  const before = filesOf(desk.home);
  const result = await measureMintmark(args, desk, inputFile);
  expectRefusal(result);
  expect(result.cpuMs).toBeLessThan(CPU_LIMIT_MS);
  expect(result.maxRssBytes).toBeLessThan(RSS_LIMIT_BYTES);
  expect(filesOf(desk.cwd)).toEqual([]);
  expect(filesOf(desk.home)).toEqual(before);
}

const BY_FILE: readonly (readonly [command: string, args: (file: string) => string[]])[] = [
  ['inspect', (file) => ['inspect', file, '--passphrase-file', passphraseFile]],
  ['sign', (file) => ['sign', file]],
  ['pin', (file) => ['pin', file]],
  ['csr --reuse-key', (file) => ['csr', 'app.test', '--reuse-key', file, '--passphrase-file', passphraseFile]],
  ['mint --reuse-key', (file) => ['mint', 'app.test', '--reuse-key', file]],
];

describe.each(Object.keys(HUGE_FILES))('100 MB of %s', (what) => {
  it.each(BY_FILE)('are refused by %s', async (_command, args) => {
    await expectRefused(args(pathOf(what)));
  });

  it.each(['inspect', 'sign', 'pin'])('are refused by %s on stdin', async (command) => {
    await expectRefused([command, '-'], pathOf(what));
  });
});

describe.each(Object.keys(SMALL_FILES))('%s', (what) => {
  // What is a name to one command is a key to another; where the file is of a kind that it may look at, it may answer.
  const isLookable = what === 'a request with 9,000 names';
  it.each(BY_FILE.filter(([command]) => !(isLookable && /inspect|pin/.test(command))))(
    'is refused by %s',
    async (_command, args) => {
      await expectRefused(args(pathOf(what)));
    },
  );

  it('is refused by sign on stdin', async () => {
    await expectRefused(['sign', '-'], pathOf(what));
  });
});

describe('a request with 9,000 names', () => {
  it.each(['inspect', 'pin'])('is shown by %s in bounded time', async (command) => {
    const result = await measureMintmark([command, pathOf('a request with 9,000 names')], desk);
    expect(result.cpuMs).toBeLessThan(CPU_LIMIT_MS);
    expect(result.maxRssBytes).toBeLessThan(RSS_LIMIT_BYTES);
  });
});

describe('mint --names-from', () => {
  it.each(Object.keys(HUGE_FILES))('refuses 100 MB of %s', async (what) => {
    await expectRefused(['mint', '--names-from', pathOf(what)]);
    await expectRefused(['mint', '--names-from', '-'], pathOf(what));
  });

  it.each(Object.keys(SMALL_FILES))('refuses %s', async (what) => {
    await expectRefused(['mint', '--names-from', pathOf(what)]);
  });
});
