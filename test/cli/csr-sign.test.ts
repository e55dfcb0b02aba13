/**
 * @module Requests: made by us and read by OpenSSL, made by OpenSSL and signed by us, in PEM, DER and from stdin, and requests that
 * nobody should sign.
 */
import { describe, expect, it } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import { deskMaker } from './desk.ts';
import { isPair, namesOf, openssl, readLeaf } from './minted-facts.ts';

const newDesk = deskMaker('csr-sign');
const desk = newDesk();
const inDesk = { cwd: desk.folder };

/** A P-256 key and a request by OpenSSL. */
async function opensslRequest(name: string, ...words: readonly string[]): Promise<void> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', `${name}.key`];
  await openssl(['req', '-new', ...key, '-out', `${name}.csr`, '-subj', '/CN=a.test', ...words], inDesk);
}

describe('csr', () => {
  it.for(['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa-2048'])(
    'with a %s key is accepted by OpenSSL',
    async (type, context) => {
      requirePrograms(context, ['openssl']);
      const printed = await desk.json(['csr', 'a.test', '10.0.0.1', 'me@a.test', '--key', type, '--out', type]);
      expect(printed).toEqual({
        csrFile: desk.path(`${type}/a.test+2.csr`),
        keyFile: desk.path(`${type}/a.test+2-key.pem`),
        names: ['a.test', '10.0.0.1', 'me@a.test'],
      });
      const { output } = await openssl(['req', '-in', `${type}/a.test+2.csr`, '-noout', '-verify', '-text'], inDesk);
      expect(output).toContain('verify OK');
      expect(output).toContain('DNS:a.test, IP Address:10.0.0.1, email:me@a.test');
      expect([desk.mode(`${type}/a.test+2.csr`), desk.mode(`${type}/a.test+2-key.pem`)]).toEqual([0o644, 0o600]);
    },
  );

  it('needs no home, takes files and a subject by option, and never replaces a key unasked', async () => {
    const empty = newDesk();
    const words = ['csr', 'a.test', '--csr-file', 'r.csr', '--key-file', 'k.pem', '--subject', 'O=Us, CN=a.test'];
    await empty.json(words);
    const key = empty.read('k.pem');
    expect(empty.has('../home')).toBe(false);
    expect(await empty.refusal(words)).toMatchObject({ exitCode: 1, code: 'FILE_EXISTS' });
    expect(empty.read('k.pem')).toBe(key);
    await empty.json(['csr', 'b.test', '--reuse-key', 'k.pem']);
    expect(empty.read('k.pem')).toBe(key);
    expect(await empty.refusal(['csr', 'c.test', '--csr-file', 'x', '--key-file', 'x'])).toMatchObject({ exitCode: 2 });
  });
});

describe('sign', () => {
  it('takes PEM, DER and stdin, and adds names', async (context) => {
    requirePrograms(context, ['openssl']);
    await opensslRequest('mixed', '-addext', 'subjectAltName=DNS:a.test,IP:10.0.0.1');
    await openssl(['req', '-in', 'mixed.csr', '-outform', 'DER', '-out', 'mixed.der'], inDesk);
    await desk.json(['sign', 'mixed.csr', '--cert-file', 'pem.pem']);
    await desk.json(['sign', 'mixed.der', '--cert-file', 'der.pem', '--add-name', 'b.test', '--add-name', '::1']);
    const printed = await desk.json(['sign', '-', '--out', 'stdin', '--days', '9'], { input: desk.read('mixed.csr') });
    expect(printed).toMatchObject({ keyFile: null, ca: 'default', certFile: desk.path('stdin/a.test+1.pem') });
    for (const file of ['pem.pem', 'der.pem', 'stdin/a.test+1.pem'])
      expect(isPair(desk.path(file), desk.path('mixed.key')), file).toBe(true);
    expect(namesOf(desk.path('der.pem'))).toBe(
      'DNS:a.test, IP Address:10.0.0.1, DNS:b.test, IP Address:0:0:0:0:0:0:0:1',
    );
  });

  it('takes a common name as the name when there is no other, and --client for clients', async (context) => {
    requirePrograms(context, ['openssl']);
    await opensslRequest('plain');
    await desk.json(['sign', 'plain.csr', '--cert-file', 'client.pem', '--client']);
    expect(namesOf(desk.path('client.pem'))).toBe('DNS:a.test');
    expect(readLeaf(desk.path('client.pem')).keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  });

  it('refuses a request to be a CA, a broken signature, no names, and what is no request', async (context) => {
    requirePrograms(context, ['openssl']);
    await opensslRequest('ca', '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'subjectAltName=DNS:a.test');
    await openssl(['req', '-new', '-key', 'ca.key', '-subj', '/O=Nobody', '-out', 'nameless.csr'], inDesk);
    await openssl(['req', '-in', 'ca.csr', '-outform', 'DER', '-out', 'broken.der'], inDesk);
    await opensslRequest('good', '-addext', 'subjectAltName=DNS:a.test');
    const { stdout } = await openssl(['req', '-in', 'good.csr', '-outform', 'PEM'], inDesk);
    const der = Buffer.from(stdout.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    desk.write('forged.der', der);
    desk.write('text.csr', 'hello');
    desk.write('empty.csr', '');
    const codes = [];
    for (const file of ['ca.csr', 'forged.der', 'nameless.csr', 'text.csr', 'empty.csr', 'good.key', 'gone.csr'])
      codes.push((await desk.refusal(['sign', file, '--cert-file', 'never.pem'])).code);
    expect(codes).toEqual([
      'CSR_ASKS_FOR_CA',
      'CSR_SIGNATURE_INVALID',
      'CSR_NO_NAMES',
      'PEM_NOT_FOUND',
      'INPUT_EMPTY',
      'PEM_NOT_FOUND',
      'FILE_NOT_FOUND',
    ]);
    expect(desk.has('never.pem')).toBe(false);
  });

  it('replaces its own certificate and nobody else’s', async () => {
    const own = newDesk();
    await own.json(['csr', 'a.test']);
    await own.json(['sign', 'a.test.csr']);
    await own.json(['sign', 'a.test.csr']);
    own.write('theirs.pem', 'precious');
    const refusal = await own.refusal(['sign', 'a.test.csr', '--cert-file', 'theirs.pem']);
    expect(refusal).toMatchObject({ exitCode: 1, code: 'FILE_EXISTS' });
    expect(own.read('theirs.pem')).toBe('precious');
    expect(await own.json(['list', '--all'])).toMatchObject({ certificates: { length: 2 } });
  });
});
