/** @module `mint --p12-file`: key and chain as PKCS#12 beside the PEM pair, of one making; self-signed and for clients too. */
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPkcs12 } from '../../packages/ca-core/src/pkcs12/index.ts';
import { requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';
import { watchedRun } from '../use-cases/watched-run.ts';
import { deskMaker, type Desk } from './desk.ts';
import { open, PASSWORD, WITH } from './keystore-scene.ts';
import { openssl, readLeaf } from './minted-facts.ts';
import { onTerminal } from './terminal.ts';

const newDesk = deskMaker('mint-p12');

function prepared(): Desk {
  const desk = newDesk();
  desk.write('pw', `${PASSWORD}\n`);
  return desk;
}

/** Whether the store holds the key and the certificates of the PEM files. */
function holdsPair(desk: Desk, p12: string, base: string): boolean {
  const { certificates, privateKeys } = readPkcs12(readFileSync(desk.path(p12)), { what: p12, password: PASSWORD });
  const pems = (name: string): string[] =>
    [...desk.read(name).matchAll(/-----BEGIN [^-]+-----([^-]+)-----END/g)].map(([, body = '']) =>
      body.replaceAll(/\s/g, ''),
    );
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const keys = privateKeys.map(({ pkcs8Der }) => base64(pkcs8Der));
  return (
    JSON.stringify(certificates.map(({ certDer }) => base64(certDer))) === JSON.stringify(pems(`${base}.pem`)) &&
    JSON.stringify(keys) === JSON.stringify(pems(`${base}-key.pem`))
  );
}

describe('mint --p12-file', () => {
  it('writes key, leaf and issuer, which others open, beside the pair', async (context) => {
    requirePrograms(context, ['openssl', 'keytool']);
    const desk = prepared();
    const printed = await desk.runOrThrow(['mint', 'a.test', '*.a.test', '--p12-file', 'deep/store.p12', ...WITH]);
    expect(printed.stdout).toMatch(/^ {2}key store +\.\/deep\/store\.p12 /m);
    expect(holdsPair(desk, 'deep/store.p12', 'a.test+1')).toBe(true);
    expect(desk.mode('deep/store.p12')).toBe(0o600);
    expect(await open('deep/store.p12', desk)).toMatchObject({ hasKey: true, aliases: ['a.test', 'a.test'] });
    const { stdout } = await run([
      'keytool',
      '-list',
      '-v',
      '-keystore',
      desk.path('deep/store.p12'),
      '-storepass:file',
      desk.path('pw'),
    ]);
    expect(stdout).toMatch(/PrivateKeyEntry\nCertificate chain length: 2/);
  });

  it('is BASE.p12 where only its password is named', async () => {
    const desk = prepared();
    const printed = await desk.json(['mint', '--client', 'u@a.test', '--out', 'certs', ...WITH]);
    expect(printed['p12File']).toBe(desk.path('certs/u@a.test-client.p12'));
    expect(holdsPair(desk, 'certs/u@a.test-client.p12', 'certs/u@a.test-client')).toBe(true);
  });

  it('holds the key that was kept, and the new one, and a given one', async () => {
    const desk = prepared();
    const words = ['mint', 'a.test', '--p12-file', 'a.p12', ...WITH];
    await desk.json(['mint', 'a.test']);
    expect(await desk.json(words)).toMatchObject({ isKeyKept: true });
    expect(holdsPair(desk, 'a.p12', 'a.test')).toBe(true);
    const key = desk.read('a.test-key.pem');
    await desk.json([...words, '--new-key']);
    expect(desk.read('a.test-key.pem')).not.toBe(key);
    expect(holdsPair(desk, 'a.p12', 'a.test')).toBe(true);
    await desk.json(['key', '--key', 'rsa-2048', '--out', 'own.key']);
    await desk.json([...words, '--reuse-key', 'own.key', '--key-file', 'own-key.pem', '--cert-file', 'own.pem']);
    expect(holdsPair(desk, 'a.p12', 'own')).toBe(true);
  });

  it('opens by the certificate of a self-signed pair whose own key has a passphrase', async () => {
    const desk = prepared();
    desk.write('pass', 'another secret\n');
    const words = ['self-signed', 's.test', '--passphrase-file', 'pass', ...WITH];
    for (const round of [1, 2]) {
      await desk.json(words);
      const { certificates, privateKeys } = readPkcs12(readFileSync(desk.path('s.test.p12')), {
        what: 's.test.p12',
        password: PASSWORD,
      });
      expect([round, certificates.length, privateKeys.length]).toEqual([round, 1, 1]);
      expect(desk.read('s.test-key.pem')).toContain('ENCRYPTED');
    }
  });

  it('asks for the password on a terminal', async (context) => {
    requirePrograms(context, ['python3']);
    const desk = newDesk();
    const done = await onTerminal(desk, ['mint', 'a.test', '--p12-file', 'a.p12'], {
      steps: [
        ['New password for ./a.p12', `${PASSWORD}\r`],
        ['The same again', `${PASSWORD}\r`],
      ],
    });
    expect(done.exitCode, done.screen).toBe(0);
    expect(done.screen).not.toContain(PASSWORD);
    expect(holdsPair(desk, 'a.p12', 'a.test')).toBe(true);
  });

  it('shows its password to no process list and in no file of the home', async () => {
    const desk = prepared();
    const { exitCode, output, commandLines } = await watchedRun(desk, ['mint', 'a.test', ...WITH]);
    expect([exitCode, [...commandLines].some((line) => line.includes(PASSWORD)), output.includes(PASSWORD)]).toEqual([
      0,
      false,
      false,
    ]);
    expect((await run(['grep', '-rlF', PASSWORD, desk.home])).stdout).toBe('');
    expect(desk.mode('a.test.p12')).toBe(0o600); // under an umask of 0
  });
});

describe('what is refused leaves no pair, no CA and no store', () => {
  it.each<[string, readonly string[], string]>([
    ['a file of others', ['--p12-file', 'taken.p12', ...WITH], 'FILE_EXISTS'],
    ['the password file itself', ['--p12-file', 'pw', ...WITH], 'KEYSTORE_OUT_IS_INPUT'],
    ['the certificate', ['--p12-file', 'a.test.pem', ...WITH], 'OPTION_VALUE'],
    ['a folder', ['--p12-file', '.', ...WITH], 'NOT_A_FILE'],
    ['nobody to ask', ['--p12-file', 'a.p12'], 'KEYSTORE_PASSWORD_NEEDED'],
    ['an empty password', ['--p12-file', 'a.p12', '--password-file', 'empty'], 'PASSPHRASE_EMPTY'],
    ['no password file', ['--p12-file', 'a.p12', '--password-file', 'none'], 'FILE_NOT_FOUND'],
    ['a dry run over a file of others', ['--p12-file', 'taken.p12', ...WITH, '--dry-run'], 'FILE_EXISTS'],
  ])('%s', async (_what, words, code) => {
    const desk = prepared();
    desk.write('taken.p12', 'precious');
    desk.write('empty', '\n');
    const before = readdirSync(desk.folder);
    expect(await desk.refusal(['mint', 'a.test', ...words])).toMatchObject({ code });
    expect(readdirSync(desk.folder)).toEqual(before);
    expect(desk.read('taken.p12')).toBe('precious');
    expect((await desk.json(['ca', 'list']))['cas']).toEqual([]);
  });

  it('one store for many certificates, and one of a WebTransport pair', async () => {
    const desk = prepared();
    for (const words of [
      ['mint', '--names-from', '-', '--p12-file', 'x.p12'],
      ['mint', '--names-from', '-', ...WITH],
      ['self-signed', 'a.test', '--webtransport', '--p12-file', 'x.p12'],
      ['self-signed', 'a.test', '--webtransport', '--client'],
    ])
      expect(await desk.refusal(words, { input: 'a.test\n' })).toMatchObject({ code: 'OPTIONS_CONFLICT', exitCode: 2 });
  });

  it('a store that can not be put in place leaves the old pair', async () => {
    const desk = prepared();
    await desk.json(['mint', 'a.test']);
    const before = [desk.read('a.test.pem'), desk.read('a.test-key.pem')];
    symlinkSync('loop', desk.path('loop')); // to itself: nothing can be made in it
    const refused = await desk.refusal(['mint', 'a.test', '--new-key', '--p12-file', 'loop/a.p12', ...WITH]);
    expect(refused.code).toBe('DISK_FAILURE');
    expect([desk.read('a.test.pem'), desk.read('a.test-key.pem')]).toEqual(before);
  });
});

describe('a file that is there', () => {
  it('is replaced when this home wrote it, else with --force', async () => {
    const desk = prepared();
    const words = ['mint', 'a.test', ...WITH];
    writeFileSync(desk.path('a.test.p12'), 'of others');
    expect(await desk.refusal(words)).toMatchObject({ code: 'FILE_EXISTS' });
    await desk.json([...words, '--force']);
    await desk.json(words);
    expect(holdsPair(desk, 'a.test.p12', 'a.test')).toBe(true);
  });
});

describe('install NAME --password-file', () => {
  // A rehearsal, since the browsers of this machine are no place for a test; it looks at the place of a store, too.
  it('means the browser, and no store beside the pair', async () => {
    const desk = prepared();
    desk.write('a.test.p12', 'of others');
    const env = { HOME: desk.folder };
    expect(await desk.refusal(['mint', 'a.test', '--dry-run', ...WITH])).toMatchObject({ code: 'FILE_EXISTS' });
    await desk.runOrThrow(['install', 'a.test', '--stores', 'nss', '--dry-run', ...WITH], { env });
    expect(desk.read('a.test.p12')).toBe('of others');
  });
});

describe('self-signed --client', () => {
  it('is for a client, keeps that when it is renewed, and OpenSSL takes it for one', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = newDesk();
    const printed = await desk.json(['self-signed', '--client', 'u@a.test', 'a.test']);
    expect(printed).toMatchObject({ certFile: desk.path('u@a.test+1-client.pem'), profile: 'self-signed-client' });
    const file = 'u@a.test+1-client.pem';
    for (const round of ['made', 'renewed']) {
      expect([round, readLeaf(desk.path(file)).keyUsage]).toEqual([round, ['1.3.6.1.5.5.7.3.2']]);
      const verify = (purpose: string): Promise<unknown> =>
        openssl(['verify', '-x509_strict', '-CAfile', desk.path(file), '-purpose', purpose, desk.path(file)]);
      await verify('sslclient');
      await expect(verify('sslserver')).rejects.toThrow(/unsupported certificate purpose|unsuitable/i);
      await desk.json(['renew', file]);
    }
  });

  it('is one too where all names are addresses of mail, as with mint', async () => {
    const desk = newDesk();
    expect(await desk.json(['self-signed', 'u@a.test'])).toMatchObject({ profile: 'self-signed-client' });
    expect(await desk.json(['self-signed', 'a.test'])).toMatchObject({ profile: 'self-signed' });
  });
});
