/**
 * @module `pin`: the digests that OpenSSL computes, in every client's spelling, of files and of running servers; and `--check`.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ThrowawayServers } from '../clients/throwaway-server.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { run, runOrThrow } from '../programs/run.ts';
import { deskMaker, type Printed } from './desk.ts';
import { readLeaf } from './minted-facts.ts';

const desk = deskMaker('pin')();
const servers = new ThrowawayServers();
afterAll(() => servers.close());

let rootFile = '';
beforeAll(async () => {
  await desk.json(['a.test', 'b.test', '--cert-file', 'a.pem', '--key-file', 'a.key']);
  await desk.json(['csr', 'a.test', '--reuse-key', 'a.key', '--csr-file', 'a.csr']);
  rootFile = String((await desk.json(['ca', 'show']))['rootFile']);
  desk.write('a.der', readLeaf(desk.path('a.pem')).raw);
  desk.write('a.pub', readLeaf(desk.path('a.pem')).publicKey.export({ type: 'spki', format: 'pem' }));
});

const targetsOf = (printed: Printed) => printed['targets'] as readonly Printed[];
const formatsOf = (printed: Printed) => targetsOf(printed)[0]?.['formats'] as Readonly<Record<string, string>>;

const bytes = () => {
  const leaf = readLeaf(desk.path('a.pem'));
  return {
    certificate: createHash('sha256').update(leaf.raw).digest(),
    key: createHash('sha256')
      .update(leaf.publicKey.export({ type: 'spki', format: 'der' }))
      .digest(),
  };
};

it('of a key is what OpenSSL computes, whether from certificate, request, private or public key', async (context) => {
  requirePrograms(context, ['openssl', 'sh']);
  const openssl = programPath('openssl');
  const pipe = `${openssl} x509 -in a.pem -noout -pubkey | ${openssl} pkey -pubin -outform der | ${openssl} dgst -sha256 -binary | base64 -w0`;
  const { stdout: expected } = await runOrThrow([programPath('sh'), '-c', pipe], { cwd: desk.folder });
  for (const file of ['a.pem', 'a.der', 'a.csr', 'a.key', 'a.pub'])
    expect((await desk.run(['pin', file, '--format', 'curl'])).stdout, file).toBe(`sha256//${expected}\n`);
  const { stdout: fingerprint } = await runOrThrow(
    [openssl, 'x509', '-in', 'a.pem', '-noout', '-fingerprint', '-sha256'],
    {
      cwd: desk.folder,
    },
  );
  expect((await desk.run(['pin', 'a.pem', '--format', 'node', '--value'])).stdout).toBe(
    fingerprint.replace(/^.*=/, ''),
  );
});

it('spells each digest as each client wants it', async () => {
  const { certificate, key } = bytes();
  const colons = certificate
    .toString('hex')
    .toUpperCase()
    .replaceAll(/(..)(?!$)/g, '$1:');
  const printed = await desk.json(['pin', 'a.pem']);
  expect(targetsOf(printed)).toHaveLength(1);
  expect(targetsOf(printed)[0]).toMatchObject({
    names: ['a.test', 'b.test'],
    isCa: false,
    certSha256Hex: certificate.toString('hex'),
    spkiSha256Base64: key.toString('base64'),
    notAfter: new Date(readLeaf(desk.path('a.pem')).validTo).toISOString(),
  });
  expect(formatsOf(printed)).toMatchObject({
    curl: `sha256//${key.toString('base64')}`,
    okhttp: `sha256/${key.toString('base64')}`,
    gnutls: `pin-sha256:${key.toString('base64')}`,
    tlsa: `3 1 1 ${key.toString('hex')}`,
    chromium: key.toString('base64'),
    node: colons,
    python: certificate.toString('hex'),
    electron: `sha256/${certificate.toString('base64')}`,
    jose: certificate.toString('base64url'),
  });
});

it('gives a CA the formats of CAs, and a key no formats of certificates', async () => {
  const ca = formatsOf(await desk.json(['pin', rootFile]));
  expect(ca['kubeadm']).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(ca['tlsa-ca']).toMatch(/^2 1 1 [0-9a-f]{64}$/);
  expect(ca['tlsa']).toBeUndefined();
  const key = formatsOf(await desk.json(['pin', 'a.key']));
  expect([key['node'], key['python'], key['kubeadm']]).toEqual([undefined, undefined, undefined]);
  expect(await desk.refusal(['pin', 'a.key', '--format', 'node'])).toMatchObject({
    exitCode: 1,
    code: 'PIN_FORMAT_UNSUITABLE',
  });
  expect(await desk.refusal(['pin', 'a.pem', '--format', 'kubeadm'])).toMatchObject({ code: 'PIN_FORMAT_UNSUITABLE' });
});

it('lists its formats without a target, and says which of them are whole programs', async () => {
  const { formats } = await desk.json(['pin', '--list-formats']);
  const rows = formats as readonly { readonly name: string; readonly isSnippet: boolean }[];
  const names = rows.map(({ name }) => name);
  expect(names.slice(0, 3)).toEqual(['curl', 'wget', 'git']);
  expect(Object.keys(formatsOf(await desk.json(['pin', 'a.pem']))).every((name) => names.includes(name))).toBe(true);
  expect(rows.find(({ name }) => name === 'curl')?.isSnippet).toBe(false);
  expect(rows.find(({ name }) => name === 'node')?.isSnippet).toBe(true);
  expect((await desk.refusal(['pin', 'a.pem', '--format', 'telnet'])).code).toBe('PIN_FORMAT_UNKNOWN');
});

it('prints one value on one line, or a whole program, which --value puts back to its digest', async () => {
  const { certificate } = bytes();
  const value = await desk.runOrThrow(['pin', 'a.pem', '--format', 'node', '--value']);
  expect(value.stdout.replaceAll(':', '').toLowerCase()).toBe(`${certificate.toString('hex')}\n`);
  const program = await desk.runOrThrow(['pin', 'a.pem', '--format', 'node', '--host', 'b.test:8443']);
  expect(program.stdout).toContain(value.stdout.trim());
  expect(program.stdout).toContain('b.test');
  expect(program.stdout).toContain('8443');
});

it.each(['a.test/../x', 'a b', '"; rm', 'x:0', 'x:99999', '[::1', "a';alert(1)//"])(
  'refuses the host %j, since it goes into programs',
  async (host) => {
    expect(await desk.refusal(['pin', 'a.pem', '--host', host])).toMatchObject({ exitCode: 2, code: 'OPTION_VALUE' });
  },
);

it('puts no name of a certificate into a program but one that is a plain host name', async (context) => {
  requirePrograms(context, ['openssl']);
  const evil = `DNS:x'+process.exit(1)+',DNS:";evil();",DNS:plain.test`;
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    "/CN=hostile'",
  ];
  const files = ['-keyout', 'evil.key', '-out', 'evil.pem', '-addext', `subjectAltName=${evil}`];
  await runOrThrow([programPath('openssl'), ...request, ...files], { cwd: desk.folder });
  const { formats } = await desk.json(['pin', '--list-formats']);
  const programs = (formats as readonly { name: string; isSnippet: boolean }[]).filter(({ isSnippet }) => isSnippet);
  expect(programs.length).toBeGreaterThan(10);
  for (const { name } of programs) {
    const { stdout, exitCode } = await desk.run(['pin', 'evil.pem', '--format', name]);
    if (exitCode === 0) expect(stdout, name).not.toMatch(/evil\(\)|process\.exit\(1\)\+|hostile'/);
  }
});

describe('targets', () => {
  it('may be several, each with its own line', async () => {
    const { stdout } = await desk.runOrThrow(['pin', 'a.pem', 'a.key', rootFile, '--format', 'okhttp', '--value']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe(lines[1]);
    expect(lines[2]).not.toBe(lines[0]);
  });

  it('of one chain are the leaf; with --chain all of it', async () => {
    expect(targetsOf(await desk.json(['pin', 'a.pem', '--chain'])).map(({ isCa }) => isCa)).toEqual([false, true]);
  });

  it('of a file with two unrelated certificates are refused without --chain', async () => {
    await desk.json(['self-signed', 'other.test', '--cert-file', 'other.pem', '--key-file', 'other.key']);
    desk.write('two.pem', desk.read('a.pem') + desk.read('other.pem'));
    expect(await desk.refusal(['pin', 'two.pem'])).toMatchObject({ exitCode: 1, code: 'PEM_SEVERAL' });
    expect(targetsOf(await desk.json(['pin', 'two.pem', '--chain']))).toHaveLength(3);
  });

  it('may be a running server, by name, address or URL', async () => {
    const port = await servers.serve({ certFile: desk.path('a.pem'), keyFile: desk.path('a.key') });
    const { stdout: expected } = await desk.runOrThrow(['pin', 'a.pem', '--format', 'curl']);
    for (const target of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, `https://localhost:${port}/path`])
      expect((await desk.run(['pin', target, '--format', 'curl'])).stdout, target).toBe(expected);
    await servers.close();
    expect(await desk.refusal(['pin', `127.0.0.1:${port}`])).toMatchObject({ exitCode: 1, code: 'CONNECT_FAILED' });
  });

  it.each([
    ['empty.pem', '', 'INPUT_EMPTY'],
    ['text.pem', 'hello\n', 'TARGET_UNREADABLE'],
    ['cut.pem', '-----BEGIN CERTIFICATE-----\nMIIB\n', 'PEM_INVALID'],
    ['gone.pem', undefined, 'FILE_NOT_FOUND'],
  ])('%s is refused', async (name, text, code) => {
    if (text !== undefined) desk.write(name, text);
    for (const command of ['pin', 'inspect'])
      expect(await desk.refusal([command, name]), command).toMatchObject({ exitCode: 1, code });
  });
});

describe('--check', () => {
  it('knows every spelling of both digests, exit 0', async () => {
    const { certificate, key } = bytes();
    const spellings = new Set(Object.values(formatsOf(await desk.json(['pin', 'a.pem']))));
    spellings.add(`SHA256 Fingerprint=${certificate.toString('hex')}`).add(`pin-sha256="${key.toString('base64')}"`);
    for (const pin of spellings)
      expect(await desk.json(['pin', 'a.pem', '--check', pin]), pin).toMatchObject({ isMatch: true });
    expect((await desk.run(['pin', 'a.pem', '--check', `sha256//${key.toString('base64')}`])).stdout).toContain(
      'public key of a.test',
    );
  });

  it('says no with exit 1 to another pin, and knows the issuer’s', async () => {
    const other = createHash('sha256').update('other').digest('base64');
    const no = await desk.run(['pin', 'a.pem', '--check', `sha256//${other}`, '--json']);
    expect([no.exitCode, JSON.parse(no.stdout)]).toMatchObject([1, { isMatch: false, matched: null }]);
    const issuer = targetsOf(await desk.json(['pin', 'a.pem', '--chain']))[1];
    expect(await desk.json(['pin', 'a.pem', '--check', String(issuer?.['spkiSha256Base64'])])).toMatchObject({
      isMatch: true,
    });
  });

  it('refuses what is no SHA-256 pin', async () => {
    const short = ['sha1', 'md5'].map((hash) => createHash(hash).update('x').digest('hex'));
    for (const pin of ['hello', ...short, createHash('sha256').digest('hex')])
      expect(await desk.refusal(['pin', 'a.pem', '--check', pin]), pin).toMatchObject({
        exitCode: 1,
        code: 'PIN_INVALID',
      });
  });
});

it('opens an encrypted key with its passphrase', async () => {
  desk.write('pass.txt', 'secret\n');
  const { pins } = await desk.json(['key', '--out', 'locked.key', '--passphrase-file', 'pass.txt']);
  expect(await desk.refusal(['pin', 'locked.key'])).toMatchObject({ exitCode: 1, code: 'PASSPHRASE_NEEDED' });
  const pinned = await desk.json(['pin', 'locked.key', '--passphrase-file', 'pass.txt']);
  expect(targetsOf(pinned)[0]?.['spkiSha256Base64']).toBe((pins as Printed)['spkiSha256Base64']);
  expect(readFileSync(desk.path('locked.key'), 'utf8')).toContain('ENCRYPTED');
});

describe('what would go wrong without a word', () => {
  it.each([
    [['a.pem', '--value'], 'OPTION_ALONE'],
    [['a.pem', '--roots', 'x.pem'], 'OPTION_ALONE'],
    [['a.pem', '--check', 'x', '--format', 'curl'], 'OPTIONS_CONFLICT'],
    [['a.pem', '--out', 'p.json', '--format', 'curl'], 'OPTIONS_CONFLICT'],
    [['a.pem', 'a.key', '--backup', 's.pem'], 'TARGET_SEVERAL'],
  ])('pin %j is refused', async (words, code) => {
    expect(await desk.refusal(['pin', ...words])).toMatchObject({ exitCode: 2, code });
  });

  it('two programs in one file are refused; two values are lines', async () => {
    const refused = await desk.run(['pin', 'a.pem', 'a.key', '--format', 'go']);
    expect([refused.exitCode, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain('TARGET_SEVERAL');
    const { stdout } = await desk.runOrThrow(['pin', 'a.pem', 'a.key', '--format', 'go', '--value']);
    expect(stdout).toMatch(/^([0-9a-f]{64}\n){2}$/);
  });

  it('a spare for a CA, which no command would promote, is refused', async () => {
    expect(await desk.refusal(['pin', rootFile, '--backup', 's.pem'])).toMatchObject({ code: 'TARGET_IS_CA' });
    expect(desk.has('s.pem')).toBe(false);
  });

  it('a value that was asked for is printed under --quiet too: an empty one could pass for no pin', async () => {
    const loud = await desk.runOrThrow(['pin', 'a.pem', '--format', 'curl']);
    expect((await desk.runOrThrow(['pin', 'a.pem', '--format', 'curl', '--quiet'])).stdout).toBe(loud.stdout);
    expect((await desk.runOrThrow(['pin', 'a.pem', '--quiet'])).stdout).toBe('');
  });

  it('a file that pins by host name is not made for a host that nobody named', async () => {
    await desk.json(['mint', '*.app.test', '--cert-file', 'w.pem', '--key-file', 'w.key']);
    for (const format of ['android', 'ios', 'okhttp']) {
      expect(await desk.refusal(['pin', 'w.pem', '--format', format])).toMatchObject({
        code: 'PIN_FORMAT_UNSUITABLE',
        hint: expect.stringContaining('--host NAME') as string,
      });
      const { stdout } = await desk.runOrThrow(['pin', 'w.pem', '--format', format, '--host', 'www.app.test']);
      expect(stdout).toContain('www.app.test');
    }
    const { stderr } = await desk.runOrThrow(['pin', 'a.pem', '--format', 'android']);
    expect(stderr).toContain('pins a.test alone');
  });

  it('a spare that a client of certificates leaves out is told', async () => {
    const { stderr } = await desk.runOrThrow(['pin', 'a.pem', '--backup', 'spare.pem', '--format', 'php']);
    expect(stderr).toContain('the spare is not in it');
  });

  it('hints name the CA file that servers send, and the root where the root is meant', async () => {
    const issuerFile = String((await desk.json(['ca', 'show']))['issuerFile']);
    expect((await desk.refusal(['pin', 'a.pem', '--format', 'tlsa-ca'])).hint).toContain('/issuer.pem');
    expect((await desk.refusal(['pin', 'a.pem', '--format', 'step'])).hint).toContain('/root.pem');
    expect((await desk.refusal(['pin', issuerFile, '--format', 'step'])).hint).toContain('/root.pem');
  });

  it('of a chain the members that a client can be pinned by are printed', async () => {
    const { stdout } = await desk.runOrThrow(['pin', 'a.pem', '--chain', '--format', 'tlsa']);
    expect(stdout).toMatch(/^3 1 1 [0-9a-f]{64}\n$/);
  });

  it('the next step is one that works, or none', async () => {
    expect((await desk.runOrThrow(['pin', 'a.pem'])).stderr).toContain('--format node');
    for (const target of ['a.key', rootFile]) expect((await desk.runOrThrow(['pin', target])).stderr).toBe('');
  });

  it('a password in a mistyped address is not repeated', async () => {
    const { message } = await desk.refusal(['pin', 'user:secret@localhost:8443']);
    expect(message).not.toContain('secret');
  });

  it('an output that takes nothing is told, and is no empty pin', async (context) => {
    requirePrograms(context, ['sh']);
    const command = `exec "$@" >/dev/full`;
    const words = [process.execPath, MINTMARK_BIN, 'pin', 'a.pem', '--format', 'curl'];
    const { exitCode, stderr } = await run([programPath('sh'), '-c', command, 'sh', ...words], { cwd: desk.folder });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`error[${'OUTPUT_FAILED'}]: the result can't be written to standard output: ENOSPC`);
  });
});
