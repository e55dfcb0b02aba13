/** @module Key stores that hold a certificate follow its renewal: the same alias, encryption and password, or a word about it. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPkcs12 } from '../../packages/ca-core/src/pkcs12/index.ts';
import { deskMaker, type Desk, type Printed } from './desk.ts';
import { readLeaf } from './minted-facts.ts';

const newDesk = deskMaker('renew-stores');
const PASSWORD = 'correct horse 7 battery';

const MINT = ['mint', 'a.test', '--p12-file', 'a.p12', '--password-file', 'pw'];
let made: Desk;
beforeAll(async () => {
  made = newDesk();
  made.write('pw', `${PASSWORD}\n`);
  await made.json(MINT);
});

/** A desk with a copy of what was minted once, as if it had been minted there: a store takes half a second. */
function prepared(): Desk {
  const desk = newDesk();
  for (const [from, to] of [
    [made.folder, desk.folder],
    [made.home, desk.home],
  ] as const)
    cpSync(from, to, { recursive: true });
  for (const name of ['ledger.jsonl', 'keystores.jsonl']) {
    const path = join(desk.home, name);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(made.folder, desk.folder));
  }
  return desk;
}

/** Without the store. */
async function preparedPair(): Promise<Desk> {
  const desk = newDesk();
  desk.write('pw', `${PASSWORD}\n`);
  await desk.json(['mint', 'a.test']);
  return desk;
}

/** Whether a store is the one of which the records say that it holds the certificate. That they tell the truth is shown by `openStore`. */
function isCurrent(desk: Desk, name: string): boolean {
  const sha256Hex = createHash('sha256')
    .update(readFileSync(desk.path(name)))
    .digest('hex');
  const leaf = createHash('sha256')
    .update(readLeaf(desk.path('a.test.pem')).raw)
    .digest('hex');
  const records = readFileSync(join(desk.home, 'keystores.jsonl'), 'utf8').split('\n');
  return records.some((line) => line.includes(`"${sha256Hex}"`) && line.includes(`"${leaf}"`));
}

function openStore(desk: Desk, name: string, password = PASSWORD) {
  const { certificates, privateKeys, encryption } = readPkcs12(readFileSync(desk.path(name)), { what: name, password });
  const [leaf] = certificates;
  return {
    isCurrent: Buffer.from(leaf?.certDer ?? []).equals(readLeaf(desk.path('a.test.pem')).raw),
    length: certificates.length,
    alias: leaf?.friendlyName,
    encryption: encryption.privateKeys[0],
    key: Buffer.from(privateKeys[0]?.pkcs8Der ?? []).toString('base64'),
  };
}

const renewedOf = (printed: Printed): Printed => (printed['renewed'] as readonly Printed[])[0] ?? {};

