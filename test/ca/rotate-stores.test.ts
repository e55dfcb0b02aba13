/**
 * @module `ca rotate` on a machine whose system store holds the old root: nothing that is served stops being trusted on the way, whoever
 * stole the old key is refused at the end, the way back leaves the machine as it was, and a kill at any instant is survived.
 */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { forge } from '../clients/forge.ts';
import { ThrowawayServers, type ServedFiles } from '../clients/throwaway-server.ts';
import { subfolder } from '../programs/scratch.ts';
import { declarePrivateMachine } from '../trust-stores/private-machine.ts';
import { BUNDLE, stateOf, TrustScene } from '../trust-stores/trust-scene.ts';

const SYSTEM = ['--stores', 'system'];
const YES = ['ca', 'rotate', '--yes'];
const HOLD = ['ca', 'rotate', '--hold'];
const UNDO = ['ca', 'rotate', '--undo'];

let scene: TrustScene;
let folder = '';
const servers = new ThrowawayServers();
const { use } = declarePrivateMachine('rotate', async (machine, place) => {
  machine.hide('/etc/ca-certificates/update.d/jks-keystore'); // Java's store has tests of its own
  scene = await TrustScene.open(machine, place, { roots: 10 });
  folder = subfolder(place, 'rotate');
  await must('mint', 'localhost', '--out', folder);
});
afterAll(async () => {
  await servers.close();
  await (scene as TrustScene | undefined)?.close();
});

const current = (): ServedFiles => ({
  certFile: join(folder, 'localhost.pem'),
  keyFile: join(folder, 'localhost-key.pem'),
});

async function must(...words: readonly string[]): Promise<string> {
  const { exitCode, output, stdout } = await scene.mintmark(words, { cwd: folder });
  expect(exitCode, `mintmark ${words.join(' ')}\n${output}`).toBe(0);
  return stdout;
}

const rotate = async (words: readonly string[]): Promise<Readonly<Record<string, unknown>>> =>
  JSON.parse(await must(...words, '--json')) as Readonly<Record<string, unknown>>;

let visits = 0;

/** curl, told nothing: by its own word, and by the server's. */
async function isTaken(port: number): Promise<boolean> {
  const path = `/rotate-${++visits}`;
  const url = `https://localhost:${port}${path}`;
  const { exitCode } = await scene.run(['curl', '-q', '-sS', '--max-time', '15', url]);
  expect(servers.saw(path), url).toBe(exitCode === 0);
  return exitCode === 0;
}

/** The chain on disk leads to a root of the system's bundle. */
async function isTrustedNow(): Promise<boolean> {
  const { certFile } = current();
  const roots = ['-no-CAstore', '-no-CApath', '-CAfile', BUNDLE];
  return (await scene.run(['openssl', 'verify', ...roots, '-untrusted', certFile, certFile])).exitCode === 0;
}

const countRoots = (): number => scene.machine.read(BUNDLE).split('BEGIN CERTIFICATE').length - 1;

/** What a thief has who copied the CA's folder. */
async function stealKey(): Promise<ServedFiles> {
  const stolen = subfolder(folder, `stolen-${++visits}`);
  const { certFile, keyFile } = scene.authority.issuer;
  const [issuerFile, issuerKeyFile] = [join(stolen, 'issuer.pem'), join(stolen, 'issuer-key.pem')];
  copyFileSync(certFile, issuerFile);
  copyFileSync(keyFile, issuerKeyFile);
  const issuer = { certFile: issuerFile, chainFile: issuerFile, keyFile: issuerKeyFile };
  const thief = { rootFile: scene.authority.rootFile, issuer };
  return forge(stolen, thief, { id: 'stolen', title: 'stolen', host: 'localhost', altName: 'DNS:localhost' });
}

it('breaks nothing in between: what serves the old certificate and what serves the new one are both trusted', async (context) => {
  use(context);
  await must('install', ...SYSTEM);
  const roots = countRoots();
  const thief = await servers.serve(await stealKey());
  const before = await servers.serve(current());
  expect([await isTaken(before), await isTaken(thief)]).toEqual([true, true]);
  const held = await rotate(HOLD);
  expect(held).toMatchObject({ state: 'held', broughtIn: [{ id: 'system', state: 'trusted', proven: true }] });
  expect(countRoots()).toBe(roots + 1);
  const after = await servers.serve(current());
  expect([await isTaken(before), await isTaken(after)]).toEqual([true, true]);
  const rotated = await rotate(YES);
  expect(rotated).toMatchObject({ state: 'rotated', takenOut: [{ id: 'system', state: 'absent' }] });
  expect(countRoots()).toBe(roots);
  // The old key is worth nothing any more, and what was not reloaded must be.
  expect([await isTaken(after), await isTaken(before), await isTaken(thief)]).toEqual([true, false, false]);
  await must('uninstall', '--all', ...SYSTEM);
  expect(await scene.leftovers()).toEqual([]);
}, 120_000);

