/**
 * @module `env`: lines that real shells evaluate to the very values, whatever stands in a path; the same lines the second time; and files that
 * are made once.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { MINTMARK_BIN, mintmark, mintmarkJson, mintmarkOrThrow } from '../programs/mintmark.ts';
import { findProgram, programPath, requirePrograms } from '../programs/program.ts';
import { run, runOrThrow } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { deskMaker } from './desk.ts';

const folder = scratchFolder('env');
const HOSTILE_HOME = join(folder, `h 'a' "b" $(id) \`c\` \\d %e & é ’`);
const newDesk = deskMaker('env-desk');

const mint = (home: string) =>
  mintmarkOrThrow(['localhost', '--quiet'], { home, cwd: mkdtempSync(join(folder, 'work-')) });
beforeAll(async () => {
  await mint(HOSTILE_HOME);
});

type Variables = Readonly<Record<string, string>>;

async function variablesOf(home: string, words: readonly string[] = [], env: Variables = {}): Promise<Variables> {
  const printed = await mintmarkJson(['env', ...words], { home, env: { HOME: folder, ...env } });
  return printed['variables'] as Variables;
}

/** Nobody has every shell, so a missing one is no gap in the machine. */
function requireShell(context: TestContext, shell: string): void {
  if (findProgram(shell) === undefined) context.skip(`${shell} is not installed`);
}

/** What a shell has after it took the lines. */
async function evaluated(command: readonly string[], names: readonly string[]): Promise<Variables> {
  const print = `process.stdout.write(JSON.stringify(${JSON.stringify(names)}.map((name) => [name, process.env[name]])))`;
  const env = { MINTMARK_HOME: HOSTILE_HOME, HOME: folder, PRINT: print, NODE: process.execPath, BIN: MINTMARK_BIN };
  const { stdout } = await runOrThrow(command, { env });
  return Object.fromEntries(JSON.parse(stdout) as [string, string][]);
}

describe('the lines', () => {
  it.for(['sh', 'bash', 'dash', 'zsh', 'ksh'])('mean what they say to %s', async (shell, context) => {
    requireShell(context, shell);
    const expected = await variablesOf(HOSTILE_HOME);
    const line = 'eval "$("$NODE" "$BIN" env --shell sh)"; exec "$NODE" -e "$PRINT"';
    expect(await evaluated([programPath(shell), '-c', line], Object.keys(expected))).toEqual(expected);
  });

  it('mean what they say to fish', async (context) => {
    requireShell(context, 'fish');
    const expected = await variablesOf(HOSTILE_HOME);
    const line = '$NODE $BIN env --shell fish | source; exec $NODE -e $PRINT';
    expect(await evaluated([programPath('fish'), '-c', line], Object.keys(expected))).toEqual(expected);
  });

  it('mean what they say to PowerShell', async (context) => {
    requireShell(context, 'pwsh');
    const expected = await variablesOf(HOSTILE_HOME);
    const line =
      '& $env:NODE $env:BIN env --shell powershell | Out-String | Invoke-Expression; & $env:NODE -e $env:PRINT';
    expect(await evaluated([programPath('pwsh'), '-NoProfile', '-Command', line], Object.keys(expected))).toEqual(
      expected,
    );
  });

  it('are the same the second time', async () => {
    const line =
      'eval "$("$NODE" "$BIN" env)"; "$NODE" "$BIN" env > "$1"; eval "$("$NODE" "$BIN" env)"; exec "$NODE" "$BIN" env';
    const env = { MINTMARK_HOME: HOSTILE_HOME, HOME: folder, NODE: process.execPath, BIN: MINTMARK_BIN };
    const file = join(folder, 'lines');
    const { stdout } = await runOrThrow([programPath('sh'), '-c', line, 'sh', file], { env });
    expect(stdout).toBe(readFileSync(file, 'utf8'));
    expect(stdout).toBe((await mintmarkOrThrow(['env'], { home: HOSTILE_HOME, env: { HOME: folder } })).stdout);
  });

  it('are what GitHub takes, one a line', async () => {
    const { stdout } = await mintmarkOrThrow(['env', '--shell', 'github'], {
      home: HOSTILE_HOME,
      env: { HOME: folder },
    });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => /^(\w+)=(.*)$/.exec(line)?.slice(1) ?? []);
    expect(Object.fromEntries(lines)).toEqual(await variablesOf(HOSTILE_HOME));
  });
});

