/**
 * @module `ca rotate` in a home whose CA no store holds: the new CA has the old one's name, scope, kind of key and lifetime; every certificate
 * is made anew in its place with its key; until the end there is a way back, and each step may be done again.
 */
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deskMaker, type Desk } from '../cli/desk.ts';
import { daysOf, isPair, readLeaf } from '../cli/minted-facts.ts';
import { digestOf, expectNoTrace, HOLD, isCurrent, rootFile, UNDO, YES } from './rotated.ts';

const newDesk = deskMaker('rotate');
async function deskWithThree(): Promise<Desk> {
  const desk = newDesk();
  await desk.json(['localhost', '127.0.0.1']);
  await desk.json(['one.test', '--cert-file', 'one.pem', '--key-file', 'one.pem', '--days', '90']);
  await desk.json(['csr', 'signed.test']);
  await desk.json(['sign', 'signed.test.csr', '--client', '--cert-file', 'signed.test.pem']);
  return desk;
}
const FILES = ['localhost+1.pem', 'one.pem', 'signed.test.pem'];

describe('a rotation', () => {
  it('makes every certificate anew in its place: same names, same key, as long; the old CA is gone', async () => {
    const desk = await deskWithThree();
    const before = FILES.map((file) => readLeaf(desk.path(file)));
    const [old, keys] = [await desk.json(['ca', 'show']), desk.read('localhost+1-key.pem')];
    const rotated = await desk.json(YES);
    const shown = await desk.json(['ca', 'show']);
    expect(rotated).toMatchObject({
      state: 'rotated',
      ca: 'default',
      rootSha256Hex: shown['rootSha256Hex'],
      skipped: [],
    });
    expect(rotated['certificates']).toHaveLength(3);
    expect(shown['rootSha256Hex']).not.toBe(old['rootSha256Hex']);
    expect(shown).toMatchObject({
      path: old['path'],
      scope: old['scope'],
      keyLabel: old['keyLabel'],
      keyState: 'plain',
    });
    for (const [i, file] of FILES.entries()) {
      const leaf = readLeaf(desk.path(file));
      expect(isCurrent(desk, file), file).toBe(true);
      expect(leaf.publicKey.equals(before[i]?.publicKey ?? leaf.publicKey), file).toBe(true);
      expect([leaf.subjectAltName, leaf.subject, leaf.keyUsage, Math.round(daysOf(leaf))]).toEqual([
        before[i]?.subjectAltName,
        before[i]?.subject,
        before[i]?.keyUsage,
        Math.round(daysOf(before[i] ?? leaf)),
      ]);
      expect(leaf.serialNumber).not.toBe(before[i]?.serialNumber);
    }
    expect(desk.read('localhost+1-key.pem')).toBe(keys);
    expect([desk.mode('one.pem'), isPair(desk.path('one.pem'), desk.path('one.pem'))]).toEqual([0o600, true]);
    expectNoTrace(desk);
    expect(await desk.refusal(UNDO)).toMatchObject({ code: 'ROTATION_NONE' });
    expect(await desk.json(['list'])).toMatchObject({ certificates: [{ ca: 'default' }, {}, {}] });
  });

  it('never shares a subject or a key with the old CA, and keeps the words of a subject that was chosen', async () => {
    const desk = newDesk();
    await desk.json([
      'ca',
      'create',
      'acme',
      '--scope',
      'acme.test',
      '--subject',
      'O=Acme, CN=Acme CA',
      '--days',
      '1000',
    ]);
    const [before, issuer] = [
      readLeaf(rootFile(desk, 'acme')),
      readLeaf(rootFile(desk, 'acme').replace('root', 'issuer')),
    ];
    await desk.json(['ca', 'rotate', 'acme', '--yes']);
    const after = readLeaf(rootFile(desk, 'acme'));
    expect(after.subject).toMatch(/^O=Acme\nCN=Acme CA [0-9a-f]{8}$/);
    expect(Math.round(daysOf(after))).toBe(Math.round(daysOf(before)));
    const newIssuer = readLeaf(rootFile(desk, 'acme').replace('root', 'issuer'));
    expect(newIssuer.subject).not.toBe(issuer.subject);
    expect(newIssuer.publicKey.equals(issuer.publicKey)).toBe(false);
    await desk.json(['ca', 'rotate', 'acme', '--yes']);
    expect(readLeaf(rootFile(desk, 'acme')).subject).toMatch(/^O=Acme\nCN=Acme CA [0-9a-f]{8}$/);
  });

  it('takes another kind of key, lifetime, subject and scope, if all names have a place in it', async () => {
    const desk = newDesk();
    await desk.json(['a.my-site.com', 'localhost', '--cert-file', 'a.pem', '--key-file', 'a-key.pem']);
    const narrow = ['ca', 'rotate', '--yes', '--scope', 'other-site.com'];
    expect(await desk.refusal(narrow)).toMatchObject({
      code: 'ROTATION_SCOPE_NARROW',
      details: { name: 'a.my-site.com', domains: ['other-site.com', 'my-site.com'] },
      hint: expect.stringMatching(/ca rotate default --scope other-site\.com --scope my-site\.com$/) as unknown,
    });
    expectNoTrace(desk);
    const words = ['--key', 'ecdsa-p384', '--days', '500', '--subject', 'CN=Mine', '--scope', 'my-site.com'];
    await desk.json([...YES, ...words]);
    const shown = await desk.json(['ca', 'show']);
    expect(shown).toMatchObject({
      keyLabel: 'ECDSA P-384',
      scope: { dns: expect.arrayContaining(['my-site.com']) as unknown },
    });
    expect(readLeaf(rootFile(desk)).subject).toBe('CN=Mine');
    expect(isCurrent(desk, 'a.pem')).toBe(true);
    expect(Math.round(daysOf(readLeaf(desk.path('a.pem'))))).toBe(397);
  });

  it('leaves certificates of other CAs, and those that sign themselves, alone', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    await desk.json(['ca', 'create', 'other', '--scope', 'other.test']);
    await desk.json(['a.other.test', '--ca', 'other']);
    await desk.json(['self-signed', 'self.test']);
    const before = ['a.other.test.pem', 'self.test.pem'].map((file) => desk.read(file));
    const rotated = await desk.json(YES);
    expect(rotated['certificates']).toHaveLength(1);
    expect(['a.other.test.pem', 'self.test.pem'].map((file) => desk.read(file))).toEqual(before);
  });

  it('makes no new one of a certificate that was revoked, for whatever reason', async () => {
    const desk = newDesk();
    const revoked = ['plain.test', 'reason.test', 'copied.test'];
    for (const name of ['localhost', ...revoked]) await desk.json([name]);
    await desk.json(['revoke', 'plain.test.pem']);
    await desk.json(['revoke', 'reason.test.pem', '--reason', 'cessationOfOperation']);
    await desk.json(['revoke', 'copied.test.pem', '--reason', 'keyCompromise']);
    const before = revoked.map((name) => desk.read(`${name}.pem`));
    const plan = await desk.json(['ca', 'rotate', '--dry-run']);
    const held = await desk.json(HOLD);
    expect(plan['certificates']).toEqual([desk.path('localhost.pem')]);
    expect(held).toMatchObject({ state: 'held', certificates: [{ certFile: desk.path('localhost.pem') }] });
    for (const { skipped } of [plan, held] as { skipped?: unknown }[]) {
      const rows = (skipped as { certFile: string; reason: string; isExpected: boolean }[]).toSorted((a, b) =>
        a.certFile.localeCompare(b.certFile),
      );
      expect(rows.map(({ certFile, isExpected }) => [certFile, isExpected])).toEqual(
        [...revoked].sort().map((name) => [desk.path(`${name}.pem`), true]),
      );
      expect(rows.map(({ reason }) => reason)).toEqual([
        expect.stringContaining('revoked because others have its key'),
        expect.stringMatching(/^it was revoked on \d+ \w+ \d{4}$/),
        expect.stringMatching(/^it was revoked on .* \(cessationOfOperation\)$/),
      ]);
    }
    expect(revoked.map((name) => desk.read(`${name}.pem`))).toEqual(before);
    const listed = (await desk.json(['list'])) as unknown as { certificates: { certFile: string; revoked: boolean }[] };
    expect(listed.certificates.filter((one) => one.revoked).map(({ certFile }) => certFile)).toHaveLength(3);
    expect(await desk.json(YES)).toMatchObject({ state: 'rotated', certificates: [] });
    expect(revoked.map((name) => desk.read(`${name}.pem`))).toEqual(before);
    await desk.json(['renew', 'plain.test.pem', '--new-key']); // who asks for one gets it
    expect(isCurrent(desk, 'plain.test.pem')).toBe(true);
  });

  it('makes anew what has not begun, by a clock that ran ahead: nobody would trust it afterwards', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    const ledger = join(desk.home, 'ledger.jsonl');
    const later = new Date(Date.now() + 86_400_000).toISOString();
    writeFileSync(ledger, readFileSync(ledger, 'utf8').replaceAll(/"notBefore":"[^"]*"/g, `"notBefore":"${later}"`));
    const renewal = await desk.json(['renew', '--all']);
    expect(renewal).toMatchObject({ renewed: [], skipped: [{ reason: 'it has not begun' }] });
    expect(await desk.json(YES)).toMatchObject({
      certificates: [{ certFile: desk.path('localhost.pem') }],
      skipped: [],
    });
    expect(isCurrent(desk, 'localhost.pem')).toBe(true);
  });

  it('tells of files that are gone or were changed, and goes on', async () => {
    const desk = newDesk();
    for (const name of ['localhost', 'gone.test', 'changed.test'])
      await desk.json([name, '--cert-file', `${name}.pem`]);
    renameSync(desk.path('gone.test.pem'), desk.path('elsewhere.pem'));
    desk.write('changed.test.pem', `${desk.read('changed.test.pem')}# a note\n`);
    desk.write('changed.test.pem', desk.read('localhost.pem'));
    const rotated = await desk.json(YES);
    expect(rotated).toMatchObject({ state: 'rotated', certificates: [{ certFile: desk.path('localhost.pem') }] });
    const skipped = rotated['skipped'] as { certFile: string; isExpected: boolean }[];
    expect(skipped.map(({ certFile, isExpected }) => [certFile, isExpected]).sort()).toEqual([
      [desk.path('changed.test.pem'), true],
      [desk.path('gone.test.pem'), true],
    ]);
  });

  it('without a terminal wants --yes, and says so before anything is made', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    const before = digestOf(rootFile(desk));
    const result = await desk.run(['ca', 'rotate'], { holdInput: true, timeoutMs: 20_000 });
    expect(result).toMatchObject({ exitCode: 1, timedOut: false });
    expect(result.stderr).toMatch(/^error\[CONFIRMATION_NEEDED\].*--hold/);
    expect(digestOf(rootFile(desk))).toBe(before);
    expectNoTrace(desk);
  });

  it('--dry-run shows the plan and changes nothing', async () => {
    const desk = await deskWithThree();
    const before = FILES.map((file) => desk.read(file));
    const shown = await desk.json(['ca', 'show']);
    const plan = await desk.json(['ca', 'rotate', '--dry-run']);
    expect(plan).toMatchObject({ dryRun: true, ca: 'default', isUnderWay: false, stores: [], keyLabel: 'ECDSA P-256' });
    expect([...(plan['certificates'] as string[])].sort()).toEqual(FILES.map((file) => desk.path(file)).sort());
    const { stdout } = await desk.runOrThrow(['ca', 'rotate', '--dry-run']);
    expect(stdout).toMatch(/^Nothing was changed\./);
    expect(FILES.map((file) => desk.read(file))).toEqual(before);
    expect(await desk.json(['ca', 'show'])).toEqual(shown);
    expectNoTrace(desk);
  });

  it('does not know a CA that is not there, and makes no home', async () => {
    const desk = newDesk();
    for (const words of [YES, UNDO, ['ca', 'rotate', 'x', '--dry-run']])
      expect(await desk.refusal(words)).toMatchObject({ exitCode: 1, code: 'CA_NOT_FOUND' });
    expect(existsSync(desk.home)).toBe(false);
    expect(await desk.refusal([...UNDO, '--hold'])).toMatchObject({ exitCode: 2, code: 'OPTIONS_CONFLICT' });
  });
});

