/**
 * @module Tokens that are not there, that are two, that lost their key, that lie; modules that are none; a client that is not installed.
 * Each is told by a code, and none leaves anything behind.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deskMaker, type Desk } from '../cli/desk.ts';
import { findProgram } from '../programs/program.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { requireTokens, SOFTHSM, TokenScene } from './token-scene.ts';

const newDesk = deskMaker('token-faults');
const scene = new TokenScene(scratchFolder('faulty-tokens'));
const env = scene.env;
const desk = newDesk();

const create = (uri: string, ...words: string[]): string[] => ['ca', 'create', 'bad', '--token', uri, ...words];

beforeAll(async () => {
  if (findProgram('softhsm2-util') === undefined || findProgram('gcc') === undefined) return;
  for (const label of ['dev', 'twin', 'twin', 'lost']) await scene.createToken(label);
  await scene.build();
  await desk.json(['ca', 'create', 'hsm', '--token', scene.uriWithPin('dev'), '--scope', 'hsm.test'], { env });
});
beforeEach((context) => {
  requireTokens(context);
  scene.takeLogins();
});

/** Nothing of a CA "bad" in the home, and no key for it in the token. */
async function expectNothingLeft(): Promise<void> {
  expect(existsSync(join(desk.home, 'cas/bad'))).toBe(false);
  expect(await scene.tool('dev', ['--list-objects'])).not.toContain('mintmark bad');
}

describe('the words of --token', () => {
  it.each([
    ['dev', 'does not begin with pkcs11:'],
    ['pkcs11:token=dev', 'no module-path'],
    [`pkcs11:token=dev?module-path=softhsm2.so`, 'no absolute path'],
    [`pkcs11:token=dev?module-path=${SOFTHSM}&pin-source=|cat`, 'program to run'],
    [`pkcs11:slot-id=0?module-path=${SOFTHSM}`, 'slot-id is not taken'],
  ])('%s are refused', async (uri, words) => {
    const refusal = await desk.refusal(create(uri), { env });
    expect(refusal).toMatchObject({ exitCode: 2, code: 'TOKEN_URI_INVALID' });
    expect(refusal.message).toContain(words);
  });

  it('do not go with a passphrase, the secret store, or a kind of key for one that is there', async () => {
    desk.write('pass.txt', 'a passphrase\n');
    const uri = scene.uriWithPin('dev');
    for (const words of [
      create(uri, '--passphrase-file', 'pass.txt'),
      create(uri, '--passphrase'),
      create(uri, '--secret-store'),
      create(scene.uriWithPin('dev', ';object=x'), '--key', 'rsa-2048'),
      ['ca', 'create', 'bad', '--secret-store', '--passphrase'],
    ])
      expect(await desk.refusal(words, { env })).toMatchObject({ exitCode: 2, code: 'OPTIONS_CONFLICT' });
    for (const words of [
      ['ca', 'create', 'bad', '--pin-file', 'pass.txt'],
      ['ca', 'remove', 'plain', '--yes', '--destroy-token-key'],
    ]) {
      if (words[1] === 'remove') await desk.json(['ca', 'create', 'plain', '--scope', 'plain.test'], { env });
      expect(await desk.refusal(words, { env })).toMatchObject({ exitCode: 2, code: 'OPTION_ALONE' });
    }
    expect(scene.takeLogins()).toEqual([]);
  });
});