describe('the shell', () => {
  it.each([
    ['/usr/bin/fish', /^set -gx /],
    ['/bin/zsh', /^export /],
    ['', /^export /],
  ])("is the user's own: SHELL=%j", async (shell, expected) => {
    const { stdout } = await mintmarkOrThrow(['env'], { home: HOSTILE_HOME, env: { SHELL: shell, HOME: folder } });
    expect(stdout).toMatch(expected);
  });

  it('that nobody knows is wrong usage', async () => {
    const desk = newDesk();
    expect(await desk.refusal(['env', '--shell', 'toString'])).toMatchObject({
      exitCode: 2,
      code: 'ENV_SHELL_UNKNOWN',
    });
    expect(await desk.refusal(['--shell', 'tcsh', 'env'])).toMatchObject({
      hint: expect.stringContaining('fish') as string,
    });
  });
});

describe('docker', () => {
  it('gets public roots and nothing of this machine', async () => {
    const env = { HOME: folder, SSL_CERT_FILE: '/corp.pem' };
    const { stdout, stderr } = await mintmarkOrThrow(['env', '--shell', 'docker'], { home: HOSTILE_HOME, env });
    expect(stdout).toMatch(/^COPY mintmark-default\.crt \/usr\/local\/share\/ca-certificates\/$/m);
    expect(stdout).not.toMatch(/issuer|PRIVATE|corp/);
    expect(stderr).toBe('');
    // What is meant to be pasted into a shell is: the copy really copies.
    const [, command = ''] = /^# {3}(cp .*)$/m.exec(stdout) ?? [];
    const cwd = subfolder(folder, 'image');
    await runOrThrow([programPath('sh'), '-c', command], { cwd });
    expect(readFileSync(join(cwd, 'mintmark-default.crt'), 'utf8')).toContain('BEGIN CERTIFICATE');
  });
});

describe('the files', () => {
  it('are made once and only again when they differ', async () => {
    const home = join(folder, 'once');
    await mint(home);
    const { files } = (await mintmarkJson(['env'], { home, env: { HOME: folder } })) as unknown as { files: string[] };
    const inodes = () => files.map((file) => statSync(file).ino);
    const before = inodes();
    await variablesOf(home);
    expect(inodes()).toEqual(before);
    writeFileSync(files[0] ?? '', 'torn');
    await variablesOf(home);
    expect(readFileSync(files[0] ?? '', 'utf8')).toContain('BEGIN CERTIFICATE');
    expect(statSync(join(home, 'environment')).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, 'environment', 'wgetrc')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(home, 'environment')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('have every CA of the home, or the one that was asked for', async () => {
    const home = join(folder, 'several');
    await mint(home);
    await mintmarkOrThrow(['ca', 'create', 'bank', '--scope', 'bank.example'], { home });
    const count = async (words: readonly string[]): Promise<number> => {
      const { NODE_EXTRA_CA_CERTS: file = '' } = await variablesOf(home, words);
      return readFileSync(file, 'utf8').split('BEGIN CERTIFICATE').length - 1;
    };
    expect([await count([]), await count(['--ca', 'bank']), await count([])]).toEqual([2, 1, 2]);
    const places = await Promise.all(['bank', 'default'].map((name) => variablesOf(home, ['--ca', name])));
    expect(new Set(places.map(({ SSL_CERT_FILE }) => SSL_CERT_FILE)).size).toBe(2);
  });

  it('of a home with one damaged CA have the others', async () => {
    const home = join(folder, 'damaged');
    await mint(home);
    await mintmarkOrThrow(['ca', 'create', 'bank', '--scope', 'bank.example'], { home });
    writeFileSync(join(home, 'cas', 'bank', 'root.pem'), 'torn');
    const { exitCode, stdout, stderr } = await mintmark(['env'], { home, env: { HOME: folder } });
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('SSL_CERT_FILE') as string,
    });
    expect(stderr).toContain('bank');
  });

  it('that can not be written are an error', async () => {
    const home = join(folder, 'blocked');
    await mint(home);
    writeFileSync(join(home, 'environment'), 'in the way');
    const { exitCode, stdout, stderr } = await mintmark(['env'], { home, env: { HOME: folder } });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('NOT_A_FOLDER');
  });
});