describe('--hold and --undo', () => {
  it('stop before the old root goes; then it goes on, or back to exactly what was', async () => {
    const desk = await deskWithThree();
    const before = FILES.map((file) => desk.read(file));
    const root = digestOf(rootFile(desk));
    expect(await desk.json(HOLD)).toMatchObject({ state: 'held' });
    expect(FILES.map((file) => isCurrent(desk, file))).toEqual([true, true, true]);
    expect(digestOf(rootFile(desk))).not.toBe(root);
    expect(await desk.json(['ca', 'show'])).toMatchObject({ isRotating: true });
    expect(await desk.refusal(['ca', 'remove', 'default', '--yes'])).toMatchObject({ code: 'ROTATION_UNDER_WAY' });
    expect(await desk.json(UNDO)).toMatchObject({ state: 'undone' });
    expect(FILES.map((file) => desk.read(file))).toEqual(before);
    expect([desk.mode('one.pem'), desk.mode('localhost+1.pem')]).toEqual([0o600, 0o644]);
    expect(digestOf(rootFile(desk))).toBe(root);
    expectNoTrace(desk);
    expect(await desk.json(['list'])).toMatchObject({ certificates: [{}, {}, {}] });
    const held = await desk.json(HOLD);
    expect(await desk.json(YES)).toMatchObject({
      state: 'rotated',
      rootSha256Hex: held['rootSha256Hex'],
      certificates: [],
    });
    expectNoTrace(desk);
  });

  it('what is minted meanwhile is of the new CA, and after --undo of the old one', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    await desk.json(HOLD);
    await desk.json(['later.test']);
    await desk.json(['renew', 'localhost.pem', '--new-key', '--force']);
    expect(['later.test.pem', 'localhost.pem'].map((file) => isCurrent(desk, file))).toEqual([true, true]);
    const key = desk.read('localhost-key.pem');
    const undone = await desk.json(UNDO);
    expect(undone).toMatchObject({ state: 'undone', skipped: [] });
    expect(['later.test.pem', 'localhost.pem'].map((file) => isCurrent(desk, file))).toEqual([true, true]);
    expect(isPair(desk.path('later.test.pem'), desk.path('later.test-key.pem'))).toBe(true);
    // The key that was asked for meanwhile stays: clients were told its pin.
    expect(desk.read('localhost-key.pem')).toBe(key);
    expect(isPair(desk.path('localhost.pem'), desk.path('localhost-key.pem'))).toBe(true);
  });

  it('what was revoked meanwhile is not put back, but made anew', async () => {
    const desk = newDesk();
    for (const name of ['localhost', 'a.test']) await desk.json([name]);
    const [before, other] = [readLeaf(desk.path('localhost.pem')), desk.read('a.test.pem')];
    await desk.json(HOLD);
    await desk.json(['revoke', before.serialNumber]);
    await desk.json(UNDO);
    expect(readLeaf(desk.path('localhost.pem')).serialNumber).not.toBe(before.serialNumber);
    expect([isCurrent(desk, 'localhost.pem'), desk.read('a.test.pem')]).toEqual([true, other]);
    expect(await desk.json(['list'])).toMatchObject({ certificates: [{ revoked: false }, { revoked: false }] });
  });

  it('what the new CA is was said at the beginning, and is not said again; the state file holds no private key', async () => {
    const desk = newDesk();
    await desk.json(['one.test', '--cert-file', 'one.pem', '--key-file', 'one.pem']);
    await desk.json(HOLD);
    const file = join(desk.home, 'rotation-default.jsonl');
    expect(readFileSync(file, 'utf8')).toContain('BEGIN CERTIFICATE');
    expect(readFileSync(file, 'utf8')).not.toContain('PRIVATE KEY');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await desk.refusal([...YES, '--key', 'rsa-2048'])).toMatchObject({ code: 'ROTATION_UNDER_WAY' });
    expect(await desk.json(['ca', 'rotate', '--dry-run'])).toMatchObject({ isUnderWay: true, certificates: [] });
  });
});

