/**
 * @module The folder of the CA: what ours holds, an mkcert's own that goes on working, copies with and without the key, further CAs for
 * further domains, and what is said about each.
 */
import { X509Certificate } from 'node:crypto';
import {
  cpSync,
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
import { mintmark, MINTMARK_BIN } from '../programs/mintmark.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run, type RunResult } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { isPair } from './observe.ts';
import { createPlace, Mkcerts, NO_STORES, ReadyCaroots, type Place } from './programs.ts';
import { requestPem, stranger } from './requests.ts';

const folder = scratchFolder('mkcert-caroot');
const mkcerts = new Mkcerts(folder);
const caroots = new ReadyCaroots(mkcerts, folder);
let count = 0;
const newPlace = (): Place => createPlace(folder, `place-${++count}`);

async function ourPlace(): Promise<Place> {
  const place = newPlace();
  await caroots.copyTo('mintmark', place);
  return place;
}

const ours = (place: Place, ...words: readonly string[]): Promise<RunResult> =>
  mkcerts.runOrThrow('mintmark', words, place);

/** Below the roots of the place alone. */
async function isTrusted(place: Place, file: string, roots = join(place.caroot, 'rootCA.pem')): Promise<boolean> {
  const path = join(place.work, file);
  return (await run([programPath('openssl'), 'verify', '-CAfile', roots, '-untrusted', path, path])).exitCode === 0;
}

const certificatesOf = (path: string): X509Certificate[] =>
  (readFileSync(path, 'utf8').match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  );

/** The code that --json tells, and the exit code. */
async function refusal(place: Place, ...words: readonly string[]): Promise<readonly [string, number | null]> {
  const env = { HOME: place.home, CAROOT: place.caroot, ...NO_STORES, XDG_DATA_HOME: undefined };
  const result = await run([process.execPath, MINTMARK_BIN, '--json', 'mkcert', ...words], { cwd: place.work, env });
  const printed = JSON.parse(result.stdout) as { readonly error?: { readonly code: string } };
  return [printed.error?.code ?? '', result.exitCode];
}

describe.concurrent('a folder of ours', () => {
  it('holds one root, alone in rootCA.pem, and the key of its issuer', async () => {
    const place = newPlace();
    await ours(place, 'localhost');
    expect(readdirSync(place.caroot).sort()).toEqual([
      'cas',
      'ledger.jsonl',
      'mkcert-roots.jsonl',
      'rootCA-key.pem',
      'rootCA.pem',
    ]);
    const [root, ...more] = certificatesOf(join(place.caroot, 'rootCA.pem'));
    expect(root?.verify(root.publicKey)).toBe(true);
    expect(more).toEqual([]);
    expect(lstatSync(place.caroot).mode & 0o777).toBe(0o755);
    expect(lstatSync(join(place.caroot, 'cas/default/issuer-key.pem')).mode & 0o777).toBe(0o600);
    expect(isPair(join(place.caroot, 'cas/default/issuer.pem'), join(place.caroot, 'rootCA-key.pem'))).toBe(true);
  });

  it('is a home of Mintmark like any other, also by --home', async () => {
    const place = await ourPlace();
    await ours(place, '-ecdsa', 'localhost');
    const { stdout } = await mintmark(['list', '--json'], { home: place.caroot });
    expect(stdout).toContain('"localhost"');
    const env = { CAROOT: undefined, TRUST_STORES: 'none', HOME: place.home };
    const printed = await run([process.execPath, MINTMARK_BIN, '--home', place.caroot, 'mkcert', '-CAROOT'], { env });
    expect(printed.stdout).toBe(`${place.caroot}\n`);
  });

  it('gets its rootCA.pem back when it was lost or spoiled', async () => {
    const place = await ourPlace();
    const path = join(place.caroot, 'rootCA.pem');
    const whole = readFileSync(path, 'utf8');
    rmSync(path);
    await ours(place, '-CAROOT');
    expect(readFileSync(path, 'utf8')).toBe(whole);
    writeFileSync(path, whole.slice(0, 100));
    await ours(place, '-ecdsa', 'localhost');
    expect(readFileSync(path, 'utf8')).toBe(whole);
  });

  it('signs with a key under a passphrase no more than its owner lets it, and keeps no copy in the clear', async () => {
    const place = newPlace();
    const secret = join(place.home, 'secret');
    writeFileSync(secret, 'a passphrase\n', { mode: 0o600 });
    await mintmark(['ca', 'create', '--passphrase-file', secret], { home: place.caroot });
    const result = await mkcerts.run('mintmark', ['-ecdsa', 'localhost'], place);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain('ERROR: ');
    expect(readFileSync(join(place.caroot, 'rootCA-key.pem'), 'utf8')).toContain('ENCRYPTED');
    expect(readdirSync(place.work)).toEqual([]);
  });
});

describe.concurrent('a name outside the scope', () => {
  it('makes a further CA for its domain, says what to type, and is trusted by rootCA.pem from then on', async (context) => {
    requirePrograms(context, ['openssl']);
    const place = await ourPlace();
    const before = readFileSync(join(place.caroot, 'rootCA.pem'), 'utf8');
    const { stderr } = await ours(place, '-ecdsa', 'www.my-bank.com', 'shop.example.org', 'localhost');
    expect(stderr).toContain(
      'Created a new local CA "my-bank", which can only speak for my-bank.com, example.org and localhost',
    );
    expect(stderr).toContain('To trust it, run "mkcert -install"');
    expect(readFileSync(join(place.caroot, 'rootCA.pem'), 'utf8').startsWith(before)).toBe(true);
    expect(certificatesOf(join(place.caroot, 'rootCA.pem'))).toHaveLength(2);
    expect(await isTrusted(place, 'www.my-bank.com+2.pem')).toBe(true);
    const text = await run([
      programPath('openssl'),
      'x509',
      '-in',
      join(place.caroot, 'cas/my-bank/issuer.pem'),
      '-noout',
      '-ext',
      'nameConstraints',
    ]);
    expect(text.stdout).toContain('critical');
    expect(text.stdout.match(/DNS:\S+/g)).toEqual(['DNS:localhost', 'DNS:my-bank.com', 'DNS:example.org']);
    // The same CA signs the next time, and one more domain takes one more CA.
    const again = await ours(place, '-ecdsa', 'api.my-bank.com');
    expect(again.stderr).not.toContain('new local CA');
    const further = await ours(place, '-ecdsa', 'my-bank.net');
    expect(further.stderr).toContain('Created a new local CA "my-bank-2"');
    expect(certificatesOf(join(place.caroot, 'rootCA.pem'))).toHaveLength(3);
  });

  it('in the very first call widens the first CA', async () => {
    const place = newPlace();
    await ours(place, '-ecdsa', 'www.my-bank.com', 'app.test');
    expect(certificatesOf(join(place.caroot, 'rootCA.pem'))).toHaveLength(1);
    expect(readdirSync(join(place.caroot, 'cas'))).toEqual(['default']);
  });

  it('says what to type as it was called', async () => {
    const place = await ourPlace();
    const env = { HOME: place.home, CAROOT: place.caroot, ...NO_STORES };
    const { stderr } = await run([process.execPath, MINTMARK_BIN, 'mkcert', '-ecdsa', 'my-bank.com'], {
      cwd: place.work,
      env,
    });
    expect(stderr).toContain('To trust it, run "mintmark mkcert -install"');
  });

  it('that belongs to everybody makes none', async () => {
    const place = await ourPlace();
    for (const name of ['com', 'co.uk', 'github.io'])
      expect(await refusal(place, name)).toEqual(['MKCERT_NAME_INVALID', 1]);
    expect(readdirSync(join(place.caroot, 'cas'))).toEqual(['default']);
  });
});

describe.concurrent('a CA of the folder that is gone', () => {
  const roots = (place: Place): number => certificatesOf(join(place.caroot, 'rootCA.pem')).length;

  it('by rotation leaves rootCA.pem to the new one, also while both stand', async (context) => {
    requirePrograms(context, ['openssl']);
    const place = await ourPlace();
    await ours(place, '-ecdsa', 'localhost');
    const before = readFileSync(join(place.caroot, 'rootCA.pem'), 'utf8');
    for (const words of [['--hold'], []]) {
      await mintmark(['ca', 'rotate', '--yes', ...words], { home: place.caroot, env: { HOME: place.home } });
      await ours(place, '-ecdsa', 'b.test');
      expect([roots(place), await isTrusted(place, 'b.test.pem')]).toEqual([1, true]);
      expect(readFileSync(join(place.caroot, 'rootCA.pem'), 'utf8')).not.toBe(before);
      expect(isPair(join(place.caroot, 'cas/default/issuer.pem'), join(place.caroot, 'rootCA-key.pem'))).toBe(true);
    }
  });

  it('by removal is installed no more, and the next one has its key there', async () => {
    const place = await ourPlace();
    await ours(place, '-ecdsa', 'my-bank.com');
    await mintmark(['ca', 'remove', 'default', '--yes'], { home: place.caroot });
    await ours(place, '-ecdsa', 'my-bank.com');
    expect(roots(place)).toBe(1);
    expect(isPair(join(place.caroot, 'cas/my-bank/issuer.pem'), join(place.caroot, 'rootCA-key.pem'))).toBe(true);
    await mintmark(['ca', 'remove', 'my-bank', '--yes'], { home: place.caroot });
    const { stderr } = await ours(place, '-ecdsa', 'localhost');
    expect(stderr).toContain('Created a new local CA\n');
    expect(roots(place)).toBe(1);
  });
});

describe.concurrent("an mkcert's own CA", () => {
  it('goes on working for both programs, and what its key can do is said', async (context) => {
    requirePrograms(context, ['mkcert', 'openssl']);
    const place = newPlace();
    await mkcerts.runOrThrow('mkcert', ['-cert-file', 'theirs.pem', 'old.example.com'], place);
    const [root, key] = ['rootCA.pem', 'rootCA-key.pem'].map((name) => readFileSync(join(place.caroot, name), 'utf8'));
    const { stderr } = await ours(place, '-cert-file', 'ours.pem', 'new.example.com', 'localhost');
    expect(stderr).toContain('may speak for every name: whoever copies rootCA-key.pem');
    expect(stderr).not.toContain('Created a new local CA');
    expect([root, key]).toEqual(
      ['rootCA.pem', 'rootCA-key.pem'].map((name) => readFileSync(join(place.caroot, name), 'utf8')),
    );
    expect(existsSync(join(place.caroot, 'cas'))).toBe(false);
    for (const file of ['theirs.pem', 'ours.pem']) expect(await isTrusted(place, file)).toBe(true);
    await mkcerts.runOrThrow('mkcert', ['-cert-file', 'after.pem', 'localhost'], place);
    expect(await isTrusted(place, 'after.pem')).toBe(true);
  });

  it('has its certificates made anew in place, with their keys', async (context) => {
    requirePrograms(context, ['mkcert', 'openssl']);
    const place = newPlace();
    for (const words of [
      ['-ecdsa', 'localhost'],
      ['-ecdsa', '-pkcs12', 'localhost'],
    ])
      for (const program of ['mkcert', 'mintmark', 'mkcert', 'mintmark'] as const)
        await mkcerts.runOrThrow(program, words, place);
    expect(isPair(join(place.work, 'localhost.pem'), join(place.work, 'localhost-key.pem'))).toBe(true);
    expect(lstatSync(join(place.work, 'localhost.p12')).mode & 0o777).toBe(0o600);
  });

  it('gives way to a scoped one when its files are moved away', async (context) => {
    requirePrograms(context, ['mkcert', 'openssl']);
    const place = newPlace();
    await mkcerts.runOrThrow('mkcert', ['-ecdsa', 'localhost'], place);
    for (const name of ['rootCA.pem', 'rootCA-key.pem']) rmSync(join(place.caroot, name));
    const { stderr } = await ours(place, '-ecdsa', 'localhost');
    expect(stderr).toContain('Created a new local CA\n');
    expect(await isTrusted(place, 'localhost.pem')).toBe(true);
  });
});

describe.concurrent('a copy', () => {
  it('of the root alone installs and can not sign', async () => {
    const [place, copy] = [await ourPlace(), newPlace()];
    mkdirSync(copy.caroot);
    cpSync(join(place.caroot, 'rootCA.pem'), join(copy.caroot, 'rootCA.pem'));
    const { exitCode, stderr } = await mkcerts.run('mintmark', ['localhost'], copy);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("ERROR: can't create new certificates because the CA key (rootCA-key.pem) is missing\n");
    expect(await refusal(copy, 'localhost')).toEqual(['MKCERT_CA_KEY_MISSING', 1]);
    await ours(copy, '-install');
    expect(readdirSync(copy.caroot)).toEqual(['rootCA.pem']);
  });

  it('of issuer, root and key signs as the folder does', async (context) => {
    requirePrograms(context, ['openssl']);
    const [place, copy] = [await ourPlace(), newPlace()];
    await mkcerts.runOrThrow('mintmark', ['-CAROOT'], place, { env: { MINTMARK_CAROOT_PAIR: '1' } });
    mkdirSync(copy.caroot);
    for (const name of ['rootCA.pem', 'rootCA-key.pem'])
      writeFileSync(join(copy.caroot, name), readFileSync(join(place.caroot, name)), { mode: 0o600 });
    await ours(copy, '-ecdsa', 'localhost');
    expect(await isTrusted(copy, 'localhost.pem', join(place.caroot, 'rootCA.pem'))).toBe(true);
    await ours(copy, '-ecdsa', 'my-bank.com');
    expect(await isTrusted(copy, 'my-bank.com.pem')).toBe(true);
  });
});

describe.concurrent('what can not be used', () => {
  const spoiled = (files: Readonly<Record<string, string>>): Place => {
    const place = newPlace();
    mkdirSync(place.caroot);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(place.caroot, name), text, { mode: 0o600 });
    return place;
  };

  it('is said by a code', async () => {
    const { certPem, keyPem } = stranger();
    const key = await ourPlace();
    const foreign = readFileSync(join(key.caroot, 'rootCA-key.pem'), 'utf8');
    const place = await ourPlace();
    expect(await refusal(spoiled({ 'rootCA.pem': '' }), 'localhost')).toEqual(['MKCERT_CA_UNREADABLE', 1]);
    expect(await refusal(spoiled({ 'rootCA-key.pem': keyPem }), 'localhost')).toEqual([
      'MKCERT_CA_CERTIFICATE_MISSING',
      1,
    ]);
    const mixed = spoiled({ 'rootCA.pem': certPem, 'rootCA-key.pem': foreign });
    expect(await refusal(mixed, 'localhost')).toEqual(['MKCERT_CA_KEY_MISMATCH', 1]);
    expect(await refusal(place, 'a b')).toEqual(['MKCERT_NAME_INVALID', 1]);
    expect(await refusal(place, '-install', '-uninstall')).toEqual(['MKCERT_FLAGS_CONFLICT', 1]);
    writeFileSync(join(place.work, 'localhost-key.pem'), keyPem);
    expect(await refusal(place, 'localhost')).toEqual(['MKCERT_FILE_FOREIGN', 1]);
    writeFileSync(join(place.work, 'r.csr'), requestPem('plain'));
    expect(await refusal(place, '-csr', 'r.csr', '-cert-file', 'r.csr')).toEqual(['MKCERT_FILE_FOREIGN', 1]);
    expect(readFileSync(join(place.work, 'r.csr'), 'utf8')).toBe(requestPem('plain'));
    const root = join(place.caroot, 'rootCA.pem');
    symlinkSync('/dev/null', join(place.work, 'null'));
    expect(await refusal(place, '-cert-file', root, '-key-file', 'k.pem', 'localhost')).toEqual([
      'MKCERT_FILE_FOREIGN',
      1,
    ]);
    expect(await refusal(place, '-cert-file', 'null', 'localhost')).toEqual(['MKCERT_FILE_FOREIGN', 1]);
    const env = { HOME: undefined, CAROOT: undefined, ...NO_STORES, XDG_DATA_HOME: undefined };
    const { stdout } = await run([process.execPath, MINTMARK_BIN, '--json', 'mkcert', '-CAROOT'], { env });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'MKCERT_CAROOT_UNKNOWN' } });
  });

  it('leaves no file of a certificate that was refused', async () => {
    const place = await ourPlace();
    for (const words of [['a b'], ['localhost', '-client'], ['com'], ['-csr', 'missing']])
      expect((await mkcerts.run('mintmark', words, place)).exitCode).toBe(1);
    expect(readdirSync(place.work)).toEqual([]);
  });
});