describe('what the user should know', () => {
  it('is said beside the lines, and in a field under --json', async () => {
    const env = { HOME: folder, SSL_CERT_FILE: '/gone.pem', JAVA_TOOL_OPTIONS: '-Djavax.net.ssl.trustStore=/own' };
    const { stdout, stderr } = await mintmarkOrThrow(['env'], { home: HOSTILE_HOME, env });
    expect(stdout).not.toContain('JAVA_TOOL_OPTIONS');
    expect(stderr).toMatch(/SSL_CERT_FILE names \/gone\.pem.*\nJAVA_TOOL_OPTIONS is left alone: .*\/own/);
    const printed = await mintmarkJson(['env'], { home: HOSTILE_HOME, env });
    expect(printed).toMatchObject({ skipped: [{ name: 'JAVA_TOOL_OPTIONS' }] });
    expect(printed['warnings']).toEqual([expect.stringContaining('/gone.pem')]);
  });

  it('is silent without cause, in any language', async () => {
    const env = { HOME: folder, LC_ALL: 'fr_FR.UTF-8', LANGUAGE: 'fr' };
    expect((await mintmarkOrThrow(['env'], { home: HOSTILE_HOME, env })).stderr).toBe('');
  });
});

describe('without a CA', () => {
  it('says what to type, and makes nothing', async () => {
    const desk = newDesk();
    expect(await desk.refusal(['env'])).toMatchObject({
      exitCode: 1,
      code: 'CA_NEEDED',
      hint: expect.stringContaining('mintmark localhost') as string,
    });
    expect(await desk.refusal(['exec', '--', 'true'])).toMatchObject({ exitCode: 1, code: 'CA_NEEDED' });
    expect(() => statSync(desk.home)).toThrow('ENOENT');
    mkdirSync(desk.home, { mode: 0o700 });
    expect(await desk.refusal(['env'])).toMatchObject({ code: 'CA_NEEDED' });
    expect(await desk.refusal(['env', '--ca', 'bank'])).toMatchObject({ code: 'CA_NOT_FOUND' });
  });

  it('and without any place for one, the same', async () => {
    const env = { HOME: undefined, XDG_DATA_HOME: undefined, LOCALAPPDATA: undefined };
    const { exitCode, stderr } = await run([process.execPath, MINTMARK_BIN, 'env'], { env });
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('HOME_UNKNOWN') as string,
    });
  });
});

describe('a disk that may not be written', () => {
  it('is an error where something is missing, and none where all is there', async (context) => {
    const home = join(folder, 'read-only');
    await mint(home);
    await variablesOf(home);
    await makeReadOnly(context, home);
    expect((await mintmark(['env'], { home, env: { HOME: folder } })).exitCode).toBe(0);
    const other = await mintmark(['exec', '--ca', 'default', '--', 'echo', 'ran'], { home, env: { HOME: folder } });
    expect(other).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('READ_ONLY') as string });
  });
});

/** Until the test ends. Only root may. */
async function makeReadOnly(context: TestContext, path: string): Promise<void> {
  requirePrograms(context, ['mount', 'umount']);
  const bound = await run([programPath('mount'), '--bind', path, path]);
  if (bound.exitCode !== 0) context.skip(`mount is not permitted here: ${bound.output.trim()}`);
  context.onTestFinished(async () => {
    await run([programPath('umount'), path]);
  });
  const { exitCode, output } = await run([programPath('mount'), '-o', 'remount,bind,ro', path]);
  if (exitCode !== 0) context.skip(`remounting is not permitted here: ${output.trim()}`);
}
