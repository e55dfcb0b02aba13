/**
 * @module `ca passphrase`: set, changed and taken away, in one rename, over the very key that was opened; and what a file of a passphrase may
 * not be.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { deskMaker, type Desk } from '../cli/desk.ts';
import { openssl } from '../cli/minted-facts.ts';
import { onTerminal } from '../cli/terminal.ts';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run, scrubbedEnvironment } from '../programs/run.ts';

const newDesk = deskMaker('passphrase');
const ENTER = '\r';
const NEVER_MS = 15_000;

beforeEach((context) => requirePrograms(context, ['openssl']));

const keyFile = (desk: Desk): string => join(desk.home, 'cas/team/issuer-key.pem');
const keyText = (desk: Desk): string => readFileSync(keyFile(desk), 'utf8');

async function deskWithCa(): Promise<Desk> {
  const desk = newDesk();
  await desk.json(['ca', 'create', 'team', '--scope', 'team.test']);
  for (const name of ['old', 'new']) desk.write(name, `the ${name} passphrase\n`);
  return desk;
}

/** The public half of the key on disk, by OpenSSL. */
async function publicHalf(desk: Desk, passphrase?: string): Promise<string> {
  const secret = passphrase === undefined ? [] : ['-passin', `file:${desk.path(passphrase)}`];
  const { exitCode, stdout } = await run([programPath('openssl'), 'pkey', '-in', keyFile(desk), ...secret, '-pubout']);
  return exitCode === 0 ? stdout : '';
}

