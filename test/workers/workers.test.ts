/**
 * @module The workers of the built program against real databases: NSS by the system's library, and Firefox itself. certutil, which they do without, is the judge. All databases are scratch.
 */
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLeaf } from '../cli/minted-facts.ts';
import { MINTMARK_BIN, mintmarkJson, textField } from '../programs/mintmark.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run, runOrThrow, type RunResult } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';

const WORKER = join(dirname(MINTMARK_BIN), 'worker.cjs');
const NICKNAME = 'Mintmark default 0123';
const PASSWORD = 'correct horse ü';
const scratch = scratchFolder('workers');
const home = join(scratch, 'home');

type Task = Readonly<Record<string, unknown>>;

function runWorker(name: string, task: Task, env: Readonly<Record<string, string>> = {}): Promise<RunResult> {
  return run([process.execPath, WORKER, name], {
    input: JSON.stringify(task),
    env: { HOME: subfolder(scratch, 'user'), ...env },
    timeoutMs: 90_000,
  });
}

/** The root of a CA that these tests share. */
async function rootTask(): Promise<{ readonly certDerBase64: string; readonly sha256Hex: string }> {
  if (!existsSync(home)) await mintmarkJson(['ca', 'create'], { home });
  const shown = await mintmarkJson(['ca', 'show'], { home });
  const certDerBase64 = readLeaf(textField(shown, 'rootFile')).raw.toString('base64');
  return { certDerBase64, sha256Hex: textField(shown, 'rootSha256Hex') };
}

const certutil = (...args: readonly string[]) => runOrThrow([programPath('certutil'), ...args]);

/** Nickname and trust of each entry, as `NAME C,,`. */
async function entriesOf(folder: string): Promise<string[]> {
  const { stdout } = await certutil('-L', '-d', `sql:${folder}`);
  const rows = stdout.split('\n').filter((row) => /\s[A-Za-z]*,[A-Za-z]*,[A-Za-z]*\s*$/.test(row));
  return rows.map((row) => row.trim().replace(/\s{2,}/g, ' ')).filter((row) => !row.startsWith('SSL,'));
}

const LIBRARIES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64'];
const systemLibraries = (): string => LIBRARIES.find((folder) => existsSync(join(folder, 'libnss3.so'))) ?? '';

describe('the NSS worker', () => {
  async function work(action: 'add' | 'remove', databaseFolder: string, more: Task = {}): Promise<RunResult> {
    const libraryFolder = systemLibraries();
    const task = {
      action,
      databaseFolder,
      libraryFolder,
      nickname: NICKNAME,
      isNew: false,
      ...(await rootTask()),
      ...more,
    };
    return runWorker('nss', task, { LD_LIBRARY_PATH: String(task.libraryFolder) });
  }

  it('makes a database that only its owner reads, in a folder with any name', async (context) => {
    requirePrograms(context, ['certutil']);
    const folder = subfolder(scratch, "it's new");
    expect(await work('add', folder, { isNew: true })).toMatchObject({ exitCode: 0, output: '' });
    expect(await entriesOf(folder)).toEqual([`${NICKNAME} C,,`]);
    const { stdout } = await runOrThrow([programPath('find'), folder, '-type', 'f', '-not', '-perm', '600']);
    expect([readdirSync(folder).sort(), stdout]).toEqual([['cert9.db', 'key4.db', 'pkcs11.txt'], '']);
  });

  it('adds to what is there, once, and removes by digest what is there under any name', async (context) => {
    requirePrograms(context, ['certutil', 'openssl']);
    const folder = subfolder(scratch, 'present');
    await certutil('-N', '-d', `sql:${folder}`, '--empty-password');
    const modules = readFileSync(join(folder, 'pkcs11.txt'), 'utf8');
    const other = join(scratch, 'other.pem');
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null'];
    await runOrThrow([programPath('openssl'), 'req', '-x509', ...key, '-subj', '/CN=Other', '-out', other]);
    await certutil('-A', '-d', `sql:${folder}`, '-t', 'C,,', '-n', 'other', '-i', other);
    const rootFile = join(home, 'cas/default/root.pem');
    await rootTask();
    await certutil('-A', '-d', `sql:${folder}`, '-t', ',,', '-n', 'half done', '-i', rootFile);
    expect((await work('add', folder)).exitCode).toBe(0);
    expect((await work('add', folder)).exitCode).toBe(0);
    expect((await entriesOf(folder)).sort()).toEqual(['half done C,,', 'other C,,']);
    expect((await work('remove', folder)).exitCode).toBe(0);
    expect((await work('remove', folder)).exitCode).toBe(0);
    expect(await entriesOf(folder)).toEqual(['other C,,']);
    expect(readFileSync(join(folder, 'pkcs11.txt'), 'utf8')).toBe(modules);
  });

  it('needs the primary password to add, leaves nothing behind without it, and needs none to remove', async (context) => {
    requirePrograms(context, ['certutil']);
    const folder = subfolder(scratch, 'guarded');
    const file = join(scratch, 'password');
    writeFileSync(file, `${PASSWORD}\n`);
    await certutil('-N', '-d', `sql:${folder}`, '-f', file);
    for (const more of [{}, { secret: 'wrong' }, { secret: '' }]) {
      const { exitCode, output } = await work('add', folder, more);
      expect([exitCode, output.trim().split('\n').length]).toEqual([3, 1]);
      expect(await entriesOf(folder)).toEqual([]);
    }
    expect((await work('add', folder, { secret: PASSWORD })).output).toBe('');
    expect(await entriesOf(folder)).toEqual([`${NICKNAME} C,,`]);
    expect((await work('remove', folder)).exitCode).toBe(0);
    expect(await entriesOf(folder)).toEqual([]);
  });

  it('says in one line what is missing', async () => {
    const missing = { libraryFolder: join(scratch, 'nowhere') };
    for (const more of [missing, {}]) {
      const { exitCode, stderr } = await work('add', join(scratch, 'no such folder'), more);
      expect([exitCode, stderr.trim().split('\n')]).toEqual([1, [expect.stringContaining(scratch)]]);
    }
  });
});

