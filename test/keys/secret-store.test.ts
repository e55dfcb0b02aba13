/**
 * @module A CA key that the platform's secret store opens: on its own machine it needs nobody, and a copied home is worth nothing. Seen
 * with gnome-keyring, open, locked and absent.
 */
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deskMaker, type Desk } from '../cli/desk.ts';
import { openssl } from '../cli/minted-facts.ts';
import { findProgram, requirePrograms } from '../programs/program.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { KeyringScene } from './keyring-scene.ts';
import { requireKeyClients } from './token-scene.ts';

const PROGRAMS = ['gnome-keyring-daemon', 'dbus-daemon', 'dbus-send', 'secret-tool'];
const newDesk = deskMaker('secret-store');
const scene = new KeyringScene(scratchFolder('keyring'));
const thief = new KeyringScene(scratchFolder('thief'));
let env: Readonly<Record<string, string | undefined>> = {};

beforeAll(async () => {
  if (PROGRAMS.every((name) => findProgram(name) !== undefined)) env = await scene.startSession(true);
});
afterAll(() => scene.stop());
beforeEach((context) => {
  requirePrograms(context, PROGRAMS);
  requireKeyClients(context);
});

const CREATE = ['ca', 'create', 'safe', '--secret-store', '--scope', 'safe.test'];
const keyFile = (desk: Desk): string => join(desk.home, 'cas/safe/issuer-key.pem');

/** How often the store has an entry for CAs of that name. */
const countEntries = async (): Promise<number> =>
  (await scene.search(env)).split('\n').filter((line) => line.startsWith('attribute.username = safe-')).length;

describe('ca create --secret-store', () => {
  it('encrypts the key, and opens it without a word on the same machine', async () => {
    const before = await countEntries();
    const desk = newDesk();
    expect(await desk.json(CREATE, { env })).toMatchObject({ keyState: 'secret-store' });
    expect(await countEntries()).toBe(before + 1);
    expect(readFileSync(keyFile(desk), 'utf8')).toMatch(
      /^Passphrase: secret store, safe-[0-9a-f]{20}\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n/,
    );
    await desk.json(['safe.test'], { env, holdInput: true });
    const { stdout } = await desk.runOrThrow(['ca', 'show', 'safe'], { env });
    expect(stdout).toContain("encrypted; the platform's secret store opens it");
    // Others read the file as any encrypted key, by the passphrase that the store has.
    const account = /safe-[0-9a-f]{20}/.exec(readFileSync(keyFile(desk), 'utf8'))?.[0] ?? '';
    desk.write('secret', await scene.lookUp(env, account));
    const opening = ['pkey', '-in', keyFile(desk), '-passin', 'file:secret', '-noout'];
    expect(await openssl(opening, { cwd: desk.folder })).toMatchObject({ exitCode: 0 });
  });

  it('makes a home that is worth nothing elsewhere', async () => {
    const desk = newDesk();
    await desk.json(CREATE, { env });
    const copied = newDesk();
    cpSync(desk.home, copied.home, { recursive: true });
    expect(await copied.refusal(['safe.test'], { env: thief.withoutBus })).toMatchObject({
      code: 'SECRET_STORE_UNAVAILABLE',
    });
    const elsewhere = await thief.startSession(true);
    try {
      const refusal = await copied.refusal(['safe.test'], { env: elsewhere });
      expect(refusal).toMatchObject({ code: 'SECRET_STORE_EMPTY' });
      expect(refusal.hint).toContain('mintmark ca export safe --with-key');
    } finally {
      thief.stop();
    }
    expect(copied.has('safe.test.pem')).toBe(false);
  });

  it('changes nothing where there is no store, or a locked one, or no package for it', async () => {
    const locked = await scene.startSession(false);
    const before = await countEntries();
    for (const [place, code] of [
      [scene.withoutBus, 'SECRET_STORE_UNAVAILABLE'],
      [locked, 'SECRET_STORE_UNAVAILABLE'],
      [{ ...env, NODE_PATH: undefined }, 'SECRET_STORE_CLIENT_MISSING'],
    ] as const) {
      const desk = newDesk();
      const refusal = await desk.refusal(CREATE, { env: place, holdInput: true, timeoutMs: 20_000 });
      expect(refusal).toMatchObject({ exitCode: 1, code });
      expect(refusal.hint).not.toBe('');
      expect(existsSync(join(desk.home, 'cas/safe'))).toBe(false);
    }
    expect(await countEntries()).toBe(before);
  });

  it('leaves no entry for a CA that did not come about', async () => {
    const before = await countEntries();
    const desk = newDesk();
    await desk.refusal([...CREATE, '--days', '99999'], { env });
    expect(await countEntries()).toBe(before);
  });
});