describe('a token', () => {
  it('that is not there, or is two, is asked for no PIN', async () => {
    const missing = await desk.refusal(create(scene.uriWithPin('gone')), { env });
    expect(missing).toMatchObject({ code: 'TOKEN_NOT_FOUND' });
    expect(missing.message).toMatch(/present: .*"dev" \(serial "[0-9a-f]+"\)/);
    const twins = await desk.refusal(create(scene.uriWithPin('twin')), { env });
    expect(twins).toMatchObject({ code: 'TOKEN_SEVERAL' });
    const serial = /serial "([0-9a-f]+)"/.exec(twins.message)?.[1] ?? '';
    expect(scene.takeLogins()).toEqual([]);
    const uri = scene.uriWithPin('twin', `;serial=${serial}`);
    const words = ['ca', 'create', 'twin', '--token', uri, '--scope', 'twin.test'];
    expect(await desk.json(words, { env })).toMatchObject({ token: { label: 'twin', serial } });
    await desk.json(['twin.test'], { env });
  });

  it('that was taken away, or lost its key, signs nothing, and its CA is still shown', async () => {
    const uri = scene.uriWithPin('lost');
    const { token } = await desk.json(['ca', 'create', 'lost', '--token', uri, '--scope', 'lost.test'], { env });
    const { keyIdHex } = token as { keyIdHex: string };
    await scene.tool('lost', ['--delete-object', '--type', 'privkey', '--id', keyIdHex]);
    expect(await desk.refusal(['lost.test'], { env })).toMatchObject({ code: 'TOKEN_KEY_NOT_FOUND' });
    const destroying = ['ca', 'remove', 'lost', '--yes', '--destroy-token-key'];
    expect(await desk.refusal(destroying, { env })).toMatchObject({ code: 'TOKEN_KEY_NOT_FOUND' });
    await scene.destroyToken('lost');
    scene.takeLogins();
    expect(await desk.refusal(['lost.test'], { env })).toMatchObject({ code: 'TOKEN_NOT_FOUND' });
    expect(desk.has('lost.test.pem')).toBe(false);
    expect(scene.takeLogins()).toEqual([]);
    expect(await desk.json(['ca', 'show', 'lost'], { env })).toMatchObject({ keyState: 'token' });
    await desk.json(['ca', 'remove', 'lost', '--yes'], { env });
  });

  it('that lies about its signature or is pulled out makes no certificate', async () => {
    for (const [fault, code] of [
      ['signature', 'TOKEN_SIGNATURE_WRONG'],
      ['remove', 'TOKEN_FAILED'],
    ]) {
      const faulty = { ...env, COUNTING_FAULT: String(fault) };
      expect(await desk.refusal(['a.hsm.test', '--ca', 'hsm'], { env: faulty })).toMatchObject({ code });
      expect(await desk.refusal(create(scene.uriWithPin('dev')), { env: faulty })).toMatchObject({ code });
    }
    expect(desk.has('a.hsm.test.pem')).toBe(false);
    await expectNothingLeft();
  });

  it('that makes no key, or one that could be taken out, makes no CA', async () => {
    for (const [fault, code] of [
      ['extractable', 'TOKEN_KEY_UNFIT'],
      ['protected', 'TOKEN_WRITE_PROTECTED'],
      ['keys', 'TOKEN_KEY_TYPE'],
    ]) {
      const faulty = { ...env, COUNTING_FAULT: String(fault) };
      expect(await desk.refusal(create(scene.uriWithPin('dev')), { env: faulty })).toMatchObject({ code });
    }
    await expectNothingLeft();
  });

  it('keeps no key of a CA that did not come about', async () => {
    expect(await desk.refusal(create(scene.uriWithPin('dev'), '--days', '99999'), { env })).toMatchObject({
      code: 'VALIDITY_DAYS_RANGE',
    });
    const taken = ['--subject', 'CN=Taken'];
    await desk.json(['ca', 'create', 'first', '--scope', 'first.test', ...taken], { env });
    const second = create(scene.uriWithPin('dev'), '--scope', 'second.test', ...taken);
    expect(await desk.refusal(second, { env })).toMatchObject({ code: 'CA_SUBJECT_TAKEN' });
    await expectNothingLeft();
  });

  it('that will not let its key go is told of, when its CA is gone', async () => {
    const { token } = await desk.json(create(scene.uriWithPin('dev'), '--scope', 'bad.test'), { env });
    const { keyIdHex } = token as { keyIdHex: string };
    const words = ['ca', 'remove', 'bad', '--yes', '--destroy-token-key'];
    const { exitCode, stderr } = await desk.run(words, { env: { ...env, COUNTING_FAULT: 'kept' } });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      `CA "bad" is gone, and its key is in its token still: "mintmark bad", id ${keyIdHex}, in "dev".`,
    );
    expect(stderr).toMatch(/^error\[TOKEN_FAILED\]/m);
    for (const type of ['privkey', 'pubkey'])
      await scene.tool('dev', ['--delete-object', '--type', type, '--id', keyIdHex]);
    await expectNothingLeft();
  });

  it('has no key of that name, or several, or one that is no use', async () => {
    await scene.tool('dev', ['--keypairgen', '--key-type', 'EC:prime256v1', '--label', 'pair', '--id', '01']);
    await scene.tool('dev', ['--keypairgen', '--key-type', 'EC:prime256v1', '--label', 'pair', '--id', '02']);
    await scene.tool('dev', ['--keypairgen', '--key-type', 'EC:secp256k1', '--label', 'coin', '--id', '03']);
    await scene.tool('dev', ['--keypairgen', '--key-type', 'EC:prime256v1', '--label', 'half', '--id', '04']);
    await scene.tool('dev', ['--delete-object', '--type', 'pubkey', '--id', '04']);
    const codes = [];
    for (const extra of [';object=none', ';id=%ff', ';object=pair', ';object=coin', ';object=half'])
      codes.push((await desk.refusal(create(scene.uriWithPin('dev', extra)), { env })).code);
    expect(codes).toEqual([
      'TOKEN_KEY_NOT_FOUND',
      'TOKEN_KEY_NOT_FOUND',
      'TOKEN_KEY_SEVERAL',
      'PUBLIC_KEY_UNSUPPORTED',
      'TOKEN_KEY_UNFIT',
    ]);
    await expectNothingLeft();
  });
});

