/**
 * @module A CA whose key lies in a token: everything that signs works with it, in one login; the key is in the token, locked in, and
 * nowhere else. OpenSC's pkcs11-tool, OpenSSL and curl are the witnesses.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ThrowawayServers } from '../clients/throwaway-server.ts';
import { deskMaker, type Desk } from '../cli/desk.ts';
import { openssl } from '../cli/minted-facts.ts';
import { findProgram, programPath, requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { PIN, requireTokens, TokenScene } from './token-scene.ts';

const newDesk = deskMaker('token');
const scene = new TokenScene(scratchFolder('softhsm'));
const env = scene.env;
const servers = new ThrowawayServers();
beforeAll(async () => {
  if (findProgram('softhsm2-util') === undefined || findProgram('gcc') === undefined) return;
  await scene.createToken('dev');
  await scene.build();
});
afterAll(() => servers.close());
beforeEach((context) => {
  requireTokens(context);
  scene.takeLogins();
});

/** A desk whose CA "hsm" signs by a key in the token; the PIN is found by its pin-source. */
async function deskWithTokenCa(...words: string[]): Promise<Desk> {
  const desk = newDesk();
  await desk.json(['ca', 'create', 'hsm', '--token', scene.uriWithPin('dev'), ...words], { env });
  scene.takeLogins();
  return desk;
}

const caFile = (desk: Desk, name: string): string => join(desk.home, 'cas/hsm', name);

async function verifies(desk: Desk, certFile: string): Promise<boolean> {
  const words = ['verify', '-CAfile', caFile(desk, 'root.pem'), '-untrusted', caFile(desk, 'issuer.pem')];
  return (await openssl([...words, desk.path(certFile)])).exitCode === 0;
}

function listTree(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? listTree(path) : [path];
  });
}

