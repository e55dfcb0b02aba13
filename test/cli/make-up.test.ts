/** @module What a renewal left undone that was killed or that failed half-way: the next `renew --all` does it, though nothing is due. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deskMaker, type Desk, type Printed } from './desk.ts';
import { readLeaf } from './minted-facts.ts';

const newDesk = deskMaker('make-up');
const WITHIN = ['renew', '--all', '--within', '30'];

const digestOf = (desk: Desk, file: string): string =>
  readLeaf(desk.path(file)).fingerprint256.replaceAll(':', '').toLowerCase();

/** SHA-256 of the certificate that went into a store last. */
function lastInStore({ home }: Desk): string | undefined {
  const lines = readFileSync(join(home, 'keystores.jsonl'), 'utf8').trimEnd().split('\n');
  return (JSON.parse(lines.at(-1) ?? '') as { certSha256Hex?: string }).certSha256Hex;
}

/** The environment in which a command is killed just before it puts a PKCS#12 file in its place. */
function killedAtStore(desk: Desk): Record<string, string> {
  const file = desk.path('kill.cjs');
  writeFileSync(
    file,
    `const fs = require('node:fs');
const { renameSync } = fs;
fs.renameSync = (from, to) => {
  if (String(to).endsWith('.p12')) process.kill(process.pid, 'SIGKILL');
  return renameSync(from, to);
};
`,
  );
  return { NODE_OPTIONS: `--require=${file}` };
}

describe('renew --all makes up for', () => {
  it('a store and a hook that a kill -9 has cut off, also where nothing expires', async () => {
    const desk = newDesk();
    desk.write('pw', 'correct horse 7 battery\n');
    await desk.json(['mint', 'a.test', '--p12-file', 'a.p12', '--password-file', 'pw']);
    const store = readFileSync(desk.path('a.p12'));
    const before = digestOf(desk, 'a.test.pem');
    const hook = "sh -c 'cp a.p12 served.p12'";
    const killed = await desk.run(['renew', 'a.test.pem', '--deploy-hook', hook], { env: killedAtStore(desk) });
    expect([killed.exitCode, readFileSync(desk.path('a.p12')).equals(store)]).toEqual([null, true]);
    const digest = digestOf(desk, 'a.test.pem');
    expect(digest).not.toBe(before);

    const dry = await desk.runOrThrow([...WITHIN, '--dry-run']);
    expect([dry.stdout, desk.has('served.p12')]).toEqual(['Nothing expires within 30 days.\n', false]);
    const printed = await desk.json(WITHIN);
    const certFile = desk.path('a.test.pem');
    expect(printed).toEqual({
      renewed: [],
      skipped: [],
      keystores: [{ certFile, keystoreFile: desk.path('a.p12'), isRenewed: true }],
      deployHooks: [{ certFile, command: [expect.stringMatching(/sh$/), '-c', 'cp a.p12 served.p12'], isDone: true }],
    });
    expect([digestOf(desk, 'a.test.pem'), lastInStore(desk)]).toEqual([digest, digest]);
    expect(readFileSync(desk.path('a.p12')).equals(store)).toBe(false);
    expect(readFileSync(desk.path('served.p12')).equals(readFileSync(desk.path('a.p12')))).toBe(true);
    expect((await desk.runOrThrow(WITHIN)).stdout).toBe('Nothing expires within 30 days.\n');
    expect((await desk.runOrThrow(['renew', '--all', '--dry-run'])).stdout).toContain('hook: ');
  });

  it('a hook in which the renewal was killed, or that failed', async () => {
    const desk = newDesk();
    await desk.json(['mint', 'a.test']);
    const line =
      '[ -e first ] || { touch first; kill -9 $PPID; }; [ -e second ] || { touch second; exit 3; }; touch third';
    const killed = await desk.run(['renew', 'a.test.pem', '--deploy-hook', `sh -c '${line}'`]);
    expect(killed.exitCode).toBe(null);
    const digest = digestOf(desk, 'a.test.pem');
    rmSync(desk.path('second'), { force: true });
    const failed = await desk.run([...WITHIN, '--quiet']);
    expect([failed.exitCode, failed.stdout]).toEqual([1, '']);
    expect(failed.stderr).toMatch(/✗ deploy hook +ended with 3: .*\(for \.\/a\.test\.pem, until now not done\)/);
    const done = await desk.runOrThrow(WITHIN);
    expect([done.stdout, desk.has('third')]).toEqual([expect.stringMatching(/^ {2}✓ deploy hook /), true]);
    expect((await desk.runOrThrow(WITHIN)).stdout).toBe('Nothing expires within 30 days.\n');
    expect(digestOf(desk, 'a.test.pem')).toBe(digest);
  });

  it('a store whose password was not to be had, with exit code 1 until it is', async () => {
    const desk = newDesk();
    desk.write('pw', 'correct horse 7 battery\n');
    await desk.json(['mint', 'a.test', '--p12-file', 'a.p12', '--password-file', 'pw']);
    await desk.json(['mint', 'a.test']);
    rmSync(desk.path('pw'));
    const { exitCode, stdout } = await desk.run([...WITHIN, '--json']);
    expect([exitCode, (JSON.parse(stdout) as Printed)['keystores']]).toMatchObject([1, [{ isRenewed: false }]]);
    desk.write('pw', 'correct horse 7 battery\n');
    const done = await desk.runOrThrow(WITHIN);
    expect(done.stdout).toMatch(/^ {2}✓ \.\/a\.p12 +until .* key store\n$/);
    expect(done.stderr).toBe('› Restart or reload what serves it\n');
    expect(lastInStore(desk)).toBe(digestOf(desk, 'a.test.pem'));
  });
});

describe('two renewals at once', () => {
  it('both succeed: what the other has renewed is no failure', async () => {
    const desk = newDesk();
    for (const name of ['a.test', 'b.test', 'c.test', 'd.test']) await desk.json(['mint', name]);
    const both = await Promise.all([1, 2, 3].map(() => desk.run(['renew', '--all', '--json'])));
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    const skipped = both.flatMap(({ stdout }) => (JSON.parse(stdout) as { skipped: Printed[] }).skipped);
    for (const one of skipped) {
      expect(one).toMatchObject({ isExpected: true });
      expect(one['reason']).not.toBe('the file was changed by others');
    }
  });
});
