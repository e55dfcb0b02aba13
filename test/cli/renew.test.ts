/**
 * @module Renewal: the same names, files, subject, profile, CA and key; what can't be renewed is said and changed in nothing; and curl,
 * with the pins of current and spare, never notices that the key was replaced.
 */
import { copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { afterAll, describe, expect, it } from 'vitest';
import { listen } from '../clients/throwaway-server.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';
import { deskMaker, type Desk, type Printed } from './desk.ts';
import { daysOf, isPair, openssl, readLeaf } from './minted-facts.ts';
import { backUp, certificatePin, forgetToPlace, keyPin } from './rotation-facts.ts';
import { daysFromNow } from './shifted-clock.ts';

const newDesk = deskMaker('renew');

const rows = (printed: Printed, key: 'renewed' | 'skipped'): readonly Printed[] => printed[key] as readonly Printed[];

/** A certificate but for what a renewal changes. */
function essence(path: string): object {
  const { subject, issuer, keyUsage, publicKey, subjectAltName } = readLeaf(path);
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return { subject, issuer, keyUsage, subjectAltName, spki, days: daysOf(readLeaf(path)) };
}

describe('renew FILE makes the same certificate for a new time', () => {
  it.each<[string, readonly string[], string]>([
    ['a server', ['mint', 'a.test', '*.a.test', '127.0.0.1'], 'a.test+2'],
    ['a client', ['mint', '--client', 'u@a.test', 'spiffe://a.test/u'], 'u@a.test+1-client'],
    ['its own subject and days', ['mint', 'a.test', '--subject', 'C=AT, O=Örg, CN=a.test', '--days', '90'], 'a.test'],
    ['an RSA key', ['mint', 'a.test', '--key', 'rsa-2048'], 'a.test'],
    ['a self-signed one', ['self-signed', 'a.test', '--days', '3650', '--key', 'ed25519'], 'a.test'],
    ['no DNS name, so no common name', ['mint', '127.0.0.1'], '127.0.0.1'],
  ])('of %s', async (_title, make, base) => {
    const desk = newDesk();
    await desk.json(make);
    const [cert, key] = [desk.path(`${base}.pem`), desk.path(`${base}-key.pem`)];
    const before = { ...essence(cert), key: desk.read(`${base}-key.pem`) };
    const old = readLeaf(cert);
    const later = daysFromNow(desk, 30);
    const { renewed, skipped } = await desk.json(['renew', `${base}.pem`], later);
    expect({ ...essence(cert), key: desk.read(`${base}-key.pem`) }).toEqual(before);
    const now = readLeaf(cert);
    expect(now.serialNumber).not.toBe(old.serialNumber);
    expect(Date.parse(now.validTo) - Date.parse(old.validTo)).toBeGreaterThan(29 * 86_400_000);
    expect(isPair(cert, key)).toBe(true);
    expect(skipped).toEqual([]);
    expect(renewed).toMatchObject([{ certFile: cert, keyFile: key, isKeyKept: true }]);
    const { certificates } = await desk.json(['list'], later);
    expect(certificates).toMatchObject([{ certFile: cert, fileState: 'present' }]);
  });

  it('by the same CA, in whose scope its names still must be', async () => {
    const desk = newDesk();
    await desk.json(['ca', 'create', 'shop', '--scope', 'my-shop.com']);
    await desk.json(['mint', 'api.my-shop.com']);
    expect(await desk.json(['renew', 'api.my-shop.com.pem'])).toMatchObject({ renewed: [{ ca: 'shop' }] });
    const before = desk.read('api.my-shop.com.pem');
    await desk.json(['ca', 'remove', 'shop', '--yes']);
    expect(await desk.refusal(['renew', 'api.my-shop.com.pem'])).toMatchObject({ code: 'CA_NOT_FOUND' });
    await desk.json(['ca', 'create', 'shop', '--scope', 'my-other.com']);
    expect(await desk.refusal(['renew', 'api.my-shop.com.pem'])).toMatchObject({ code: 'NAME_OUTSIDE_SCOPE' });
    expect(desk.read('api.my-shop.com.pem')).toBe(before);
  });

  it('with --days for another time', async () => {
    const desk = newDesk();
    await desk.json(['a.test']);
    await desk.json(['renew', 'a.test.pem', '--days', '10']);
    expect(daysOf(readLeaf(desk.path('a.test.pem')))).toBe(10);
    expect(await desk.refusal(['renew', 'a.test.pem', '--days', '826'])).toMatchObject({ code: 'VALIDITY_DAYS_RANGE' });
  });

  it('that a strict verifier takes, with its issuer behind it', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = newDesk();
    await desk.json(['a.test']);
    await desk.json(['renew', 'a.test.pem']);
    const ca = String((await desk.json(['ca', 'show']))['rootFile']);
    const file = desk.path('a.test.pem');
    await openssl(['verify', '-x509_strict', '-CAfile', ca, '-untrusted', file, '-verify_hostname', 'a.test', file]);
  });

  it('by its serial, as list and as OpenSSL print it', async () => {
    const desk = newDesk();
    const { serialHex } = await desk.json(['a.test']);
    await desk.json(['renew', String(serialHex)]);
    const spelled = readLeaf(desk.path('a.test.pem')).serialNumber.match(/../g)?.join(':') ?? '';
    await desk.json(['renew', spelled]);
    expect(await desk.refusal(['renew', String(serialHex)])).toMatchObject({
      code: 'RENEW_IMPOSSIBLE',
      message: expect.stringContaining('replaced by a newer one') as string,
    });
  });

  it('where the ledger tells of a newer one that was never put in place', async () => {
    const desk = newDesk();
    await desk.json(['a.test']);
    const pin = certificatePin(desk.path('a.test.pem'));
    forgetToPlace(desk);
    expect((await desk.json(['list']))['certificates']).toMatchObject([{ fileState: 'present' }]);
    expect(await desk.json(['renew', 'a.test.pem'])).toMatchObject({ renewed: [{ isKeyKept: true }] });
    expect(certificatePin(desk.path('a.test.pem'))).toBe(pin);
    forgetToPlace(desk);
    expect((await desk.json(['renew', '--all']))['renewed']).toHaveLength(1);
  });

  it('where both files were moved', async () => {
    const desk = newDesk();
    await desk.json(['a.test']);
    mkdirSync(desk.path('etc'));
    for (const name of ['a.test.pem', 'a.test-key.pem']) renameSync(desk.path(name), desk.path(`etc/${name}`));
    expect(await desk.json(['renew', 'etc/a.test.pem', '--new-key'])).toMatchObject({
      renewed: [{ certFile: desk.path('etc/a.test.pem'), keyFile: desk.path('etc/a.test-key.pem') }],
    });
    expect(isPair(desk.path('etc/a.test.pem'), desk.path('etc/a.test-key.pem'))).toBe(true);
    expect(desk.has('a.test-key.pem')).toBe(false);
  });
});

