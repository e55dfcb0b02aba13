/**
 * @module Where mint writes and what it will not overwrite: folders it makes, files it was told, files of others.
 */
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';
import { deskMaker, type Desk } from './desk.ts';
import { isPair, readCertificates } from './minted-facts.ts';

const newDesk = deskMaker('mint-files');

describe('where files go', () => {
  const desk = newDesk();

  it('--out makes the folder, however deep, and paths may hold spaces', async () => {
    const { certFile } = await desk.json(['a.test', '--out', 'my certs/of today']);
    expect(certFile).toBe(desk.path('my certs/of today/a.test.pem'));
    expect(desk.has('my certs/of today/a.test-key.pem')).toBe(true);
    const shown = await desk.runOrThrow(['a.test', '--out', 'my certs/of today']);
    expect(shown.stdout).toContain('./my certs/of today/a.test.pem');
  });

  it('--cert-file and --key-file name each file, alone or together', async () => {
    await desk.json(['b.test', '--cert-file', 'tls.crt', '--key-file', 'tls.key']);
    expect(isPair(desk.path('tls.crt'), desk.path('tls.key'))).toBe(true);
    const { certFile, keyFile } = await desk.json(['b.test', '--key-file', desk.path('only.key')]);
    expect([certFile, keyFile]).toEqual([desk.path('b.test.pem'), desk.path('only.key')]);
  });

  it('both may be one file, for servers that want it so; it is as private as a key', async () => {
    for (const round of ['first', 'second']) {
      await desk.json(['c.test', '--cert-file', 'both.pem', '--key-file', 'both.pem']);
      expect(isPair(desk.path('both.pem'), desk.path('both.pem')), round).toBe(true);
      expect(readCertificates(desk.path('both.pem'))).toHaveLength(2);
      expect(desk.mode('both.pem')).toBe(0o600);
    }
  });

  it('a folder in the place of a file is named', async () => {
    mkdirSync(desk.path('d.test.pem'));
    expect(await desk.refusal(['d.test'])).toMatchObject({ exitCode: 1, code: 'NOT_A_FILE' });
    desk.write('plain', '');
    expect(await desk.refusal(['d.test', '--out', 'plain'])).toMatchObject({ exitCode: 1, code: 'NOT_A_FOLDER' });
  });
});

describe('files of others', () => {
  it.each(['a.test.pem', 'a.test-key.pem'])('%s is refused, untouched, and replaced with --force', async (name) => {
    const desk = newDesk();
    desk.write(name, 'precious\n');
    expect(await desk.refusal(['a.test'])).toMatchObject({
      exitCode: 1,
      code: 'FILE_EXISTS',
      details: { path: desk.path(name) },
    });
    expect(desk.read(name)).toBe('precious\n');
    expect([desk.has('a.test.pem'), desk.has('a.test-key.pem')].filter(Boolean)).toHaveLength(1);
    await desk.json(['a.test', '--force']);
    expect(isPair(desk.path('a.test.pem'), desk.path('a.test-key.pem'))).toBe(true);
  });

  it('a certificate of another home is one of others', async () => {
    const desk = newDesk();
    await desk.json(['a.test']);
    const minted = desk.read('a.test.pem');
    expect(await desk.refusal(['a.test', '--home', 'elsewhere'])).toMatchObject({ code: 'FILE_EXISTS' });
    expect(desk.read('a.test.pem')).toBe(minted);
  });

  it('a loose mode is not inherited by a key that replaces the file', async () => {
    const desk = newDesk();
    desk.write('a.test-key.pem', 'x');
    chmodSync(desk.path('a.test-key.pem'), 0o666);
    await desk.json(['a.test', '--force']);
    expect(desk.mode('a.test-key.pem')).toBe(0o600);
  });
});

const NOBODY = 65_534;

/** Root may write everywhere, so root's tests run the program as a user who owns the desk but not the folder. */
function asPlainUser(desk: Desk): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  for (const path of [desk.folder, `${desk.folder}/..`]) chownSync(path, NOBODY, NOBODY);
  chmodSync(`${desk.folder}/../..`, 0o755);
  return ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];
}

it('a folder that may not be written to is named, and nothing is left behind', async (context) => {
  requirePrograms(context, ['setpriv']);
  const desk = newDesk();
  mkdirSync(desk.path('sealed'), { mode: 0o500 });
  const user = asPlainUser(desk);
  if (user.length > 0) chownSync(desk.path('sealed'), NOBODY, NOBODY);
  const words = ['a.test', '--out', 'sealed', '--json'];
  const { exitCode, stdout } = await run([...user, process.execPath, MINTMARK_BIN, ...words], {
    cwd: desk.folder,
    env: { MINTMARK_HOME: desk.home },
  });
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'NO_PERMISSION' } });
  expect(statSync(desk.path('sealed')).nlink).toBe(2);
  expect(desk.has('sealed/a.test.pem')).toBe(false);
});

it('the certificate file is the leaf, then its issuer, and no root', async () => {
  const desk = newDesk();
  await desk.json(['a.test']);
  const [leaf, issuer] = readCertificates(desk.path('a.test.pem'));
  const { rootFile, issuerFile } = await desk.json(['ca', 'show']);
  expect(leaf?.ca).toBe(false);
  expect(issuer?.toString()).toBe(readFileSync(String(issuerFile), 'utf8'));
  expect(desk.read('a.test.pem')).not.toContain(readFileSync(String(rootFile), 'utf8'));
});
