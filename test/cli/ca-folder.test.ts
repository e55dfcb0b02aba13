/**
 * @module `ca list|show|path|export|import|remove`: what a CA is, where it lives, how it travels, and that it goes for good.
 */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import { deskMaker, type Desk } from './desk.ts';
import { isPair, openssl, readCertificates } from './minted-facts.ts';

const newDesk = deskMaker('ca-folder');

async function deskWithCa(name = 'default'): Promise<Desk> {
  const desk = newDesk();
  await desk.json(['ca', 'create', name, '--scope', 'my-site.com']);
  return desk;
}

describe('looking', () => {
  it('show gives path, files, scope, digest and end; path gives the folder alone', async () => {
    const desk = await deskWithCa();
    const folder = join(desk.home, 'cas/default');
    const shown = await desk.json(['ca', 'show']);
    const root = new X509Certificate(readFileSync(join(folder, 'root.pem')));
    expect(shown).toMatchObject({
      name: 'default',
      path: folder,
      rootFile: join(folder, 'root.pem'),
      issuerFile: join(folder, 'issuer.pem'),
      scope: { dns: expect.arrayContaining(['localhost', 'my-site.com']) as unknown, ips: [] },
      rootSha256Hex: root.fingerprint256.replaceAll(':', '').toLowerCase(),
      notAfter: new Date(root.validTo).toISOString(),
    });
    expect(await desk.run(['ca', 'path'])).toMatchObject({ stdout: `${folder}\n`, stderr: '' });
    for (const words of [
      ['ca', 'show', 'default'],
      ['ca', 'show', '--ca', 'default'],
      ['--ca', 'default', 'ca', 'show'],
    ])
      expect(await desk.json(words)).toEqual(shown);
    expect(await desk.json(['ca', 'list'])).toEqual({ cas: [shown] });
  });

  it('does not know a CA that is not there', async () => {
    const desk = await deskWithCa();
    for (const words of [
      ['ca', 'show', 'x'],
      ['ca', 'export', 'x'],
      ['ca', 'remove', 'x', '--yes'],
      ['a.test', '--ca', 'x'],
    ])
      expect(await desk.refusal(words), words.join(' ')).toMatchObject({ exitCode: 1, code: 'CA_NOT_FOUND' });
  });
});

describe('remove', () => {
  it('asks, so without a terminal it does nothing unless --yes is said', async () => {
    const desk = await deskWithCa('bank');
    const result = await desk.run(['ca', 'remove', 'bank'], { holdInput: true, timeoutMs: 5000 });
    expect(result).toMatchObject({ exitCode: 1, timedOut: false });
    expect(result.stderr).toMatch(/^error\[CONFIRMATION_NEEDED\]/);
    expect(existsSync(join(desk.home, 'cas/bank/issuer-key.pem'))).toBe(true);
    expect(await desk.json(['ca', 'remove', 'bank', '--yes'])).toEqual({ removed: 'bank' });
    expect(existsSync(join(desk.home, 'cas/bank'))).toBe(false);
    expect(await desk.json(['ca', 'list'])).toEqual({ cas: [] });
  });
});