describe('the key is not needed', () => {
  it('where it is gone, or sealed, or elsewhere from the first', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = newDesk();
    await desk.json(['gone.test']);
    rmSync(desk.path('gone.test-key.pem'));
    await desk.json(['sealed.test']);
    const sealed = desk.path('sealed.test-key.pem');
    await openssl(['pkcs8', '-topk8', '-in', sealed, '-out', desk.path('x'), '-passout', 'pass:x']);
    renameSync(desk.path('x'), sealed);
    await desk.json(['csr', 'asked.test', '--key-file', 'far.key']);
    await desk.json(['sign', 'asked.test.csr']);
    rmSync(desk.path('far.key'));
    const files = ['gone.test.pem', 'sealed.test.pem', 'asked.test.pem'];
    const before = files.map((file) => certificatePin(desk.path(file)));
    const { renewed } = await desk.json(['renew', ...files]);
    expect(renewed).toMatchObject([{ isKeyKept: true }, { isKeyKept: true }, { isKeyKept: true, keyFile: null }]);
    expect(files.map((file) => certificatePin(desk.path(file)))).toEqual(before);
    const { certificates } = await desk.json(['list']);
    expect(certificates).toHaveLength(3);
    expect(await desk.refusal(['renew', 'asked.test.pem', '--new-key'])).toMatchObject({ code: 'RENEW_IMPOSSIBLE' });
  });

  it('but by a self-signed certificate, whose passphrase is asked for', async () => {
    const desk = newDesk();
    const pass = ['--passphrase-file', desk.write('pass', 'open sesame\n')];
    await desk.json(['self-signed', 'a.test', ...pass]);
    const before = desk.read('a.test.pem');
    expect(await desk.refusal(['renew', 'a.test.pem'])).toMatchObject({ code: 'PASSPHRASE_NEEDED' });
    desk.write('wrong', 'guess\n');
    const wrong = await desk.refusal(['renew', 'a.test.pem', '--passphrase-file', 'wrong']);
    expect(wrong).toMatchObject({ code: 'KEY_PASSPHRASE_WRONG' });
    expect(desk.read('a.test.pem')).toBe(before);
    await desk.json(['renew', 'a.test.pem', ...pass]);
    expect(desk.read('a.test.pem')).not.toBe(before);
    await desk.json(['renew', 'a.test.pem', '--new-key', ...pass]);
    expect(desk.read('a.test-key.pem')).toMatch(/ENCRYPTED/);
    expect(keyPin(desk.path('a.test-key.pem'), 'open sesame')).toBe(certificatePin(desk.path('a.test.pem')));
    rmSync(desk.path('a.test-key.pem'));
    expect(await desk.refusal(['renew', 'a.test.pem', ...pass])).toMatchObject({ code: 'RENEW_IMPOSSIBLE' });
  });

  it('and stays in the file that it shares with its certificate', async () => {
    const desk = newDesk();
    await desk.json(['a.test', '--cert-file', 'both.pem', '--key-file', 'both.pem']);
    const key = keyPin(desk.path('both.pem'));
    const before = desk.read('both.pem');
    await desk.json(['renew', 'both.pem']);
    expect(desk.read('both.pem')).not.toBe(before);
    expect(keyPin(desk.path('both.pem'))).toBe(key);
    expect([isPair(desk.path('both.pem'), desk.path('both.pem')), desk.mode('both.pem')]).toEqual([true, 0o600]);
    await desk.json(['renew', 'both.pem', '--new-key']);
    expect([isPair(desk.path('both.pem'), desk.path('both.pem')), desk.mode('both.pem')]).toEqual([true, 0o600]);
    expect(keyPin(desk.path('both.pem'))).not.toBe(key);
  });
});

