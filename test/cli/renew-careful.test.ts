/**
 * @module What renewal must leave alone: whatever else stands in a file, the key of another certificate, and the other certificates
 * when one of them can't be read.
 */
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deskMaker, type Desk, type Printed } from './desk.ts';
import { isPair } from './minted-facts.ts';
import { keyPin } from './rotation-facts.ts';

const newDesk = deskMaker('renew-careful');

describe('a file with more than its chain', () => {
  const additions: readonly (readonly [string, (desk: Desk) => string])[] = [
    ['its key, as HAProxy takes it', (desk) => desk.read('a.test-key.pem')],
    ['a note', () => '# the server of the shop\n'],
    ['the root', (desk) => readFileSync(join(desk.home, 'cas', 'default', 'root.pem'), 'utf8')],
    ['a certificate of others', (desk) => desk.read('b.test.pem')],
  ];
  it.each(additions)('is not written over by a renewal: %s', async (_what, addition) => {
    const desk = newDesk();
    for (const name of ['a.test', 'b.test']) await desk.json([name]);
    appendFileSync(desk.path('a.test.pem'), addition(desk));
    const before = [desk.read('a.test.pem'), desk.read('a.test-key.pem')];
    for (const more of [[], ['--new-key'], ['--dry-run']])
      expect(await desk.refusal(['renew', 'a.test.pem', ...more])).toMatchObject({
        code: 'RENEW_IMPOSSIBLE',
        message: expect.stringContaining('the file holds more than its chain') as string,
        hint: expect.stringContaining('mintmark mint a.test --cert-file FILE') as string,
      });
    expect([desk.read('a.test.pem'), desk.read('a.test-key.pem')]).toEqual(before);
    const { renewed } = await desk.json(['renew', 'b.test.pem']);
    expect(renewed).toHaveLength(1);
  });

  it.each([
    ['mint', ['mint', 'a.test']],
    ['self-signed', ['self-signed', 'a.test']],
  ])('is not written over by %s either, but by --force', async (_title, words) => {
    const desk = newDesk();
    await desk.json(words);
    appendFileSync(desk.path('a.test.pem'), desk.read('a.test-key.pem'));
    const before = desk.read('a.test.pem');
    expect(await desk.refusal(words)).toMatchObject({ code: 'FILE_EXISTS' });
    expect(desk.read('a.test.pem')).toBe(before);
    await desk.json([...words, '--force']);
    expect(desk.read('a.test.pem')).not.toMatch(/PRIVATE KEY/);
  });

  it('is not written over where the key of a one-file pair would go', async () => {
    const desk = newDesk();
    await desk.json(['a.test', '--cert-file', 'both.pem', '--key-file', 'both.pem']);
    const before = desk.read('both.pem');
    expect(await desk.refusal(['a.test', '--cert-file', 'both.pem'])).toMatchObject({ code: 'FILE_EXISTS' });
    await desk.json(['csr', 'a.test']);
    expect(await desk.refusal(['sign', 'a.test.csr', '--cert-file', 'both.pem'])).toMatchObject({
      code: 'FILE_EXISTS',
    });
    expect(desk.read('both.pem')).toBe(before);
  });
});

