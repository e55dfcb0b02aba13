/**
 * @module What people see, in its order: the block of mint, the new CA, the wildcard line, errors, lists, signs; without a terminal
 * the same text without colour.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deskMaker } from './desk.ts';

const ESCAPE = '\u001B';
const newDesk = deskMaker('screens');

/** Asserts that the patterns occur in the text one after the other. */
function expectInOrder(text: string, patterns: readonly RegExp[]): void {
  let rest = text;
  for (const pattern of patterns) {
    expect(rest).toMatch(pattern);
    rest = rest.slice((pattern.exec(rest)?.index ?? 0) + (pattern.exec(rest)?.[0].length ?? 0));
  }
}

describe('mint', () => {
  const desk = newDesk();

  it('says first what CA it made, then names, files, expiry and pin, then the one thing to do', async () => {
    const { stdout, stderr } = await desk.runOrThrow(['localhost', '127.0.0.1', '::1']);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(
      'New CA "default". It can only speak for localhost, test, local, internal and 5 more (mintmark ca show), and its root key no longer exists.',
    );
    expectInOrder(stdout, [
      /^\n {2}localhost\n {2}127\.0\.0\.1\n {2}::1\n\n/,
      /^ {2}certificate {2}\.\/localhost\+2\.pem +leaf and issuer, in this order\n/,
      /^ {2}key {10}\.\/localhost\+2-key\.pem\n/,
      /^ {2}expires {6}\d{1,2} [A-Z][a-z]+ \d{4} \(397 days\)\n/,
      /^ {2}pin {10}sha256\/\/[A-Za-z0-9+/]{43}=/,
      /mintmark pin localhost\+2\.pem/,
    ]);
    expect(stderr).toMatch(/\n› Nothing on this machine trusts this CA yet: mintmark install\n$/);
    expect(stdout + stderr).not.toMatch(/!|successfully/i);
  });

  it('names the domains of the user first when the CA got them', async () => {
    const { stderr } = await newDesk().runOrThrow(['my-site.com', 'localhost']);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('speak for my-site.com, localhost, test, local and 6 more');
  });

  it('the second time says the middle part, and what is still to do', async () => {
    const { stdout, stderr } = await desk.runOrThrow(['localhost']);
    expect(stdout).toMatch(/^\n {2}localhost\n\n {2}certificate/);
    expect(stderr).toBe('\n› Nothing on this machine trusts this CA yet: mintmark install\n');
  });

  it('says how another CA than the default is installed', async () => {
    const other = newDesk();
    await other.runOrThrow(['ca', 'create', 'bank', '--scope', 'bank.com']);
    const { stderr } = await other.runOrThrow(['bank.com']);
    expect(stderr).toBe('\n› Nothing on this machine trusts this CA yet: mintmark install --ca bank\n');
  });

  it('says nothing of it once the journal knows a place', async () => {
    const other = newDesk();
    await other.runOrThrow(['localhost']);
    const { rootSha256Hex } = await other.json(['ca', 'show']);
    const entry = { event: 'installed', at: '', ca: 'default', rootSha256Hex, store: 'system', place: '/anchors' };
    writeFileSync(join(other.home, 'installed.jsonl'), `${JSON.stringify(entry)}\n`);
    expect((await other.runOrThrow(['localhost'])).stderr).toBe('');
  });

  it('warns once that a wildcard goes one level deep', async () => {
    const { stdout } = await desk.runOrThrow(['*.app.test', '*.api.test']);
    expect(stdout.match(/matches/g)).toHaveLength(1);
    expect(stdout).toContain('*.app.test matches a.app.test, not a.b.app.test');
    expect((await desk.runOrThrow(['app.test'])).stdout).not.toContain('matches');
  });

  it('shows paths as people type them', async () => {
    expect((await desk.runOrThrow(['a.test', '--out', 'certs'])).stdout).toContain(' ./certs/a.test.pem ');
    expect((await desk.runOrThrow(['a.test', '--out', '../aside'])).stdout).toMatch(/ \/.+\/aside\/a\.test\.pem /);
  });

  it('keeps to 80 columns where names allow', async () => {
    const { output } = await newDesk().runOrThrow(['localhost', '127.0.0.1', '::1']);
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('names outside the scope come with the command to type', async () => {
    const { exitCode, stderr } = await desk.run(['bank.com']);
    expect([exitCode, stderr]).toEqual([
      1,
      'error[NAME_OUTSIDE_SCOPE]: "bank.com" is outside the scope of CA "default"\n' +
        '  (localhost, test, local, internal, home.arpa, …)\nhint: mintmark ca create bank --scope bank.com\n',
    ]);
  });
});

describe('list', () => {
  it('puts what expires first on top, and tells files that are gone or were changed', async () => {
    const desk = newDesk();
    expect((await desk.runOrThrow(['list'])).stdout).toMatch(/^Nothing was issued yet/);
    await desk.json(['late.test']);
    await desk.json(['soon.test', '--days', '12']);
    await desk.json(['gone.test', '--days', '30']);
    await desk.json(['changed.test', '--days', '40']);
    rmSync(desk.path('gone.test.pem'));
    desk.write('changed.test.pem', 'something else');
    const { stdout } = await desk.runOrThrow(['list']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/));
    expect(lines).toEqual([
      ['EXPIRES', 'NAMES', 'FILE'],
      ['in 12 days', 'soon.test', './soon.test.pem', '› renew'],
      ['file is gone', 'gone.test', './gone.test.pem'],
      ['file was changed', 'changed.test', './changed.test.pem'],
      ['in 397 days', 'late.test', './late.test.pem'],
    ]);
    const { certificates } = await desk.json(['list', '--expiring', '12']);
    expect(certificates).toMatchObject([{ names: ['soon.test'], daysLeft: 12 }]);
    await desk.json(['soon.test']);
    expect(await desk.json(['list', '--expiring', '35'])).toMatchObject({ certificates: [{ fileState: 'gone' }] });
    expect(await desk.json(['list', '--expiring', '35', '--all'])).toMatchObject({ certificates: { length: 2 } });
  });
});

describe('ca', () => {
  it('show and list tell scope, files and end', async () => {
    const desk = newDesk();
    await desk.json(['ca', 'create', 'bank', '--scope', 'bank.com']);
    const { stdout } = await desk.runOrThrow(['ca', 'show', 'bank']);
    expectInOrder(stdout, [
      /^ {2}CA +bank\n/,
      /^ {2}speaks for +localhost, bank\.com\n/,
      /^ {2}addresses +any IP address\n/,
      /^ {2}root +\/.+root\.pem\n/,
      /^ {2}issuer +\/.+issuer\.pem\n/,
      /\(3650 days\)\n/,
    ]);
    expect((await desk.runOrThrow(['ca', 'list'])).stdout).toMatch(
      /^ {2}bank +localhost, bank\.com +.+\(3650 days\)\n$/,
    );
    expect((await newDesk().runOrThrow(['ca', 'list'])).stdout).toMatch(/mintmark localhost/);
  });
});

describe('a pipe', () => {
  it('gets no colour, whatever TERM says', async () => {
    const { output } = await newDesk().run(['localhost'], { env: { TERM: 'xterm-256color', FORCE_COLOR: undefined } });
    expect(output).not.toContain(ESCAPE);
  });

  it.each([
    ['C', '>'],
    ['POSIX', '>'],
    ['de_AT.ISO-8859-1', '>'],
    ['C.UTF-8', '›'],
    ['de_AT.utf8', '›'],
  ])('under LC_ALL=%s has the sign %s', async (locale, sign) => {
    const desk = newDesk();
    const { stderr } = await desk.runOrThrow(['localhost'], { env: { LC_ALL: locale } });
    expect(stderr).toContain(`\n${sign} `);
  });

  it('under LC_ALL=C is ASCII throughout', async () => {
    const desk = newDesk();
    const env = { LC_ALL: 'C' };
    const outputs = [await desk.run(['*.app.test', 'localhost'], { env }), await desk.run(['bank.com'], { env })];
    const pin = 'sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';
    for (const words of [
      ['ca', 'show'],
      ['list'],
      ['pin', '_wildcard.app.test+1.pem'],
      ['pin', '_wildcard.app.test+1.pem', '--check', pin],
    ])
      outputs.push(await desk.run(words, { env }));
    for (const { output } of outputs) expect(output).toMatch(/^[\u0000-\u007F]*$/);
  });
});
