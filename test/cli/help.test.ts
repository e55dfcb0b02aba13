/**
 * @module Help: every command answers -h, --help and `help COMMAND` alike, examples first; the general help names every command; and
 * what it calls an option with a value is read as one wherever it stands.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { deskMaker } from './desk.ts';

const MAKING = ['mint', 'self-signed', 'csr', 'sign', 'key', 'keystore', 'pin', 'inspect', 'list'];
const KEEPING = ['renew', 'revoke', 'crl', 'ocsp'];
const TRUSTING = ['install', 'uninstall', 'doctor', 'env', 'exec'];
const COMMANDS = [...MAKING, ...KEEPING, ...TRUSTING, 'ca', 'completion'];
const desk = deskMaker('help')();

describe.each(COMMANDS)('%s', (command) => {
  let help = '';
  beforeAll(async () => {
    help = (await desk.runOrThrow([command, '--help'])).stdout;
  });

  it('opens its help with examples of itself, then usage and options', () => {
    const usage = help.indexOf('\nUsage: mintmark ');
    expect(help.slice(0, usage)).toMatch(new RegExp(`mintmark ${command}\\b`));
    expect(help.slice(0, usage)).not.toContain('--home DIR');
    expect(help.slice(usage)).toContain('--home DIR');
  });

  it('answers -h anywhere, whatever else is missing or wrong in number', async () => {
    for (const words of [
      [command, '-h'],
      ['-h', command],
      ['help', command],
      [command, 'a', 'b', 'c', '-h'],
    ])
      expect(await desk.run(words), words.join(' ')).toMatchObject({ exitCode: 0, stdout: help, stderr: '' });
  });

  it('fits a terminal of 80 columns but for command lines that do not', () => {
    const long = help
      .split('\n')
      .filter((line) => line.length > 80 && !/^ {2}(?:mintmark|openssl|curl|eval|cp) /.test(line));
    expect(long).toEqual([]);
  });

  it('reads the value of each of its options as a value, also before the command', async () => {
    const options = [...help.matchAll(/^ {2}(--[a-z0-9-]+) [A-Z][A-Z,]* /gm)].map(([, name]) => name ?? '');
    expect(options).toContain('--home');
    const first = [...new Set(options)].flatMap((option) => [option, 'frobnicate']);
    expect(await desk.run([...first, command, '-h'])).toMatchObject({ exitCode: 0, stdout: help });
  });
});

it('the general help names every command and opens with examples', async () => {
  const { stdout } = await desk.runOrThrow(['--help']);
  expect(stdout.indexOf('mintmark localhost')).toBeLessThan(stdout.indexOf('Commands'));
  const listed = [...stdout.matchAll(/^ {2}([a-z-]+) {2,}[A-Za-z]/gm)].map(([, name]) => name);
  expect(listed).toEqual(expect.arrayContaining(COMMANDS));
  for (const words of [['-h'], ['help'], [], ['--json', '--help']]) expect((await desk.run(words)).stdout).toBe(stdout);
});