describe('a copy of a certificate', () => {
  it('is renewed for the same key, and gets no new one in the file of the first', async () => {
    const desk = newDesk();
    await desk.json(['q.test']);
    copyFileSync(desk.path('q.test.pem'), desk.path('copy.pem'));
    const key = desk.read('q.test-key.pem');
    const refused = {
      code: 'RENEW_IMPOSSIBLE',
      message: expect.stringContaining('its key file is that of ./q.test.pem too') as string,
      hint: expect.stringContaining('mintmark renew ./q.test.pem ./copy.pem --new-key') as string,
    };
    expect(await desk.refusal(['renew', 'copy.pem', '--new-key'])).toMatchObject(refused);
    await desk.json(['renew', 'copy.pem']);
    // By now the ledger knows it by itself.
    expect(await desk.refusal(['renew', 'copy.pem', '--new-key'])).toMatchObject(refused);
    expect(desk.read('q.test-key.pem')).toBe(key);
    for (const cert of ['q.test.pem', 'copy.pem'])
      expect(isPair(desk.path(cert), desk.path('q.test-key.pem'))).toBe(true);
  });

  it('gets the new key of the first where both are renewed', async () => {
    const desk = newDesk();
    await desk.json(['q.test']);
    copyFileSync(desk.path('q.test.pem'), desk.path('copy.pem'));
    const { stdout } = await desk.runOrThrow(['renew', 'q.test.pem', 'copy.pem', '--new-key']);
    expect(stdout).toMatch(/copy\.pem +until .+ new key in \.\/q\.test-key\.pem/);
    for (const cert of ['q.test.pem', 'copy.pem'])
      expect(isPair(desk.path(cert), desk.path('q.test-key.pem'))).toBe(true);
  });

  it('does not take the key of another that happens to have its name', async () => {
    const desk = newDesk();
    await desk.json(['q.test']);
    mkdirSync(desk.path('etc'));
    await desk.json(['q.test', '--out', 'etc']);
    const other = keyPin(desk.path('etc/q.test-key.pem'));
    renameSync(desk.path('q.test.pem'), desk.path('etc/first.pem'));
    const { renewed } = await desk.json(['renew', 'etc/first.pem', '--new-key']);
    expect(renewed).toMatchObject([{ keyFile: desk.path('q.test-key.pem') }]);
    expect(isPair(desk.path('etc/first.pem'), desk.path('q.test-key.pem'))).toBe(true);
    expect(keyPin(desk.path('etc/q.test-key.pem'))).toBe(other);
  });
});

describe('one that can not be read', () => {
  it('stops no other, and is a failure', async () => {
    const desk = newDesk();
    mkdirSync(desk.path('far'));
    await desk.json(['a.test', '--out', 'far']);
    await desk.json(['b.test']);
    rmSync(desk.path('far'), { recursive: true });
    symlinkSync('far', desk.path('far')); // to itself: nobody can look into it
    for (const words of [['--all'], ['far/a.test.pem', 'b.test.pem']]) {
      const { exitCode, stdout } = await desk.run(['renew', ...words, '--json']);
      expect(exitCode).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({
        renewed: [{ names: ['b.test'] }],
        skipped: [{ code: 'DISK_FAILURE', isExpected: false }],
      });
    }
  });
});

describe('renew --ca', () => {
  it('of a CA that there is not is a slip, and of another CA is said', async () => {
    const desk = newDesk();
    expect(await desk.refusal(['renew', '--all', '--ca', 'none'])).toMatchObject({ code: 'CA_NOT_FOUND', exitCode: 1 });
    await desk.json(['ca', 'create', 'shop', '--scope', 'my-shop.com']);
    for (const words of [['a.test'], ['self-signed', 's.test']]) await desk.json(words);
    const before = desk.read('a.test.pem');
    expect(await desk.refusal(['renew', '--all', '--ca', 'shpo'])).toMatchObject({ code: 'CA_NOT_FOUND' });
    expect((await desk.runOrThrow(['renew', '--all', '--ca', 'shop'])).stdout).toBe(
      'Nothing of CA "shop" is in use.\n',
    );
    for (const [file, reason] of [
      ['a.test.pem', 'it is of CA "default", not "shop"'],
      ['s.test.pem', 'it signs itself'],
    ] as const)
      expect(await desk.refusal(['renew', file, '--ca', 'shop'])).toMatchObject({
        code: 'RENEW_IMPOSSIBLE',
        message: expect.stringContaining(reason) as string,
      });
    expect(desk.read('a.test.pem')).toBe(before);
    const { renewed } = await desk.json(['renew', 'a.test.pem', '--ca', 'default']);
    expect((renewed as readonly Printed[]).length).toBe(1);
  });
});