describe('a CA that the secret store opens', () => {
  it('takes its entry along when it is removed', async () => {
    const before = await countEntries();
    const desk = newDesk();
    await desk.json(CREATE, { env });
    await desk.json(['ca', 'remove', 'safe', '--yes'], { env });
    expect(await countEntries()).toBe(before);
  });

  it('is rotated under an entry of its own, and that of the old key goes', async () => {
    const before = await countEntries();
    const desk = newDesk();
    await desk.json(CREATE, { env });
    await desk.json(['safe.test'], { env });
    await desk.json(['ca', 'rotate', 'safe', '--hold'], { env });
    expect(await countEntries()).toBe(before + 2);
    await desk.json(['ca', 'rotate', 'safe', '--undo'], { env });
    expect(await countEntries()).toBe(before + 1);
    await desk.json(['ca', 'rotate', 'safe', '--yes'], { env });
    expect(await countEntries()).toBe(before + 1);
    expect(await desk.json(['ca', 'show', 'safe'], { env })).toMatchObject({ keyState: 'secret-store' });
    await desk.json(['b.safe.test'], { env });
  });

  it('can be removed where the store is gone, and says what stays', async () => {
    const desk = newDesk();
    await desk.json(CREATE, { env });
    const words = ['ca', 'remove', 'safe', '--yes'];
    const { stderr } = await desk.runOrThrow(words, { env: scene.withoutBus });
    expect(stderr).toMatch(/secret store keeps an entry that opens nothing: mintmark, safe-[0-9a-f]{20}/);
  });

  it('is exported under a passphrase of its own', async () => {
    const desk = newDesk();
    await desk.json(CREATE, { env });
    expect(await desk.refusal(['ca', 'export', 'safe', '--with-key'], { env })).toMatchObject({
      code: 'PASSPHRASE_NEEDED',
    });
    desk.write('pass.txt', 'for the journey\n');
    const words = ['--with-key', '--passphrase-file', 'pass.txt', '--out', 'safe.pem'];
    await desk.json(['ca', 'export', 'safe', ...words], { env });
    const other = newDesk();
    other.write('safe.pem', desk.read('safe.pem'));
    other.write('pass.txt', 'for the journey\n');
    await other.json(['ca', 'import', 'safe.pem', '--ca', 'safe', '--passphrase-file', 'pass.txt']);
    expect(await other.json(['safe.test', '--passphrase-file', 'pass.txt'])).toMatchObject({ ca: 'safe' });
  });

  it('goes to a passphrase and back, and no entry is left over', async () => {
    const before = await countEntries();
    const desk = newDesk();
    await desk.json(['ca', 'create', 'safe', '--scope', 'safe.test'], { env });
    desk.write('pass.txt', 'a passphrase\n');
    const to = async (...words: string[]) =>
      (await desk.json(['ca', 'passphrase', 'safe', ...words], { env }))['keyState'];
    expect(await to('--secret-store')).toBe('secret-store');
    expect(await countEntries()).toBe(before + 1);
    await desk.json(['safe.test'], { env });
    expect(await to('--secret-store')).toBe('secret-store');
    expect(await countEntries()).toBe(before + 1);
    expect(await to('--new-passphrase-file', 'pass.txt')).toBe('encrypted');
    expect(await countEntries()).toBe(before);
    await desk.json(['safe.test', '--passphrase-file', 'pass.txt'], { env });
    expect(await to('--secret-store', '--passphrase-file', 'pass.txt')).toBe('secret-store');
    expect(await to('--remove-passphrase')).toBe('plain');
    expect(await countEntries()).toBe(before);
    await desk.json(['safe.test'], { env });
  });
});
