/**
 * @module How the words of a command line are read: which one is the command, where options may stand, what ends them, and
 * what every mistake is called.
 */
import { describe, expect, it } from 'vitest';
import { deskMaker } from './desk.ts';

const newDesk = deskMaker('words');
const desk = newDesk();

describe('the command', () => {
  it('mints for a first word that is plainly a name, and for no other', async () => {
    for (const name of ['localhost', 'app.test', '*.app.test', '127.0.0.1', '::1', 'me@app.test'])
      expect(await desk.json([name, '--dry-run']), name).toMatchObject({ dryRun: true });
    for (const word of ['myhost', '', 'LOCALHOST!', 'inst'])
      expect(await desk.refusal([word]), word).toMatchObject({ exitCode: 2, code: 'COMMAND_UNKNOWN' });
  });

  it.each(['frobnicate', 'constructor', '__proto__', 'toString'])('does not know %s', async (word) => {
    expect(await desk.refusal([word, 'localhost'])).toMatchObject({ exitCode: 2, code: 'COMMAND_UNKNOWN' });
  });

  it('suggests the command that was meant', async () => {
    expect((await desk.refusal(['inspekt', 'x.pem'])).hint).toContain('mintmark inspect');
  });

  it('prints help on no words at all, and misses a command beside mere options', async () => {
    const bare = await desk.run([]);
    expect(bare).toMatchObject({ exitCode: 0, stderr: '' });
    expect(bare.stdout).toContain('mintmark localhost 127.0.0.1 ::1');
    expect(await desk.refusal(['--yes'])).toMatchObject({ exitCode: 2, code: 'COMMAND_MISSING' });
  });

  it('prints its version, a line by itself, wherever --version stands', async () => {
    for (const words of [['--version'], ['--quiet', '--version'], ['mint', '--version'], ['localhost', '--version']])
      expect(await desk.run(words), words.join(' ')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
        stderr: '',
      });
  });
});

describe('options', () => {
  it('may stand before, between and after the words', async () => {
    const expected = { names: ['a.test', 'b.test'], certFile: desk.path('x/c.pem') };
    const option = ['--cert-file', 'x/c.pem', '--dry-run'];
    for (const words of [
      [...option, 'a.test', 'b.test'],
      [...option, 'mint', 'a.test', 'b.test'],
      ['mint', ...option, 'a.test', 'b.test'],
      ['a.test', ...option, 'b.test'],
      ['mint', 'a.test', '--cert-file=x/c.pem', 'b.test', '--dry-run'],
    ])
      expect(await desk.json(words), words.join(' ')).toMatchObject(expected);
  });

  it('take a value that looks like a command or a name', async () => {
    expect(await desk.refusal(['--ca', 'list', 'mint', 'a.test'])).toMatchObject({ code: 'CA_NOT_FOUND' });
    expect(await desk.refusal(['--ca', 'key', 'a.test'])).toMatchObject({ code: 'CA_NOT_FOUND' });
    expect(await desk.json(['--out', 'pin', 'a.test', '--dry-run'])).toMatchObject({
      certFile: desk.path('pin/a.test.pem'),
    });
  });

  it('end at --, whatever follows is a name', async () => {
    expect(await desk.json(['mint', '--dry-run', '--', 'a.test'])).toMatchObject({ names: ['a.test'] });
    expect(await desk.json(['--dry-run', '--', 'a.test'])).toMatchObject({ names: ['a.test'] });
    expect(await desk.refusal(['mint', '--', '-x'])).toMatchObject({ exitCode: 1, code: 'DNS_NAME_HYPHEN' });
    expect(await desk.refusal(['mint', '--', '--dry-run'])).toMatchObject({ exitCode: 1, code: 'DNS_NAME_HYPHEN' });
    expect(await desk.refusal(['--', '-x'])).toMatchObject({ exitCode: 2, code: 'COMMAND_UNKNOWN' });
    const talk = await desk.run(['mint', '--', '--json']);
    expect(talk).toMatchObject({ exitCode: 1, stdout: '' });
    expect(talk.stderr).toMatch(/^error\[DNS_NAME_HYPHEN\]/);
  });

  it.each([
    [['mint', 'a.test', '--frob'], 'OPTION_UNKNOWN'],
    [['mint', 'a.test', '-x'], 'OPTION_UNKNOWN'],
    [['list', '--scope', 'a.com'], 'OPTION_UNKNOWN'],
    [['mint', 'a.test', '--out'], 'OPTION_VALUE'],
    [['mint', 'a.test', '--out='], 'OPTION_VALUE'],
    [['mint', 'a.test', '--json=yes'], 'OPTION_VALUE'],
    [['mint', 'a.test', '--out', 'x', '--out', 'y'], 'OPTION_VALUE'],
    [['mint', 'a.test', '--days', 'soon'], 'OPTION_VALUE'],
    [['mint', 'a.test', '--days', '1.5'], 'OPTION_VALUE'],
    [['mint', 'a.test', '--days=-1'], 'OPTION_VALUE'],
    [['list', '--expiring', 'x'], 'OPTION_VALUE'],
    [['mint', 'a.test', '--key', 'dsa'], 'KEY_TYPE_UNKNOWN'],
    [['mint', 'a.test', '--subject', 'nonsense'], 'DN_INVALID'],
    [['mint'], 'ARGUMENT_MISSING'],
    [['pin'], 'ARGUMENT_MISSING'],
    [['sign'], 'ARGUMENT_MISSING'],
    [['ca'], 'ARGUMENT_MISSING'],
    [['ca', 'remove'], 'ARGUMENT_MISSING'],
    [['ca', 'frob'], 'ARGUMENT_UNEXPECTED'],
    [['ca', 'show', 'a', 'b'], 'ARGUMENT_UNEXPECTED'],
    [['list', 'a.test'], 'ARGUMENT_UNEXPECTED'],
    [['key', 'a.test'], 'ARGUMENT_UNEXPECTED'],
    [['sign', 'a.csr', 'b.csr'], 'ARGUMENT_UNEXPECTED'],
    [['completion', 'tcsh'], 'SHELL_UNKNOWN'],
    [['pin', 'x.pem', '--format', 'constructor'], 'PIN_FORMAT_UNKNOWN'],
    [['mint', 'a.test', '--reuse-key', 'k.pem', '--key', 'ed25519'], 'OPTIONS_CONFLICT'],
    [['ca', 'create', 'x', '--unscoped', '--scope', 'my-site.com'], 'OPTIONS_CONFLICT'],
    [['self-signed', 'a.test', '--webtransport', '--days', '3'], 'OPTIONS_CONFLICT'],
    [['ca', 'create', '../x'], 'CA_NAME_INVALID'],
  ] as const)('%j is wrong usage: %s, exit 2', async (words, code) => {
    expect(await newDesk().refusal(words)).toMatchObject({ exitCode: 2, code });
  });
});
