/**
 * @module What must not happen to spare keys: no key that nobody knows takes over unasked, no sealed file goes while it is the only copy
 * of its key, none is written over a key that is needed, and what is lost can be made again.
 */
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import { deskMaker, type Desk } from './desk.ts';
import { isPair, openssl } from './minted-facts.ts';
import { backUp, certificatePin, keyPin, printedPin, readRecords, writeRecords } from './rotation-facts.ts';

const newDesk = deskMaker('spare-safety');

/** A desk with `a.test` minted and its spare in `spare.pem`. */
async function deskWithSpare(): Promise<{ desk: Desk; backup: string }> {
  const desk = newDesk();
  await desk.json(['mint', 'a.test']);
  return { desk, backup: await backUp(desk, 'a.test.pem', 'spare.pem') };
}

describe('a spare that took over in a run that was cut off', () => {
  /** The files and records as they were when nothing but the sealed file was left to remove. */
  async function cutOff(): Promise<{ desk: Desk; backup: string }> {
    const { desk, backup } = await deskWithSpare();
    const sealed = desk.read('spare.pem');
    await desk.json(['renew', 'a.test.pem', '--new-key']);
    desk.write('spare.pem', sealed);
    return { desk, backup };
  }

  it.each<[string, readonly string[]]>([
    ['renew', ['renew', 'a.test.pem', '--new-key']],
    ['renew --spare', ['renew', 'a.test.pem', '--spare', 'spare.pem']],
    ['mint', ['mint', 'a.test', '--new-key']],
  ])('stays when %s is said again, and its sealed file goes', async (_title, words) => {
    const { desk, backup } = await cutOff();
    const key = desk.read('a.test-key.pem');
    await expect(desk.refusal([...words, '--dry-run'])).resolves.toMatchObject({ code: 'SPARE_USED' });
    expect(desk.has('spare.pem')).toBe(true);
    expect(await desk.refusal(words)).toMatchObject({
      code: 'SPARE_USED',
      exitCode: 1,
      hint: expect.stringMatching(/mintmark pin \.\/a\.test\.pem --backup FILE.+--force/) as string,
    });
    expect([desk.read('a.test-key.pem'), certificatePin(desk.path('a.test.pem'))]).toEqual([key, backup]);
    expect(desk.has('spare.pem')).toBe(false);
  });

  it('is told by renew --all, which is then no failure', async () => {
    const { desk, backup } = await cutOff();
    const { exitCode, stdout } = await desk.run(['renew', '--all', '--new-key']);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('has taken over already') as string]);
    expect(stdout).toContain('--backup FILE');
    expect(certificatePin(desk.path('a.test.pem'))).toBe(backup);
  });

  it('leaves the place of its file to the next spare', async () => {
    const { desk, backup } = await cutOff();
    const next = await backUp(desk, 'a.test.pem', 'spare.pem');
    expect(next).not.toBe(backup);
    await desk.json(['renew', 'a.test.pem', '--new-key']);
    expect(certificatePin(desk.path('a.test.pem'))).toBe(next);
  });

  it('keeps its sealed file where its key is in place no more', async () => {
    const { desk } = await cutOff();
    await desk.json(['key', '--out', 'a.test-key.pem', '--force']);
    expect(await desk.refusal(['pin', 'a.test.pem', '--backup', 'spare.pem'])).toMatchObject({ code: 'FILE_EXISTS' });
    expect(desk.has('spare.pem')).toBe(true);
  });

  it('keeps its sealed file where no certificate of its key stands', async () => {
    const { desk } = await cutOff();
    rmSync(desk.path('a.test.pem'));
    const words = ['pin', 'a.test-key.pem', '--backup', 'spare.pem'];
    expect(await desk.refusal(words)).toMatchObject({ code: 'FILE_EXISTS' });
    expect(desk.has('spare.pem')).toBe(true);
  });
});