describe('export and import', () => {
  it('carry the certificates alone to a colleague, who can trust and not sign', async () => {
    const desk = await deskWithCa();
    const { stdout } = await desk.runOrThrow(['ca', 'export']);
    expect(stdout).not.toContain('PRIVATE KEY');
    expect(await desk.json(['ca', 'export', '--out', 'team.pem'])).toMatchObject({
      hasKey: false,
      file: desk.path('team.pem'),
    });
    expect(desk.read('team.pem')).toBe(stdout);
    expect(readCertificates(desk.path('team.pem'))).toHaveLength(2);
    const colleague = newDesk();
    const imported = await colleague.json(['ca', 'import', desk.path('team.pem'), '--ca', 'team']);
    expect(imported).toMatchObject({ name: 'team', keyState: 'absent' });
    expect(await colleague.refusal(['my-site.com', '--ca', 'team'])).toMatchObject({
      exitCode: 1,
      code: 'CA_KEY_MISSING',
    });
  });

  it('carry the key only encrypted', async () => {
    const desk = await deskWithCa();
    expect(await desk.refusal(['ca', 'export', '--with-key'])).toMatchObject({
      exitCode: 1,
      code: 'PASSPHRASE_NEEDED',
    });
    desk.write('pass.txt', 'on the way\n');
    await desk.json(['ca', 'export', '--with-key', '--passphrase-file', 'pass.txt', '--out', 'all.pem']);
    expect([desk.mode('all.pem'), /-----BEGIN (.*PRIVATE KEY)/.exec(desk.read('all.pem'))?.[1]]).toEqual([
      0o600,
      'ENCRYPTED PRIVATE KEY',
    ]);
    const other = newDesk();
    other.write('pass.txt', 'on the way\n');
    await other.json(['ca', 'import', desk.path('all.pem'), '--passphrase-file', 'pass.txt', '--ca', 'moved']);
    expect(await other.json(['my-site.com', '--passphrase-file', 'pass.txt'])).toMatchObject({ ca: 'moved' });
    const original = await desk.json(['ca', 'show']);
    expect(await other.json(['ca', 'show', 'moved'])).toMatchObject({ rootSha256Hex: original['rootSha256Hex'] });
  });

  it('export replaces no file unasked', async () => {
    const desk = await deskWithCa();
    desk.write('team.pem', 'precious');
    expect(await desk.refusal(['ca', 'export', '--out', 'team.pem'])).toMatchObject({
      exitCode: 1,
      code: 'FILE_EXISTS',
    });
    expect(desk.read('team.pem')).toBe('precious');
    await desk.json(['ca', 'export', '--out', 'team.pem', '--force']);
  });

  it('import takes a whole CA folder, and refuses what can not sign', async () => {
    const desk = await deskWithCa();
    const other = newDesk();
    await other.json(['ca', 'import', join(desk.home, 'cas/default'), '--ca', 'copy']);
    const { certFile, keyFile } = await other.json(['my-site.com', '--ca', 'copy']);
    expect(isPair(String(certFile), String(keyFile))).toBe(true);
    expect(await other.refusal(['ca', 'import', String(certFile), '--ca', 'leaf'])).toMatchObject({
      exitCode: 1,
      code: 'CA_NOT_AN_ISSUER',
    });
    expect(await other.refusal(['ca', 'import', 'gone.pem'])).toMatchObject({ exitCode: 1, code: 'FILE_NOT_FOUND' });
    expect(await other.refusal(['ca', 'import', join(desk.home, 'cas/default'), '--ca', 'again'])).toMatchObject({
      code: 'IMPORT_TAKEN',
    });
  });
});

it('--keep-root-key keeps the root key outside the home, encrypted', async (context) => {
  requirePrograms(context, ['openssl']);
  const desk = newDesk();
  const words = ['ca', 'create', 'kept', '--scope', 'my-site.com', '--keep-root-key', 'root-key.pem'];
  expect(await desk.refusal(words)).toMatchObject({ exitCode: 1, code: 'PASSPHRASE_NEEDED' });
  desk.write('pass.txt', 'in the safe\n');
  const { rootFile } = await desk.json([...words, '--passphrase-file', 'pass.txt']);
  expect(desk.mode('root-key.pem')).toBe(0o600);
  const publicKey = ['pkey', '-in', 'root-key.pem', '-passin', 'file:pass.txt', '-pubout'];
  const { stdout } = await openssl(publicKey, { cwd: desk.folder });
  const root = new X509Certificate(readFileSync(String(rootFile)));
  expect(stdout).toBe(root.publicKey.export({ type: 'spki', format: 'pem' }));
});

describe('ca remove without a terminal', () => {
  it('wants --yes', async () => {
    const desk = deskMaker('ca-remove')();
    await desk.json(['localhost']);
    expect(await desk.refusal(['ca', 'remove', 'default'])).toMatchObject({ exitCode: 1, code: 'CONFIRMATION_NEEDED' });
  });
});
