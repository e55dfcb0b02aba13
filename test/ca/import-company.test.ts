/**
 * @module A company's issuer taken over: certificate, chain and key in every form in which they are handed out, in any order, in one file
 * or in many; and clear words for what programs would refuse later.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { signWithOpenssl } from '../clients/openssl-sign.ts';
import { deskMaker, type Desk } from '../cli/desk.ts';
import { openssl, readCertificates, readLeaf } from '../cli/minted-facts.ts';
import { findProgram, requirePrograms } from '../programs/program.ts';
import { subfolder } from '../programs/scratch.ts';
import { makeCompanyCa, RSA_KEY, type CompanyCa } from './company.ts';
import { expectOpen, pairOf, programsOf, QUICK_JUDGES } from './judges.ts';

const newDesk = deskMaker('import-company');
const PASSWORD = 'from the company';

let desk: Desk;
let folder = '';
let root: CompanyCa;
let issuer: CompanyCa;
let rsa: CompanyCa;
const at = (name: string): string => join(folder, name);

/** A key, or a whole store, in another form. */
async function convert(name: string, ...args: readonly string[]): Promise<string> {
  await openssl([...args, '-out', at(name)]);
  return at(name);
}

beforeAll(async () => {
  if (findProgram('openssl') === undefined) return;
  desk = newDesk();
  folder = subfolder(desk.folder, 'company');
  desk.write('pass.txt', `${PASSWORD}\n`);
  root = await makeCompanyCa(folder, 'root');
  issuer = await makeCompanyCa(folder, 'issuer', {
    by: root,
    extensions: ['nameConstraints=critical,permitted;DNS:acme.test,permitted;DNS:localhost'],
  });
  rsa = await makeCompanyCa(folder, 'rsa', { key: RSA_KEY, by: root });
}, 60_000);

let count = 0;
const importing = (...paths: readonly string[]): readonly string[] => [
  'ca',
  'import',
  ...paths,
  '--ca',
  `acme-${++count}`,
  '--home',
  join(folder, `home-${count}`),
  '--passphrase-file',
  'pass.txt',
];

/** Imports, mints by the name, and has clients that know the company's root visit. */
async function expectWorks(context: TestContext, ...paths: readonly string[]): Promise<void> {
  requirePrograms(context, ['openssl', ...programsOf(QUICK_JUDGES)]);
  const words = importing(...paths);
  expect(await desk.json(words)).toMatchObject({ name: `acme-${count}` });
  const [name, home] = [`acme-${count}`, join(folder, `home-${count}`)];
  const minting = ['a.acme.test', '--ca', name, '--home', home, '--passphrase-file', 'pass.txt', '--out', home];
  const files = pairOf(await desk.json(minting));
  const doors = { minted: { host: 'a.acme.test', files } };
  const trusting = { rootFile: root.certFile, folder: subfolder(folder, `judges-${count}`) };
  await expectOpen(QUICK_JUDGES, doors, { open: ['minted'], ...trusting });
}

/** Imports, and mints by the name: the leaf is signed by the key that was read. What clients say of that is asked once for each kind of key. */
async function expectSigns(signer: CompanyCa, ...paths: readonly string[]): Promise<void> {
  const sealed = paths.some((path) => /sealed|proc/.test(path));
  const words = importing(...paths, signer.certFile, root.certFile);
  await desk.json(sealed ? words : words.slice(0, -2));
  const [name, home] = [`acme-${count}`, join(folder, `home-${count}`)];
  const minting = ['a.acme.test', '--ca', name, '--home', home, '--out', home];
  const { certFile } = await desk.json(sealed ? [...minting, '--passphrase-file', 'pass.txt'] : minting);
  const [leaf, issued] = readCertificates(String(certFile));
  expect(issued?.raw).toEqual(readLeaf(signer.certFile).raw);
  expect(leaf?.verify(readLeaf(signer.certFile).publicKey)).toBe(true);
}

const SEALING = ['-passout', `pass:${PASSWORD}`];
const toPkcs8 = (): readonly string[] => ['pkcs8', '-topk8', '-in', issuer.keyFile];