describe('ca passphrase', () => {
  it('sets one, changes it and takes it away; the key and what it signed stay the same', async () => {
    const desk = await deskWithCa();
    await desk.json(['team.test']);
    const half = await publicHalf(desk);
    expect(half).not.toBe('');
    // A key that has none needs none to open it, so either option gives the new one.
    for (const option of ['--passphrase-file', '--new-passphrase-file']) {
      expect(await desk.json(['ca', 'passphrase', 'team', option, 'old'])).toMatchObject({ keyState: 'encrypted' });
      expect(await publicHalf(desk, 'old')).toBe(half);
      if (option === '--passphrase-file')
        await desk.json(['ca', 'passphrase', 'team', '--passphrase-file', 'old', '--remove-passphrase']);
    }
    const change = ['ca', 'passphrase', 'team', '--passphrase-file', 'old', '--new-passphrase-file', 'new'];
    expect(await desk.json(change)).toMatchObject({ keyState: 'encrypted' });
    expect([await publicHalf(desk, 'old'), await publicHalf(desk, 'new')]).toEqual(['', half]);
    await desk.json(['renew', 'team.test.pem', '--passphrase-file', 'new']);
    const remove = ['ca', 'passphrase', 'team', '--passphrase-file', 'new', '--remove-passphrase'];
    expect(await desk.json(remove)).toMatchObject({ keyState: 'plain' });
    expect(await publicHalf(desk)).toBe(half);
    expect(statSync(keyFile(desk)).mode & 0o777).toBe(0o600);
    expect(readdirSync(desk.home).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('of a key file that is a link says where the old key stays', async () => {
    const desk = await deskWithCa();
    const elsewhere = desk.path('stick key.pem');
    renameSync(keyFile(desk), elsewhere);
    symlinkSync(elsewhere, keyFile(desk));
    const before = readFileSync(elsewhere, 'utf8');
    const { stdout } = await desk.runOrThrow(['ca', 'passphrase', 'team', '--new-passphrase-file', 'old']);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('./stick key.pem holds the key as before, without a passphrase');
    expect(lstatSync(keyFile(desk)).isFile()).toBe(true);
    expect([keyText(desk).includes('ENCRYPTED'), readFileSync(elsewhere, 'utf8')]).toEqual([true, before]);
    const again = ['ca', 'passphrase', 'team', '--passphrase-file', 'old', '--new-passphrase-file', 'new'];
    expect(await desk.json(again)).not.toHaveProperty('oldKeyFile');
    renameSync(keyFile(desk), elsewhere);
    symlinkSync(elsewhere, keyFile(desk));
    const remove = ['ca', 'passphrase', 'team', '--passphrase-file', 'new', '--remove-passphrase'];
    expect(await desk.json(remove)).toMatchObject({ oldKeyFile: elsewhere, keyState: 'plain' });
  });

  it('refuses a wrong, missing or half passphrase, and leaves the file as it is', async () => {
    const desk = await deskWithCa();
    await desk.json(['ca', 'passphrase', 'team', '--new-passphrase-file', 'old']);
    desk.write('empty', '\n');
    const before = keyText(desk);
    const change = (...words: string[]) => desk.refusal(['ca', 'passphrase', 'team', ...words]);
    const codes = [];
    for (const words of [
      ['--passphrase-file', 'new', '--new-passphrase-file', 'new'],
      ['--new-passphrase-file', 'new'],
      ['--passphrase-file', 'old'],
      ['--passphrase-file', 'old', '--new-passphrase-file', 'empty'],
      ['--passphrase-file', 'old', '--new-passphrase-file', 'gone'],
      ['--remove-passphrase', '--new-passphrase-file', 'new'],
    ])
      codes.push((await change(...words)).code);
    expect(codes).toEqual([
      'KEY_PASSPHRASE_WRONG',
      'PASSPHRASE_NEEDED',
      'NEW_PASSPHRASE_NEEDED',
      'PASSPHRASE_EMPTY',
      'FILE_NOT_FOUND',
      'OPTIONS_CONFLICT',
    ]);
    expect(keyText(desk)).toBe(before);
    const keyless = newDesk();
    await desk.json(['ca', 'export', 'team', '--out', 'public.pem']);
    await keyless.json(['ca', 'import', desk.path('public.pem'), '--ca', 'team']);
    expect(await keyless.refusal(['ca', 'passphrase', 'team'])).toMatchObject({ code: 'CA_KEY_MISSING' });
    expect(await keyless.refusal(['ca', 'passphrase', 'none'])).toMatchObject({ code: 'CA_NOT_FOUND' });
  });

  it('asks on a terminal: for the one that opens it, and twice for the new one', async (context) => {
    requirePrograms(context, ['python3']);
    const desk = await deskWithCa();
    await desk.json(['ca', 'passphrase', 'team', '--new-passphrase-file', 'old']);
    const steps = [
      ['Passphrase for the key', `the old passphrase${ENTER}`],
      ['New passphrase for', `the new passphrase${ENTER}`],
      ['The same again', `the new passphrase${ENTER}`],
    ] as const;
    const { exitCode, screen } = await onTerminal(desk, ['ca', 'passphrase', 'team'], { steps });
    expect(exitCode, screen).toBe(0);
    expect(screen).not.toContain('the new passphrase');
    expect(await publicHalf(desk, 'new')).not.toBe('');
  });

  it('leaves alone what another command changed while the new one was awaited', async (context) => {
    requirePrograms(context, ['mkfifo']);
    const desk = await deskWithCa();
    execFileSync(programPath('mkfifo'), [desk.path('pipe')]);
    const words = ['ca', 'passphrase', 'team', '--new-passphrase-file', 'pipe', '--json'];
    const env = scrubbedEnvironment({ MINTMARK_HOME: desk.home });
    const slow = spawn(process.execPath, [MINTMARK_BIN, ...words], { cwd: desk.folder, env, timeout: NEVER_MS });
    let printed = '';
    slow.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    // Opening the pipe waits for the other one to read it.
    const pipe = spawn(programPath('sh'), ['-c', 'exec 3>pipe; echo ready; read line; echo "$line" >&3'], {
      cwd: desk.folder,
      timeout: NEVER_MS,
    });
    await once(pipe.stdout, 'data');
    await desk.json(['ca', 'passphrase', 'team', '--new-passphrase-file', 'old']);
    const between = keyText(desk);
    pipe.stdin.end('the late passphrase\n');
    const [exitCode] = (await once(slow, 'close')) as [number];
    expect(exitCode).toBe(1);
    expect(JSON.parse(printed)).toMatchObject({ error: { code: 'CA_KEY_CHANGED' } });
    expect(keyText(desk)).toBe(between);
  });
});

describe('a passphrase file', () => {
  it('that other programs would read in another way is refused', async () => {
    const desk = await deskWithCa();
    for (const [name, bytes] of [
      ['marked', Buffer.from('\uFEFFcorrect horse\n')],
      ['utf16', Buffer.from('\uFEFFcorrect horse\r\n', 'utf16le')],
      ['latin1', Buffer.from('k\u00e4se und brot\n', 'latin1')],
      ['nul', Buffer.from('correct\0horse\n')],
    ] as const) {
      writeFileSync(desk.path(name), bytes);
      for (const words of [
        ['ca', 'passphrase', 'team', '--new-passphrase-file', name],
        ['key', '--passphrase-file', name, '--out', 'k.pem'],
      ])
        expect(await desk.refusal(words), name).toMatchObject({ code: 'PASSPHRASE_UNFIT' });
    }
    expect(keyText(desk)).toMatch(/^-----BEGIN PRIVATE KEY/);
    expect(desk.has('k.pem')).toBe(false);
    desk.write('utf8', 'käse und brot\n');
    await desk.json(['ca', 'passphrase', 'team', '--new-passphrase-file', 'utf8']);
    expect(await publicHalf(desk, 'utf8')).not.toBe('');
  });
});

describe('a key of others under scrypt', () => {
  it('is imported as a CA and signs', async () => {
    const desk = newDesk();
    desk.write('pass', 'a passphrase\n');
    const inDesk = (...words: string[]) => openssl(words, { cwd: desk.folder });
    await inDesk('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', 'plain.pem');
    await inDesk(
      'req',
      '-x509',
      '-new',
      '-key',
      'plain.pem',
      '-subj',
      '/CN=Other CA',
      '-days',
      '900',
      '-out',
      'ca.pem',
    );
    await inDesk('pkcs8', '-topk8', '-scrypt', '-in', 'plain.pem', '-passout', 'file:pass', '-out', 'scrypt.pem');
    const words = ['ca', 'import', 'ca.pem', 'scrypt.pem', '--ca', 'other', '--passphrase-file', 'pass'];
    expect(await desk.json(words)).toMatchObject({ keyState: 'encrypted' });
    expect(await desk.json(['localhost', '--ca', 'other', '--passphrase-file', 'pass'])).toMatchObject({ ca: 'other' });
  });
});
