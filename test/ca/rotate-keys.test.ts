/**
 * @module `ca rotate` and what hangs on the CA and its certificates: passphrases, kept root keys, lost keys, a CA without a scope, key stores,
 * deploy hooks, and the questions on a terminal.
 */
import { X509Certificate } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deskMaker, type Desk } from '../cli/desk.ts';
import { openssl, readLeaf } from '../cli/minted-facts.ts';
import { onTerminal } from '../cli/terminal.ts';
import { requirePrograms } from '../programs/program.ts';
import { expectNoTrace, HOLD, isCurrent, rootFile, UNDO, YES } from './rotated.ts';

const newDesk = deskMaker('rotate-keys');

describe('keys', () => {
  it('that were encrypted are encrypted again, under the passphrase that is given; the old one is not needed', async () => {
    const desk = newDesk();
    desk.write('old.txt', 'the old one\n');
    desk.write('new.txt', 'the new one\n');
    await desk.json(['ca', 'create', 'default', '--passphrase-file', 'old.txt']);
    await desk.json(['localhost', '--passphrase-file', 'old.txt']);
    expect(await desk.refusal(YES)).toMatchObject({ code: 'PASSPHRASE_NEEDED' });
    expectNoTrace(desk);
    await desk.json([...YES, '--passphrase-file', 'new.txt']);
    expect(isCurrent(desk, 'localhost.pem')).toBe(true);
    expect(await desk.json(['ca', 'show'])).toMatchObject({ keyState: 'encrypted' });
    expect(await desk.refusal(['a.test', '--passphrase-file', 'old.txt'])).toMatchObject({
      code: 'KEY_PASSPHRASE_WRONG',
    });
    await desk.json(['a.test', '--passphrase-file', 'new.txt']);
  });

  it('a wrong passphrase stops it with nothing lost, and the right one goes on', async () => {
    const desk = newDesk();
    desk.write('right.txt', 'right\n');
    desk.write('wrong.txt', 'wrong\n');
    for (const name of ['localhost', 'noted.test']) await desk.json([name]);
    const whole = desk.read('noted.test.pem');
    desk.write('noted.test.pem', `${whole}a note of mine\n`);
    const stopped = await desk.run([...YES, '--passphrase-file', 'right.txt']);
    expect(stopped.exitCode).toBe(1);
    desk.write('noted.test.pem', whole);
    expect(await desk.refusal([...YES, '--passphrase-file', 'wrong.txt'])).toMatchObject({
      code: 'KEY_PASSPHRASE_WRONG',
    });
    expect(await desk.refusal(YES)).toMatchObject({ code: 'PASSPHRASE_NEEDED' });
    expect(desk.read('noted.test.pem')).toBe(whole);
    expect(await desk.json([...YES, '--passphrase-file', 'right.txt'])).toMatchObject({ state: 'rotated' });
    expect(isCurrent(desk, 'noted.test.pem')).toBe(true);
  });

  it('of a root may be kept', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = newDesk();
    desk.write('pass.txt', 'in the safe\n');
    await desk.json(['localhost']);
    expect(await desk.refusal([...YES, '--keep-root-key', 'root-key.pem'])).toMatchObject({
      code: 'PASSPHRASE_NEEDED',
    });
    const keeping = ['--keep-root-key', 'root-key.pem', '--passphrase-file', 'pass.txt'];
    await desk.json([...YES, ...keeping]);
    const publicKey = ['pkey', '-in', 'root-key.pem', '-passin', 'file:pass.txt', '-pubout'];
    const { stdout } = await openssl(publicKey, { cwd: desk.folder });
    expect(stdout).toBe(readLeaf(rootFile(desk)).publicKey.export({ type: 'spki', format: 'pem' }));
    expect(await desk.refusal([...YES, ...keeping])).toMatchObject({ code: 'FILE_EXISTS' });
    expectNoTrace(desk);
  });

  it('that are not here have nothing to rotate, unless they were lost', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    await desk.json(['ca', 'export', '--out', 'public.pem']);
    const colleague = newDesk();
    await colleague.json(['ca', 'import', desk.path('public.pem'), '--ca', 'theirs']);
    expect(await colleague.refusal(['ca', 'rotate', 'theirs', '--yes'])).toMatchObject({ code: 'CA_KEY_MISSING' });
    renameSync(join(desk.home, 'cas/default/issuer-key.pem'), desk.path('lost.pem'));
    expect(await desk.json(YES)).toMatchObject({ state: 'rotated' });
    expect(isCurrent(desk, 'localhost.pem')).toBe(true);
  });
});

