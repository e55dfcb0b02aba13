/**
 * @module Spare keys: sealed beside the key in use, promoted by --new-key, and never lost or doubled by a command that was cut off.
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import { deskMaker, type Desk } from './desk.ts';
import { isPair, openssl } from './minted-facts.ts';
import { backUp, certificatePin, keyPin, printedPin, readRecords, writeRecords } from './rotation-facts.ts';

const newDesk = deskMaker('spare');

/** A desk with `a.test` minted and its spare in `spare.pem`. */
async function deskWithSpare(...more: readonly string[]): Promise<{ desk: Desk; current: string; backup: string }> {
  const desk = newDesk();
  await desk.json(['mint', 'a.test']);
  const backup = await backUp(desk, 'a.test.pem', 'spare.pem', ...more);
  return { desk, current: certificatePin(desk.path('a.test.pem')), backup };
}

const state = (desk: Desk): readonly string[] =>
  ['a.test.pem', 'a.test-key.pem']
    .map((name) => desk.read(name))
    .concat(desk.has('spare.pem') ? desk.read('spare.pem') : '');

describe('pin --backup', () => {
  it('makes another key of the same kind, sealed, whose passphrase only the home has', async (context) => {
    requirePrograms(context, ['openssl']);
    const { desk, current, backup } = await deskWithSpare();
    expect(backup).not.toBe(current);
    expect(desk.mode('spare.pem')).toBe(0o600);
    expect(desk.read('spare.pem')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    const [record] = readRecords(desk);
    const passphrase = String(record?.['passphrase']);
    expect(Buffer.from(passphrase, 'base64url')).toHaveLength(32);
    expect(statSync(join(desk.home, 'spares.jsonl')).mode & 0o777).toBe(0o600);
    const open = ['pkey', '-in', desk.path('spare.pem'), '-noout', '-text', '-passin'];
    expect((await openssl([...open, `pass:${passphrase}`])).stdout).toMatch(/NIST CURVE: P-256/);
    await expect(openssl([...open, 'pass:guess'])).rejects.toThrow(/exited with 1/);
    expect(keyPin(desk.path('spare.pem'), passphrase)).toBe(backup);
  });

  it.each([
    ['ed25519', 'ed25519'],
    ['rsa-2048', 'rsa'],
    ['ecdsa-p384', 'ec'],
  ])('of a %s key is such a key', async (type) => {
    const desk = newDesk();
    await desk.json(['mint', 'a.test', '--key', type]);
    const backup = await backUp(desk, 'a.test.pem', 'spare.pem');
    const issued = await desk.json(['mint', 'a.test', '--new-key', '--key', type]);
    expect(printedPin(issued)).toBe(backup);
  });

  it('again makes nothing and says the same, also when the file was moved or lies elsewhere for now', async () => {
    const { desk, backup } = await deskWithSpare();
    const before = desk.read('spare.pem');
    expect(await backUp(desk, 'a.test.pem', 'spare.pem')).toBe(backup);
    expect(desk.read('spare.pem')).toBe(before);
    renameSync(desk.path('spare.pem'), desk.path('moved.pem'));
    const away = await desk.runOrThrow(['pin', 'a.test.pem', '--backup', 'spare.pem']);
    expect(away.stdout).toContain(backup);
    expect(away.stderr).toMatch(/the spare key is lost, or elsewhere for now: \.\/spare\.pem holds none/);
    expect(await backUp(desk, 'a.test.pem', 'moved.pem')).toBe(backup);
    expect(desk.has('spare.pem')).toBe(false);
    expect(readRecords(desk).at(-1)).toMatchObject({ event: 'sealed', file: desk.path('moved.pem') });
  });

  it('makes no second spare', async () => {
    const { desk } = await deskWithSpare();
    expect(await desk.refusal(['pin', 'a.test.pem', '--backup', 'other.pem'])).toMatchObject({
      exitCode: 1,
      code: 'SPARE_EXISTS',
      message: expect.stringContaining('./spare.pem') as string,
    });
    expect(desk.has('other.pem')).toBe(false);
  });

  it("goes over nobody's file, a key's least of all", async () => {
    const desk = newDesk();
    await desk.json(['mint', 'a.test']);
    desk.write('notes.txt', 'mine');
    const key = desk.read('a.test-key.pem');
    for (const [file, code] of [
      ['notes.txt', 'FILE_EXISTS'],
      ['a.test.pem', 'FILE_EXISTS'],
      ['a.test-key.pem', 'SPARE_PLACE_TAKEN'],
    ] as const)
      expect(await desk.refusal(['pin', 'a.test.pem', '--backup', file])).toMatchObject({ code });
    expect([desk.read('notes.txt'), desk.read('a.test-key.pem')]).toEqual(['mine', key]);
  });

  it('says of which kinds it can make keys', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = newDesk();
    await openssl(['ecparam', '-name', 'secp521r1', '-genkey', '-noout', '-out', desk.path('k.pem')]);
    expect(await desk.refusal(['pin', 'k.pem', '--backup', 's.pem'])).toMatchObject({ code: 'SPARE_KEY_KIND' });
  });
});

