/**
 * @module A CA whose key is encrypted: the passphrase comes from a file, a wrong or missing one is told at once, and nothing waits.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deskMaker } from './desk.ts';

const desk = deskMaker('encrypted')();
const AT_ONCE_MS = 5000;

describe('an encrypted CA', () => {
  it('is made with --passphrase-file; its key is never on disk in the clear', async () => {
    desk.write('pass.txt', 'correct horse battery\n');
    const shown = await desk.json(['ca', 'create', 'team', '--scope', 'my-site.com', '--passphrase-file', 'pass.txt']);
    expect(shown).toMatchObject({ keyState: 'encrypted' });
    expect(readFileSync(join(String(shown['path']), 'issuer-key.pem'), 'utf8')).toMatch(
      /^-----BEGIN ENCRYPTED PRIVATE KEY/,
    );
  });

  it('signs with the right passphrase, its line ending ignored', async () => {
    expect(await desk.json(['my-site.com', '--passphrase-file', 'pass.txt'])).toMatchObject({ ca: 'team' });
    desk.write('windows.txt', 'correct horse battery\r\n');
    desk.write('bare.txt', 'correct horse battery');
    for (const file of ['windows.txt', 'bare.txt']) await desk.json(['my-site.com', '--passphrase-file', file]);
    await desk.json(['my-site.com', '--passphrase-file', '-'], { input: 'correct horse battery\n' });
    await desk.json(['csr', 'api.my-site.com']);
    await desk.json(['sign', 'api.my-site.com.csr', '--passphrase-file', 'pass.txt']);
    expect(desk.has('api.my-site.com.pem')).toBe(true);
  });

  it('refuses a wrong, an empty and a missing passphrase, and changes nothing', async () => {
    desk.write('wrong.txt', 'correct horse\n');
    desk.write('empty.txt', '\n');
    const before = await desk.json(['list', '--all']);
    const codes = [];
    for (const file of ['wrong.txt', 'empty.txt', 'gone.txt']) {
      const { exitCode, code } = await desk.refusal(['www.my-site.com', '--passphrase-file', file]);
      codes.push([exitCode, code]);
    }
    expect(codes).toEqual([
      [1, 'KEY_PASSPHRASE_WRONG'],
      [1, 'PASSPHRASE_EMPTY'],
      [1, 'FILE_NOT_FOUND'],
    ]);
    expect(desk.has('www.my-site.com.pem')).toBe(false);
    expect(await desk.json(['list', '--all'])).toEqual(before);
  });

  it('without a terminal never waits for a passphrase, though stdin stays open', async () => {
    await desk.json(['csr', 'held.my-site.com']);
    for (const words of [
      ['www.my-site.com'],
      ['sign', 'held.my-site.com.csr'],
      ['ca', 'create', 'x', '--scope', 'x.com', '--passphrase'],
      ['key', '--passphrase'],
    ]) {
      const result = await desk.run(words, { holdInput: true, timeoutMs: AT_ONCE_MS });
      expect(result, words.join(' ')).toMatchObject({ exitCode: 1, stdout: '', timedOut: false });
      expect(result.stderr).toMatch(/^error\[PASSPHRASE_NEEDED\]: .+\nhint: .*--passphrase-file/);
    }
  });

  it('is looked for before its passphrase: names outside its scope are refused first', async () => {
    expect(await desk.refusal(['bank.com', '--ca', 'team'])).toMatchObject({ code: 'NAME_OUTSIDE_SCOPE' });
    expect(await desk.json(['my-site.com', '--dry-run'])).toMatchObject({ dryRun: true, ca: 'team' });
  });
});
