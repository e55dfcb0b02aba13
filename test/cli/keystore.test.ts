/**
 * @module `keystore`: where key, chain and names come from, and what is refused. What it writes is read here by OpenSSL; test/keystores
 * has the others.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { programPath, requirePrograms } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';
import { deskMaker, type Printed } from './desk.ts';
import { KEY, keystoreOn, LEAF, open, PASSWORD, prepare, WITH } from './keystore-scene.ts';
import { readCertificates } from './minted-facts.ts';

const newDesk = deskMaker('keystore');
const desk = newDesk();
const { keystore, refusal } = keystoreOn(desk);
beforeEach((context) => requirePrograms(context, ['openssl']));

beforeAll(async () => {
  await prepare(desk);
  await desk.json(['a.test', 'b.test', '--key', 'rsa-2048', '--cert-file', 'rsa.pem', '--key-file', 'rsa.key']);
});

describe('a key store', () => {
  it('comes from one word where the key lies beside the certificate, under the names of both', async () => {
    const printed = await keystore('--cert', LEAF);
    const [leaf, issuer] = readCertificates(desk.path(LEAF));
    expect(printed).toEqual({
      keystoreFile: desk.path('a.test+1.p12'),
      alias: 'a.test',
      names: ['a.test', '*.a.test'],
      notAfter: new Date(leaf?.validTo ?? '').toISOString(),
      isTrustStore: false,
      isLegacy: false,
      encryption: 'AES-256, HMAC-SHA-256',
      certificates: [
        { alias: 'a.test', subject: 'CN=a.test', ...digestAndEnd(leaf) },
        {
          alias: null,
          subject: expect.stringContaining('Mintmark default issuer') as unknown,
          ...digestAndEnd(issuer),
        },
      ],
      pins: await pinsOf(LEAF),
    });
    expect(desk.mode('a.test+1.p12')).toBe(0o600);
    expect(await open('a.test+1.p12', desk)).toEqual({
      subjects: ['CN = a.test', expect.stringContaining('issuer')],
      aliases: ['a.test', 'a.test'],
      hasKey: true,
    });
  });

  it('is told in a few lines, without the password', async () => {
    const words = ['keystore', '--cert', LEAF, '--out', 'told.p12', '--alias', 'jetty', ...WITH];
    const { stdout, stderr } = await desk.runOrThrow(words);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\n {2}a\.test\n {2}\*\.a\.test\n\n {2}key store +\.\/told\.p12\n/);
    expect(stdout).toMatch(/holds +key, leaf and 1 issuer\n {2}alias +jetty\n/);
    expect(stdout).toMatch(/locked with +AES-256, HMAC-SHA-256\n {2}expires +\d.*397 days\)\n {2}pin +sha256\/\//);
    expect(stdout).not.toContain(PASSWORD);
    expect((await open('told.p12', desk)).aliases).toEqual(['jetty', 'jetty']);
  });

  it('finds the key in the file of the certificate, and under the names of certbot', async () => {
    desk.write('both.pem', desk.read(LEAF) + desk.read(KEY));
    expect(await keystore('--cert', 'both.pem')).toMatchObject({ keystoreFile: desk.path('both.p12') });
    for (const [folder, number] of [
      ['live', ''],
      ['archive', '3'],
    ] as const) {
      mkdirSync(desk.path(folder));
      desk.write(`${folder}/fullchain${number}.pem`, desk.read(LEAF));
      desk.write(`${folder}/privkey${number}.pem`, desk.read(KEY));
      const out = ['--out', `${folder}.p12`];
      expect(await keystore('--cert', `${folder}/fullchain${number}.pem`, ...out)).toMatchObject({ alias: 'a.test' });
    }
  });

  it('puts the chain in order, from two files, whatever their order, and each certificate once', async () => {
    const [leaf = '', issuer = ''] = desk.read(LEAF).split(/(?<=-----END CERTIFICATE-----\n)/);
    const root = readFileSync(`${desk.home}/cas/default/root.pem`, 'utf8');
    desk.write('cert.pem', leaf);
    desk.write('chain.pem', root + issuer + leaf);
    desk.write('mixed.pem', root + issuer + leaf);
    const key = ['--key', KEY];
    for (const words of [
      ['--cert', 'cert.pem', '--chain', 'chain.pem'],
      ['--cert', 'mixed.pem'],
    ]) {
      await keystore(...words, ...key, '--out', 'ordered.p12');
      const { subjects } = await open('ordered.p12', desk);
      expect(subjects.map((subject) => /a\.test|issuer|root/.exec(subject)?.[0])).toEqual(['a.test', 'issuer', 'root']);
    }
    expect(await keystore('--cert', 'cert.pem', ...key)).toMatchObject({ certificates: { length: 1 } });
  });

  it('takes DER, and a certificate from a pipe', async () => {
    await runOrThrow([programPath('openssl'), 'x509', '-in', LEAF, '-outform', 'DER', '-out', 'leaf.der'], {
      cwd: desk.folder,
    });
    await runOrThrow(
      [programPath('openssl'), 'pkcs8', '-topk8', '-nocrypt', '-in', KEY, '-outform', 'DER', '-out', 'key.der'],
      { cwd: desk.folder },
    );
    await keystore('--cert', 'leaf.der', '--key', 'key.der');
    expect(await open('leaf.p12', desk)).toMatchObject({ subjects: ['CN = a.test'], hasKey: true });
    const piped = await desk.json(['keystore', '--cert', '-', '--key', KEY, ...WITH], { input: desk.read(LEAF) });
    expect(piped).toMatchObject({ keystoreFile: desk.path('keystore.p12') });
  });

  it('opens an encrypted key by --passphrase-file alone', async () => {
    desk.write('pass', 'open sesame\n');
    desk.write('wrong', 'open barley\n');
    await desk.json(['self-signed', 'locked.test', '--passphrase-file', 'pass']);
    const words = ['--cert', 'locked.test.pem'];
    expect(await refusal(...words)).toMatchObject({ code: 'KEY_ENCRYPTED' });
    expect(await refusal(...words, '--passphrase-file', 'wrong')).toMatchObject({ code: 'KEY_PASSPHRASE_WRONG' });
    expect(desk.has('locked.test.p12')).toBe(false);
    await keystore(...words, '--passphrase-file', 'pass');
    expect(await open('locked.test.p12', desk)).toMatchObject({ subjects: ['CN = locked.test'], hasKey: true });
  });

  it('is made of another one, with its alias, opened by --passphrase-file', async () => {
    desk.write('old', 'old password\n');
    await desk.json(['keystore', '--cert', LEAF, '--alias', 'tomcat', '--out', 'old.p12', '--password-file', 'old']);
    const words = ['--cert', 'old.p12', '--out', 'new.p12'];
    expect(await refusal(...words)).toMatchObject({ code: 'KEY_ENCRYPTED' });
    expect(await refusal(...words, '--passphrase-file', 'pw')).toMatchObject({ code: 'KEY_PASSPHRASE_WRONG' });
    expect(await keystore(...words, '--passphrase-file', 'old', '--legacy')).toMatchObject({
      alias: 'tomcat',
      isLegacy: true,
      encryption: '3DES, HMAC-SHA-1',
    });
    expect(await open('new.p12', desk)).toMatchObject({ aliases: ['tomcat', 'tomcat'], hasKey: true });
    expect((await open('new.p12', desk)).subjects).toHaveLength(2);
    // And the key alone, beside a certificate of one's own.
    await keystore('--cert', LEAF, '--key', 'old.p12', '--passphrase-file', 'old', '--out', 'new.p12');
    expect(await open('new.p12', desk)).toMatchObject({ aliases: ['a.test', 'a.test'], hasKey: true });
  });
});

const digestAndEnd = (certificate = readCertificates(desk.path(LEAF))[0]) => ({
  certSha256Hex: certificate?.fingerprint256.replaceAll(':', '').toLowerCase(),
  notAfter: new Date(certificate?.validTo ?? '').toISOString(),
});

async function pinsOf(file: string): Promise<Printed> {
  const { targets } = (await desk.json(['pin', file])) as { targets: readonly Printed[] };
  const { certSha256Hex, spkiSha256Base64 } = targets[0] ?? {};
  return { certSha256Hex, spkiSha256Base64 };
}

describe('a key store is refused', () => {
  it('without a certificate, or without a key to be found', async () => {
    expect(await refusal()).toMatchObject({ exitCode: 2, code: 'ARGUMENT_MISSING' });
    desk.write('alone.pem', desk.read(LEAF));
    expect(await refusal('--cert', 'alone.pem')).toMatchObject({
      exitCode: 1,
      code: 'KEYSTORE_KEY_MISSING',
      hint: expect.stringContaining('alone-key.pem') as unknown,
    });
    expect(await refusal('--cert', KEY)).toMatchObject({ code: 'PEM_NOT_FOUND' });
    expect(await refusal('--cert', 'nowhere.pem')).toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(await refusal('--cert', LEAF, '--key', 'nowhere.pem')).toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(desk.has('alone.p12')).toBe(false);
  });

  it("with another certificate's key, and the hint compares them", async () => {
    const mismatch = await refusal('--cert', LEAF, '--key', 'rsa.key', '--out', 'mismatch.p12');
    expect(mismatch).toMatchObject({ exitCode: 1, code: 'KEYSTORE_KEY_MISMATCH' });
    const [, hint = ''] = mismatch.hint.split(': mintmark ');
    const { targets } = (await desk.json(hint.split(' '))) as { targets: readonly Printed[] };
    expect(new Set(targets.map((target) => target['spkiSha256Base64'])).size).toBe(2);
    expect(desk.has('mismatch.p12')).toBe(false);
  });

  it('with certificates that are not of its chain, which it names', async () => {
    await desk.json(['self-signed', 'stranger.test']);
    const words = ['--cert', LEAF, '--chain', 'stranger.test.pem', '--out', 'stray.p12'];
    const stray = await refusal(...words);
    expect(stray).toMatchObject({ exitCode: 1, code: 'KEYSTORE_STRAYS' });
    expect(stray.message).toContain('CN=stranger.test');
    expect(stray.message).not.toContain('issuer');
    expect(desk.has('stray.p12')).toBe(false);
  });

  it('under an alias that no program shows as it is', async () => {
    for (const alias of ['a\nb', 'a\u001B[31m', 'x'.repeat(101)])
      expect(await refusal('--cert', LEAF, '--alias', alias)).toMatchObject({ exitCode: 2, code: 'OPTION_VALUE' });
  });
});

describe('a trust store', () => {
  it('holds the root of the CA, under a name of its own', async () => {
    expect(await keystore('--trust')).toMatchObject({
      keystoreFile: desk.path('default-trust.p12'),
      alias: 'mintmark-default',
      isTrustStore: true,
      certificates: [{ alias: 'mintmark-default' }],
    });
    expect(desk.mode('default-trust.p12')).toBe(0o600);
    expect(await open('default-trust.p12', desk)).toEqual({
      subjects: [expect.stringContaining('Mintmark default root')],
      aliases: ['mintmark-default'],
      hasKey: false,
    });
    expect(await refusal('--trust', '--ca', 'nobody')).toMatchObject({ code: 'CA_NOT_FOUND' });
  });

  it('makes no CA where there is none', async () => {
    const empty = newDesk();
    empty.write('pw', 'x\n');
    expect(await empty.refusal(['keystore', '--trust', ...WITH])).toMatchObject({ code: 'CA_NEEDED' });
    expect(await empty.refusal(['keystore', '--trust', '--ca', 'default', ...WITH])).toMatchObject({
      code: 'CA_NOT_FOUND',
    });
  });

  it('gives each certificate another alias, whatever their case, and takes no repeats', async () => {
    for (const name of ['one.test', 'two.test']) await desk.json(['self-signed', name]);
    desk.write('several.crt', ['one.test', 'two.test', 'one.test'].map((name) => desk.read(`${name}.pem`)).join(''));
    const aliasesOf = async (...words: readonly string[]): Promise<unknown[]> => {
      const { certificates } = (await keystore('--trust', '--cert', 'several.crt', ...words)) as {
        certificates: readonly Printed[];
      };
      return certificates.map(({ alias }) => alias);
    };
    expect(await aliasesOf()).toEqual(['one.test', 'two.test']);
    expect(await aliasesOf('--alias', 'Ours')).toEqual(['Ours', 'Ours-2']);
    expect((await open('several-trust.p12', desk)).aliases).toEqual(['Ours', 'Ours-2']);
  });

  it('never takes a key, nor the options of a key store', async () => {
    desk.write('with-key.pem', desk.read(LEAF) + desk.read(KEY));
    for (const file of ['with-key.pem', 'old.p12'])
      expect(await refusal('--trust', '--cert', file, '--passphrase-file', 'old')).toMatchObject({
        exitCode: 1,
        code: 'KEYSTORE_TRUST_HOLDS_KEY',
      });
    for (const option of ['--key', '--chain'])
      expect(await refusal('--trust', option, KEY)).toMatchObject({ exitCode: 2, code: 'OPTIONS_CONFLICT' });
  });

  it('says that Java ignores the limits of an issuer that is trusted directly', async () => {
    const { stderr } = await desk.runOrThrow(['keystore', '--trust', '--cert', LEAF, ...WITH]);
    expect(stderr).toMatch(/^Java ignores the limits .* root above .*Mintmark default issuer/);
    expect((await desk.runOrThrow(['keystore', '--trust', ...WITH])).stderr).toBe('');
  });
});