describe('the spare takes over by', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['mint --new-key', ['mint', 'a.test'], ['mint', 'a.test', '--new-key']],
    ['self-signed --new-key', ['self-signed', 'a.test'], ['self-signed', 'a.test', '--new-key']],
    ['renew --new-key', ['mint', 'a.test'], ['renew', 'a.test.pem', '--new-key']],
    ['renew --new-key of a self-signed one', ['self-signed', 'a.test'], ['renew', 'a.test.pem', '--new-key']],
    ['mint --names-from --new-key', ['mint', 'a.test'], ['mint', '--names-from', 'names.txt', '--new-key']],
  ])('%s', async (_title, make, promote) => {
    const desk = newDesk();
    desk.write('names.txt', 'b.test\na.test\n');
    desk.write('a.txt', 'a.test\n');
    await desk.json(make);
    const backup = await backUp(desk, 'a.test.pem', 'spare.pem');
    const { stderr } = await desk.runOrThrow(promote);
    expect(stderr).toContain('The spare key has taken over');
    expect(stderr).toContain('mintmark pin ./a.test.pem --backup ./spare.pem');
    expect([certificatePin(desk.path('a.test.pem')), keyPin(desk.path('a.test-key.pem'))]).toEqual([backup, backup]);
    expect(desk.has('spare.pem')).toBe(false);
    expect(desk.mode('a.test-key.pem')).toBe(0o600);
    expect(readRecords(desk).at(-1)).toMatchObject({ event: 'promoted', keyFile: desk.path('a.test-key.pem') });
    // The same again is no second replacement; a key that nobody knows is made for who says so.
    const again = await desk.run([...promote, '--json']);
    if (promote.includes('--names-from')) expect(again.exitCode).toBe(0);
    else expect(JSON.parse(again.stdout)).toMatchObject({ error: { code: 'SPARE_USED' } });
    expect([certificatePin(desk.path('a.test.pem')), keyPin(desk.path('a.test-key.pem'))]).toEqual([backup, backup]);
    const forced = await desk.runOrThrow([
      ...promote.map((word) => (word === 'names.txt' ? 'a.txt' : word)),
      '--force',
    ]);
    expect(forced.stderr).toContain('Nobody has the pin of this key; hand it out before you restart');
    expect(certificatePin(desk.path('a.test.pem'))).not.toBe(backup);
  });

  it('--spare where the file has been moved, and the file goes', async () => {
    const { desk, backup } = await deskWithSpare();
    renameSync(desk.path('spare.pem'), desk.path('stick.pem'));
    const before = state(desk);
    expect(await desk.refusal(['mint', 'a.test', '--new-key'])).toMatchObject({
      code: 'SPARE_MISSING',
      hint: expect.stringContaining('--spare FILE') as string,
    });
    expect(state(desk)).toEqual(before);
    const issued = await desk.json(['mint', 'a.test', '--spare', 'stick.pem']);
    expect([printedPin(issued), issued['promotedSpare']]).toEqual([backup, desk.path('stick.pem')]);
    expect(desk.has('stick.pem')).toBe(false);
  });

  it('two certificates of one key, one after the other', async () => {
    const { desk, backup } = await deskWithSpare();
    const reuse = ['--reuse-key', 'a.test-key.pem', '--key-file', 'copy-key.pem'];
    await desk.json(['mint', 'b.test', ...reuse]);
    await desk.json(['mint', 'a.test', '--new-key']);
    await desk.json(['renew', 'b.test.pem', '--new-key']);
    expect(certificatePin(desk.path('b.test.pem'))).toBe(backup);
    expect(isPair(desk.path('b.test.pem'), desk.path('copy-key.pem'))).toBe(true);
  });

  it('an encrypted key file, which stays encrypted', async () => {
    const desk = newDesk();
    const pass = ['--passphrase-file', desk.write('pass', 'open sesame\n')];
    await desk.json(['self-signed', 'a.test', ...pass]);
    const backup = await backUp(desk, 'a.test.pem', 'spare.pem');
    await desk.json(['self-signed', 'a.test', '--new-key', ...pass]);
    expect(desk.read('a.test-key.pem')).toMatch(/ENCRYPTED/);
    expect(keyPin(desk.path('a.test-key.pem'), 'open sesame')).toBe(backup);
  });
});

describe('a spare sealed with a passphrase of the user', () => {
  it('opens with that alone, and the home does not have it', async () => {
    const desk = newDesk();
    desk.write('pass', 'mine alone\n');
    desk.write('wrong', 'guess\n');
    await desk.json(['mint', 'a.test']);
    const backup = await backUp(desk, 'a.test.pem', 'spare.pem', '--spare-passphrase-file', 'pass');
    expect(readFileSync(join(desk.home, 'spares.jsonl'), 'utf8')).not.toMatch(/passphrase|mine alone/);
    const before = state(desk);
    const promote = ['mint', 'a.test', '--new-key'];
    expect(await desk.refusal(promote)).toMatchObject({
      code: 'SPARE_PASSPHRASE_NEEDED',
      hint: expect.stringContaining('--spare-passphrase-file') as string,
    });
    const wrong = await desk.refusal([...promote, '--spare-passphrase-file', 'wrong']);
    expect(wrong).toMatchObject({ code: 'KEY_PASSPHRASE_WRONG' });
    expect(state(desk)).toEqual(before);
    expect(printedPin(await desk.json([...promote, '--spare-passphrase-file', 'pass']))).toBe(backup);
    expect(keyPin(desk.path('a.test-key.pem'))).toBe(backup);
  });
});