describe('the key', () => {
  const FORMS: readonly [string, () => Promise<string>][] = [
    ['as PKCS#8', async () => issuer.keyFile],
    ['as SEC1', () => convert('sec1.pem', 'ec', '-in', issuer.keyFile)],
    [
      'as PKCS#8 in DER',
      () => convert('pkcs8.der', 'pkcs8', '-topk8', '-nocrypt', '-in', issuer.keyFile, '-outform', 'DER'),
    ],
    ['as SEC1 in DER', () => convert('sec1.der', 'ec', '-in', issuer.keyFile, '-outform', 'DER')],
    ['as encrypted PKCS#8', () => convert('sealed.pem', ...toPkcs8(), '-v2', 'aes-256-cbc', ...SEALING)],
    ['as encrypted PKCS#8 in DER', () => convert('sealed.der', ...toPkcs8(), '-outform', 'DER', ...SEALING)],
    [
      'as SEC1 with a Proc-Type',
      () => convert('proc.pem', 'ec', '-in', issuer.keyFile, '-aes128', '-passout', `pass:${PASSWORD}`),
    ],
  ];
  it.for(FORMS)('%s', async ([, make], context) => {
    requirePrograms(context, ['openssl']);
    await expectSigns(issuer, await make());
  });

  const RSA_FORMS: readonly [string, () => Promise<string>][] = [
    ['as PKCS#1', () => convert('pkcs1.pem', 'rsa', '-traditional', '-in', rsa.keyFile)],
    ['as PKCS#1 in DER', () => convert('pkcs1.der', 'rsa', '-traditional', '-in', rsa.keyFile, '-outform', 'DER')],
    [
      'as PKCS#1 with a Proc-Type',
      () => convert('proc1.pem', 'rsa', '-traditional', '-in', rsa.keyFile, '-aes256', '-passout', `pass:${PASSWORD}`),
    ],
    [
      'as PKCS#1 with a Proc-Type and triple DES',
      () => convert('proc3.pem', 'rsa', '-traditional', '-in', rsa.keyFile, '-des3', '-passout', `pass:${PASSWORD}`),
    ],
  ];
  it.for(RSA_FORMS)('%s', async ([, make], context) => {
    requirePrograms(context, ['openssl']);
    await expectSigns(rsa, await make());
  });

  it('of RSA is taken by clients, too', (context) => expectWorks(context, rsa.certFile, rsa.keyFile, root.certFile));

  it('that came encrypted stays so, and a wrong passphrase changes nothing', async (context) => {
    requirePrograms(context, ['openssl']);
    const sealed = await convert('stays.pem', 'pkcs8', '-topk8', '-in', issuer.keyFile, '-passout', `pass:${PASSWORD}`);
    const words = importing(root.certFile, issuer.certFile, sealed);
    desk.write('wrong.txt', 'not that of the company\n');
    const wrong = [...words.slice(0, -1), 'wrong.txt'];
    expect(await desk.refusal(wrong)).toMatchObject({ exitCode: 1, code: 'KEY_PASSPHRASE_WRONG' });
    expect(await desk.refusal(words.slice(0, -2))).toMatchObject({ exitCode: 1, code: 'PASSPHRASE_NEEDED' });
    expect(existsSync(join(folder, `home-${count}`))).toBe(false);
    expect(await desk.json(words)).toMatchObject({ keyState: 'encrypted' });
  });
});

describe('one file, or many', () => {
  it('PKCS#12 with everything in it', async (context) => {
    requirePrograms(context, ['openssl']);
    const made = ['pkcs12', '-export', '-inkey', issuer.keyFile, '-in', issuer.certFile, '-certfile', root.certFile];
    const store = await convert('all.p12', ...made, '-passout', `pass:${PASSWORD}`);
    await expectWorks(context, store);
    const wrong = [...importing(store).slice(0, -1), 'wrong.txt'];
    desk.write('wrong.txt', 'not that of the company\n');
    expect(await desk.refusal(wrong)).toMatchObject({ code: 'KEY_PASSPHRASE_WRONG' });
    expect(await desk.refusal(importing(store).slice(0, -2))).toMatchObject({ code: 'PASSPHRASE_NEEDED' });
  });

  it('PKCS#12 with the key, and the root beside it', async (context) => {
    requirePrograms(context, ['openssl']);
    const made = ['pkcs12', '-export', '-inkey', issuer.keyFile, '-in', issuer.certFile];
    await expectWorks(context, await convert('lone.pfx', ...made, '-passout', `pass:${PASSWORD}`), root.certFile);
  });

  it('one PEM file, the key in the middle', async (context) => {
    requirePrograms(context, ['openssl']);
    const text = [root.certFile, issuer.keyFile, issuer.certFile].map((file) => readFileSync(file, 'utf8')).join('\n');
    await expectWorks(context, desk.write('bundle.pem', text));
  });

  it('DER, and each file twice', async (context) => {
    requirePrograms(context, ['openssl']);
    const der = await convert('issuer.der', 'x509', '-in', issuer.certFile, '-outform', 'DER');
    await expectWorks(context, issuer.keyFile, der, root.certFile, issuer.certFile, issuer.keyFile);
  });

  it('with certificates that have no part in it', async (context) => {
    requirePrograms(context, ['openssl']);
    const stranger = await makeCompanyCa(folder, 'stranger');
    await expectWorks(context, stranger.certFile, issuer.certFile, issuer.keyFile, root.certFile);
  });
});

