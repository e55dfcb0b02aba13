/**
 * @module `ca create NAME --parent CA --root-key-file F`: a further issuer below a root whose key was kept. It speaks for what its root does or
 * for less, clients that know the root take both issuers, and each holds the narrower one to its scope.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { forge } from '../clients/forge.ts';
import { deskMaker, type Desk } from '../cli/desk.ts';
import { requirePrograms } from '../programs/program.ts';
import { subfolder } from '../programs/scratch.ts';
import { expectOpen, JUDGES, pairOf, programsOf } from './judges.ts';
import { mkcert } from './mkcert.ts';

const newDesk = deskMaker('parent');
const OPENING = ['--parent', 'company', '--root-key-file', 'root-key.pem', '--root-passphrase-file', 'pass.txt'];

/** A CA "company" whose root key was kept. */
async function companyDesk(...words: readonly string[]): Promise<Desk> {
  const desk = newDesk();
  desk.write('pass.txt', 'in the safe\n');
  const scope = words.length === 0 ? ['--scope', 'my-site.com', '--scope', 'other.test'] : words;
  const keeping = ['--keep-root-key', 'root-key.pem', '--passphrase-file', 'pass.txt'];
  await desk.json(['ca', 'create', 'company', ...scope, ...keeping]);
  return desk;
}

const fileOf = ({ home }: Desk, ca: string, name: string): string => join(home, 'cas', ca, name);

describe('an issuer below a kept root', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await companyDesk();
    await desk.json(['ca', 'create', 'team', ...OPENING, '--scope', 'team.my-site.com']);
  });

  it('has the same root, a key and a subject of its own, and the narrower scope', async () => {
    const [company, team] = [await desk.json(['ca', 'show', 'company']), await desk.json(['ca', 'show', 'team'])];
    expect(team).toMatchObject({
      rootSha256Hex: company['rootSha256Hex'],
      scope: { dns: ['localhost', 'team.my-site.com'], ips: [] },
      keyState: 'plain',
    });
    expect(readFileSync(fileOf(desk, 'team', 'root.pem'))).toEqual(readFileSync(fileOf(desk, 'company', 'root.pem')));
    expect(readFileSync(fileOf(desk, 'team', 'issuer.pem'))).not.toEqual(
      readFileSync(fileOf(desk, 'company', 'issuer.pem')),
    );
  });

  it("has the root's revocation list as it is, of which Windows keeps one; a new one only where there is none", async () => {
    const listOf = (ca: string): string => readFileSync(fileOf(desk, ca, 'root.crl'), 'utf8');
    expect(listOf('team')).toBe(listOf('company'));
    expect(readFileSync(fileOf(desk, 'team', 'issuer.crl'))).not.toEqual(
      readFileSync(fileOf(desk, 'company', 'issuer.crl')),
    );
    const list = listOf('company');
    writeFileSync(fileOf(desk, 'company', 'root.crl'), 'damaged');
    await desk.json(['ca', 'create', 'sister', ...OPENING]);
    expect(listOf('sister')).toBe(list);
    for (const ca of ['team', 'sister']) rmSync(fileOf(desk, ca, 'root.crl'));
    await desk.json(['ca', 'create', 'late', ...OPENING]);
    expect(listOf('late')).not.toBe(list);
    expect(listOf('late')).toContain('BEGIN X509 CRL');
    await desk.json(['ca', 'create', 'later', ...OPENING]);
    expect(listOf('later')).toBe(listOf('late'));
    writeFileSync(fileOf(desk, 'company', 'root.crl'), list);
    for (const ca of ['sister', 'late', 'later']) await desk.json(['ca', 'remove', ca, '--yes']);
    writeFileSync(fileOf(desk, 'team', 'root.crl'), list);
  });

  it('signs nothing outside of its own scope', async () => {
    const refusal = await desk.refusal(['www.my-site.com', '--ca', 'team']);
    expect(refusal).toMatchObject({ exitCode: 1, code: 'NAME_OUTSIDE_SCOPE', details: { caName: 'team' } });
  });

  it('is taken by clients that know the root, as is the first issuer, and held to its own scope', async (context) => {
    requirePrograms(context, ['openssl', ...programsOf(JUDGES)]);
    const folder = subfolder(desk.folder, 'stolen');
    const rootFile = fileOf(desk, 'team', 'root.pem');
    const certFile = fileOf(desk, 'team', 'issuer.pem');
    const thief = {
      rootFile,
      issuer: { certFile, chainFile: certFile, keyFile: fileOf(desk, 'team', 'issuer-key.pem') },
    };
    const steal = (id: string, host: string) => forge(folder, thief, { id, title: id, host, altName: `DNS:${host}` });
    const minted = (words: readonly string[]) => desk.json(words).then(pairOf);
    const doors = {
      company: {
        host: 'www.my-site.com',
        files: await minted(['www.my-site.com', '--ca', 'company', '--passphrase-file', 'pass.txt']),
      },
      team: { host: 'a.team.my-site.com', files: await minted(['a.team.my-site.com', '--ca', 'team']) },
      inside: { host: 'b.team.my-site.com', files: await steal('inside', 'b.team.my-site.com') },
      beside: { host: 'mail.my-site.com', files: await steal('beside', 'mail.my-site.com') },
      outside: { host: 'bank.example.com', files: await steal('outside', 'bank.example.com') },
    };
    await expectOpen(JUDGES, doors, { open: ['company', 'team', 'inside'], rootFile, folder });
  }, 120_000);

  it('goes to the team in one file, and mints there for the same root', async (context) => {
    requirePrograms(context, ['openssl']);
    await desk.json(['ca', 'export', 'team', '--with-key', '--out', 'team.p12', '--passphrase-file', 'pass.txt']);
    const member = newDesk();
    member.write('pass.txt', 'in the safe\n');
    const words = ['ca', 'import', desk.path('team.p12'), '--ca', 'team', '--passphrase-file', 'pass.txt'];
    const imported = await member.json(words);
    expect(imported).toMatchObject({ scope: { dns: ['localhost', 'team.my-site.com'] } });
    expect(imported).toMatchObject({ rootSha256Hex: (await desk.json(['ca', 'show', 'company']))['rootSha256Hex'] });
    await member.json(['c.team.my-site.com', '--passphrase-file', 'pass.txt']);
    expect(await member.refusal(['www.my-site.com', '--ca', 'team', '--passphrase-file', 'pass.txt'])).toMatchObject({
      code: 'NAME_OUTSIDE_SCOPE',
    });
  });

  it('may have its own scope, key type and subject, or those of the root', async () => {
    const wide = await desk.json(['ca', 'create', 'wide', ...OPENING, '--key', 'rsa-2048', '--subject', 'CN=Wide']);
    expect(wide).toMatchObject({ scope: { dns: ['localhost', 'my-site.com', 'other.test'] }, keyLabel: 'RSA 2048' });
    const sealed = OPENING.slice(0, 4);
    await desk.json(['ca', 'create', 'sealed', ...sealed, '--passphrase-file', 'pass.txt']);
    expect(await desk.json(['ca', 'show', 'sealed'])).toMatchObject({ keyState: 'encrypted' });
  });

  it('limited addresses where the root has none', async () => {
    const lan = await desk.json(['ca', 'create', 'lan', ...OPENING, '--constrain-ips']);
    expect(lan).toMatchObject({ scope: { dns: ['localhost', 'my-site.com', 'other.test'] } });
    expect(await desk.refusal(['8.8.8.8', '--ca', 'lan'])).toMatchObject({ code: 'NAME_OUTSIDE_SCOPE' });
  });
});

