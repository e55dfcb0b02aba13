/** @module Files that a slip of the hand could cost: keys under another name, pairs torn apart, secrets laid open. */
import { lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { deskMaker } from './desk.ts';
import { runOrThrow } from '../programs/run.ts';
import { isPair } from './minted-facts.ts';

const newDesk = deskMaker('careful');

describe('one file for certificate and key', () => {
  it('keeps the key when it is reused from that very file', async () => {
    const desk = newDesk();
    const both = ['--cert-file', 'both.pem', '--key-file', 'both.pem'];
    await desk.json(['mint', 'a.test', ...both]);
    await desk.json(['mint', 'a.test', '--reuse-key', 'both.pem', ...both]);
    expect(isPair(desk.path('both.pem'), desk.path('both.pem'))).toBe(true);
  });

  it('is known through a linked folder', async () => {
    const desk = newDesk();
    mkdirSync(desk.path('real'));
    symlinkSync('real', desk.path('link'));
    await desk.json(['mint', 'a.test', '--cert-file', 'real/x.pem', '--key-file', 'link/x.pem']);
    expect(isPair(desk.path('real/x.pem'), desk.path('real/x.pem'))).toBe(true);
  });
});

describe('a pair', () => {
  it('is not torn apart by signing a request over its certificate', async () => {
    const desk = newDesk();
    await desk.json(['mint', 'a.test']);
    await desk.json(['csr', 'a.test', '--key-file', 'other-key.pem']);
    expect(await desk.refusal(['sign', 'a.test.csr'])).toMatchObject({ exitCode: 1, code: 'FILE_EXISTS' });
    expect(isPair(desk.path('a.test.pem'), desk.path('a.test-key.pem'))).toBe(true);
  });

  it('of one line is not written over by another', async () => {
    const desk = newDesk();
    const input = 'spiffe://a.test/x\nspiffe://a.test/x-key\n';
    const refusal = await desk.refusal(['mint', '--names-from', '-', '--out', 'many'], { input });
    expect(refusal).toMatchObject({ code: 'NAMES_FROM_LINE', details: { line: 2 } });
    expect(desk.has('many')).toBe(false);
  });
});

describe('what is no file', () => {
  it.runIf(process.platform !== 'win32')('is never replaced by one, even by force', async () => {
    const desk = newDesk();
    await runOrThrow(['mkfifo', desk.path('pipe')]);
    for (const option of ['--cert-file', '--key-file', '--p12-file']) {
      desk.write('pass', 'open sesame\n');
      const password = option === '--p12-file' ? ['--password-file', 'pass'] : [];
      const refusal = await desk.refusal(['mint', 'a.test', option, 'pipe', '--force', ...password]);
      expect(refusal, option).toMatchObject({ exitCode: 1, code: 'NOT_A_PLAIN_FILE' });
    }
    expect(lstatSync(desk.path('pipe')).isFIFO()).toBe(true);
    expect(desk.has('a.test-key.pem')).toBe(false);
  });
});

describe('a passphrase', () => {
  it('makes a plain key of an earlier run an encrypted one, which later runs keep', async () => {
    const desk = newDesk();
    desk.write('pass', 'open sesame\n');
    const words = ['self-signed', 's.test'];
    await desk.json(words);
    expect(await desk.json([...words, '--passphrase-file', 'pass'])).toMatchObject({ isKeyKept: false });
    expect(desk.read('s.test-key.pem')).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    expect(await desk.json([...words, '--passphrase-file', 'pass'])).toMatchObject({ isKeyKept: true });
  });

  it('stays on a CA key that is imported, also when it comes through a pipe', async () => {
    const desk = newDesk();
    desk.write('pass', 'open sesame\n');
    await desk.json(['ca', 'create', 'team', '--scope', 'team.com', '--passphrase-file', 'pass']);
    await desk.json(['ca', 'export', 'team', '--with-key', '--out', 'team.pem']);
    const words = ['ca', 'import', 'team.pem', '--home', 'second', '--passphrase-file', '-'];
    const shown = await desk.json(words, { input: 'open sesame\n' });
    expect(shown).toMatchObject({ name: 'imported', keyState: 'encrypted' });
  });
});

describe('a first command that fails', () => {
  it.each([
    ['mint', ['mint', 'localhost', '--days', '9999'], ''],
    ['mint --names-from', ['mint', '--names-from', '-', '--days', '9999'], 'a.test\n'],
  ])('%s leaves no CA behind', async (_title, words, input) => {
    const desk = newDesk();
    expect((await desk.refusal(words, { input })).code).toMatch(/^(?:VALIDITY_DAYS_RANGE|NAMES_FROM_LINE)$/);
    expect(await desk.json(['ca', 'list'])).toEqual({ cas: [] });
  });
});

describe('somebody else’s file', () => {
  it('stops the first certificate before a CA is made, in an empty home too', async () => {
    const desk = newDesk();
    mkdirSync(desk.home);
    desk.write('a.test.pem', 'precious');
    expect(await desk.refusal(['mint', 'a.test'])).toMatchObject({ exitCode: 1, code: 'FILE_EXISTS' });
    expect(await desk.json(['ca', 'list'])).toEqual({ cas: [] });
  });
});

describe('a CA that can only be trusted', () => {
  it('is not chosen to sign', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    await desk.json(['ca', 'export', '--out', 'public.pem']);
    await desk.json(['ca', 'import', 'public.pem', '--ca', 'colleague', '--home', 'second']);
    expect(await desk.json(['mint', 'a.test', '--force', '--home', 'second'])).toMatchObject({ ca: 'default' });
  });

  it('is refused with a root that did not sign it', async () => {
    const desk = newDesk();
    const subject = ['--subject', 'CN=Same'];
    for (const home of ['one', 'two']) await desk.json(['ca', 'create', 'x', '--home', home, ...subject]);
    const words = ['ca', 'import', 'two/cas/x/root.pem', 'one/cas/x/issuer.pem', 'one/cas/x/issuer-key.pem'];
    expect(await desk.refusal(words)).toMatchObject({ exitCode: 1, code: 'CA_NOT_AN_ISSUER' });
  });
});