describe('a module', () => {
  it('that is missing, or is none, is told', async () => {
    const junk = desk.write('junk.so', 'no library');
    for (const path of ['/nowhere/module.so', desk.folder, junk, '/usr/lib/x86_64-linux-gnu/libcrypt.so.1'].filter(
      (path) => path === '/nowhere/module.so' || existsSync(path),
    )) {
      const refusal = await desk.refusal(create(`pkcs11:token=dev?module-path=${path.replaceAll(' ', '%20')}`), {
        env,
      });
      expect(refusal, path).toMatchObject({ code: 'TOKEN_MODULE_FAILED' });
    }
  });
});

describe('token.json', () => {
  it('is no way to another module or another key', async () => {
    const place = newDesk();
    await place.json(['ca', 'create', 'hsm', '--token', scene.uriWithPin('dev')], { env });
    await desk.json(['ca', 'show', 'hsm'], { env });
    const file = join(place.home, 'cas/hsm/token.json');
    const record = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const other = readFileSync(join(desk.home, 'cas/hsm/token.json'), 'utf8');
    const keyIdHex = (JSON.parse(other) as { keyIdHex: string }).keyIdHex;
    for (const [text, code] of [
      [JSON.stringify({ ...record, keyIdHex }), 'TOKEN_SIGNATURE_WRONG'],
      [JSON.stringify({ ...record, serial: 'other' }), 'TOKEN_NOT_FOUND'],
      [JSON.stringify({ ...record, modulePath: 'evil.so' }), 'CA_DAMAGED'],
      [JSON.stringify({ ...record, keyIdHex: '' }), 'CA_DAMAGED'],
      [JSON.stringify({ ...record, version: 2 }), 'CA_DAMAGED'],
      ['[]', 'CA_DAMAGED'],
      ['{', 'CA_DAMAGED'],
    ] as const) {
      writeFileSync(file, text);
      expect(await place.refusal(['localhost', '--ca', 'hsm'], { env }), text).toMatchObject({ code });
    }
    writeFileSync(file, '{');
    await place.json(['ca', 'remove', 'hsm', '--yes'], { env });
  });
});

describe('node-webcrypto-p11', () => {
  /** A package of that name that writes a file when it is loaded. */
  function plant(folder: string, marker: string): void {
    const place = join(folder, 'node_modules/node-webcrypto-p11');
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), '{"name":"node-webcrypto-p11","main":"index.js"}');
    writeFileSync(join(place, 'index.js'), `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '');`);
  }

  it('is asked for where it is needed, and never taken from the folder that a command runs in', async () => {
    const place: Desk = newDesk();
    plant(place.folder, place.path('loaded'));
    const without = { ...env, NODE_PATH: undefined };
    const refusal = await place.refusal(create(scene.uriWithPin('dev')), { env: without });
    expect(refusal).toMatchObject({ code: 'TOKEN_CLIENT_MISSING' });
    expect(refusal.hint).toContain('npm install -g node-webcrypto-p11');
    expect(place.has('loaded')).toBe(false);
    // Everything else does without.
    expect(await place.json(['localhost'], { env: without })).toMatchObject({ ca: 'default' });
  });

  it('that does not load is told as such', async () => {
    const place = newDesk();
    plant(place.folder, '/nowhere/at/all');
    const broken = { ...env, NODE_PATH: join(place.folder, 'node_modules') };
    expect(await place.refusal(create(scene.uriWithPin('dev')), { env: broken })).toMatchObject({
      code: 'TOKEN_CLIENT_BROKEN',
    });
    rmSync(join(place.folder, 'node_modules'), { recursive: true });
  });
});