it('goes back to the old root alone, on disk and in the store', async (context) => {
  use(context);
  await must('install', ...SYSTEM);
  const [bundle, certificate] = [scene.machine.read(BUNDLE), readFileSync(current().certFile, 'utf8')];
  await rotate(HOLD);
  expect(scene.machine.read(BUNDLE)).not.toBe(bundle);
  expect(await rotate(UNDO)).toMatchObject({ state: 'undone', takenOut: [{ id: 'system', state: 'absent' }] });
  expect([scene.machine.read(BUNDLE), readFileSync(current().certFile, 'utf8')]).toEqual([bundle, certificate]);
  await must('uninstall', '--all', ...SYSTEM);
  expect(await scene.leftovers()).toEqual([]);
}, 120_000);

it('with a CA that no store holds, no store is touched', async (context) => {
  use(context);
  expect(await rotate(YES)).toMatchObject({ state: 'rotated', broughtIn: [], takenOut: [] });
  expect(await scene.leftovers()).toEqual([]);
});

it('says which stores it is about without touching them; without rights it stops before a certificate is touched', async (context) => {
  const machine = use(context);
  await must('install', ...SYSTEM);
  const bundle = scene.machine.read(BUNDLE);
  const plan = await must('ca', 'rotate', '--dry-run');
  expect(plan).toMatch(
    /The new root goes in:[^]*update-ca-certificates[^]*The old root goes out[^]*update-ca-certificates/,
  );
  expect(await rotate(['ca', 'rotate', '--dry-run'])).toMatchObject({ stores: ['system'] });
  expect(scene.machine.read(BUNDLE)).toBe(bundle);
  const certificate = readFileSync(current().certFile, 'utf8');
  await machine.setReadOnly('/usr/local', true);
  const { exitCode, stdout, output } = await scene.mintmark([...YES, '--json']);
  await machine.setReadOnly('/usr/local', false);
  expect(exitCode, output).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ state: 'stopped', certificates: [] });
  expect(readFileSync(current().certFile, 'utf8')).toBe(certificate);
  expect(await isTrustedNow()).toBe(true);
  expect(await rotate(YES)).toMatchObject({ state: 'rotated' });
  expect(await isTrustedNow()).toBe(true);
  await must('uninstall', '--all', ...SYSTEM);
  expect(await scene.leftovers()).toEqual([]);
}, 120_000);

it('looks into the stores where the journal is lost, and where it never knew of the root', async (context) => {
  use(context);
  const roots = countRoots();
  const journal = join(scene.home, 'installed.jsonl');
  await must('install', ...SYSTEM);
  rmSync(journal);
  expect(await rotate(HOLD)).toMatchObject({ broughtIn: [{ id: 'system', state: 'trusted' }] });
  expect([countRoots(), await isTrustedNow()]).toEqual([roots + 2, true]);
  rmSync(journal);
  expect(await rotate(UNDO)).toMatchObject({ takenOut: [{ id: 'system', state: 'absent' }] });
  expect([countRoots(), await isTrustedNow()]).toEqual([roots + 1, true]);
  rmSync(journal, { force: true });
  expect(await rotate(YES)).toMatchObject({ takenOut: [{ id: 'system', state: 'absent' }], staysIn: [] });
  expect([countRoots(), await isTrustedNow()]).toEqual([roots + 1, true]);
  await must('uninstall', '--all', ...SYSTEM);
  expect(countRoots()).toBe(roots);
}, 120_000);

it("a company's root stays where the company put it, and the new one goes beside it", async (context) => {
  use(context);
  const roots = countRoots();
  const theirs = ['--home', join(folder, 'company home')];
  await must('ca', 'create', 'acme', '--scope', 'my-site.com', '--subject', 'CN=Acme', ...theirs);
  await must('install', '--ca', 'acme', ...SYSTEM, ...theirs);
  await must('ca', 'import', join(folder, 'company home/cas/acme'), '--ca', 'acme');
  const rotated = await rotate(['ca', 'rotate', 'acme', '--yes']);
  expect(rotated).toMatchObject({ broughtIn: [{ id: 'system' }], takenOut: [], staysIn: ['system'] });
  expect(countRoots()).toBe(roots + 2);
  await must('uninstall', '--ca', 'acme', ...SYSTEM, ...theirs);
  // One that is damaged keeps no other one in the stores.
  writeFileSync(join(scene.home, 'cas/acme/root.pem'), 'damaged');
  await must('uninstall', '--all', ...SYSTEM);
  expect(countRoots()).toBe(roots);
  await must('ca', 'remove', 'acme', '--yes');
  expect(await scene.leftovers()).toEqual([]);
}, 120_000);