describe('nothing is made', () => {
  it.each<[string, string, readonly string[], (desk: Desk) => void]>([
    ['when the spare is gone', 'SPARE_MISSING', [], (desk) => rmSync(desk.path('spare.pem'))],
    ['when the file holds another thing', 'SPARE_MISSING', [], (desk) => void desk.write('spare.pem', 'notes')],
    [
      'when the file holds another key',
      'SPARE_MISSING',
      [],
      (desk) => void desk.write('spare.pem', desk.read('a.test-key.pem')),
    ],
    ['when --spare names another key', 'SPARE_MISSING', ['--spare', 'a.test-key.pem'], () => {}],
    ['when --key asks for another kind', 'SPARE_KEY_TYPE', ['--key', 'rsa-2048'], () => {}],
    [
      'when --reuse-key stands beside --spare',
      'OPTIONS_CONFLICT',
      ['--reuse-key', 'a.test-key.pem', '--spare', 'x'],
      () => {},
    ],
    ['in a dry run', '', ['--dry-run'], () => {}],
  ])('%s', async (_title, code, more, disturb) => {
    const { desk } = await deskWithSpare();
    disturb(desk);
    const before = [state(desk), readRecords(desk)];
    const words = ['mint', 'a.test', '--new-key', ...more];
    if (code === '') await desk.json(words);
    else expect(await desk.refusal(words)).toMatchObject({ code });
    expect([state(desk), readRecords(desk)]).toEqual(before);
  });

  it('when --spare is said and no spare is known', async () => {
    const desk = newDesk();
    const words = ['a.test', '--spare', 'x.pem'];
    expect(await desk.refusal(words)).toMatchObject({ code: 'SPARE_UNKNOWN' });
    await desk.json(['a.test']);
    expect(await desk.refusal(words)).toMatchObject({ code: 'SPARE_UNKNOWN' });
    expect(await desk.refusal(['renew', '--all', '--spare', 'x.pem', '--within', '9'])).toMatchObject({
      code: 'OPTIONS_CONFLICT',
    });
  });
});

describe('a command that was cut off', () => {
  it.each<[string, readonly string[]]>([
    ['the same', ['mint', 'a.test', '--new-key']],
    ['a renewal with --new-key', ['renew', 'a.test.pem', '--new-key']],
    ['a plain mint', ['mint', 'a.test']],
    ['a plain renewal', ['renew', 'a.test.pem']],
  ])('before it marked the spare as promoted: %s ends it, and the key stays', async (_title, next) => {
    const { desk, backup } = await deskWithSpare();
    const [records, sealed] = [readRecords(desk), desk.read('spare.pem')];
    await desk.json(['mint', 'a.test', '--new-key']);
    writeRecords(desk, records);
    desk.write('spare.pem', sealed);
    await desk.json(next);
    expect([certificatePin(desk.path('a.test.pem')), keyPin(desk.path('a.test-key.pem'))]).toEqual([backup, backup]);
    expect(desk.has('spare.pem')).toBe(false);
    expect(readRecords(desk).at(-1)).toMatchObject({ event: 'promoted' });
    expect(await desk.refusal(['mint', 'a.test', '--new-key'])).toMatchObject({ code: 'SPARE_USED' });
    expect(certificatePin(desk.path('a.test.pem'))).toBe(backup);
  });

  it('before the sealed file was there: its record is heeded by nobody', async () => {
    const { desk, backup } = await deskWithSpare();
    writeRecords(desk, readRecords(desk).slice(0, 1));
    rmSync(desk.path('spare.pem'));
    const other = await backUp(desk, 'a.test.pem', 'other.pem');
    expect(other).not.toBe(backup);
    expect(printedPin(await desk.json(['mint', 'a.test', '--new-key']))).toBe(other);
  });

  it('before the file was confirmed: the file is known', async () => {
    const { desk, backup } = await deskWithSpare();
    writeRecords(desk, readRecords(desk).slice(0, 1));
    expect(await backUp(desk, 'a.test.pem', 'spare.pem')).toBe(backup);
    writeRecords(desk, readRecords(desk).slice(0, 1));
    expect(printedPin(await desk.json(['mint', 'a.test', '--new-key']))).toBe(backup);
  });

  it('leaves what is no sealed key of ours alone', async () => {
    const { desk, backup } = await deskWithSpare();
    const records = readRecords(desk);
    await desk.json(['mint', 'a.test', '--new-key']);
    writeRecords(desk, records);
    writeFileSync(desk.path('spare.pem'), 'precious');
    expect(printedPin(await desk.json(['mint', 'a.test']))).toBe(backup);
    expect(desk.read('spare.pem')).toBe('precious');
  });
});