describe('a rotation that was cut off after its last step', () => {
  async function deskWithMark(rootSha256Hex?: string): Promise<Desk> {
    const desk = newDesk();
    await desk.json(['localhost']);
    const shown = await desk.json(['ca', 'show']);
    const mark = { event: 'ending', rootSha256Hex: rootSha256Hex ?? shown['rootSha256Hex'] };
    const lines = [{ event: 'begun', at: '', ca: 'default', stores: [] }, mark].map((line) => JSON.stringify(line));
    writeFileSync(join(desk.home, 'rotation-default.jsonl'), `${lines.join('\n')}\n`);
    return desk;
  }

  it('is done, which is said; again is another one', async () => {
    const desk = await deskWithMark();
    const root = digestOf(rootFile(desk));
    const { stderr } = await desk.runOrThrow(YES);
    expect(stderr).toContain('To begin another rotation, say it again.');
    expect(digestOf(rootFile(desk))).toBe(root);
    expectNoTrace(desk);
    await desk.json(YES);
    expect(digestOf(rootFile(desk))).not.toBe(root);
  });

  it('is not taken for the one of another CA of the name, nor for one with other words', async () => {
    const stale = await deskWithMark('00');
    const root = digestOf(rootFile(stale));
    await stale.json(YES);
    expect(digestOf(rootFile(stale))).not.toBe(root);
    const reworded = await deskWithMark();
    await reworded.json([...YES, '--key', 'ecdsa-p384']);
    expect(await reworded.json(['ca', 'show'])).toMatchObject({ keyLabel: 'ECDSA P-384' });
    const removed = await deskWithMark();
    await removed.json(['ca', 'remove', 'default', '--yes']);
    expectNoTrace(removed);
  });
});