/** Moments of a run, in parts of the time that it takes when it is let be. */
const MOMENTS = [0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9];

it('killed at any instant, what is on disk is trusted, and the same command again ends it', async (context) => {
  use(context);
  await must('install', ...SYSTEM);
  const begun = performance.now();
  await rotate(YES);
  const usualMs = performance.now() - begun;
  for (const [i, moment] of MOMENTS.entries()) {
    await scene.mintmark(YES, { timeoutMs: Math.round(usualMs * moment) });
    expect(await isTrustedNow(), `killed at ${moment}`).toBe(true);
    const ending = i % 2 === 0 ? YES : UNDO;
    const { exitCode, output } = await scene.mintmark(ending);
    // A rotation that had not begun, or had ended, has no way back.
    expect(exitCode === 0 || /ROTATION_NONE/.test(output), output).toBe(true);
    expect(await isTrustedNow(), `after ${ending.join(' ')}`).toBe(true);
  }
  expect(stateOf(await scene.stores(['install', ...SYSTEM, '--dry-run']), 'system')).toBe('trusted');
  await must('uninstall', '--all', ...SYSTEM);
  expect(await scene.leftovers()).toEqual([]);
}, 240_000);

it('a colleague who imports the public part and installs it trusts what I mint, and can mint nothing', async (context) => {
  use(context);
  await must('ca', 'export', 'default', '--out', 'for-colleagues.pem');
  const theirs = ['--home', join(folder, 'their home')];
  const port = await servers.serve(current());
  await must('ca', 'import', 'for-colleagues.pem', '--ca', 'team', ...theirs);
  expect(await isTaken(port)).toBe(false);
  await must('install', '--ca', 'team', ...SYSTEM, ...theirs);
  expect(await isTaken(port)).toBe(true);
  const mint = await scene.mintmark(['localhost', '--ca', 'team', ...theirs], { cwd: folder });
  expect([mint.exitCode, /error\[CA_KEY_MISSING\]/.test(mint.stderr)]).toEqual([1, true]);
  await must('uninstall', '--ca', 'team', ...SYSTEM, ...theirs);
  expect(await isTaken(port)).toBe(false);
  expect(await scene.leftovers()).toEqual([]);
}, 120_000);

it('one root above two issuers is one entry, and goes when the last of them does', async (context) => {
  use(context);
  const pass = join(folder, 'pass.txt');
  writeFileSync(pass, 'in the safe\n', { mode: 0o600 });
  const roots = countRoots();
  const sealed = ['--passphrase-file', pass];
  await must('ca', 'create', 'company', '--scope', 'my-site.com', '--keep-root-key', 'root-key.pem', ...sealed);
  const below = ['--parent', 'company', '--root-key-file', 'root-key.pem', '--root-passphrase-file', pass];
  await must('ca', 'create', 'team', ...below);
  const printed = JSON.parse(await must('mint', 'localhost', '--ca', 'team', '--cert-file', 'team.pem', '--json')) as {
    keyFile: string;
  };
  const port = await servers.serve({ certFile: join(folder, 'team.pem'), keyFile: printed.keyFile });
  await must('install', '--ca', 'company', ...SYSTEM);
  await must('install', '--ca', 'team', ...SYSTEM);
  expect([countRoots(), await isTaken(port)]).toEqual([roots + 1, true]);
  await must('ca', 'remove', 'company', '--yes');
  await scene.mintmark(['uninstall', '--ca', 'company', ...SYSTEM]);
  expect([countRoots(), await isTaken(port)]).toEqual([roots + 1, true]);
  await must('ca', 'create', 'second', ...below.toSpliced(1, 1, 'team'));
  // In a rotation that is under way the other one is below that root still: there is a way back.
  await rotate(['ca', 'rotate', 'second', '--hold']);
  // The root stays for the other issuer: who holds the old key of this one is still believed, and that is said.
  expect(await rotate(['ca', 'rotate', 'team', '--yes'])).toMatchObject({ state: 'rotated', sharedWith: 'second' });
  expect(countRoots()).toBe(roots + 3);
  await rotate(['ca', 'rotate', 'second', '--undo']);
  expect(countRoots()).toBe(roots + 2);
  await must('uninstall', '--ca', 'team', ...SYSTEM);
  expect(countRoots()).toBe(roots + 1);
  await must('uninstall', '--all', ...SYSTEM);
  for (const name of ['team', 'second']) await must('ca', 'remove', name, '--yes');
  expect(await scene.leftovers()).toEqual([]);
}, 120_000);
