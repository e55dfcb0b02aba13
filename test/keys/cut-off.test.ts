/**
 * @module Commands that are killed while they have something outside of the home in hand: an entry of the secret store, a key in a token. What
 * stays is taken away by the next command, or said by it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { deskMaker, type Desk } from '../cli/desk.ts';
import { findProgram } from '../programs/program.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { requireTokens, TokenScene } from './token-scene.ts';

const newDesk = deskMaker('cut-off');

/** In the place of @napi-rs/keyring: a store in a file, and a process that dies when it is to take an entry out, once. */
const KEYRING = `
const { existsSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const file = process.env.STORE_FILE;
const read = () => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
exports.AsyncEntry = class {
  constructor(service, account) { this.account = account; }
  async setPassword(secret) { writeFileSync(file, JSON.stringify({ ...read(), [this.account]: secret })); }
  async getPassword() { return read()[this.account]; }
  async deleteCredential() {
    if (existsSync(file + '.kill')) { rmSync(file + '.kill'); process.kill(process.pid, 'SIGKILL'); }
    const { [this.account]: gone, ...rest } = read();
    writeFileSync(file, JSON.stringify(rest));
    return gone !== undefined;
  }
};`;

describe('an entry of the secret store', () => {
  async function deskWithStore() {
    const desk = newDesk();
    const place = join(desk.folder, 'packages/@napi-rs/keyring');
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), '{"name":"@napi-rs/keyring","main":"index.js"}');
    writeFileSync(join(place, 'index.js'), KEYRING);
    const file = desk.path('store.json');
    const env = { NODE_PATH: desk.path('packages'), STORE_FILE: file };
    await desk.json(['ca', 'create', 'safe', '--secret-store', '--scope', 'safe.test'], { env });
    await desk.json(['safe.test'], { env });
    const accounts = () => Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object);
    const cutOff = async (...words: string[]) => {
      writeFileSync(`${file}.kill`, '');
      await desk.run(['ca', 'rotate', 'safe', ...words], { env });
      expect(existsSync(`${file}.kill`)).toBe(false); // it came as far as that
    };
    return { desk, env, accounts, cutOff };
  }

  /** The one that opens the key which the CA has now. */
  const accountOf = (desk: Desk): string =>
    /safe-[0-9a-f]{20}/.exec(readFileSync(join(desk.home, 'cas/safe/issuer-key.pem'), 'utf8'))?.[0] ?? '';

  it('goes with the old CA of a rotation, by the next run if this one is cut off', async () => {
    const { desk, env, accounts, cutOff } = await deskWithStore();
    const [before] = accounts();
    await cutOff('--yes');
    expect(accounts()).toEqual([before, accountOf(desk)]);
    expect(await desk.json(['ca', 'rotate', 'safe', '--yes'], { env })).toMatchObject({ state: 'rotated' });
    expect(accounts()).toEqual([accountOf(desk)]);
    await desk.json(['b.safe.test'], { env });
  });

  it.each([['--undo'], ['--hold']])('goes with the new CA of one that is undone, cut off and then %s', async (next) => {
    const { desk, env, accounts, cutOff } = await deskWithStore();
    const [before] = accounts();
    await desk.json(['ca', 'rotate', 'safe', '--hold'], { env });
    await cutOff('--undo');
    expect(accounts()).toHaveLength(2);
    expect(accountOf(desk)).toBe(before);
    await desk.json(['ca', 'rotate', 'safe', next], { env });
    // Another rotation that was begun has an entry of its own.
    expect(accounts()).toHaveLength(next === '--hold' ? 2 : 1);
    await desk.json(['b.safe.test'], { env });
  });
});

describe('a key in a token', () => {
  const scene = new TokenScene(scratchFolder('cut-off-token'));
  beforeAll(async () => {
    if (findProgram('softhsm2-util') === undefined || findProgram('gcc') === undefined) return;
    await scene.createToken('dev');
    await scene.build();
  });

  it('of a command that was killed when it was made is told by the next', async (context) => {
    requireTokens(context);
    const desk = newDesk();
    const words = ['ca', 'create', 'hsm', '--token', scene.uriWithPin('dev')];
    await desk.run(words, { env: { ...scene.env, COUNTING_FAULT: 'killed' } });
    expect(existsSync(join(desk.home, 'cas/hsm'))).toBe(false);
    const id = /ID: +([0-9a-f]+)/.exec(await scene.tool('dev', ['--list-objects', '--type', 'privkey']))?.[1] ?? '-';
    const { stderr } = await desk.runOrThrow(words, { env: scene.env });
    expect(stderr).toContain(`Token "dev" holds "mintmark hsm" already, id ${id}`);
    const rotate = ['ca', 'rotate', 'hsm', '--token', scene.uriWithPin('dev'), '--yes'];
    expect((await desk.runOrThrow(rotate, { env: scene.env })).stderr).not.toContain('already');
  });
});