describe('the Firefox worker', () => {
  async function work(action: 'add' | 'remove', profileFolder: string, more: Task = {}): Promise<RunResult> {
    const firefoxProgram = programPath('firefox-esr');
    return runWorker('marionette', {
      action,
      profileFolder,
      firefoxProgram,
      ...(await rootTask()),
      ...more,
    });
  }

  async function profileWith(name: string, password: readonly string[]): Promise<string> {
    const folder = subfolder(scratch, name);
    await certutil('-N', '-d', `sql:${folder}`, ...password);
    writeFileSync(join(folder, 'prefs.js'), '// kept\n');
    return folder;
  }

  it('changes the two databases of a profile and nothing else', async (context) => {
    requirePrograms(context, ['certutil', 'firefox-esr']);
    const folder = await profileWith('profile', ['--empty-password']);
    const names = readdirSync(folder).sort();
    expect(await work('add', folder)).toMatchObject({ exitCode: 0, output: '' });
    expect(await entriesOf(folder)).toHaveLength(1);
    expect(readdirSync(folder).sort()).toEqual(names);
    expect(readFileSync(join(folder, 'prefs.js'), 'utf8')).toBe('// kept\n');
    expect((await work('remove', folder)).exitCode).toBe(0);
    expect(await entriesOf(folder)).toEqual([]);
    expect(readdirSync(join(scratch, 'user'))).toEqual([]);
  });

  it('answers for the primary password, and never waits for it', async (context) => {
    requirePrograms(context, ['certutil', 'firefox-esr']);
    const file = join(scratch, 'firefox password');
    writeFileSync(file, `${PASSWORD}\n`);
    const folder = await profileWith('guarded profile', ['-f', file]);
    for (const more of [{}, { secret: 'wrong' }]) expect((await work('add', folder, more)).exitCode).toBe(3);
    expect(await entriesOf(folder)).toEqual([]);
    expect((await work('add', folder, { secret: PASSWORD })).output).toBe('');
    expect(await entriesOf(folder)).toHaveLength(1);
  });

  it('refuses a profile that a process holds, and one whose databases are not at rest', async (context) => {
    requirePrograms(context, ['certutil', 'firefox-esr']);
    const held = await profileWith('held', ['--empty-password']);
    symlinkSync(`127.0.0.1:+${process.pid}`, join(held, 'lock'));
    expect(await work('add', held)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('quit it') as unknown,
    });
    const torn = await profileWith('torn', ['--empty-password']);
    writeFileSync(join(torn, 'cert9.db-journal'), 'x');
    expect(await work('add', torn)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('journal') as unknown,
    });
    for (const folder of [held, torn])
      expect(readdirSync(folder).filter((name) => name.startsWith('mintmark'))).toEqual([]);
  });

  it('gives up on what is no Firefox', async (context) => {
    requirePrograms(context, ['certutil']);
    const folder = await profileWith('no firefox', ['--empty-password']);
    const { exitCode, stderr } = await work('add', folder, { firefoxProgram: programPath('true') });
    expect([exitCode, stderr.trim().split('\n')]).toEqual([1, [expect.stringContaining('ended at once')]]);
  });
});