describe('a sealed file is the only copy of its key until that is in place:', () => {
  it('a spare of the spare leaves it', async () => {
    const { desk, backup } = await deskWithSpare();
    const passphrase = String(readRecords(desk)[0]?.['passphrase']);
    const pass = desk.write('pass', `${passphrase}\n`);
    await backUp(desk, 'spare.pem', 'second.pem', '--passphrase-file', pass);
    expect(keyPin(desk.path('spare.pem'), passphrase)).toBe(backup);
    expect(printedPin(await desk.json(['mint', 'a.test', '--new-key']))).toBe(backup);
  });

  it('a certificate of its request, and the renewal of that, leave it', async (context) => {
    requirePrograms(context, ['openssl']);
    const { desk, backup } = await deskWithSpare();
    const passphrase = String(readRecords(desk)[0]?.['passphrase']);
    const request = ['req', '-new', '-key', desk.path('spare.pem'), '-passin', `pass:${passphrase}`];
    await openssl([
      ...request,
      '-subj',
      '/CN=c.test',
      '-addext',
      'subjectAltName=DNS:c.test',
      '-out',
      desk.path('c.csr'),
    ]);
    await desk.json(['sign', 'c.csr']);
    await desk.json(['renew', 'c.test.pem']);
    await backUp(desk, 'c.csr', 'second.pem');
    expect(keyPin(desk.path('spare.pem'), passphrase)).toBe(backup);
    expect(readRecords(desk).some(({ event }) => event === 'promoted')).toBe(false);
  });

  it('a renewal for its key, which lies nowhere else, leaves it', async () => {
    const { desk } = await deskWithSpare();
    const [records, sealed] = [readRecords(desk), desk.read('spare.pem')];
    await desk.json(['mint', 'a.test', '--new-key']);
    writeRecords(desk, records);
    desk.write('spare.pem', sealed);
    rmSync(desk.path('a.test-key.pem'));
    await desk.json(['renew', 'a.test.pem']);
    expect(desk.read('spare.pem')).toBe(sealed);
    // And it gets its place back.
    const { renewed } = await desk.json(['renew', 'a.test.pem', '--new-key']);
    expect(renewed).toMatchObject([{ promotedSpare: desk.path('spare.pem') }]);
    expect(isPair(desk.path('a.test.pem'), desk.path('a.test-key.pem'))).toBe(true);
  });
});

describe('when the pair is lost', () => {
  it.each([['--spare'], ['--spare elsewhere']])('%s makes another with the spare', async (title) => {
    const { desk, backup } = await deskWithSpare();
    for (const name of ['a.test.pem', 'a.test-key.pem']) rmSync(desk.path(name));
    const file = title === '--spare' ? 'spare.pem' : 'stick.pem';
    if (file !== 'spare.pem') renameSync(desk.path('spare.pem'), desk.path(file));
    const issued = await desk.json(['mint', 'a.test', '--spare', file]);
    expect([printedPin(issued), issued['promotedSpare']]).toEqual([backup, desk.path(file)]);
    expect(keyPin(desk.path('a.test-key.pem'))).toBe(backup);
    expect(desk.has(file)).toBe(false);
  });

  it('--spare does so too where another pair stands by now, and a void spare is none', async () => {
    const { desk, backup } = await deskWithSpare();
    for (const name of ['a.test.pem', 'a.test-key.pem']) rmSync(desk.path(name));
    await desk.json(['mint', 'a.test']);
    expect(printedPin(await desk.json(['mint', 'a.test', '--spare', 'spare.pem']))).toBe(backup);
    const other = (await deskWithSpare()).desk;
    renameSync(other.path('spare.pem'), other.path('void.pem'));
    await backUp(other, 'a.test.pem', 'spare.pem', '--force');
    for (const name of ['a.test.pem', 'a.test-key.pem']) rmSync(other.path(name));
    expect(await other.refusal(['mint', 'a.test', '--spare', 'void.pem'])).toMatchObject({ code: 'SPARE_UNKNOWN' });
  });

  it('--reuse-key takes an encrypted key, and its copy stays encrypted', async () => {
    const desk = newDesk();
    desk.write('pass', 'open sesame\n');
    await desk.json(['key', '--out', 'sealed.pem', '--passphrase-file', 'pass']);
    const words = ['mint', 'a.test', '--reuse-key', 'sealed.pem'];
    expect(await desk.refusal(words)).toMatchObject({
      code: 'KEY_ENCRYPTED',
      hint: expect.stringContaining('--passphrase-file') as string,
    });
    const issued = await desk.json([...words, '--passphrase-file', 'pass']);
    expect(desk.read('a.test-key.pem')).toMatch(/ENCRYPTED/);
    expect(keyPin(desk.path('a.test-key.pem'), 'open sesame')).toBe(printedPin(issued));
  });
});

describe('a second certificate of the key', () => {
  it('gets the spare also from a key file that is encrypted by now, and no other key', async (context) => {
    requirePrograms(context, ['openssl']);
    const { desk, backup } = await deskWithSpare();
    await desk.json(['mint', 'b.test', '--reuse-key', 'a.test-key.pem']);
    await desk.json(['renew', 'a.test.pem', '--new-key']);
    const key = desk.path('a.test-key.pem');
    await openssl(['pkcs8', '-topk8', '-in', key, '-out', desk.path('x'), '-passout', 'pass:open sesame']);
    renameSync(desk.path('x'), key);
    const before = desk.read('b.test-key.pem');
    expect(await desk.refusal(['renew', 'b.test.pem', '--new-key'])).toMatchObject({ code: 'PASSPHRASE_NEEDED' });
    expect(desk.read('b.test-key.pem')).toBe(before);
    desk.write('pass', 'open sesame\n');
    await desk.json(['renew', 'b.test.pem', '--new-key', '--passphrase-file', 'pass']);
    expect(certificatePin(desk.path('b.test.pem'))).toBe(backup);
  });

  it('gets no other key unasked where the spare is gone', async () => {
    const { desk } = await deskWithSpare();
    await desk.json(['mint', 'b.test', '--reuse-key', 'a.test-key.pem']);
    await desk.json(['renew', 'a.test.pem', '--new-key']);
    await desk.json(['renew', 'a.test.pem', '--new-key', '--force']);
    const before = desk.read('b.test-key.pem');
    expect(await desk.refusal(['renew', 'b.test.pem', '--new-key'])).toMatchObject({
      code: 'SPARE_MISSING',
      message: expect.stringContaining('does not hold it any more') as string,
    });
    expect(desk.read('b.test-key.pem')).toBe(before);
    await desk.json(['renew', 'b.test.pem', '--new-key', '--force']);
    expect(desk.read('b.test-key.pem')).not.toBe(before);
  });
});