describe('a renewal makes the stores anew', () => {
  it('that were made with the certificate, whose password lies in a file', async () => {
    const desk = prepared();
    const before = openStore(made, 'a.p12');
    const printed = await desk.json(['renew', 'a.test.pem']);
    expect(renewedOf(printed)['keystores']).toEqual([{ keystoreFile: desk.path('a.p12'), isRenewed: true }]);
    expect(openStore(desk, 'a.p12')).toEqual({ ...before, isCurrent: true });
    expect(desk.mode('a.p12')).toBe(0o600);
    await desk.json(['renew', '--all', '--new-key']);
    const after = openStore(desk, 'a.p12');
    expect(after).toMatchObject({ isCurrent: true, length: 2, alias: 'a.test' });
    expect(after.key).not.toBe(before.key);
  });

  it('of `keystore`, with its alias and in its old format; trust stores and foreign files stay', async () => {
    const desk = prepared();
    const store = (...words: readonly string[]) => desk.json(['keystore', '--password-file', 'pw', ...words]);
    await store('--cert', 'a.test.pem', '--alias', 'jetty', '--legacy', '--out', 'old.p12');
    await store('--cert', 'a.test.pem', '--trust', '--out', 'trust.p12');
    writeFileSync(desk.path('a.p12'), 'mine by now');
    const trust = readFileSync(desk.path('trust.p12'));
    expect(renewedOf(await desk.json(['renew', 'a.test.pem']))['keystores']).toHaveLength(1);
    expect(openStore(desk, 'old.p12')).toMatchObject({
      isCurrent: true,
      alias: 'jetty',
      encryption: expect.stringContaining('3DES') as string,
      length: 2,
    });
    expect([readFileSync(desk.path('trust.p12')), desk.read('a.p12')]).toEqual([trust, 'mine by now']);
  });

  it('whose password was typed, when it is given; until then it says so, which is no failure', async () => {
    const desk = prepared();
    // As if it had been typed: nothing is known of the file.
    const records = `${desk.home}/keystores.jsonl`;
    writeFileSync(records, readFileSync(records, 'utf8').replace(/,"passwordFile":"[^"]*"/, ''));
    const { exitCode, stdout } = await desk.run(['renew', 'a.test.pem']);
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(
        /a\.p12 +still holds the old certificate: its password is not known\n {4}hint {2}mintmark keystore --cert \.\/a\.test\.pem --key \.\/a\.test-key\.pem --out \.\/a\.p12 --alias a\.test\n/,
      ),
    ]);
    expect(isCurrent(desk, 'a.p12')).toBe(false);
    await desk.json(['renew', 'a.test.pem', '--password-file', 'pw']);
    expect(openStore(desk, 'a.p12').isCurrent).toBe(true);
    // And from now on it is known.
    await desk.json(['renew', 'a.test.pem']);
    expect(isCurrent(desk, 'a.p12')).toBe(true);
  });

  it('not by a password that does not open the old one, which is a failure; the renewal stands', async () => {
    const desk = prepared();
    const store = readFileSync(desk.path('a.p12'));
    const cert = desk.read('a.test.pem');
    desk.write('pw', 'another\n');
    const { exitCode, stdout } = await desk.run(['renew', 'a.test.pem', '--json']);
    expect(exitCode).toBe(1);
    expect(renewedOf(JSON.parse(stdout) as Printed)['keystores']).toMatchObject([
      { isRenewed: false, reason: 'its password is another by now' },
    ]);
    expect(readFileSync(desk.path('a.p12'))).toEqual(store);
    expect(desk.read('a.test.pem')).not.toBe(cert);
    const quiet = await desk.run(['renew', '--all', '--quiet']);
    expect([quiet.exitCode, quiet.stdout]).toEqual([1, '']);
    expect(quiet.stderr).toContain('a.p12');
    desk.write('pw', `${PASSWORD}\n`);
    await desk.json(['renew', 'a.test.pem']);
    expect(isCurrent(desk, 'a.p12')).toBe(true);
  });

  it('not where the file of its password is gone, which is a failure that --quiet tells', async () => {
    const desk = prepared();
    rmSync(desk.path('pw'));
    const { exitCode, stderr } = await desk.run(['renew', 'a.test.pem', '--quiet']);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('its password is no longer in ./pw')]);
    expect(isCurrent(desk, 'a.p12')).toBe(false);
  });

  it('not by a pipe, which gave its password once and would be waited for', async () => {
    const desk = await preparedPair();
    execFileSync('mkfifo', [desk.path('pipe')]);
    spawn('sh', ['-c', 'cat pw > pipe'], { cwd: desk.folder, stdio: 'ignore' });
    await desk.json(['mint', 'a.test', '--p12-file', 'a.p12', '--password-file', 'pipe']);
    expect(isCurrent(desk, 'a.p12')).toBe(true);
    expect(readFileSync(`${desk.home}/keystores.jsonl`, 'utf8')).not.toContain('passwordFile');
    const other = prepared();
    rmSync(other.path('pw'));
    execFileSync('mkfifo', [other.path('pw')]);
    const waiting = await other.run(['renew', 'a.test.pem'], { timeoutMs: 20_000 });
    expect([waiting.exitCode, waiting.stdout]).toEqual([1, expect.stringContaining('no longer in ./pw')]);
  });

  it('also where a command was cut off between its record and its file', async () => {
    const desk = prepared();
    const records = join(desk.home, 'keystores.jsonl');
    const lost = readFileSync(records, 'utf8').replace(/"sha256Hex":"[^"]+"/, `"sha256Hex":"${'ab'.repeat(32)}"`);
    appendFileSync(records, lost); // of a store that did not come to its place
    await desk.json(['renew', 'a.test.pem']);
    expect(isCurrent(desk, 'a.p12')).toBe(true);
  });

  it('and says why not where a folder stands; the renewal and its hook are done all the same', async () => {
    const desk = prepared();
    const cert = desk.read('a.test.pem');
    rmSync(desk.path('a.p12'));
    mkdirSync(desk.path('a.p12'));
    const { exitCode, stdout } = await desk.run(['renew', '--all', '--deploy-hook', 'touch called']);
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/✓ \.\/a\.test\.pem [^]*✗ \.\/a\.p12 .*folder/)]);
    expect([desk.read('a.test.pem') === cert, desk.has('called')]).toEqual([false, true]);
    expect((await desk.runOrThrow(['mint', 'a.test'])).stderr).toContain('./a.p12 still holds the old certificate');
  });

  it('which `mint` over it does not, but says so', async () => {
    const desk = prepared();
    const { stderr } = await desk.runOrThrow(['mint', 'a.test']);
    expect(stderr).toContain('› ./a.p12 still holds the old certificate: mintmark renew ./a.test.pem\n');
    expect((await desk.runOrThrow(['mint', 'b.test'])).stderr).not.toContain('a.p12');
    expect((await desk.runOrThrow(MINT)).stderr).toBe(
      '\n› Nothing on this machine trusts this CA yet: mintmark install\n',
    );
  });

  it('and none that is gone', async () => {
    const desk = prepared();
    rmSync(desk.path('a.p12'));
    expect(renewedOf(await desk.json(['renew', 'a.test.pem']))).not.toHaveProperty('keystores');
    expect(desk.has('a.p12')).toBe(false);
  });
});
