/**
 * @module `revoke --reason keyCompromise`: whoever has the key has every certificate of it, so that all of them go, those from before a
 * renewal first of all.
 */
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { deskMaker, type Desk, type Printed } from '../cli/desk.ts';
import { daysFromNow } from '../cli/shifted-clock.ts';
import { requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';

const newDesk = deskMaker('same-key');

type Told = { readonly revoked: readonly Printed[]; readonly unreachable: readonly Printed[] };
const revoke = async (desk: Desk, file: string, reason = 'keyCompromise'): Promise<Told> =>
  (await desk.json(['revoke', file, '--reason', reason])) as unknown as Told;
const serialsOf = (rows: readonly Printed[]): unknown[] => rows.map(({ serialHex }) => serialHex);
const recordsOf = (desk: Desk): Printed[] =>
  readFileSync(join(desk.home, 'revocations.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Printed);

/** `app.test.pem`, and `old.pem` of the same key, which it took the place of. */
async function mintTwins(desk: Desk): Promise<readonly [older: string, newer: string]> {
  const { serialHex } = await desk.json(['mint', 'app.test']);
  copyFileSync(desk.path('app.test.pem'), desk.path('old.pem'));
  const { renewed } = (await desk.json(['renew', 'app.test.pem'])) as unknown as { renewed: readonly Printed[] };
  expect(renewed).toMatchObject([{ isKeyKept: true }]);
  return [String(serialHex), String(renewed[0]?.['serialHex'])];
}

it('a certificate from before a renewal is refused by OpenSSL too, and what has another key is not', async (context) => {
  requirePrograms(context, ['openssl']);
  const desk = newDesk();
  const [older, newer] = await mintTwins(desk);
  await desk.json(['mint', 'other.test']);
  const { rootFile } = await desk.json(['ca', 'show']);
  const verify = async (file: string): Promise<string> => {
    const lists = ['-crl_check_all', '-CAfile', String(rootFile), '-CRLfile', desk.path('lists.pem')];
    const { output } = await run(['openssl', 'verify', ...lists, '-untrusted', desk.path(file), desk.path(file)]);
    return output;
  };
  await desk.json(['crl', '--out', 'lists.pem', '--with-root']);
  expect(await verify('old.pem')).toContain('OK');
  const { stdout } = await desk.runOrThrow(['revoke', 'app.test.pem', '--reason', 'keyCompromise']);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(new RegExp(`app\\.test {2}revoked, keyCompromise {2}serial ${newer}`));
  expect(lines[1]).toMatch(new RegExp(`app\\.test {2}revoked, keyCompromise, the same key {2}serial ${older}`));
  await desk.json(['crl', '--out', 'lists.pem', '--with-root']);
  for (const file of ['app.test.pem', 'old.pem']) expect(await verify(file)).toContain('certificate revoked');
  expect(await verify('other.test.pem')).toContain('OK');
});

it('all is told again, and recorded once', async () => {
  const desk = newDesk();
  const [older, newer] = await mintTwins(desk);
  const first = await revoke(desk, 'app.test.pem');
  expect(serialsOf(first.revoked)).toEqual([newer, older]);
  expect(first.revoked).toMatchObject([
    { isNew: true, reason: 'keyCompromise' },
    { isNew: true, reason: 'keyCompromise', ca: 'default', names: ['app.test'], certFile: null },
  ]);
  const again = await revoke(desk, 'old.pem');
  expect(serialsOf(again.revoked)).toEqual([older, newer]);
  expect(again.revoked).toMatchObject([{ isNew: false }, { isNew: false }]);
  expect(recordsOf(desk)).toHaveLength(2);
});

it('another reason takes none but the named one, and a later keyCompromise the rest', async () => {
  const desk = newDesk();
  const [older, newer] = await mintTwins(desk);
  expect(serialsOf((await revoke(desk, 'app.test.pem', 'superseded')).revoked)).toEqual([newer]);
  const { revoked } = await revoke(desk, 'app.test.pem');
  expect(revoked).toMatchObject([
    { serialHex: newer, reason: 'superseded', isNew: false },
    { serialHex: older, reason: 'keyCompromise', isNew: true },
  ]);
});

it('what has expired is left alone', async () => {
  const desk = newDesk();
  await desk.json(['mint', 'app.test', '--days', '10'], daysFromNow(desk, -20));
  expect(await desk.json(['renew', 'app.test.pem', '--days', '10'])).toMatchObject({ renewed: [{ isKeyKept: true }] });
  const { revoked, unreachable } = await revoke(desk, 'app.test.pem');
  expect([revoked.length, unreachable.length]).toEqual([1, 0]);
});

it('other CAs of this home, and one that a rotation holds back, record theirs for their own lists', async () => {
  const desk = newDesk();
  await desk.json(['ca', 'create', 'shop', '--scope', 'app.test']);
  await desk.json(['ca', 'create', 'default'], daysFromNow(desk, -2));
  await desk.json(['csr', 'app.test']);
  await desk.json(['sign', 'app.test.csr', '--cert-file', 'shop.pem', '--ca', 'shop']);
  await desk.json(['sign', 'app.test.csr', '--cert-file', 'first.pem', '--ca', 'default'], daysFromNow(desk, -1));
  await desk.json(['ca', 'rotate', 'default', '--hold']);
  await desk.json(['sign', 'app.test.csr', '--cert-file', 'second.pem', '--ca', 'default']);
  const { revoked, unreachable } = await revoke(desk, 'shop.pem');
  expect(unreachable).toEqual([]);
  expect(revoked.map(({ ca }) => ca)).toEqual(['shop', ...revoked.slice(1).map(() => 'default')]);
  const files = revoked.map(({ certFile }) => certFile);
  for (const name of ['shop.pem', 'first.pem', 'second.pem']) expect(files).toContain(desk.path(name));
  expect(new Set(recordsOf(desk).map(({ issuerSpkiSha256Hex }) => issuerSpkiSha256Hex)).size).toBe(3);
  expect(await desk.json(['crl', '--ca', 'shop'])).toMatchObject({ entries: [{}] });
  const serial = revoked.find(({ certFile }) => certFile === desk.path('second.pem'))?.['serialHex'];
  const { entries } = (await desk.json(['crl'])) as unknown as { entries: readonly Printed[] };
  expect(serialsOf(entries)).toContain(serial);
});

it('what no CA of this home can reach is told and stops nothing', async () => {
  const desk = newDesk();
  await desk.json(['ca', 'create', 'shop', '--scope', 'app.test']);
  await desk.json(['ca', 'create', 'lost', '--scope', 'app.test']);
  await desk.json(['ca', 'create', 'default']);
  await desk.json(['csr', 'app.test']);
  for (const ca of ['shop', 'lost', 'default'])
    await desk.json(['sign', 'app.test.csr', '--cert-file', `${ca}.pem`, '--ca', ca]);
  await desk.json(['self-signed', 'app.test', '--out', 'own', '--key-file', 'app.test-key.pem']);
  await desk.json(['ca', 'remove', 'shop', '--yes']);
  rmSync(join(desk.home, 'cas/lost/issuer-key.pem'));
  const { revoked, unreachable } = await revoke(desk, 'default.pem');
  expect(revoked).toMatchObject([{ ca: 'default', isNew: true }]);
  expect(unreachable).toMatchObject([
    { ca: 'shop', names: ['app.test'], code: 'REVOKE_CA_GONE' },
    { ca: 'lost', names: ['app.test'], code: 'CA_KEY_MISSING' },
    { ca: null, names: ['app.test'], code: 'REVOKE_SELF_SIGNED' },
  ]);
  expect(recordsOf(desk)).toHaveLength(1);
  const { stdout } = await desk.runOrThrow(['revoke', 'default.pem', '--reason', 'keyCompromise']);
  expect(stdout).toMatch(/app\.test {2}not revoked, the same key {2}serial [0-9a-f]+\n {4}CA "shop", .+ is gone/);
});

it('what was revoked before its CA went is not told as out of reach', async () => {
  const desk = newDesk();
  for (const ca of ['shop', 'keep']) await desk.json(['ca', 'create', ca, '--scope', 'app.test']);
  await desk.json(['csr', 'app.test']);
  for (const ca of ['shop', 'keep']) await desk.json(['sign', 'app.test.csr', '--cert-file', `${ca}.pem`, '--ca', ca]);
  await desk.json(['revoke', 'shop.pem']);
  await desk.json(['ca', 'remove', 'shop', '--yes']);
  expect(await revoke(desk, 'keep.pem')).toMatchObject({ revoked: [{ ca: 'keep', isNew: true }], unreachable: [] });
});
