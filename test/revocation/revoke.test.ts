/**
 * @module `revoke`: which certificates it takes, by which words; that it counts once and from the first time on; and that it says what
 * it can't do.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deskMaker, type Desk, type Printed } from '../cli/desk.ts';
import { openssl, readLeaf } from '../cli/minted-facts.ts';
import { daysFromNow } from '../cli/shifted-clock.ts';

const newDesk = deskMaker('revoke');

const revokedRows = (printed: Printed): readonly Printed[] => printed['revoked'] as readonly Printed[];
const listed = async (desk: Desk, ...words: readonly string[]): Promise<readonly Printed[]> =>
  (await desk.json(['list', ...words]))['certificates'] as readonly Printed[];
const recordsOf = (desk: Desk): readonly string[] =>
  readFileSync(join(desk.home, 'revocations.jsonl'), 'utf8').trim().split('\n');

describe('a certificate', () => {
  it('is revoked by its file, listed as revoked, and stays so', async () => {
    const desk = newDesk();
    const { serialHex } = await desk.json(['app.test']);
    const [row] = revokedRows(await desk.json(['revoke', 'app.test.pem', '--reason', 'superseded']));
    expect(row).toMatchObject({ serialHex, names: ['app.test'], ca: 'default', reason: 'superseded', isNew: true });
    expect(await listed(desk)).toMatchObject([
      { revoked: true, revokedAt: row?.['revokedAt'], revocationReason: 'superseded' },
    ]);
    const { stdout } = await desk.runOrThrow(['list']);
    expect(stdout).toMatch(/^ {2}revoked +app\.test/m);
    const [again] = revokedRows(await desk.json(['revoke', 'app.test.pem', '--reason', 'keyCompromise']));
    expect(again).toEqual({ ...row, isNew: false });
    // The first counts; the second tells that others have the key.
    expect(recordsOf(desk)).toHaveLength(2);
    await desk.json(['revoke', 'app.test.pem', '--reason', 'keyCompromise']);
    expect(recordsOf(desk)).toHaveLength(2);
    const told = await desk.runOrThrow(['revoke', 'app.test.pem']);
    expect(told.stdout).toMatch(/app\.test {2}revoked since \d+ \w+ \d{4}, superseded/);
    expect(told.stderr).toBe('');
  });

  it('is revoked by its serial as any program prints it, its file gone or not', async () => {
    const desk = newDesk();
    const { serialHex } = await desk.json(['app.test']);
    rmSync(desk.path('app.test.pem'));
    const hex = String(serialHex);
    const spellings = [hex.match(/../g)?.join(':') ?? '', hex.toUpperCase(), `0x${hex}`, `00${hex}`];
    const [row] = revokedRows(await desk.json(['revoke', hex]));
    expect(row).toMatchObject({ serialHex, names: ['app.test'], certFile: null, reason: 'unspecified', isNew: true });
    expect(revokedRows(await desk.json(['revoke', ...spellings]))).toEqual([{ ...row, isNew: false }]);
    expect(await listed(desk)).toMatchObject([{ revoked: true, fileState: 'gone' }]);
    expect(await desk.refusal(['revoke', hex, '--reason', 'certificateHold'])).toMatchObject({
      code: 'REVOCATION_REASON_UNKNOWN',
      exitCode: 2,
    });
  });

  it('is revoked where it was moved to, in DER, and behind another one by its serial', async () => {
    const desk = newDesk();
    const first = await desk.json(['app.test']);
    const second = await desk.json(['app.test']);
    mkdirSync(desk.path('else where'));
    copyFileSync(desk.path('app.test.pem'), desk.path('else where/x.pem'));
    expect(revokedRows(await desk.json(['revoke', 'else where/x.pem']))).toMatchObject([
      { serialHex: second['serialHex'] },
    ]);
    expect(revokedRows(await desk.json(['revoke', String(first['serialHex'])]))).toMatchObject([{ isNew: true }]);
    expect((await listed(desk, '--all')).map(({ revoked }) => revoked)).toEqual([true, true]);
    expect((await desk.runOrThrow(['list', '--all'])).stdout).toContain('revoked, replaced');
    writeFileSync(desk.path('x.der'), readLeaf(desk.path('app.test.pem')).raw);
    expect(revokedRows(await desk.json(['revoke', 'x.der']))).toMatchObject([{ isNew: false }]);
  });

  it('of a lost ledger is told by its signature', async () => {
    const desk = newDesk();
    await desk.json(['app.test']);
    rmSync(join(desk.home, 'ledger.jsonl'));
    expect(revokedRows(await desk.json(['revoke', 'app.test.pem']))).toMatchObject([{ ca: 'default', isNew: true }]);
  });

  it('for a client, for a request and of another CA is revoked with others in one go', async () => {
    const desk = newDesk();
    await desk.json(['ca', 'create', 'shop', '--scope', 'my-shop.com']);
    await desk.json(['mint', 'api.my-shop.com']);
    await desk.json(['mint', '--client', 'me@app.test']);
    await desk.json(['csr', 'req.test']);
    await desk.json(['sign', 'req.test.csr']);
    const files = ['api.my-shop.com.pem', 'me@app.test-client.pem', 'req.test.pem', 'req.test.pem'];
    expect(revokedRows(await desk.json(['revoke', ...files])).map(({ ca }) => ca)).toEqual([
      'shop',
      'default',
      'default',
    ]);
    expect(await desk.json(['crl', '--ca', 'shop'])).toMatchObject({ entries: [{}] });
    expect(await desk.json(['crl'])).toMatchObject({ entries: [{}, {}] });
  });

  it('of a CA that a rotation takes out of use is not sent to the list of the new one', async () => {
    const desk = newDesk();
    await desk.json(['app.test']);
    writeFileSync(desk.path('old.pem'), desk.read('app.test.pem'));
    await desk.json(['ca', 'rotate', '--hold']);
    const { stderr } = await desk.runOrThrow(['revoke', 'old.pem']);
    expect(stderr).toContain('mintmark ca rotate default');
    expect(stderr).not.toContain('mintmark crl');
    expect(await desk.json(['crl'])).toMatchObject({ entries: [] });
    await desk.json(['ca', 'rotate', '--undo']);
    expect(await desk.json(['crl'])).toMatchObject({ entries: [{}] });
  });

  it('says what comes next, and where no list can be signed says that', async () => {
    const desk = newDesk();
    await desk.json(['app.test']);
    const { stdout, stderr } = await desk.runOrThrow(['revoke', 'app.test.pem']);
    expect(stdout).toContain('app.test  revoked');
    expect(stderr).toContain('mintmark crl --out FILE');
    expect((await desk.runOrThrow(['revoke', 'app.test.pem', '--quiet'])).output).toBe('');
  });
});

describe('not revoked is', () => {
  it('what this home did not issue, whatever it is called, and then nothing else either', async () => {
    const [desk, other] = [newDesk(), newDesk()];
    await desk.json(['app.test']);
    await other.json(['app.test']);
    copyFileSync(other.path('app.test.pem'), desk.path('foreign.pem'));
    for (const word of ['foreign.pem', 'deadbeef', 'zz', './'])
      expect(await desk.refusal(['revoke', 'app.test.pem', word])).toMatchObject({ code: 'REVOKE_NOT_ISSUED' });
    for (const word of ['nothing.pem', 'app.test', 'no/such'])
      expect(await desk.refusal(['revoke', 'app.test.pem', word])).toMatchObject({
        code: 'FILE_NOT_FOUND',
        message: `there is no file ${desk.path(word)}`,
      });
    expect(existsSync(join(desk.home, 'revocations.jsonl'))).toBe(false);
    expect(await listed(desk)).toMatchObject([{ revoked: false, revokedAt: null }]);
    expect(await newDesk().refusal(['revoke', 'x.pem'])).toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(await newDesk().refusal(['revoke', 'deadbeef'])).toMatchObject({ code: 'REVOKE_NOT_ISSUED' });
  });

  it('a forgery that copies the name of our issuer', async () => {
    const desk = newDesk();
    await desk.json(['app.test']);
    const ca = await desk.json(['ca', 'show']);
    await openssl([
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      desk.path('k.pem'),
      '-subj',
      '/CN=x.test',
      '-out',
      desk.path('fake-ca.pem'),
    ]);
    const forged = readLeaf(desk.path('app.test.pem'));
    expect(forged.issuer).toBe(readLeaf(String(ca['issuerFile'])).subject);
    const raw = Buffer.from(forged.raw);
    raw[raw.length - 1] = (raw[raw.length - 1] ?? 0) ^ 1;
    writeFileSync(desk.path('forged.der'), raw);
    expect(await desk.refusal(['revoke', 'forged.der'])).toMatchObject({ code: 'REVOKE_NOT_ISSUED' });
  });

  it('a self-signed one, with what to do instead', async () => {
    const desk = newDesk();
    const { serialHex } = await desk.json(['self-signed', 'app.test']);
    for (const word of ['app.test.pem', String(serialHex)])
      expect(await desk.refusal(['revoke', word])).toMatchObject({
        code: 'REVOKE_SELF_SIGNED',
        hint: expect.stringContaining('mintmark self-signed') as string,
      });
  });

  it('a CA', async () => {
    const desk = newDesk();
    await desk.json(['app.test']);
    const { rootFile, issuerFile } = await desk.json(['ca', 'show']);
    for (const file of [rootFile, issuerFile])
      expect(await desk.refusal(['revoke', String(file)])).toMatchObject({ code: 'REVOKE_CA' });
  });

  it('what a CA issued that is gone, though another has its name now', async () => {
    const desk = newDesk();
    const { serialHex } = await desk.json(['app.test'], daysFromNow(desk, -1));
    await desk.json(['ca', 'remove', 'default', '--yes']);
    expect(await desk.refusal(['revoke', 'app.test.pem'])).toMatchObject({ code: 'REVOKE_CA_GONE' });
    await desk.json(['b.test']);
    renameSync(desk.path('app.test.pem'), desk.path('away.pem'));
    for (const word of ['away.pem', String(serialHex)])
      expect(await desk.refusal(['revoke', word])).toMatchObject({ code: 'REVOKE_CA_GONE' });
    expect(await desk.json(['crl'])).toMatchObject({ entries: [] });
  });

  it('what is no certificate', async () => {
    const desk = newDesk();
    await desk.json(['app.test']);
    desk.write('text.pem', 'hello\n');
    expect(await desk.refusal(['revoke', 'text.pem'])).toMatchObject({ code: 'PEM_NOT_FOUND' });
    expect(await desk.refusal(['revoke', 'app.test-key.pem'])).toMatchObject({ code: 'PEM_NOT_FOUND' });
    desk.write('empty.pem', '');
    expect(await desk.refusal(['revoke', 'empty.pem'])).toMatchObject({ code: 'INPUT_EMPTY' });
    expect(await desk.refusal(['revoke'])).toMatchObject({ code: 'ARGUMENT_MISSING', exitCode: 2 });
  });
});

describe('list', () => {
  it('tells whether certificate and key still belong together', async () => {
    const desk = newDesk();
    for (const name of ['a.test', 'b.test', 'c.test', 'd.test']) await desk.json([name]);
    await desk.json(['csr', 'e.test']);
    await desk.json(['sign', 'e.test.csr', '--cert-file', 'e.pem']);
    desk.write('pass.txt', 'secret words\n');
    copyFileSync(desk.path('b.test-key.pem'), desk.path('a.test-key.pem'));
    rmSync(desk.path('c.test-key.pem'));
    const sealed = ['-topk8', '-v2', 'aes-256-cbc', '-passout', `file:${desk.path('pass.txt')}`];
    await openssl(['pkcs8', ...sealed, '-in', desk.path('d.test-key.pem'), '-out', desk.path('sealed.pem')]);
    renameSync(desk.path('sealed.pem'), desk.path('d.test-key.pem'));
    const states = (await listed(desk)).map(({ names, keyState }) => [(names as string[])[0], keyState]);
    expect(Object.fromEntries(states)).toEqual({
      'a.test': 'other',
      'b.test': 'present',
      'c.test': 'gone',
      'd.test': 'locked',
      'e.test': null,
    });
    const { stdout } = await desk.runOrThrow(['list']);
    expect(stdout).toMatch(/^ {2}key does not match +a\.test/m);
    expect(stdout).toMatch(/^ {2}key is gone +c\.test/m);
    expect(stdout).toMatch(/^ {2}in 397 days +d\.test/m);
  });

  it('names no renewal of what is revoked', async () => {
    const desk = newDesk();
    await desk.json(['mint', 'app.test', '--days', '10']);
    expect((await desk.runOrThrow(['list'])).stdout).toContain('renew');
    await desk.json(['revoke', 'app.test.pem']);
    expect((await desk.runOrThrow(['list'])).stdout).not.toContain('renew');
  });
});

describe('records', () => {
  it('that somebody damaged lose no other, and a torn line is closed', async () => {
    const desk = newDesk();
    await desk.json(['a.test']);
    await desk.json(['b.test']);
    await desk.json(['revoke', 'a.test.pem']);
    const file = join(desk.home, 'revocations.jsonl');
    const odd = [
      '{"event":"revoked","serialHex":5}',
      '{"event":"revoked","serialHex":"../x","at":"never"}',
      'x',
      '{"ev',
    ];
    writeFileSync(file, readFileSync(file, 'utf8') + odd.join('\n'));
    await desk.json(['revoke', 'b.test.pem']);
    expect(await desk.json(['crl'])).toMatchObject({ entries: [{}, {}] });
    expect((await listed(desk)).map(({ revoked }) => revoked)).toEqual([true, true]);
  });

  it('made by a clock that ran ahead count at once', async () => {
    const desk = newDesk();
    await desk.json(['a.test']);
    await desk.json(['revoke', 'a.test.pem'], daysFromNow(desk, 3));
    const { entries, thisUpdate } = await desk.json(['crl']);
    expect(entries).toMatchObject([{ revokedAt: thisUpdate }]);
  });
});
