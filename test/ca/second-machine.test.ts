/**
 * @module `ca export --with-key`: the whole CA in one encrypted file, as PEM or PKCS#12, and `ca import` of it on a second machine: the same
 * root, issuer and scope, a passphrase that is asked for, and nothing changed by a wrong one.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { deskMaker, type Desk } from '../cli/desk.ts';
import { openssl, readCertificates } from '../cli/minted-facts.ts';
import { requirePrograms } from '../programs/program.ts';

const newDesk = deskMaker('second-machine');
const PASS = ['--passphrase-file', 'pass.txt'];

/** The first machine, with a scoped CA that certificates were minted from. */
let first: Desk;
beforeAll(async () => {
  first = newDesk();
  first.write('pass.txt', 'on the way\n');
  await first.json(['ca', 'create', 'default', '--scope', 'my-site.com', '--constrain-ips']);
  await first.json(['www.my-site.com']);
});

function newMachine(passphrase = 'on the way'): Desk {
  const desk = newDesk();
  desk.write('pass.txt', `${passphrase}\n`);
  return desk;
}

describe.each(['all.pem', 'all.p12'])('in %s', (name) => {
  beforeAll(async () => {
    await first.json(['ca', 'export', '--with-key', '--out', name, ...PASS]);
  });

  it('is for its owner alone, and holds the key encrypted', async (context) => {
    expect(first.mode(name)).toBe(0o600);
    const secret = readFileSync(join(first.home, 'cas/default/issuer-key.pem'), 'utf8').split('\n')[1] ?? '';
    const bytes = readFileSync(first.path(name));
    expect(bytes.includes(secret)).toBe(false);
    expect(bytes.includes(Buffer.from(secret, 'base64'))).toBe(false);
    if (name.endsWith('.pem')) return expect(first.read(name)).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    requirePrograms(context, ['openssl']);
    const { stdout } = await openssl(['pkcs12', '-in', first.path(name), '-passin', 'pass:on the way', '-nokeys']);
    return expect(stdout.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });

  it('makes the same CA on the second machine, scope and chain and all', async () => {
    const second = newMachine();
    await second.json(['ca', 'import', first.path(name), '--ca', 'default', ...PASS]);
    const [here, there] = [await first.json(['ca', 'show']), await second.json(['ca', 'show'])];
    for (const key of ['rootSha256Hex', 'scope', 'notAfter', 'keyLabel']) expect(there[key], key).toEqual(here[key]);
    expect(there).toMatchObject({ keyState: 'encrypted' });
    await second.json(['app.my-site.com', '10.0.0.1', '--cert-file', 'app.pem', '--key-file', 'app-key.pem', ...PASS]);
    expect(readCertificates(second.path('app.pem'))[1]?.raw).toEqual(
      readCertificates(first.path('www.my-site.com.pem'))[1]?.raw,
    );
    for (const outside of ['bank.com', '8.8.8.8'])
      expect(await second.refusal([outside, '--ca', 'default', ...PASS])).toMatchObject({ code: 'NAME_OUTSIDE_SCOPE' });
  });

  it('with a wrong passphrase, or none and nobody to ask, changes nothing', async () => {
    const second = newMachine('guessed');
    const words = ['ca', 'import', first.path(name), '--ca', 'default'];
    expect(await second.refusal([...words, ...PASS])).toMatchObject({ exitCode: 1, code: 'KEY_PASSPHRASE_WRONG' });
    const result = await second.run(words, { holdInput: true, timeoutMs: 20_000 });
    expect(result).toMatchObject({ exitCode: 1, timedOut: false });
    expect(result.stderr).toMatch(/^error\[PASSPHRASE_NEEDED\]/);
    expect(existsSync(second.home)).toBe(false);
  });

  it('takes the place of no CA of that name, and does not come twice under another', async () => {
    const second = newMachine();
    await second.json(['localhost']);
    const before = await second.json(['ca', 'show']);
    const words = ['ca', 'import', first.path(name), ...PASS];
    expect(await second.refusal([...words, '--ca', 'default'])).toMatchObject({ exitCode: 1, code: 'CA_EXISTS' });
    await second.json([...words, '--ca', 'first']);
    expect(await second.refusal([...words, '--ca', 'again'])).toMatchObject({
      exitCode: 1,
      code: 'IMPORT_TAKEN',
      message: 'it is already here as CA "first"',
      details: { other: 'first', isSame: true },
    });
    expect(await second.json(['ca', 'show'])).toEqual(before);
  });
});

const LISTS = ['root.crl', 'issuer.crl'];
const listsOf = ({ home }: Desk, ca: string): (string | undefined)[] =>
  LISTS.map((name) => join(home, 'cas', ca, name)).map((file) =>
    existsSync(file) ? readFileSync(file, 'utf8') : undefined,
  );

describe('the revocation lists', () => {
  it('of root and issuer go to whoever trusts the CA, with a key and without', async () => {
    const wanted = listsOf(first, 'default');
    expect(wanted.every((list) => list?.includes('BEGIN X509 CRL'))).toBe(true);
    await first.json(['ca', 'export', '--out', 'public.pem', '--force']);
    expect(readCertificates(first.path('public.pem'))).toHaveLength(2);
    expect(first.read('public.pem')).toMatch(/^-----BEGIN CERTIFICATE/);
    const colleague = newDesk();
    for (const [ca, path] of Object.entries({
      text: first.path('public.pem'),
      folder: join(first.home, 'cas/default'),
    })) {
      const member = ca === 'text' ? colleague : newMachine();
      await member.json(['ca', 'import', path, '--ca', ca]);
      expect(listsOf(member, ca), ca).toEqual(wanted);
    }
    expect(await colleague.json(['ca', 'show', 'text'])).toMatchObject({ keyState: 'absent' });
  });

  it('are taken of nobody else, nor out of a damaged file, and of two the newer', async () => {
    const other = newDesk();
    await other.json(['localhost']);
    const folder = (desk: Desk, name: string): string => join(desk.home, 'cas/default', name);
    const own = ['root.pem', 'issuer.pem', 'issuer-key.pem'].map((name) => folder(first, name));
    const strange = newMachine();
    await strange.json(['ca', 'import', ...own, ...LISTS.map((name) => folder(other, name)), '--ca', 'default']);
    expect(listsOf(strange, 'default')).toEqual([undefined, undefined]);
    writeFileSync(folder(other, 'issuer.crl'), 'x');
    writeFileSync(folder(other, 'root.crl'), listsOf(first, 'default')[0] ?? '');
    await other.json(['ca', 'export', '--out', 'public.pem']);
    expect(other.read('public.pem')).not.toMatch(/CRL|^x/m);
    const older = folder(first, 'issuer.crl');
    await first.json(['crl', '--out', 'newer.pem']);
    for (const lists of [
      [older, first.path('newer.pem')],
      [first.path('newer.pem'), older],
    ]) {
      const machine = newMachine();
      await machine.json(['ca', 'import', ...own, ...lists, '--ca', 'default']);
      expect(listsOf(machine, 'default')[1]).toBe(first.read('newer.pem'));
    }
  });

  it('of a root that signs by itself is that of the issuer, which the first revocation takes away', async () => {
    const [machine, root] = [newMachine(), join(first.home, 'cas/default/root.pem')];
    await machine.json(['ca', 'import', root, join(first.home, 'cas/default/root.crl'), '--ca', 'lone']);
    expect(listsOf(machine, 'lone')).toEqual([undefined, listsOf(first, 'default')[0]]);
  });
});

it('PEM carries the revocation list of the root, which nobody can sign again', async () => {
  const list = join(first.home, 'cas/default/root.crl');
  const second = newMachine();
  await second.json(['ca', 'import', first.path('all.pem'), '--ca', 'default', ...PASS]);
  expect(readFileSync(join(second.home, 'cas/default/root.crl'))).toEqual(readFileSync(list));
  const other = newDesk();
  await other.json(['localhost']);
  // One of another root is not taken for it: programs would refuse what the issuer signs.
  const strange = newMachine();
  const files = ['root.pem', 'issuer.pem', 'issuer-key.pem'].map((name) => join(first.home, 'cas/default', name));
  await strange.json(['ca', 'import', ...files, join(other.home, 'cas/default/root.crl'), '--ca', 'default']);
  expect(existsSync(join(strange.home, 'cas/default/root.crl'))).toBe(false);
});

it('a key that has a passphrase leaves under no other one, in either form', async () => {
  const desk = newMachine();
  desk.write('wrong.txt', 'guessed\n');
  await desk.json(['ca', 'create', 'default', ...PASS]);
  for (const name of ['out.pem', 'out.p12']) {
    const words = ['ca', 'export', '--with-key', '--out', name, '--passphrase-file'];
    expect(await desk.refusal([...words, 'wrong.txt'])).toMatchObject({ code: 'KEY_PASSPHRASE_WRONG' });
    expect(desk.has(name)).toBe(false);
  }
  await desk.json(['ca', 'export', '--with-key', '--out', 'out.pem']);
  expect(desk.read('out.pem')).toContain('BEGIN ENCRYPTED PRIVATE KEY');
});

it('PKCS#12 is for the whole CA: the public part goes as PEM', async () => {
  expect(await first.refusal(['ca', 'export', '--out', 'public.p12'])).toMatchObject({
    exitCode: 2,
    code: 'OPTION_VALUE',
  });
  await first.json(['ca', 'export', '--with-key', '--out', 'all.pfx', ...PASS]);
  expect(first.mode('all.pfx')).toBe(0o600);
  await newMachine().json(['ca', 'import', first.path('all.pfx'), ...PASS]);
  first.write('taken.p12', 'precious');
  const words = ['ca', 'export', '--with-key', '--out', 'taken.p12', ...PASS];
  expect(await first.refusal(words)).toMatchObject({ code: 'FILE_EXISTS' });
  expect(first.read('taken.p12')).toBe('precious');
});
