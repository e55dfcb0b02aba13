/**
 * @module Signed pin manifests: read by programs of others (jose, Python with OpenSSL), and refused when anything in them is not what
 * their signer made, or when the signer may not speak for their names.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { flattenedVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../clients/throwaway-server.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';
import { deskMaker, type Desk, type Printed } from './desk.ts';
import { base64url, canonical, chainEntry, signFields, strangerPin } from './manifest-forgery.ts';
import { caFile, makeManifest, readManifest } from './manifest-scene.ts';
import { openssl, readCertificates } from './minted-facts.ts';
import { backUp, certificatePin } from './rotation-facts.ts';
import { daysFromNow } from './shifted-clock.ts';

const newDesk = deskMaker('manifest');

const check = ['pin', '--check-manifest', 'pins.json'];

describe('pin --out', () => {
  it('writes the pins of current and spare, the names and times, and who signed', async () => {
    const desk = await makeManifest(newDesk());
    const cert = desk.path('api.test+1.pem');
    const [leaf, issuer] = readCertificates(cert);
    const notAfter = new Date(leaf?.validTo ?? '').toISOString();
    expect(readManifest(desk)).toEqual({
      version: 1,
      names: ['api.test', '127.0.0.1'],
      issuedAt: expect.stringMatching(/^\d{4}-.+Z$/) as string,
      notAfter,
      current: {
        certSha256Hex: leaf?.fingerprint256.replaceAll(':', '').toLowerCase(),
        spkiSha256Base64: certificatePin(cert),
        notAfter,
      },
      backup: { spkiSha256Base64: await backUp(desk, 'api.test+1.pem', 'spare.pem') },
      issuer: {
        name: expect.stringContaining('Mintmark default issuer') as string,
        chain: [issuer?.raw.toString('base64')],
      },
      signature: expect.stringMatching(/^[\w-]+\.\.[\w-]+$/) as string,
    });
    expect(desk.mode('pins.json')).toBe(0o644);
  });

  it('replaces a manifest and no other file', async () => {
    const desk = await makeManifest(newDesk());
    await desk.json(['pin', 'api.test+1.pem', '--out', 'pins.json']);
    desk.write('notes.json', '{"version":1}');
    for (const file of ['notes.json', 'api.test+1-key.pem'])
      expect(await desk.refusal(['pin', 'api.test+1.pem', '--out', file])).toMatchObject({ code: 'FILE_EXISTS' });
    expect(desk.read('notes.json')).toBe('{"version":1}');
  });

  it('signs only for what the CAs of this home issued, and what still lasts', async () => {
    const [desk, other] = [await makeManifest(newDesk()), newDesk()];
    const foreign = desk.path('api.test+1.pem');
    await other.json(['a.test']);
    await other.json(['self-signed', 's.test']);
    const refusal = (target: string, options = {}) => other.refusal(['pin', target, '--out', 'pins.json'], options);
    expect(await refusal(foreign)).toMatchObject({ code: 'MANIFEST_NO_KEY' });
    expect(await refusal(caFile(other, 'issuer.pem'))).toMatchObject({ code: 'MANIFEST_NO_KEY' });
    expect(await refusal('a.test.pem', daysFromNow(other, 400))).toMatchObject({
      code: 'MANIFEST_NO_KEY',
      message: expect.stringContaining('expired') as string,
    });
    other.write('s.test-key.pem', desk.read('api.test+1-key.pem'));
    expect(await refusal('s.test.pem')).toMatchObject({ code: 'MANIFEST_NO_KEY' });
    expect(other.has('pins.json')).toBe(false);
  });

  it('says when the spare is lost whose pin it hands out', async () => {
    const desk = await makeManifest(newDesk());
    const words = ['pin', 'api.test+1.pem', '--out', 'pins.json'];
    expect(await desk.json(words)).toMatchObject({ isBackupLost: false });
    rmSync(desk.path('spare.pem'));
    expect(await desk.json(words)).toMatchObject({ isBackupLost: true });
    expect((await desk.runOrThrow(words)).stderr).toMatch(
      /the spare key is lost, or elsewhere for now: \.\/spare\.pem/,
    );
  });

  it('asks for the passphrase of an encrypted CA', async () => {
    const desk = newDesk();
    const pass = ['--passphrase-file', desk.write('pass', 'open sesame\n')];
    await desk.json(['ca', 'create', ...pass]);
    await desk.json(['a.test', ...pass]);
    expect(await desk.refusal(['pin', 'a.test.pem', '--out', 'pins.json'])).toMatchObject({
      code: 'PASSPHRASE_NEEDED',
    });
    await desk.json(['pin', 'a.test.pem', '--out', 'pins.json', ...pass]);
    expect((await desk.json(check))['isValid']).toBe(true);
  });
});

describe('programs of others verify a manifest', () => {
  it.each(['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa-2048'])('jose, signed by a %s CA', async (type) => {
    const desk = newDesk();
    await desk.json(['ca', 'create', '--key', type]);
    await desk.json(['a.test']);
    await desk.json(['pin', 'a.test.pem', '--out', 'pins.json']);
    const { signature, ...signed } = readManifest(desk);
    const [head = '', , tail = ''] = String(signature).split('.');
    const { publicKey } = new X509Certificate(readFileSync(caFile(desk, 'issuer.pem')));
    const verify = (payload: string) =>
      flattenedVerify({ protected: head, payload: base64url(payload), signature: tail }, publicKey);
    const { protectedHeader } = await verify(canonical(signed));
    expect(protectedHeader).toEqual({ alg: protectedHeader?.alg, typ: 'mintmark-pins+jws' });
    await expect(verify(canonical({ ...signed, names: ['b.test'] }))).rejects.toThrow(/signature/);
    expect((await desk.json(check))['isValid']).toBe(true);
  });

  it('Python and OpenSSL, by the page that describes the format', async (context) => {
    requirePrograms(context, ['python3', 'openssl']);
    const desk = await makeManifest(newDesk());
    const page = readFileSync(new URL('../../docs/pin-manifest.md', import.meta.url), 'utf8');
    const program = /```py file=check_pins\.py\n([\s\S]+?)```/.exec(page)?.[1] ?? '';
    desk.write('check_pins.py', program);
    const verify = () =>
      run([programPath('python3'), 'check_pins.py', 'pins.json', caFile(desk, 'issuer.pem')], { cwd: desk.folder });
    expect(await verify()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('api.test') as string });
    desk.write('pins.json', desk.read('pins.json').replace('"api.test"', '"apj.test"'));
    expect((await verify()).exitCode).not.toBe(0);
  });
});

describe('pin --check-manifest', () => {
  it('takes the word of a CA of this home, and of a CA that is named', async () => {
    const desk = await makeManifest(newDesk());
    const stranger = newDesk();
    stranger.write('pins.json', desk.read('pins.json'));
    expect(await desk.json(check)).toMatchObject({ isValid: true, signedBy: { source: 'home' } });
    expect(await stranger.refusal(check)).toMatchObject({ code: 'MANIFEST_REFUSED', exitCode: 1 });
    for (const file of ['root.pem', 'issuer.pem']) {
      const printed = await stranger.json([...check, '--roots', caFile(desk, file)]);
      expect(printed).toMatchObject({ isValid: true, names: ['api.test', '127.0.0.1'], signedBy: { source: 'roots' } });
    }
    const { stdout } = await desk.runOrThrow(check);
    const { current, backup } = readManifest(desk) as { current: Printed; backup: Printed };
    expect(stdout).toMatch(/^ {2}✓ /);
    for (const { spkiSha256Base64 } of [current, backup])
      expect(stdout).toContain(`sha256//${String(spkiSha256Base64)}`);
  });

  it('takes no certificate that a CA issued for an anchor: it is there to be checked', async () => {
    const [desk, reader] = [await makeManifest(newDesk()), newDesk()];
    reader.write('api.test.pem', desk.read('api.test+1.pem'));
    reader.write('key.pem', desk.read('api.test+1-key.pem'));
    // What whoever stole the key of the server makes of it.
    const key = createPrivateKey(desk.read('api.test+1-key.pem'));
    await desk.json([
      'self-signed',
      'api.test',
      '127.0.0.1',
      '--reuse-key',
      'api.test+1-key.pem',
      '--cert-file',
      'own.pem',
    ]);
    const own = { name: 'CN=api.test', chain: [chainEntry(desk.read('own.pem'))] };
    const fields = { ...readManifest(desk), backup: { spkiSha256Base64: strangerPin('thief') } };
    reader.write('pins.json', JSON.stringify(signFields({ ...fields, issuer: own }, key)));
    for (const target of ['api.test.pem', 'key.pem'])
      expect(await reader.refusal([...check, target])).toMatchObject({ code: 'MANIFEST_REFUSED' });
    reader.write('ca.pem', readFileSync(caFile(desk, 'issuer.pem'), 'utf8'));
    reader.write('pins.json', desk.read('pins.json'));
    expect(await reader.refusal([...check, 'ca.pem'])).toMatchObject({ code: 'MANIFEST_REFUSED' });
    expect(await reader.json([...check, '--roots', 'ca.pem', 'api.test.pem'])).toMatchObject({ isValid: true });
  });

  it('wants the pin of --check in it, whoever signed', async () => {
    const [desk, other] = [await makeManifest(newDesk()), newDesk()];
    await other.json(['self-signed', 'a.test']);
    const { current, backup } = readManifest(desk) as { current: Printed; backup: Printed };
    const signer = certificatePin(caFile(desk, 'issuer.pem'));
    const roots = ['--roots', caFile(desk, 'root.pem')];
    for (const more of [[], roots]) {
      for (const pin of [current['spkiSha256Base64'], current['certSha256Hex'], backup['spkiSha256Base64'], signer])
        await desk.json([...check, ...more, '--check', String(pin)]);
      for (const pin of [strangerPin('x'), certificatePin(other.path('a.test.pem'))])
        expect(await desk.refusal([...check, ...more, '--check', pin])).toMatchObject({
          code: 'MANIFEST_REFUSED',
          message: expect.stringContaining('the pin of --check') as string,
        });
    }
  });

  it('does not take the pin of --check for a root beside --roots', async () => {
    const [desk, reader] = [newDesk(), newDesk()];
    await desk.json(['self-signed', 'a.test']);
    await desk.json(['pin', 'a.test.pem', '--out', 'pins.json']);
    await reader.json(['b.test']);
    reader.write('pins.json', desk.read('pins.json'));
    const pin = certificatePin(desk.path('a.test.pem'));
    expect(await reader.json([...check, '--check', pin])).toMatchObject({ isValid: true });
    const roots = ['--roots', caFile(reader, 'root.pem')];
    expect(await reader.refusal([...check, '--check', pin, ...roots])).toMatchObject({ code: 'MANIFEST_REFUSED' });
  });

  it('names what was read and why it is believed, and what to type', async () => {
    const desk = await makeManifest(newDesk());
    const read = await desk.runOrThrow(['pin', '--check-manifest', '-'], { input: desk.read('pins.json') });
    expect(read.stdout).toMatch(/✓ standard input is signed by/);
    await desk.json(['self-signed', 's.test']);
    await desk.json(['pin', 's.test.pem', '--out', 's.json']);
    const own = await desk.runOrThrow(['pin', '--check-manifest', 's.json', '--roots', 's.test.pem']);
    expect(own.stdout).toContain('a certificate of --roots');
    await desk.json(['ca', 'create', 'shop', '--scope', 'my-shop.com']);
    await desk.json(['my-shop.com']);
    for (const [file, folder] of [
      ['api.test+1.pem', '"$(mintmark ca path)/root.pem"'],
      ['my-shop.com.pem', '"$(mintmark ca path --ca shop)/root.pem"'],
    ] as const)
      expect((await desk.runOrThrow(['pin', file, '--out', 'x.json'])).stderr).toContain(`--roots ${folder}\n`);
  });

  it('by --roots trusts these alone', async () => {
    const [desk, other] = [await makeManifest(newDesk()), newDesk()];
    await other.json(['a.test']);
    const refusal = await desk.refusal([...check, '--roots', caFile(other, 'root.pem')]);
    expect(refusal).toMatchObject({ code: 'MANIFEST_REFUSED' });
  });

  it('refuses pins that are past', async () => {
    const desk = await makeManifest(newDesk());
    expect(await desk.refusal(check, daysFromNow(desk, 400))).toMatchObject({
      code: 'MANIFEST_REFUSED',
      message: expect.stringContaining('were good until') as string,
    });
    expect(await desk.refusal(check, daysFromNow(desk, 4000))).toMatchObject({ code: 'MANIFEST_REFUSED' });
    expect(await desk.refusal(check, daysFromNow(desk, -2))).toMatchObject({ code: 'MANIFEST_REFUSED' });
  });

  it('goes on after a renewal and after the spare has taken over', async () => {
    const desk = await makeManifest(newDesk());
    await desk.json(['renew', 'api.test+1.pem']);
    const shows = async () => (await desk.json([...check, 'api.test+1.pem']))['targets'];
    expect(await shows()).toEqual([{ target: 'api.test+1.pem', shows: 'current' }]);
    await desk.json(['renew', 'api.test+1.pem', '--new-key']);
    expect(await shows()).toEqual([{ target: 'api.test+1.pem', shows: 'backup' }]);
    await desk.json(['renew', 'api.test+1.pem', '--new-key', '--force']);
    const { exitCode, stdout } = await desk.run([...check, 'api.test+1.pem']);
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('shows neither pin')]);
  });
});

describe('the manifest of a self-signed server', () => {
  const servers = [createServer(), createServer()] as const;
  afterAll(() => Promise.all(servers.map((server) => new Promise((done) => server.close(done)))));
  let desk: Desk;
  let reader: Desk;
  let pin = '';
  beforeAll(async () => {
    [desk, reader] = [newDesk(), newDesk()];
    await desk.json(['self-signed', 'localhost']);
    pin = certificatePin(desk.path('localhost.pem'));
    await backUp(desk, 'localhost.pem', 'spare.pem');
    await desk.json(['pin', 'localhost.pem', '--out', 'pins.json']);
    reader.write('pins.json', desk.read('pins.json'));
    reader.write('known.pem', desk.read('localhost.pem'));
  });

  it('is believed by who has its pin or its certificate already, and by who made it', async () => {
    for (const [words, source] of [
      [['--check', `sha256//${pin}`], 'pin'],
      [['known.pem'], 'target'],
    ] as const)
      expect(await reader.json([...check, ...words])).toMatchObject({ isValid: true, signedBy: { source } });
    expect(await desk.json(check)).toMatchObject({ signedBy: { source: 'home' } });
    expect(await desk.refusal([...check, '--check', strangerPin('x')])).toMatchObject({ code: 'MANIFEST_REFUSED' });
    expect(await reader.refusal(check)).toMatchObject({ code: 'MANIFEST_REFUSED' });
    expect(await reader.refusal([...check, '--check', strangerPin('x')])).toMatchObject({ code: 'MANIFEST_REFUSED' });
  });

  it('is believed by its home as long as the certificate is there', async () => {
    const other = newDesk();
    await other.json(['self-signed', 'a.test']);
    await other.json(['pin', 'a.test.pem', '--out', 'pins.json']);
    await other.json(check);
    rmSync(other.path('a.test.pem'));
    expect(await other.refusal(check)).toMatchObject({ code: 'MANIFEST_REFUSED' });
  });

  it('is not believed because a server shows the key: a liar would show his own', async () => {
    servers[0].setSecureContext({ cert: desk.read('localhost.pem'), key: desk.read('localhost-key.pem') });
    const address = `127.0.0.1:${await listen(servers[0], 0, '127.0.0.1')}`;
    expect(await reader.refusal([...check, address])).toMatchObject({ code: 'MANIFEST_REFUSED' });
    const shown = await reader.json([...check, address, '--check', pin]);
    expect(shown['targets']).toEqual([{ target: address, shows: 'current' }]);
  });

  it('says when a server shows neither pin', async () => {
    const other = newDesk();
    await other.json(['self-signed', 'localhost']);
    servers[1].setSecureContext({ cert: other.read('localhost.pem'), key: other.read('localhost-key.pem') });
    const address = `127.0.0.1:${await listen(servers[1], 0, '127.0.0.1')}`;
    const { exitCode, stdout } = await reader.run([...check, address, '--check', pin]);
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining(`✗ ${address} shows neither pin`)]);
  });

  it('speaks for the names of that server alone', async () => {
    const key = createPrivateKey(desk.read('localhost-key.pem'));
    reader.write(
      'wide.json',
      JSON.stringify(signFields({ ...readManifest(reader), names: ['localhost', 'bank.test'] }, key)),
    );
    for (const words of [['--check', pin], ['known.pem']])
      expect(await reader.refusal(['pin', '--check-manifest', 'wide.json', ...words])).toMatchObject({
        code: 'MANIFEST_REFUSED',
        message: expect.stringMatching(/names that/) as string,
      });
  });

  it('speaks for no other names by way of another certificate of its key, where its own is known', async (context) => {
    requirePrograms(context, ['openssl']);
    const key = desk.path('localhost-key.pem');
    const wide = desk.path('wide.pem');
    const names = 'subjectAltName=DNS:localhost,DNS:bank.test';
    await openssl(['req', '-x509', '-key', key, '-subj', '/CN=x', '-addext', names, '-out', wide]);
    const issuer = { name: 'CN=x', chain: [chainEntry(desk.read('wide.pem'))] };
    const fields = { ...readManifest(reader), names: ['localhost', 'bank.test'], issuer };
    reader.write('wide.json', JSON.stringify(signFields(fields, createPrivateKey(desk.read('localhost-key.pem')))));
    const judge = ['pin', '--check-manifest', 'wide.json'];
    expect(await reader.refusal([...judge, 'known.pem'])).toMatchObject({
      code: 'MANIFEST_REFUSED',
      message: expect.stringContaining('names that the pinned certificate does not have') as string,
    });
    // A pin alone says nothing of names, so they are shown.
    expect((await reader.runOrThrow([...judge, '--check', pin])).stdout).toMatch(/names +localhost, bank\.test/);
  });

  it('made by the spare, once that has taken over, is believed by who has the backup pin', async () => {
    const backup = String((readManifest(desk)['backup'] as Printed)['spkiSha256Base64']);
    const old = { cert: desk.read('localhost.pem'), key: createPrivateKey(desk.read('localhost-key.pem')) };
    await desk.json(['self-signed', 'localhost', '--new-key']);
    await desk.json(['pin', 'localhost.pem', '--out', 'pins.json']);
    reader.write('pins.json', desk.read('pins.json'));
    expect(await reader.refusal([...check, '--check', pin])).toMatchObject({ code: 'MANIFEST_REFUSED' });
    expect(await reader.json([...check, '--check', backup])).toMatchObject({ backup: null });
    // Nor does its home believe the key that was replaced, as after a theft.
    const stolen = signFields(
      { ...readManifest(desk), issuer: { name: 'CN=x', chain: [chainEntry(old.cert)] } },
      old.key,
    );
    desk.write('stolen.json', JSON.stringify(stolen));
    expect(await desk.refusal(['pin', '--check-manifest', 'stolen.json'])).toMatchObject({ code: 'MANIFEST_REFUSED' });
  });
});