describe('a CA with a passphrase', () => {
  it('is opened once for all its certificates', async () => {
    const desk = newDesk();
    const pass = ['--passphrase-file', desk.write('pass', 'open sesame\n')];
    await desk.json(['ca', 'create', ...pass]);
    for (const name of ['a.test', 'b.test']) await desk.json([name, ...pass]);
    expect(await desk.refusal(['renew', 'a.test.pem'])).toMatchObject({ code: 'PASSPHRASE_NEEDED' });
    const { renewed } = await desk.json(['renew', '--all', '--passphrase-file', '-'], { input: 'open sesame\n' });
    expect(renewed).toHaveLength(2);
  });
});

describe('renew --all', () => {
  it('--within DAYS takes what list --expiring shows, and nothing else', async () => {
    const desk = newDesk();
    expect((await desk.runOrThrow(['renew', '--all'])).stdout).toMatch(/^Nothing was issued yet/);
    for (const [name, days] of [
      ['long.test', '90'],
      ['short.test', '20'],
      ['other.test', '30'],
    ])
      await desk.json([name ?? '', '--days', days ?? '']);
    const long = desk.read('long.test.pem');
    const { stdout } = await desk.runOrThrow(['list']);
    expect(stdout).toMatch(/short\.test\.pem {3}› renew$/m);
    expect(stdout).toMatch(/other\.test\.pem$/m);
    expect((await desk.runOrThrow(['renew', '--within', '9'])).stdout).toMatch(/^Nothing expires within 9 days/);
    const { renewed } = await desk.json(['renew', '--all', '--within', '30']);
    expect((renewed as Printed[]).map(({ names }) => names)).toEqual([['short.test'], ['other.test']]);
    expect(desk.read('long.test.pem')).toBe(long);
  });

  it('takes only the certificates of --ca where one is named', async () => {
    const desk = newDesk();
    await desk.json(['ca', 'create', 'shop', '--scope', 'my-shop.com']);
    for (const name of ['my-shop.com', 'a.test']) await desk.json([name]);
    expect(await desk.json(['renew', '--all', '--ca', 'shop'])).toMatchObject({ renewed: [{ ca: 'shop' }] });
  });

  it('tells of files that are gone or not ours any more, and renews the others', async () => {
    const desk = newDesk();
    for (const name of ['gone.test', 'taken.test', 'good.test']) await desk.json([name]);
    rmSync(desk.path('gone.test.pem'));
    desk.write('taken.test.pem', 'not a certificate');
    const printed = await desk.json(['renew', '--all']);
    expect(rows(printed, 'renewed')).toMatchObject([{ names: ['good.test'] }]);
    expect(rows(printed, 'skipped')).toMatchObject([
      {
        certFile: desk.path('gone.test.pem'),
        reason: 'the file is gone',
        serialHex: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      },
      { certFile: desk.path('taken.test.pem'), reason: 'the file was changed by others' },
    ]);
    expect(desk.read('taken.test.pem')).toBe('not a certificate');
    expect(desk.has('gone.test.pem')).toBe(false);
  });

  it('fails when one that is there can not be renewed, after it renewed the others', async () => {
    const desk = newDesk();
    await desk.json(['ca', 'create', 'shop', '--scope', 'my-shop.com']);
    for (const name of ['my-shop.com', 'a.test']) await desk.json([name]);
    await desk.json(['ca', 'remove', 'shop', '--yes']);
    const { exitCode, stdout } = await desk.run(['renew', '--all']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/✓ \.\/a\.test\.pem +until .+ same key/);
    expect(stdout).toMatch(/✗ \.\/my-shop\.com\.pem +not renewed: there is no CA "shop"\n +hint +see which there are/);
  });
});