describe('a certificate that can not be made anew', () => {
  /** Its file holds somebody's note, so it is not written whole. */
  async function deskWithStubborn(): Promise<Desk> {
    const desk = newDesk();
    for (const name of ['localhost', 'noted.test']) await desk.json([name]);
    desk.write('noted.test.pem', `${desk.read('noted.test.pem')}a note of mine\n`);
    return desk;
  }

  it('stops the rotation before the end, and the next run goes on', async () => {
    const desk = await deskWithStubborn();
    const stopped = await desk.run([...YES, '--json']);
    expect(stopped.exitCode).toBe(1);
    expect(JSON.parse(stopped.stdout)).toMatchObject({
      state: 'stopped',
      certificates: [{ certFile: desk.path('localhost.pem') }],
      skipped: [{ certFile: desk.path('noted.test.pem'), isExpected: false }],
    });
    desk.write('noted.test.pem', desk.read('noted.test.pem').replace('a note of mine\n', ''));
    expect(await desk.json(YES)).toMatchObject({
      state: 'rotated',
      certificates: [{ certFile: desk.path('noted.test.pem') }],
    });
    expect(isCurrent(desk, 'noted.test.pem')).toBe(true);
  });

  it('is left behind under --force', async () => {
    const desk = await deskWithStubborn();
    expect(await desk.json([...YES, '--force'])).toMatchObject({ state: 'rotated', skipped: [{ isExpected: false }] });
    expect(isCurrent(desk, 'noted.test.pem')).toBe(false);
    expectNoTrace(desk);
  });
});

it('two rotations at once do not come between each other', async () => {
  const desk = await deskWithThree();
  const results = await Promise.all([desk.run(YES), desk.run(YES), desk.run(YES)]);
  expect(results.filter(({ exitCode }) => exitCode === 0).length).toBeGreaterThan(0);
  for (const { exitCode, stderr } of results) if (exitCode !== 0) expect(stderr).toMatch(/^error\[HOME_LOCKED\]/);
  expect(FILES.map((file) => isCurrent(desk, file))).toEqual([true, true, true]);
  expectNoTrace(desk);
});