describe('is refused', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await companyDesk();
  });

  it('beyond the scope of the root, before anything is opened', async () => {
    for (const [words, outside] of [
      [['--scope', 'bank.com'], 'bank.com'],
      [['--scope', 'com.my-site.com', '--scope', 'test-site.com'], 'test-site.com'],
      [['--unscoped'], 'every name there is'],
    ] as const)
      expect(
        await desk.refusal(['ca', 'create', 'x', ...OPENING.slice(0, 4), ...words]),
        words.join(' '),
      ).toMatchObject({
        exitCode: 1,
        code: 'PARENT_SCOPE',
        details: { outside },
      });
    expect(await desk.json(['ca', 'list'])).toMatchObject({ cas: [{ name: 'company' }] });
  });

  it('with another key, a wrong passphrase, or no key file', async () => {
    desk.write('wrong.txt', 'not in the safe\n');
    await desk.json(['key', '--out', 'key.pem']);
    const refused = async (...words: readonly string[]): Promise<string> =>
      (await desk.refusal(['ca', 'create', 'x', '--parent', 'company', ...words])).code;
    expect(await refused('--root-key-file', 'key.pem')).toBe('PARENT_KEY_MISMATCH');
    expect(await refused('--root-key-file', 'root-key.pem', '--passphrase-file', 'wrong.txt')).toBe(
      'KEY_PASSPHRASE_WRONG',
    );
    expect(await refused('--root-key-file', 'root-key.pem')).toBe('PASSPHRASE_NEEDED');
    expect(await refused('--root-key-file', 'gone.pem')).toBe('FILE_NOT_FOUND');
    expect(await refused()).toBe('OPTION_ALONE');
    expect(await refused('--root-key-file', 'root-key.pem', '--keep-root-key', 'again.pem')).toBe('OPTIONS_CONFLICT');
    expect(await desk.json(['ca', 'list'])).toMatchObject({ cas: [{ name: 'company' }] });
  });

  it('below a root that allows no CA below it', async (context) => {
    requirePrograms(context, ['openssl', 'mkcert']);
    const own = newDesk();
    const root = await mkcert(own, ['localhost']);
    await own.json(['ca', 'import', root, '--ca', 'mkcert']);
    const words = ['--parent', 'mkcert', '--root-key-file', join(root, 'rootCA-key.pem'), '--scope', 'my-site.com'];
    expect(await own.refusal(['ca', 'create', 'x', ...words])).toMatchObject({ code: 'PARENT_CANNOT_SIGN' });
  });
});

it('addresses of a root that limits them stay limited below it', async () => {
  const desk = await companyDesk('--scope', 'my-site.com', '--constrain-ips');
  await desk.json(['ca', 'create', 'team', ...OPENING, '--scope', 'team.my-site.com']);
  expect(await desk.refusal(['8.8.8.8', '--ca', 'team'])).toMatchObject({ code: 'NAME_OUTSIDE_SCOPE' });
  await desk.json(['10.0.0.1', '--ca', 'team']);
});

it('removing one of two issuers leaves the other and its root', async () => {
  const desk = await companyDesk();
  await desk.json(['ca', 'create', 'team', ...OPENING]);
  const { stdout } = await desk.runOrThrow(['ca', 'remove', 'company', '--yes']);
  expect(stdout).toContain('it is that of CA "team" too');
  await desk.json(['a.my-site.com', '--ca', 'team']);
});