describe('--backup --force', () => {
  it('really makes another, in the same file too', async () => {
    const { desk, backup } = await deskWithSpare();
    const other = await backUp(desk, 'a.test.pem', 'spare.pem', '--force');
    expect(other).not.toBe(backup);
    expect(printedPin(await desk.json(['mint', 'a.test', '--new-key']))).toBe(other);
  });

  it('goes over no key that is needed', async () => {
    const { desk } = await deskWithSpare();
    await desk.json(['mint', 'b.test']);
    desk.write('copy.pem', `${desk.read('b.test.pem')}${desk.read('b.test-key.pem')}`);
    await desk.json(['self-signed', 'c.test', '--passphrase-file', desk.write('pass', 'x\n')]);
    await backUp(desk, 'b.test.pem', 'b-spare.pem');
    desk.write('b-copy.pem', desk.read('b-spare.pem'));
    const ca = join(desk.home, 'cas', 'default', 'issuer-key.pem');
    const files = ['a.test-key.pem', 'b.test-key.pem', 'copy.pem', 'c.test-key.pem', 'b-spare.pem', 'b-copy.pem', ca];
    const read = () => files.map((file) => readFileSync(join(file.startsWith('/') ? '' : desk.folder, file), 'utf8'));
    const before = read();
    for (const file of files)
      expect(await desk.refusal(['pin', 'a.test.pem', '--backup', file, '--force']), file).toMatchObject({
        code: 'SPARE_PLACE_TAKEN',
        hint: expect.stringContaining('another file') as string,
      });
    expect(read()).toEqual(before);
  });
});

describe('options that would do nothing', () => {
  it.each([
    ['mint', ['mint', 'a.test']],
    ['self-signed', ['self-signed', 'a.test']],
    ['renew', ['renew', 'a.test.pem']],
  ])('%s --spare-passphrase-file without --new-key is refused', async (_title, words) => {
    const desk = newDesk();
    await desk.json(['a.test']);
    desk.write('pass', 'x\n');
    expect(await desk.refusal([...words, '--spare-passphrase-file', 'pass'])).toMatchObject({
      code: 'OPTION_ALONE',
      exitCode: 2,
    });
  });

  it('renew --force without --new-key is refused', async () => {
    const desk = newDesk();
    await desk.json(['a.test']);
    expect(await desk.refusal(['renew', 'a.test.pem', '--force'])).toMatchObject({ code: 'OPTION_ALONE' });
  });
});

describe('what is said', () => {
  it('names the next spare of each, and quotes odd paths', async () => {
    const desk = newDesk();
    for (const name of ['a b.pem', 'c.pem']) {
      await desk.json(['mint', 'a.test', '--cert-file', name, '--key-file', name.replace('.', '-key.')]);
      await backUp(desk, name, name.replace('.', '-spare.'));
    }
    rmSync(desk.path('a b-spare.pem'));
    expect(await desk.refusal(['renew', 'a b.pem', '--new-key'])).toMatchObject({
      code: 'SPARE_MISSING',
      hint: expect.stringContaining("pin './a b.pem' --backup") as string,
    });
    await backUp(desk, 'a b.pem', 'a b-spare.pem', '--force');
    const { stderr } = await desk.runOrThrow(['renew', '--all', '--new-key']);
    expect(stderr).toContain("mintmark pin './a b.pem' --backup './a b-spare.pem'\n");
    expect(stderr).toContain('mintmark pin ./c.pem --backup ./c-spare.pem\n');
    expect(stderr).not.toContain('Nobody has the pin');
  });

  it('warns of a new key that nobody has the pin of, and of no first one', async () => {
    const desk = newDesk();
    expect((await desk.runOrThrow(['mint', 'a.test', '--new-key'])).stderr).not.toContain('Nobody');
    const { stdout, stderr } = await desk.runOrThrow(['renew', 'a.test.pem', '--new-key']);
    expect(stdout).toContain('new key in ./a.test-key.pem');
    expect(stderr).toContain(
      'Nobody has the pin of this key; hand it out before you restart: mintmark pin ./a.test.pem',
    );
  });
});
