/** @module `keystore`: its password, and what happens to files that are there already. */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run, runOrThrow } from '../programs/run.ts';
import { deskMaker } from './desk.ts';
import { KEY, keystoreOn, LEAF, open, PASSWORD, prepare, WITH } from './keystore-scene.ts';
import { onTerminal } from './terminal.ts';

const desk = deskMaker('keystore-files')();
const { keystore, refusal } = keystoreOn(desk);
beforeAll(() => prepare(desk));
beforeEach((context) => requirePrograms(context, ['openssl']));

describe('the password', () => {
  const words = ['keystore', '--cert', LEAF, '--out', 'password.p12'];

  it('is never waited for where nobody can type it', async () => {
    expect(await desk.refusal(words)).toMatchObject({ exitCode: 1, code: 'KEYSTORE_PASSWORD_NEEDED' });
    expect(desk.has('password.p12')).toBe(false);
  });

  it.each([
    ['empty', '\n', 'PASSPHRASE_EMPTY'],
    ['with a NUL', 'a\0b\n', 'KEYSTORE_PASSWORD_UNFIT'],
    ['in Latin-1', Buffer.from('p\xe4ss\n', 'latin1'), 'KEYSTORE_PASSWORD_UNFIT'],
    ['behind a byte order mark', '\uFEFFsecret\n', 'KEYSTORE_PASSWORD_UNFIT'],
  ])('is refused %s', async (_what, content, code) => {
    desk.write('unfit', content);
    const refused = await desk.refusal([...words, '--password-file', 'unfit']);
    expect(refused).toMatchObject({ exitCode: 1, code });
    expect(refused.message).not.toMatch(/secret|p.ss$/);
    expect(desk.has('password.p12')).toBe(false);
  });

  it('counts with its blanks, without its line break, and may be beyond ASCII, with a word about Java', async () => {
    const file = (content: string): string => desk.write('pw-odd', content);
    for (const [content, secret] of [
      [' two  blanks \r\nsecond line\n', ' two  blanks '],
      ['pä55 🔑wörd', 'pä55 🔑wörd'],
    ] as const) {
      file(content);
      const { stderr } = await desk.runOrThrow([...words, '--password-file', 'pw-odd']);
      expect(stderr).toMatch(secret.startsWith(' ') ? /^$/ : /^The password .* Java 17 and older/);
      const opens = (password: string) =>
        run([programPath('openssl'), 'pkcs12', '-in', 'password.p12', '-noout', '-passin', 'env:PW'], {
          cwd: desk.folder,
          env: { PW: password },
        });
      expect((await opens(secret)).exitCode).toBe(0);
      expect((await opens(secret.trim().slice(1))).exitCode).not.toBe(0);
    }
  });

  it('is typed twice on a terminal, unseen', async (context) => {
    requirePrograms(context, ['python3']);
    const type = (...typed: readonly string[]) =>
      onTerminal(desk, [...words, '--force'], {
        steps: [
          ['New password for ./password.p12', `${typed[0] ?? ''}\r`],
          ...(typed[1] === undefined ? [] : [['The same again', `${typed[1]}\r`] as const]),
        ],
      });
    const done = await type(PASSWORD, PASSWORD);
    expect(done.exitCode, done.screen).toBe(0);
    expect(done.screen).not.toContain(PASSWORD);
    expect(await open('password.p12', desk)).toMatchObject({ hasKey: true });
    const before = readFileSync(desk.path('password.p12'));
    const differing = await type(PASSWORD, `${PASSWORD}!`);
    expect(differing.screen).toContain('PASSPHRASE_MISMATCH');
    expect((await type('')).screen).toContain('PASSPHRASE_EMPTY');
    expect(readFileSync(desk.path('password.p12'))).toEqual(before);
  });

  it('is in no file of the home', async () => {
    const { stdout } = await run(['grep', '-rlF', PASSWORD, desk.home]);
    expect(stdout).toBe('');
  });
});

describe('a file that is there', () => {
  it("is replaced when this home wrote it, by any password, and stays when it is a stranger's or was changed", async () => {
    const words = ['keystore', '--cert', LEAF, '--out', 'there.p12'];
    desk.write('there.p12', 'a stranger');
    expect(await desk.refusal([...words, ...WITH])).toMatchObject({ exitCode: 1, code: 'FILE_EXISTS' });
    expect(desk.read('there.p12')).toBe('a stranger');
    await desk.json([...words, ...WITH, '--force']);
    desk.write('another', 'another\n');
    await desk.json([...words, '--password-file', 'another']);
    await desk.json([...words, ...WITH]);
    const bytes = readFileSync(desk.path('there.p12'));
    desk.write('there.p12', Buffer.concat([bytes, Buffer.from('\n')]));
    expect(await desk.refusal([...words, ...WITH])).toMatchObject({ code: 'FILE_EXISTS' });
    desk.write('there.p12', bytes);
    await desk.json([...words, ...WITH]);
    expect(await desk.refusal([...words, ...WITH, '--home', 'other-home'])).toMatchObject({ code: 'FILE_EXISTS' });
  });

  it('is refused before the password is asked for', async () => {
    desk.write('busy.p12', 'a stranger');
    expect(await desk.refusal(['keystore', '--cert', LEAF, '--out', 'busy.p12'])).toMatchObject({
      code: 'FILE_EXISTS',
    });
  });

  it('becomes 0600 though it was open to all, and a link is replaced, not followed', async () => {
    desk.write('target', 'precious');
    symlinkSync('target', desk.path('link.p12'));
    expect(await refusal('--cert', LEAF, '--out', 'link.p12')).toMatchObject({ code: 'FILE_EXISTS' });
    await keystore('--cert', LEAF, '--out', 'link.p12', '--force');
    expect(desk.read('target')).toBe('precious');
    expect(desk.mode('link.p12')).toBe(0o600);
    desk.write('open.p12', '');
    await runOrThrow(['chmod', '666', desk.path('open.p12')]);
    await keystore('--cert', LEAF, '--out', 'open.p12', '--force');
    expect(desk.mode('open.p12')).toBe(0o600);
  });

  it('is never one that the store is made of', async () => {
    desk.write('source.p12', '');
    await keystore('--cert', LEAF, '--out', 'source.p12', '--force');
    for (const out of [LEAF, KEY, 'pw'])
      expect(await refusal('--cert', LEAF, '--out', `./x/../${out}`, '--force')).toMatchObject({
        exitCode: 1,
        code: 'KEYSTORE_OUT_IS_INPUT',
      });
    expect(await refusal('--cert', 'source.p12', '--passphrase-file', 'pw')).toMatchObject({
      code: 'KEYSTORE_OUT_IS_INPUT',
    });
    expect(desk.read(KEY)).toContain('BEGIN PRIVATE KEY');
  });

  it('may be a folder, which is refused; missing folders are made', async () => {
    mkdirSync(desk.path('folder.p12'));
    expect(await refusal('--cert', LEAF, '--out', 'folder.p12', '--force')).toMatchObject({ code: 'NOT_A_FILE' });
    await keystore('--cert', LEAF, '--out', 'deep/er/store.p12');
    expect(desk.mode('deep/er')).toBe(0o700);
    expect(desk.mode('deep/er/store.p12')).toBe(0o600);
  });
});