describe('an unscoped CA', () => {
  it('is not made again unscoped unless that is said; the names that it signed for say what to type', async () => {
    const desk = newDesk();
    await desk.json(['ca', 'create', 'open', '--unscoped']);
    await desk.json(['a.my-site.com', 'localhost', '--ca', 'open', '--cert-file', 'a.pem']);
    const refusal = await desk.refusal(['ca', 'rotate', 'open', '--yes']);
    expect(refusal).toMatchObject({
      code: 'ROTATION_SCOPE_NEEDED',
      details: { domains: ['my-site.com', 'localhost'] },
    });
    expect(refusal.hint).toContain('mintmark ca rotate open --scope my-site.com --scope localhost');
    await desk.json(['ca', 'rotate', 'open', '--yes', '--scope', 'my-site.com']);
    expect(await desk.json(['ca', 'show', 'open'])).toMatchObject({ isUnscoped: false });
    expect(isCurrent(desk, 'a.pem', 'open')).toBe(true);
    expect(await desk.refusal(['bank.com', '--ca', 'open'])).toMatchObject({ code: 'NAME_OUTSIDE_SCOPE' });
    await desk.json(['ca', 'rotate', 'open', '--yes', '--unscoped']);
    expect(await desk.json(['ca', 'show', 'open'])).toMatchObject({ isUnscoped: true });
  });
});

describe('what follows a certificate', () => {
  /** A certificate with a key store beside it, and a hook that writes down for what it ran. */
  async function deskWithFollowers(hook: string): Promise<Desk> {
    const desk = newDesk();
    desk.write('store.txt', 'a password\n');
    await desk.json(['localhost', '--p12-file', 'localhost.p12', '--password-file', 'store.txt']);
    writeFileSync(desk.path('hook.sh'), `#!/bin/sh\n${hook}\n`, { mode: 0o700 });
    await desk.run(['renew', 'localhost.pem', '--deploy-hook', './hook.sh']);
    rmSync(desk.path('ran'), { force: true });
    return desk;
  }

  /** The issuer in the key store. */
  async function storeIssuer(desk: Desk): Promise<string> {
    const words = ['pkcs12', '-in', 'localhost.p12', '-passin', 'file:store.txt', '-nokeys', '-clcerts'];
    const { stdout } = await openssl(words, { cwd: desk.folder });
    return new X509Certificate(/-----BEGIN[^]*?-----END CERTIFICATE-----/.exec(stdout)?.[0] ?? '').issuer;
  }

  it('follows it to the new CA, and back', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = await deskWithFollowers('echo "$RENEWED_DOMAINS" >> "$PWD/ran"');
    const [before, p12] = [readLeaf(desk.path('localhost.pem')).issuer, await storeIssuer(desk)];
    expect(p12).toBe(before);
    expect(await desk.json(HOLD)).toMatchObject({
      certificates: [{ keystores: [{ isRenewed: true }], deployHook: { isDone: true } }],
    });
    expect(await storeIssuer(desk)).toBe(readLeaf(desk.path('localhost.pem')).issuer);
    expect(await storeIssuer(desk)).not.toBe(before);
    await desk.json(UNDO);
    expect([await storeIssuer(desk), readLeaf(desk.path('localhost.pem')).issuer]).toEqual([before, before]);
    expect(desk.read('ran')).toBe('localhost\nlocalhost\n');
  });

  it('and when it fails, the old root stays, because a server may have the old certificate still', async () => {
    const desk = await deskWithFollowers('exit 3');
    const { exitCode, stdout } = await desk.run([...YES, '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'stopped', certificates: [{ deployHook: { isDone: false } }] });
    expect((await desk.run(YES)).exitCode).toBe(1);
    expect(await desk.json([...YES, '--force'])).toMatchObject({ state: 'rotated' });
  });
});

describe('on a terminal', () => {
  const QUESTION = 'Take the old root out and delete its key';

  it('asks before there is no way back: "n" holds, and "y" ends it', async (context) => {
    requirePrograms(context, ['python3']);
    const desk = newDesk();
    await desk.json(['localhost']);
    const held = await onTerminal(desk, ['ca', 'rotate'], { steps: [[QUESTION, 'n\r']] });
    expect(held.exitCode, held.screen).toBe(0);
    expect(held.screen).toContain('there is a way back');
    expect(await desk.json(['ca', 'show'])).toMatchObject({ isRotating: true });
    const ended = await onTerminal(desk, ['ca', 'rotate'], { steps: [[QUESTION, 'y\r']] });
    expect(ended.exitCode, ended.screen).toBe(0);
    expectNoTrace(desk);
    expect(isCurrent(desk, 'localhost.pem')).toBe(true);
  });

  it('asks for the new passphrase twice, where the old key has one', async (context) => {
    requirePrograms(context, ['python3']);
    const desk = newDesk();
    desk.write('pass.txt', 'the old one\n');
    await desk.json(['ca', 'create', 'default', '--passphrase-file', 'pass.txt']);
    await desk.json(['localhost', '--passphrase-file', 'pass.txt']);
    const secret = 'typed on a terminal';
    const steps = [
      ['New passphrase for the new key', `${secret}\r`],
      ['The same again', `${secret}\r`],
      [QUESTION, 'y\r'],
    ] as const;
    const { exitCode, screen } = await onTerminal(desk, ['ca', 'rotate'], { steps });
    expect(exitCode, screen).toBe(0);
    expect(screen).not.toContain(secret);
    desk.write('new.txt', `${secret}\n`);
    await desk.json(['a.test', '--passphrase-file', 'new.txt']);
  });
});