describe('a scope of its own', () => {
  it('is held before anything is signed: what it permits, and what it excludes', async (context) => {
    requirePrograms(context, ['openssl']);
    const extensions = ['nameConstraints=critical,excluded;DNS:bank.acme.test,excluded;IP:10.0.0.0/255.0.0.0'];
    const careful = await makeCompanyCa(folder, 'careful', { by: root, extensions });
    const words = importing(careful.certFile, careful.keyFile, root.certFile);
    await desk.json(words);
    const home = words.slice(-4, -2);
    const mint = (...names: readonly string[]) => [
      ...names,
      '--ca',
      `acme-${count}`,
      ...home,
      '--passphrase-file',
      'pass.txt',
    ];
    await desk.json(mint('www.acme.test', '11.0.0.1'));
    for (const name of ['bank.acme.test', 'www.bank.acme.test', '*.bank.acme.test', '10.1.2.3'])
      expect(await desk.refusal(mint(name)), name).toMatchObject({ code: 'NAME_OUTSIDE_SCOPE' });
    await desk.json(importing(root.certFile, issuer.certFile, issuer.keyFile));
    expect(
      await desk.refusal(['www.other.test', '--ca', `acme-${count}`, '--home', join(folder, `home-${count}`)]),
    ).toMatchObject({ code: 'NAME_OUTSIDE_SCOPE' });
  });

  it('is what root and issuer leave together', async (context) => {
    requirePrograms(context, ['openssl']);
    const limits = ['nameConstraints=critical,permitted;DNS:acme.test,excluded;DNS:bank.acme.test'];
    const top = await makeCompanyCa(folder, 'top', { extensions: limits });
    const extensions = ['nameConstraints=critical,permitted;DNS:shop.acme.test,permitted;DNS:bank.acme.test'];
    const lower = await makeCompanyCa(folder, 'lower', { by: top, extensions });
    const words = importing(lower.certFile, lower.keyFile, top.certFile).slice(0, -2);
    await desk.json(words);
    const mint = (name: string) => [name, '--ca', `acme-${count}`, ...words.slice(-2)];
    await desk.json(mint('www.shop.acme.test'));
    for (const name of ['www.bank.acme.test', 'www.acme.test'])
      expect(await desk.refusal(mint(name)), name).toMatchObject({ code: 'NAME_OUTSIDE_SCOPE' });
  });

  it('with control characters in it reaches no terminal', async (context) => {
    requirePrograms(context, ['openssl']);
    const extensions = ['nameConstraints=critical,permitted;DNS:a\u001B[31m.test'];
    const loud = await makeCompanyCa(folder, 'loud', { extensions });
    const { stdout } = await desk.runOrThrow(importing(loud.certFile, loud.keyFile).slice(0, -2));
    expect(stdout).toContain('[31m.test');
    expect(stdout).not.toContain('\u001B');
  });

  it('in other things than names is told of', async (context) => {
    requirePrograms(context, ['openssl']);
    const extensions = ['nameConstraints=critical,permitted;email:acme.test,excluded;URI:bad.acme.test'];
    const odd = await makeCompanyCa(folder, 'odd', { by: root, extensions });
    const { stderr } = await desk.runOrThrow(importing(odd.certFile, odd.keyFile, root.certFile));
    expect(stderr).toMatch(/limited in more than domains and addresses/);
  });
});

