/**
 * @module `crl`: the list itself, as OpenSSL reads it; its numbers, which never come twice; files, formats and what is in the way; and
 * CAs that can't sign one.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lintFiles, zlintPath } from '../lint/zlint.ts';
import { deskMaker, type Desk } from '../cli/desk.ts';
import { openssl } from '../cli/minted-facts.ts';
import { daysFromNow } from '../cli/shifted-clock.ts';
import { requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';

// Side by side: two lists of one CA are never of one second, so that most of the time here is waiting.
const newDesk = deskMaker('crl');

type CrlJson = {
  readonly number: string;
  readonly thisUpdate: string;
  readonly nextUpdate: string;
  readonly entries: readonly object[];
};
const crl = async (desk: Desk, words: readonly string[] = [], options = {}): Promise<CrlJson> =>
  (await desk.json(['crl', ...words], options)) as unknown as CrlJson;

const readText = async (file: string): Promise<string> =>
  (await openssl(['crl', '-in', file, '-noout', '-text'])).stdout;

describe.concurrent('a list', () => {
  it('is version 2 with a number, its issuer and the reasons, in the order of serials', async () => {
    const desk = newDesk();
    const names = ['a.test', 'b.test', 'c.test', 'd.test'];
    for (const name of names) await desk.json([name]);
    await desk.json(['revoke', 'a.test.pem', 'b.test.pem', 'c.test.pem', '--reason', 'superseded']);
    await desk.json(['revoke', 'd.test.pem']);
    const { number } = await crl(desk, ['--out', 'ca.pem']);
    const text = await readText(desk.path('ca.pem'));
    expect(text).toContain('Version 2 (0x1)');
    expect(text).toMatch(new RegExp(`X509v3 CRL Number: \\s+${number}\\s`));
    expect(text).toMatch(/X509v3 Authority Key Identifier: \s+[0-9A-F:]{59}/);
    const serials = [...text.matchAll(/Serial Number: ([0-9A-F]+)/g)].map(([, hex = '']) => hex);
    expect(serials).toHaveLength(4);
    expect(serials).toEqual(serials.toSorted());
    expect(text.match(/CRL Reason Code: \s+Superseded/g)).toHaveLength(3);
    expect(text.match(/CRL entry extensions/g)).toHaveLength(3);
    const issuer = String((await desk.json(['ca', 'show']))['issuerFile']);
    const { stderr } = await openssl(['crl', '-in', desk.path('ca.pem'), '-noout', '-CAfile', issuer]);
    expect(stderr).toContain('verify OK');
  });

  it('of nothing holds no empty list', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    await crl(desk, ['--out', 'ca.pem', '--with-root']);
    expect(await readText(desk.path('ca.pem'))).toContain('No Revoked Certificates');
  });

  it('lasts 30 days, or what --days says, and never longer than its issuer', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    const daysOf = ({ thisUpdate, nextUpdate }: CrlJson): number =>
      (Date.parse(nextUpdate) - Date.parse(thisUpdate)) / 86_400_000;
    expect(daysOf(await crl(desk))).toBe(30);
    expect(daysOf(await crl(desk, ['--days', '1']))).toBe(1);
    const longest = await crl(desk, ['--days', '3650']);
    const { notAfter } = await desk.json(['ca', 'show']);
    expect(longest.nextUpdate).toBe(notAfter);
    for (const days of ['0', '3651', '36501'])
      expect(await desk.refusal(['crl', '--days', days])).toMatchObject({
        code: 'CRL_DAYS_RANGE',
        exitCode: 2,
        hint: expect.stringContaining('1 to 3650;') as string,
      });
    const late = daysFromNow(desk, 3640);
    expect((await crl(desk, [], late)).nextUpdate).toBe(notAfter);
    expect(await desk.refusal(['crl', '--days', '30'], late)).toMatchObject({
      code: 'CRL_DAYS_RANGE',
      hint: expect.stringContaining('1 to 10;') as string,
    });
    expect(await desk.refusal(['crl', '--days', 'many'])).toMatchObject({ code: 'OPTION_VALUE' });
    expect(await desk.refusal(['crl'], daysFromNow(desk, 3651))).toMatchObject({ code: 'ISSUER_EXPIRED' });
  });

  it('is signed by a key of any type, and clean to zlint, full and empty', async (context) => {
    if (zlintPath() === undefined) {
      if (process.env['MINTMARK_REQUIRE_CLIENTS'] === '1') expect.fail('zlint is not built (scripts/build-zlint.sh)');
      return context.skip('zlint is not built (scripts/build-zlint.sh)');
    }
    const files: string[] = [];
    const desk = newDesk();
    for (const keyType of ['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa-2048']) {
      const ca = ['--ca', keyType];
      await desk.json(['ca', 'create', keyType, '--scope', 'localhost', '--key', keyType]);
      await desk.json(['mint', 'localhost', '--cert-file', `${keyType}-leaf.pem`, ...ca]);
      await crl(desk, ['--out', `${keyType}-empty.pem`, '--with-root', ...ca]);
      await desk.json(['revoke', `${keyType}-leaf.pem`, '--reason', 'keyCompromise']);
      await crl(desk, ['--out', `${keyType}-full.pem`, ...ca]);
      const { issuerFile, rootFile } = await desk.json(['ca', 'show', keyType]);
      const [, root = ''] =
        desk.read(`${keyType}-empty.pem`).match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n/g) ?? [];
      for (const [file, by] of [
        [desk.path(`${keyType}-full.pem`), issuerFile],
        [desk.write('root.pem', root), rootFile],
      ])
        expect((await openssl(['crl', '-in', String(file), '-noout', '-CAfile', String(by)])).stderr).toContain(
          'verify OK',
        );
      files.push(desk.path(`${keyType}-empty.pem`), desk.path(`${keyType}-full.pem`));
    }
    const reports = lintFiles(files);
    expect(reports.flatMap(({ findings }) => findings)).toEqual([]);
    expect(reports.map(({ lists }) => lists)).toEqual([2, 1, 2, 1, 2, 1, 2, 1]);
    for (const { lintsRun } of reports) expect(lintsRun).toBeGreaterThan(1);
  });
});

describe.concurrent('numbers', () => {
  it('rise from list to list, and two lists are never of one second', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    const lists = [await crl(desk), await crl(desk), await crl(desk)];
    const numbers = lists.map(({ number }) => Number(number));
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    expect(new Set(lists.map(({ thisUpdate }) => thisUpdate)).size).toBe(3);
    expect(lists[0]?.number).toBe(String(Date.parse(lists[0]?.thisUpdate ?? '') / 1000));
  });

  it('are given out one by one to several at once', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    const lists = await Promise.all([1, 2, 3].map((i) => crl(desk, ['--out', `${i}.crl`])));
    expect(new Set(lists.map(({ number }) => number)).size).toBe(3);
    expect(new Set(lists.map(({ thisUpdate }) => thisUpdate)).size).toBe(3);
  });

  it('go on where a clock is set back, and where the records are lost', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    const ahead = await crl(desk, [], daysFromNow(desk, 100));
    const back = await crl(desk);
    expect(Number(back.number)).toBe(Number(ahead.number) + 1);
    rmSync(join(desk.home, 'crls.jsonl'));
    const later = await crl(desk, [], daysFromNow(desk, 101));
    expect(Number(later.number)).toBeGreaterThan(Number(back.number));
  });

  it('are spent even where the list can then not be written', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    const { number } = await crl(desk);
    expect(await desk.refusal(['crl', '--out', 'no/such/folder/ca.crl'])).toMatchObject({ code: 'FOLDER_NOT_FOUND' });
    const records = readFileSync(join(desk.home, 'crls.jsonl'), 'utf8').trim().split('\n');
    expect(records).toHaveLength(2);
    expect(Number((await crl(desk)).number)).toBeGreaterThan(Number(number) + 1);
  });
});

describe.concurrent('the file', () => {
  it('is PEM by .pem, DER by any other name, and PEM on standard output', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    await crl(desk, ['--out', 'ca.crl']);
    expect(readFileSync(desk.path('ca.crl'))[0]).toBe(0x30);
    await openssl(['crl', '-inform', 'DER', '-in', desk.path('ca.crl'), '-noout']);
    await crl(desk, ['--out', 'CA.PEM']);
    expect(desk.read('CA.PEM')).toMatch(/^-----BEGIN X509 CRL-----\n/);
    const { stdout, stderr } = await desk.runOrThrow(['crl']);
    expect(stdout).toMatch(/^-----BEGIN X509 CRL-----\n[^-]+-----END X509 CRL-----\n$/);
    expect(stderr).toBe('');
    expect((await desk.runOrThrow(['crl', '--quiet', '--out', '-'])).stdout).toContain('BEGIN X509 CRL');
    expect(await desk.json(['crl'])).toMatchObject({
      crlFile: null,
      format: 'pem',
      crlPem: expect.stringContaining('CRL') as string,
    });
    await crl(desk, ['--out', 'both.crl', '--with-root']);
    expect(desk.read('both.crl').match(/BEGIN X509 CRL/g)).toHaveLength(2);
    expect(desk.mode('ca.crl')).toBe(0o644);
  });

  it('replaces a list of this CA, and nothing else unless told', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    await desk.json(['ca', 'create', 'shop', '--scope', 'my-shop.com']);
    for (const out of ['a.crl', 'a.pem'])
      for (let round = 0; round < 2; round++)
        await crl(desk, ['--out', out, ...(out === 'a.pem' ? ['--with-root'] : [])]);
    desk.write('text.txt', 'mine\n');
    for (const [out, ca] of [
      ['a.crl', 'shop'],
      ['a.pem', 'shop'],
      ['text.txt', 'default'],
      ['localhost.pem', 'default'],
    ] as const) {
      const before = readFileSync(desk.path(out));
      expect(await desk.refusal(['crl', '--out', out, '--ca', ca])).toMatchObject({ code: 'CRL_FILE_FOREIGN' });
      expect(readFileSync(desk.path(out))).toEqual(before);
    }
    await crl(desk, ['--out', 'text.txt', '--force']);
    mkdirSync(desk.path('folder'));
    expect(await desk.refusal(['crl', '--out', 'folder'])).toMatchObject({ code: 'NOT_A_FILE' });
  });

  it('replaces a link instead of following it, and leaves nothing beside', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    await crl(desk, ['--out', 'real.crl']);
    const before = readFileSync(desk.path('real.crl'));
    symlinkSync(desk.path('real.crl'), desk.path('link.crl'));
    await crl(desk, ['--out', 'link.crl']);
    expect(lstatSync(desk.path('link.crl')).isSymbolicLink()).toBe(false);
    expect(readFileSync(desk.path('real.crl'))).toEqual(before);
    expect(readdirSync(desk.folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe.concurrent('a CA', () => {
  it('with an encrypted key asks for its passphrase, after everything else', async () => {
    const desk = newDesk();
    desk.write('pass.txt', 'correct horse\n');
    desk.write('wrong.txt', 'wrong horse\n');
    await desk.json(['ca', 'create', 'default', '--passphrase-file', 'pass.txt']);
    expect(await desk.refusal(['crl'])).toMatchObject({ code: 'PASSPHRASE_NEEDED' });
    expect(await desk.refusal(['crl', '--days', '0'])).toMatchObject({ code: 'CRL_DAYS_RANGE' });
    expect(await desk.refusal(['crl', '--passphrase-file', 'wrong.txt'])).toMatchObject({
      code: 'KEY_PASSPHRASE_WRONG',
    });
    expect(existsSync(join(desk.home, 'crls.jsonl'))).toBe(false);
    await crl(desk, ['--passphrase-file', 'pass.txt', '--out', 'ca.crl']);
  });

  it('that is not there, or has no key here, says so', async () => {
    const [desk, other] = [newDesk(), newDesk()];
    expect(await desk.refusal(['crl'])).toMatchObject({ code: 'CA_NOT_FOUND' });
    await other.json(['localhost']);
    const { rootFile, issuerFile } = await other.json(['ca', 'show']);
    await desk.json(['ca', 'import', String(rootFile), String(issuerFile), '--ca', 'theirs']);
    expect(await desk.refusal(['crl', '--ca', 'theirs'])).toMatchObject({ code: 'CA_KEY_MISSING' });
    expect(await desk.refusal(['crl', '--ca', 'nobody'])).toMatchObject({ code: 'CA_NOT_FOUND' });
    const revoking = await desk.refusal(['revoke', other.path('localhost.pem')]);
    expect(revoking).toMatchObject({ code: 'CA_KEY_MISSING', exitCode: 1 });
    expect(existsSync(join(desk.home, 'revocations.jsonl'))).toBe(false);
  });

  it('from before there were lists says what is missing, and still writes its own', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    rmSync(join(desk.home, 'cas/default/root.crl'));
    expect(await desk.refusal(['crl', '--with-root', '--out', 'a.pem'])).toMatchObject({
      code: 'CRL_ROOT_MISSING',
      hint: expect.stringContaining('without --with-root'.replace('without', 'leave out')) as string,
    });
    await crl(desk, ['--out', 'a.pem']);
    expect(await desk.json(['ca', 'show'])).toMatchObject({ name: 'default' });
  });

  it("whose root may sign no list (mkcert's) is refused, and its revocations are told by asking", async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = newDesk();
    const usage = 'keyUsage=critical,keyCertSign';
    const key = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      desk.path('rootCA-key.pem'),
    ];
    const extensions = ['-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0', '-addext', usage];
    await openssl([
      'req',
      '-x509',
      ...key,
      '-days',
      '3650',
      '-subj',
      '/CN=mkcert me',
      ...extensions,
      '-out',
      desk.path('rootCA.pem'),
    ]);
    await desk.json(['ca', 'import', 'rootCA.pem', 'rootCA-key.pem', '--ca', 'old']);
    expect(await desk.refusal(['crl', '--ca', 'old', '--out', 'a.crl'])).toMatchObject({ code: 'CRL_NOT_ALLOWED' });
    await desk.json(['mint', 'app.test', '--ca', 'old']);
    const { stderr } = await desk.runOrThrow(['revoke', 'app.test.pem']);
    expect(stderr).toContain('mintmark ocsp serve --ca old');
    expect(existsSync(desk.path('a.crl'))).toBe(false);
  });

  it('whose root signs by itself and may, has one list', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = newDesk();
    const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', desk.path('k.pem')];
    await openssl([
      'req',
      '-x509',
      ...key,
      '-days',
      '3650',
      '-subj',
      '/CN=own root',
      '-addext',
      'keyUsage=critical,keyCertSign,cRLSign',
      '-out',
      desk.path('c.pem'),
    ]);
    await desk.json(['ca', 'import', 'c.pem', 'k.pem', '--ca', 'own']);
    for (const name of ['good.test', 'bad.test']) await desk.json(['mint', name, '--ca', 'own']);
    await desk.json(['revoke', 'bad.test.pem']);
    await crl(desk, ['--ca', 'own', '--with-root', '--out', 'own.pem']);
    expect(desk.read('own.pem').match(/BEGIN/g)).toHaveLength(1);
    const verify = (file: string) =>
      run([
        'openssl',
        'verify',
        '-crl_check_all',
        '-CAfile',
        desk.path('c.pem'),
        '-CRLfile',
        desk.path('own.pem'),
        desk.path(file),
      ]);
    expect((await verify('good.test.pem')).exitCode).toBe(0);
    expect((await verify('bad.test.pem')).output).toContain('certificate revoked');
  });

  it("has its root's list, and one of its issuer for Windows that a revocation takes away", async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    const folder = join(desk.home, 'cas/default');
    const first = await readText(join(folder, 'issuer.crl'));
    expect(first).toContain('No Revoked Certificates');
    expect(first).toMatch(/CRL Number: \s+1\s/);
    const { notAfter } = await desk.json(['ca', 'show']);
    for (const name of ['root.crl', 'issuer.crl']) {
      const { stdout } = await openssl(['crl', '-in', join(folder, name), '-noout', '-nextupdate']);
      expect(new Date(stdout.trim().replace('nextUpdate=', '')).toISOString()).toBe(notAfter);
    }
    await desk.json(['revoke', 'localhost.pem']);
    expect(readdirSync(folder).sort()).toEqual(['issuer-key.pem', 'issuer.pem', 'root.crl', 'root.pem']);
    writeFileSync(join(folder, 'issuer.crl'), 'x'); // what is put there by hand stands in nobody's way
    await crl(desk);
  });
});
