/**
 * @module The blocks of docs/keys.md that need a token or a keyring, run as they stand, in order. The others are run with those of all pages.
 */
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { parseBlocks, type Block } from '../docs/markdown.ts';
import { readPage } from '../docs/pages.ts';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { findProgram, requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { KeyringScene } from './keyring-scene.ts';
import { requireTokens, TokenScene } from './token-scene.ts';

const PROGRAMS = ['bash', 'softhsm2-util', 'pkcs11-tool', 'gnome-keyring-daemon', 'dbus-daemon', 'dbus-send'];
const scratch = scratchFolder('keys-page');
const cwd = subfolder(scratch, 'work');
const token = new TokenScene(subfolder(scratch, 'softhsm'));
const keyring = new KeyringScene(subfolder(scratch, 'keyring'));
let env: Readonly<Record<string, string | undefined>> = {};

beforeAll(async () => {
  if (PROGRAMS.some((name) => findProgram(name) === undefined)) return;
  await token.createToken('dev');
  copyFileSync(token.pinFile, join(cwd, 'pin'));
  const bin = subfolder(scratch, 'bin');
  writeFileSync(join(bin, 'mintmark'), `#!/bin/sh\nexec '${process.execPath}' '${MINTMARK_BIN}' "$@"\n`);
  chmodSync(join(bin, 'mintmark'), 0o755);
  const session = await keyring.startSession(true);
  const path = `${bin}${delimiter}${process.env['PATH'] ?? ''}`;
  env = { ...session, ...token.env, PATH: path, MINTMARK_HOME: join(scratch, 'home') };
});
afterAll(() => keyring.stop());
beforeEach((context) => {
  requireTokens(context);
  requirePrograms(context, PROGRAMS);
});

/** Those whose reason to be skipped elsewhere is that they are run here. */
const isOurs = ({ marks }: Block): boolean => /test\/keys\/keys-page\.test\.ts runs it/.test(marks.get('skip') ?? '');
const blocks = parseBlocks(readPage('docs/keys.md')).filter(isOurs);

it('runs every block of the page, in one shell', { timeout: 120_000 }, async () => {
  expect(blocks.length).toBeGreaterThan(4);
  const text = blocks.map((block) => block.text).join('\n');
  const lines = ['bash', '--norc', '-euo', 'pipefail', '-c', `exec </dev/null 2>&1\n${text}`];
  const { exitCode, output } = await run(lines, { cwd, env, timeoutMs: 110_000 });
  expect(exitCode, output).toBe(0);
  expect(output).toContain('its key stays in its token: "mine", id 01, in "dev"');
  expect(output).toContain('so is its key in token "dev"');
});