describe('renew of several', () => {
  it('fails when one that was named can not be renewed, and renews the others', async () => {
    const desk = newDesk();
    for (const name of ['gone.test', 'good.test']) await desk.json([name]);
    rmSync(desk.path('gone.test.pem'));
    const before = desk.read('good.test.pem');
    const { exitCode, stdout } = await desk.run(['renew', 'gone.test.pem', 'good.test.pem', 'none.pem', '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      renewed: [{ names: ['good.test'] }],
      skipped: [{ code: 'RENEW_IMPOSSIBLE' }, { certFile: 'none.pem', serialHex: null, code: 'NOT_ISSUED_HERE' }],
    });
    expect(desk.read('good.test.pem')).not.toBe(before);
  });

  it('that share a key file gives them one new key', async () => {
    const desk = newDesk();
    await desk.json(['a.test']);
    await desk.json(['b.test', '--reuse-key', 'a.test-key.pem', '--key-file', 'a.test-key.pem']);
    const old = keyPin(desk.path('a.test-key.pem'));
    await desk.json(['renew', '--all', '--new-key']);
    for (const cert of ['a.test.pem', 'b.test.pem'])
      expect(isPair(desk.path(cert), desk.path('a.test-key.pem'))).toBe(true);
    expect(keyPin(desk.path('a.test-key.pem'))).not.toBe(old);
  });
});