describe('ca create --token', () => {
  it('makes the key in the token, locked in, and leaves no key and no PIN in the home', async () => {
    const desk = newDesk();
    const words = ['ca', 'create', 'hsm', '--token', scene.uri('dev'), '--pin-file', scene.pinFile];
    const shown = await desk.json(words, { env });
    expect(scene.takeLogins()).toEqual(['right']);
    const { keyIdHex } = shown['token'] as { keyIdHex: string };
    expect(shown).toMatchObject({ keyState: 'token', token: { label: 'dev', keyLabel: 'mintmark hsm' } });

    const listed = await scene.tool('dev', ['--list-objects', '--type', 'privkey', '--id', keyIdHex]);
    expect(listed).toMatch(/Usage:\s+sign\n/);
    expect(listed).toMatch(/Access:\s+sensitive, always sensitive, never extractable, local/);
    // The very key that the certificate names.
    await scene.tool('dev', ['--read-object', '--type', 'pubkey', '--id', keyIdHex, '-o', desk.path('token.der')]);
    const { stdout } = await openssl(['x509', '-in', caFile(desk, 'issuer.pem'), '-noout', '-pubkey']);
    const fromToken = await openssl(['pkey', '-pubin', '-inform', 'DER', '-in', desk.path('token.der'), '-pubout']);
    expect(fromToken.stdout).toBe(stdout);

    const files = listTree(desk.home);
    expect(files.map((file) => file.slice(desk.home.length)).sort()).toEqual(
      expect.arrayContaining(['/cas/hsm/issuer.pem', '/cas/hsm/root.pem', '/cas/hsm/token.json']),
    );
    for (const file of files) {
      const text = readFileSync(file, 'latin1');
      expect(text, file).not.toMatch(/PRIVATE KEY/);
      expect(text, file).not.toMatch(new RegExp(`\\b${PIN}\\b`));
    }
    expect(files.some((file) => file.endsWith('-key.pem'))).toBe(false);
    expect(statSync(caFile(desk, 'token.json')).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['ecdsa-p384', 'ecdsa-with-SHA384'],
    ['ed25519', 'ED25519'],
    ['rsa-2048', 'sha256WithRSAEncryption'],
  ])('takes --key %s', async (keyType, algorithm) => {
    const desk = await deskWithTokenCa('--key', keyType);
    await desk.json(['localhost', '--ca', 'hsm'], { env });
    expect(await verifies(desk, 'localhost.pem')).toBe(true);
    const { stdout } = await openssl(['x509', '-in', desk.path('localhost.pem'), '-noout', '-text']);
    expect(stdout).toContain(`Signature Algorithm: ${algorithm}`);
  });

  it('takes a key that the token has already, by label and by id, and leaves it there on failure', async () => {
    await scene.tool('dev', ['--keypairgen', '--key-type', 'EC:prime256v1', '--label', 'mine', '--id', 'a1b2']);
    const desk = newDesk();
    const named = [';object=mine', ';id=%a1%b2', ';object=mine;id=%a1%b2;type=private'];
    for (const [i, extra] of named.entries()) {
      const words = ['ca', 'create', `c${i}`, '--token', scene.uriWithPin('dev', extra)];
      if (i > 0) await desk.json(['ca', 'remove', `c${i - 1}`, '--yes'], { env });
      expect(await desk.json(words, { env })).toMatchObject({ token: { keyLabel: 'mine', keyIdHex: 'a1b2' } });
    }
    await desk.json(['localhost', '--ca', 'c2'], { env });
    const bad = ['ca', 'create', 'bad', '--token', scene.uriWithPin('dev', ';object=mine'), '--days', '999999'];
    await desk.refusal(bad, { env });
    expect(await scene.tool('dev', ['--list-objects', '--type', 'privkey', '--id', 'a1b2'])).toContain('mine');
  });

  it('takes a key that wants the PIN before each signature', async () => {
    const words = ['--keypairgen', '--key-type', 'rsa:2048', '--label', 'always', '--id', 'c3', '--always-auth'];
    await scene.tool('dev', words);
    const desk = newDesk();
    await desk.json(['ca', 'create', 'hsm', '--token', scene.uriWithPin('dev', ';object=always')], { env });
    await desk.json(['localhost', '--ca', 'hsm'], { env });
    expect(await verifies(desk, 'localhost.pem')).toBe(true);
    // Somebody changed the PIN since the login: it is refused for the first signature, and not tried for the others.
    for (const name of ['a.test', 'b.test']) await desk.json([name, '--ca', 'hsm'], { env });
    scene.takeLogins();
    const changed = { ...env, COUNTING_FAULT: 'changed' };
    expect((await desk.run(['renew', '--all'], { env: changed })).exitCode).toBe(1);
    expect(scene.takeLogins()).toEqual(['right', 'wrong']);
  });
});

describe('a CA in a token', () => {
  it('mints, signs, renews and writes a CRL, each in one login', async () => {
    const desk = await deskWithTokenCa();
    await desk.json(['localhost', '127.0.0.1', '--ca', 'hsm'], { env });
    expect(scene.takeLogins()).toEqual(['right']);
    await desk.json(['csr', 'api.test'], { env });
    await desk.json(['sign', 'api.test.csr', '--ca', 'hsm'], { env });
    expect(scene.takeLogins()).toEqual(['right']);
    desk.write('names.txt', Array.from({ length: 6 }, (_none, i) => `n${i}.test\n`).join(''));
    await desk.json(['mint', '--names-from', 'names.txt', '--ca', 'hsm'], { env });
    expect(scene.takeLogins()).toEqual(['right']);
    expect(await desk.json(['renew', '--all'], { env })).toMatchObject({ skipped: [], renewed: { length: 8 } });
    expect(scene.takeLogins()).toEqual(['right']);
    for (const file of ['localhost+1.pem', 'api.test.pem', 'n5.test.pem'])
      expect(await verifies(desk, file), file).toBe(true);

    await desk.json(['crl', '--ca', 'hsm', '--out', 'hsm.crl'], { env });
    expect(scene.takeLogins()).toEqual(['right']);
    const crl = await openssl(['crl', '-in', desk.path('hsm.crl'), '-CAfile', caFile(desk, 'issuer.pem'), '-noout']);
    expect(crl.output).toContain('verify OK');
  });

  it('takes its PIN from --pin-file, and another file than that of its URI first', async () => {
    const desk = newDesk();
    const words = ['ca', 'create', 'hsm', '--token', scene.uri('dev', '', '&pin-source=/nowhere/pin')];
    await desk.json([...words, '--pin-file', scene.pinFile], { env });
    expect(await desk.refusal(['localhost', '--ca', 'hsm'], { env })).toMatchObject({ code: 'FILE_NOT_FOUND' });
    await desk.json(['localhost', '--ca', 'hsm', '--pin-file', scene.pinFile], { env });
    await desk.json(['renew', '--all', '--pin-file', scene.pinFile], { env });
    expect(scene.takeLogins()).toEqual(['right', 'right', 'right']);
  });

  it('makes certificates that curl takes, and no other root does', async (context) => {
    requirePrograms(context, ['curl']);
    const desk = await deskWithTokenCa();
    await desk.json(['localhost', '--ca', 'hsm'], { env });
    await desk.json(['localhost', '--ca', 'default', '--out', 'other'], { env });
    const port = await servers.serve({ certFile: desk.path('localhost.pem'), keyFile: desk.path('localhost-key.pem') });
    const visit = (root: string, path: string) =>
      run([programPath('curl'), '-sS', '--cacert', root, `https://localhost:${port}${path}`]);
    expect(await visit(caFile(desk, 'root.pem'), '/token')).toMatchObject({ exitCode: 0 });
    expect(servers.saw('/token')).toBe(true);
    expect((await visit(join(desk.home, 'cas/default/root.pem'), '/stranger')).exitCode).toBe(60);
    expect(servers.saw('/stranger')).toBe(false);
  });

  it('is shown with its token, and gives no key away', async () => {
    const desk = await deskWithTokenCa();
    const { stdout } = await desk.runOrThrow(['ca', 'show', 'hsm'], { env });
    expect(stdout).toMatch(/key +ECDSA P-256, in token "dev", serial "[0-9a-f]+"\n/);
    desk.write('pass.txt', 'a passphrase\n');
    const exporting = ['ca', 'export', 'hsm', '--with-key', '--passphrase-file', 'pass.txt'];
    for (const words of [exporting, ['ca', 'passphrase', 'hsm', '--new-passphrase-file', 'pass.txt']])
      expect(await desk.refusal(words, { env })).toMatchObject({ code: 'TOKEN_HOLDS_KEY' });
    // Without the key's place, the certificates are as good as ever.
    await desk.runOrThrow(['ca', 'export', 'hsm', '--out', 'team.pem'], { env });
    expect(scene.takeLogins()).toEqual([]);
  });

  it('asks for no PIN in a dry run, nor for a name that it may not speak for', async () => {
    const desk = await deskWithTokenCa('--scope', 'my-site.com');
    await desk.json(['www.my-site.com', '--dry-run'], { env });
    expect(await desk.refusal(['bank.com', '--ca', 'hsm'], { env })).toMatchObject({ code: 'NAME_OUTSIDE_SCOPE' });
    expect(scene.takeLogins()).toEqual([]);
  });

  it('is rotated into a token again, in one login', async () => {
    const desk = await deskWithTokenCa();
    await desk.json(['localhost', '--ca', 'hsm'], { env });
    const before = await desk.json(['ca', 'show', 'hsm'], { env });
    scene.takeLogins();
    const dry = ['ca', 'rotate', 'hsm', '--dry-run'];
    expect(await desk.refusal(dry, { env })).toMatchObject({ code: 'ROTATION_KEY_ELSEWHERE' });
    expect(await desk.refusal([...dry, '--token', 'dev'], { env })).toMatchObject({ code: 'TOKEN_URI_INVALID' });
    await desk.json([...dry, '--token', scene.uriWithPin('dev')], { env });
    expect(scene.takeLogins()).toEqual([]);
    const { stdout } = await desk.runOrThrow(['ca', 'rotate', 'hsm', '--token', scene.uriWithPin('dev'), '--yes'], {
      env,
    });
    expect(scene.takeLogins()).toEqual(['right']);
    // The old key is not gone, and the words say which it is.
    const { keyIdHex } = before['token'] as { keyIdHex: string };
    expect(stdout).toContain(
      `The old one is gone; its key stays in its token: "mintmark hsm", id ${keyIdHex}, in "dev".`,
    );
    expect(await scene.tool('dev', ['--list-objects', '--type', 'privkey', '--id', keyIdHex])).toContain(keyIdHex);
    const after = await desk.json(['ca', 'show', 'hsm'], { env });
    expect(after).toMatchObject({ keyState: 'token' });
    expect([after['rootSha256Hex'], after['token']]).not.toEqual([before['rootSha256Hex'], before['token']]);
    expect(await verifies(desk, 'localhost.pem')).toBe(true);
  });

  it('is rotated out of its token, and back: what stays in the token is told each time', async () => {
    const desk = await deskWithTokenCa();
    await desk.json(['localhost', '--ca', 'hsm'], { env });
    const { token } = await desk.json(['ca', 'show', 'hsm'], { env });
    desk.write('pass.txt', 'a passphrase\n');
    scene.takeLogins();
    const rotate = ['ca', 'rotate', 'hsm'];
    expect(await desk.json([...rotate, '--hold', '--passphrase-file', 'pass.txt'], { env })).toMatchObject({
      state: 'held',
      keyLeft: null,
    });
    // The certificates are put back as they were, so the way back needs no PIN.
    expect(await desk.json([...rotate, '--undo'], { env })).toMatchObject({ state: 'undone', keyLeft: null });
    expect(await desk.json(['ca', 'show', 'hsm'], { env })).toMatchObject({ token });
    const out = await desk.json([...rotate, '--yes', '--passphrase-file', 'pass.txt'], { env });
    expect(out).toMatchObject({ state: 'rotated', keyLeft: token });
    expect(scene.takeLogins()).toEqual([]);
    const into = ['--token', scene.uriWithPin('dev'), '--hold'];
    expect(await desk.json([...rotate, ...into], { env })).toMatchObject({ state: 'held' });
    const { token: other } = await desk.json(['ca', 'show', 'hsm'], { env });
    expect(await desk.json([...rotate, '--undo'], { env })).toMatchObject({ state: 'undone', keyLeft: other });
    expect(scene.takeLogins()).toEqual(['right']);
    expect(await verifies(desk, 'localhost.pem')).toBe(true);
  });

  it('leaves its key in the token when it is removed, unless told to destroy it', async () => {
    for (const isDestroyed of [false, true]) {
      const desk = await deskWithTokenCa();
      const { token } = await desk.json(['ca', 'show', 'hsm'], { env });
      const { keyIdHex } = token as { keyIdHex: string };
      const option = isDestroyed ? ['--destroy-token-key'] : [];
      const { stdout } = await desk.runOrThrow(['ca', 'remove', 'hsm', '--yes', ...option], { env });
      const listed = await scene.tool('dev', ['--list-objects', '--id', keyIdHex]);
      expect(listed.includes(keyIdHex)).toBe(!isDestroyed);
      expect(stdout).toContain(isDestroyed ? 'so is its key in token "dev"' : `id ${keyIdHex}, in "dev"`);
    }
  });
});
