/**
 * @module `ca import $(mkcert -CAROOT)` takes a root over that the real mkcert made: what mkcert signed and what Mintmark signs from now on are
 * taken by clients that know that root, and the import says what its key can do. `ca rotate` is the way from there to a scoped CA.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { deskMaker } from '../cli/desk.ts';
import { readCertificates } from '../cli/minted-facts.ts';
import { requirePrograms } from '../programs/program.ts';
import { subfolder } from '../programs/scratch.ts';
import { expectOpen, JUDGES, pairOf, programsOf } from './judges.ts';
import { mkcert } from './mkcert.ts';

const newDesk = deskMaker('import-mkcert');

/** One that nothing is written to; making its key takes mkcert a second. */
let made: Promise<string> | undefined;
const sharedRoot = (): Promise<string> => (made ??= mkcert(newDesk(), ['localhost']));

it('certificates of mkcert and of Mintmark are taken by clients that know the root of mkcert', async (context) => {
  requirePrograms(context, ['mkcert', ...programsOf(JUDGES)]);
  const desk = newDesk();
  const caroot = await mkcert(desk, ['-cert-file', 'theirs.pem', '-key-file', 'theirs-key.pem', 'old.my-site.com']);
  const { stderr, stdout } = await desk.runOrThrow(['ca', 'import', caroot, '--ca', 'mkcert']);
  expect(stderr).toMatch(/This CA is unscoped: whoever steals its key can speak for every name/);
  expect(stdout).toMatch(/every name there is \(unscoped\)/);
  const ours = await desk.json(['new.my-site.com', '--ca', 'mkcert']);
  const chosen = await desk.json(['bank.example.com', '--cert-file', 'chosen.pem', '--key-file', 'chosen-key.pem']);
  expect([ours['ca'], chosen['ca']]).toEqual(['mkcert', 'mkcert']);
  expect(readCertificates(String(ours['certFile']))).toHaveLength(1); // the root itself signs, and is not sent
  const theirs = { certFile: desk.path('theirs.pem'), keyFile: desk.path('theirs-key.pem') };
  const doors = {
    theirs: { host: 'old.my-site.com', files: theirs },
    ours: { host: 'new.my-site.com', files: pairOf(ours) },
  };
  const rootFile = join(caroot, 'rootCA.pem');
  await expectOpen(JUDGES, doors, { open: ['theirs', 'ours'], rootFile, folder: subfolder(desk.folder, 'judges') });
}, 120_000);

it('minting from it without --ca says that it is unscoped', async (context) => {
  requirePrograms(context, ['mkcert']);
  const desk = newDesk();
  await desk.json(['ca', 'import', await sharedRoot(), '--ca', 'mkcert']);
  const words = 'Signed by CA "mkcert", which is unscoped.\n';
  expect((await desk.runOrThrow(['a.my-site.com'])).stderr).toContain(words);
  expect((await desk.runOrThrow(['b.my-site.com', '--ca', 'mkcert'])).stderr).not.toContain('unscoped');
  expect((await desk.runOrThrow(['c.my-site.com', '--quiet'])).stderr).toBe('');
  desk.write('d.my-site.com.pem', 'precious');
  expect((await desk.run(['d.my-site.com'])).stderr).not.toContain('unscoped');
});

it('its key stays in place, and the copy is for nobody else', async (context) => {
  requirePrograms(context, ['mkcert', 'openssl']);
  const desk = newDesk();
  const caroot = await sharedRoot();
  const key = readFileSync(join(caroot, 'rootCA-key.pem'), 'utf8');
  expect(await desk.json(['ca', 'import', caroot, '--ca', 'mkcert'])).toMatchObject({
    isUnscoped: true,
    keyState: 'plain',
    keyLabel: 'RSA 3072',
  });
  expect(readFileSync(join(caroot, 'rootCA-key.pem'), 'utf8')).toBe(key);
  desk.write('pass.txt', 'a passphrase\n');
  const other = newDesk();
  await other.json(['ca', 'import', caroot, '--ca', 'mkcert', '--passphrase-file', desk.path('pass.txt')]);
  expect(await other.json(['ca', 'show', 'mkcert'])).toMatchObject({ keyState: 'encrypted' });
});

it('a CAROOT without its key, as on another machine, can be trusted and signs nothing', async (context) => {
  requirePrograms(context, ['mkcert']);
  const desk = newDesk();
  const caroot = await sharedRoot();
  await desk.json(['ca', 'import', join(caroot, 'rootCA.pem'), '--ca', 'theirs']);
  expect(await desk.json(['ca', 'show', 'theirs'])).toMatchObject({ keyState: 'absent' });
  expect(await desk.refusal(['localhost', '--ca', 'theirs'])).toMatchObject({ code: 'CA_KEY_MISSING' });
});

it('rotated, it is a scoped CA of the same name, and what Mintmark minted from it is of that', async (context) => {
  requirePrograms(context, ['mkcert']);
  const desk = newDesk();
  const caroot = await sharedRoot();
  await desk.json(['ca', 'import', caroot, '--ca', 'mkcert']);
  await desk.json(['a.my-site.com', '--ca', 'mkcert']);
  expect(await desk.refusal(['ca', 'rotate', 'mkcert', '--yes'])).toMatchObject({ code: 'ROTATION_SCOPE_NEEDED' });
  await desk.json(['ca', 'rotate', 'mkcert', '--yes', '--scope', 'my-site.com']);
  expect(readCertificates(desk.path('a.my-site.com.pem'))).toHaveLength(2);
  expect(await desk.json(['ca', 'show', 'mkcert'])).toMatchObject({
    isUnscoped: false,
    keyLabel: 'RSA 3072',
    scope: { dns: ['localhost', 'my-site.com'] },
  });
});