describe('renew refuses', () => {
  const desk = newDesk();

  it('what this home did not issue', async () => {
    const other = newDesk();
    await other.json(['a.test']);
    copyFileSync(other.path('a.test.pem'), desk.path('a.test.pem'));
    for (const word of ['a.test.pem', 'nothing.pem', 'ab'.repeat(16), '.', '0'])
      expect(await desk.refusal(['renew', word])).toMatchObject({ code: 'NOT_ISSUED_HERE', exitCode: 1 });
  });

  it('words that do not go together', async () => {
    for (const [words, code] of [
      [[], 'ARGUMENT_MISSING'],
      [['a.pem', '--all'], 'OPTIONS_CONFLICT'],
      [['a.pem', '--within', '3'], 'OPTIONS_CONFLICT'],
      [['--all', '--within', 'soon'], 'OPTION_VALUE'],
    ] as const)
      expect(await desk.refusal(['renew', ...words])).toMatchObject({ code, exitCode: 2 });
  });

  it('a certificate beside which another key stands by now', async () => {
    await desk.json(['b.test']);
    await desk.json(['key', '--out', 'b.test-key.pem', '--force']);
    const before = desk.read('b.test.pem');
    expect(await desk.refusal(['renew', 'b.test.pem'])).toMatchObject({
      code: 'RENEW_IMPOSSIBLE',
      message: expect.stringContaining('another key') as string,
    });
    expect(desk.read('b.test.pem')).toBe(before);
    expect(await desk.refusal(['renew', 'b.test.pem', '--new-key'])).toMatchObject({ code: 'FILE_EXISTS' });
  });

  it('certificates of WebTransport, which follow each other by themselves', async () => {
    await desk.json(['self-signed', 'wt.test', '--webtransport']);
    const before = [desk.read('wt.test.pem'), desk.read('wt.test-next.pem')];
    for (const file of ['wt.test.pem', 'wt.test-next.pem'])
      expect(await desk.refusal(['renew', file])).toMatchObject({
        code: 'RENEW_IMPOSSIBLE',
        hint: expect.stringContaining('mintmark self-signed wt.test --webtransport') as string,
      });
    expect([desk.read('wt.test.pem'), desk.read('wt.test-next.pem')]).toEqual(before);
    expect((await desk.runOrThrow(['list'])).stdout).not.toMatch(/wt\.test.*› renew/);
  });

  it('anything in a dry run, and says what it would be', async () => {
    const other = newDesk();
    await other.json(['a.test', '--days', '20']);
    const before = [other.read('a.test.pem'), other.read('a.test-key.pem')];
    expect(await other.json(['renew', '--all', '--new-key', '--dry-run', '--days', '30'])).toMatchObject({
      dryRun: true,
      renewed: [{ certFile: other.path('a.test.pem'), names: ['a.test'], ca: 'default', profile: 'server' }],
    });
    expect([other.read('a.test.pem'), other.read('a.test-key.pem')]).toEqual(before);
    expect((await other.json(['list', '--all']))['certificates']).toHaveLength(1);
  });
});

describe('curl with the pins of current and spare', () => {
  const received: string[] = [];
  const server = createServer((request, response) => {
    received.push(request.url ?? '');
    response.end('here\n');
  });
  afterAll(() => new Promise((done) => server.close(done)));

  const serve = (desk: Desk): void =>
    server.setSecureContext({ cert: desk.read('localhost.pem'), key: desk.read('localhost-key.pem') });

  it('reaches the server before and after the key was replaced; with the old pin alone it does not', async (context) => {
    requirePrograms(context, ['curl']);
    const desk = newDesk();
    await desk.json(['localhost']);
    const current = certificatePin(desk.path('localhost.pem'));
    const backup = await backUp(desk, 'localhost.pem', 'spare.pem');
    const root = String((await desk.json(['ca', 'show']))['rootFile']);
    serve(desk);
    const port = await listen(server, 0, '127.0.0.1');
    const visit = async (path: string, pins: string): Promise<number | null> => {
      const url = `https://localhost:${port}/${path}`;
      const options = ['-q', '-sS', '--noproxy', '*', '--cacert', root, '--resolve', `localhost:${port}:127.0.0.1`];
      const { exitCode } = await run([programPath('curl'), ...options, '--pinnedpubkey', pins, url]);
      return exitCode;
    };
    const both = `sha256//${current};sha256//${backup}`;
    expect(await visit('before', both)).toBe(0);
    await desk.json(['renew', 'localhost.pem']);
    serve(desk);
    expect(await visit('renewed', `sha256//${current}`)).toBe(0);
    await desk.json(['renew', 'localhost.pem', '--new-key']);
    serve(desk);
    expect(await visit('after', both)).toBe(0);
    expect(await visit('stale', `sha256//${current}`)).toBe(90); // CURLE_SSL_PINNEDPUBKEYNOTMATCH
    expect(received).toEqual(['/before', '/renewed', '/after']);
  });
});