describe('is refused in clear words:', () => {
  const refused = async (context: TestContext, code: string, words: RegExp, ...paths: readonly string[]) => {
    requirePrograms(context, ['openssl']);
    const refusal = await desk.refusal(importing(...paths));
    expect(refusal).toMatchObject({ exitCode: 1, code });
    expect(refusal.message).toMatch(words);
    expect(existsSync(join(folder, `home-${count}`))).toBe(false);
  };

  it('an issuer without its root', (context) =>
    refused(
      context,
      'CA_NOT_AN_ISSUER',
      /has no root .* above Acme issuer; add its file/,
      issuer.certFile,
      issuer.keyFile,
    ));

  it('a chain of three', async (context) => {
    requirePrograms(context, ['openssl']);
    const middle = await makeCompanyCa(folder, 'middle', { by: root });
    const low = await makeCompanyCa(folder, 'low', { by: middle });
    const words = /3 CA certificates, and two are the most .*: Acme low, below Acme middle, below Acme root/;
    await refused(context, 'IMPORT_CHAIN_LONG', words, root.certFile, low.certFile, middle.certFile, low.keyFile);
  });

  it('a CA that has ended', async (context) => {
    requirePrograms(context, ['openssl']);
    const ago = (days: number): Date => new Date(Date.now() - days * 86_400_000);
    const { certFile, keyFile } = await signWithOpenssl(folder, {
      subject: '/O=Acme/CN=Acme ended',
      extensions: ['basicConstraints=critical,CA:true'],
      notBefore: ago(20),
      notAfter: ago(10),
    });
    await refused(context, 'IMPORT_UNFIT', /Acme ended is not taken: it ended on \d+ \w+ \d{4}/, certFile, keyFile);
  });

  it('an issuer below a root that allows none', async (context) => {
    requirePrograms(context, ['openssl']);
    const strict = await makeCompanyCa(folder, 'strict', {
      extensions: ['basicConstraints=critical,CA:true,pathlen:0', 'keyUsage=critical,keyCertSign'],
    });
    const below = await makeCompanyCa(folder, 'below', { by: strict });
    await refused(
      context,
      'IMPORT_UNFIT',
      /allows no CA below it \(path length 0\)/,
      strict.certFile,
      below.certFile,
      below.keyFile,
    );
    expect(await desk.json(importing(strict.certFile, strict.keyFile))).toMatchObject({ isUnscoped: true });
  });

  it('an issuer that was signed by SHA-1 or MD5', async (context) => {
    requirePrograms(context, ['openssl']);
    const sha1 = await makeCompanyCa(folder, 'sha1', { by: root, hash: 'sha1' });
    await refused(
      context,
      'IMPORT_UNFIT',
      /signed by ECDSA with SHA-1, which/,
      root.certFile,
      sha1.certFile,
      sha1.keyFile,
    );
    const old = await makeCompanyCa(folder, 'old', { key: RSA_KEY });
    const md5 = await makeCompanyCa(folder, 'md5', { by: old, hash: 'md5' });
    await refused(context, 'IMPORT_UNFIT', /signed by MD5 with RSA, which/, old.certFile, md5.certFile, md5.keyFile);
  });

  it('RSA of 1024 bits', async (context) => {
    requirePrograms(context, ['openssl']);
    const weak = await makeCompanyCa(folder, 'weak', { key: ['-newkey', 'rsa:1024'] });
    await refused(context, 'PUBLIC_KEY_WEAK', /1024/, weak.certFile, weak.keyFile);
  });

  it('a server certificate with its key', async (context) => {
    requirePrograms(context, ['openssl']);
    const leaf = await makeCompanyCa(folder, 'leaf', { by: root, extensions: ['basicConstraints=CA:false'] });
    await refused(context, 'CA_NOT_AN_ISSUER', /not a CA certificate/, root.certFile, leaf.certFile, leaf.keyFile);
  });

  it('a CA whose key may sign no certificates', async (context) => {
    requirePrograms(context, ['openssl']);
    const idle = await makeCompanyCa(folder, 'idle', {
      by: root,
      extensions: ['basicConstraints=critical,CA:true', 'keyUsage=critical,cRLSign'],
    });
    await refused(context, 'CA_NOT_AN_ISSUER', /key usage does not allow/, root.certFile, idle.certFile, idle.keyFile);
  });

  it('a key of nobody, several keys, and files of nothing', async (context) => {
    requirePrograms(context, ['openssl']);
    const other = await makeCompanyCa(folder, 'other');
    await refused(context, 'CA_NOT_AN_ISSUER', /belongs to none/, root.certFile, issuer.certFile, other.keyFile);
    const both = [root.keyFile, issuer.keyFile];
    await refused(context, 'CA_NOT_AN_ISSUER', /several private keys/, root.certFile, issuer.certFile, ...both);
    await refused(context, 'IMPORT_EMPTY', /holds nothing of a CA/, subfolder(folder, 'empty folder'));
    await refused(context, 'CA_NOT_AN_ISSUER', /belongs to none/, issuer.keyFile);
  });
});
