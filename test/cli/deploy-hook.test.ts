/** @module `renew --deploy-hook`: a program without a shell, certbot's variables, remembered by certificate, told when it fails. */
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deskMaker, type Desk, type Printed } from './desk.ts';

const newDesk = deskMaker('deploy-hook');

/** A program that notes how it was called. */
function noting(desk: Desk, name = 'hook', exitCode = 0): string {
  const script = `#!/bin/sh
{ printf 'lineage=%s\\ndomains=%s\\ncert=%s\\nkey=%s\\nhome=%s\\ncwd=%s\\n' "$RENEWED_LINEAGE" "$RENEWED_DOMAINS" "$MINTMARK_CERT_FILE" "$MINTMARK_KEY_FILE" "$MINTMARK_HOME" "$PWD"
for word in "$@"; do printf 'word=%s\\n' "$word"; done; } >> '${desk.path('called')}'
[ -z "$SPEAK" ] || echo 'the hook speaks'
exit ${exitCode}
`;
  writeFileSync(desk.path(name), script, { mode: 0o755 });
  chmodSync(desk.path(name), 0o755);
  return desk.path(name);
}

const callsOf = (desk: Desk): number =>
  desk.has('called') ? (desk.read('called').match(/^lineage=/gm)?.length ?? 0) : 0;
const hooksOf = (desk: Desk): string => join(desk.home, 'hooks.jsonl');

describe('a deploy hook', () => {
  it('is called once for each certificate, with certbot’s variables and its words as they are', async () => {
    const desk = newDesk();
    noting(desk);
    mkdirSync(desk.path('my site'));
    await desk.json(['mint', 'a.test', '*.a.test', '--out', 'my site']);
    await desk.json(['mint', 'b.test']);
    const words = ['renew', '--all', '--deploy-hook', `./hook 'two words' "\\$HOME" plain`];
    const { stdout, stderr } = await desk.runOrThrow(words, { env: { SPEAK: '1' } });
    expect(stdout.match(/✓ deploy hook/g)).toHaveLength(2);
    expect(stdout).not.toContain('the hook speaks');
    expect(stderr).toContain('the hook speaks');
    const call = (folder: string, base: string, domains: string): string =>
      `lineage=${folder}\ndomains=${domains}\ncert=${folder}/${base}.pem\nkey=${folder}/${base}-key.pem\n` +
      `home=${desk.home}\ncwd=${desk.folder}\nword=two words\nword=$HOME\nword=plain\n`;
    expect(
      desk
        .read('called')
        .split(/(?=^lineage)/m)
        .sort(),
    ).toEqual(
      [call(desk.path('my site'), 'a.test+1', 'a.test *.a.test'), call(desk.folder, 'b.test', 'b.test')].sort(),
    );
  });

  it('runs again at the next renewal from wherever, is shown by a dry run, and is forgotten when told', async () => {
    const desk = newDesk();
    noting(desk);
    await desk.json(['mint', 'a.test']);
    await desk.json(['renew', 'a.test.pem', '--deploy-hook', './hook']);
    await desk.json(['renew', '--all'], { cwd: '/' });
    expect([callsOf(desk), desk.read('called').match(/^cwd=.*$/gm)]).toEqual([
      2,
      [`cwd=${desk.folder}`, `cwd=${desk.folder}`],
    ]);
    expect((await desk.runOrThrow(['renew', '--all', '--dry-run'])).stdout).toContain(`hook: ${desk.path('hook')}`);
    expect(callsOf(desk)).toBe(2);
    const { renewed } = await desk.json(['renew', 'a.test.pem', '--no-deploy-hook']);
    expect((renewed as Printed[])[0]).not.toHaveProperty('deployHook');
    await desk.json(['renew', 'a.test.pem']);
    expect(callsOf(desk)).toBe(2);
  });

  it('belongs to the certificates that it was given for, and a later one takes its place', async () => {
    const desk = newDesk();
    noting(desk);
    noting(desk, 'other');
    for (const name of ['a.test', 'b.test']) await desk.json(['mint', name]);
    await desk.json(['renew', 'a.test.pem', '--deploy-hook', './hook']);
    await desk.json(['renew', 'a.test.pem', '--deploy-hook', './other x']);
    rmSync(desk.path('called'));
    const { renewed } = await desk.json(['renew', '--all']);
    expect((renewed as Printed[]).filter((one) => 'deployHook' in one)).toMatchObject([
      { names: ['a.test'], deployHook: { command: [desk.path('other'), 'x'], isDone: true } },
    ]);
    expect(desk.read('called')).toContain('word=x');
  });

  it('that fails is told, with exit code 1; the renewals stand, the others get theirs', async () => {
    const desk = newDesk();
    noting(desk, 'hook', 3);
    for (const name of ['a.test', 'b.test']) await desk.json(['mint', name]);
    const before = desk.read('a.test.pem');
    const { exitCode, stdout, stderr } = await desk.run(['renew', '--all', '--deploy-hook', './hook']);
    expect([exitCode, stdout.match(/✗ deploy hook +ended with 3: /g)]).toEqual([
      1,
      ['✗ deploy hook   ended with 3: ', '✗ deploy hook   ended with 3: '],
    ]);
    expect(stderr).toContain('Restart or reload what serves them');
    expect([callsOf(desk), desk.read('a.test.pem') === before]).toEqual([2, false]);
    const quiet = await desk.run(['renew', 'a.test.pem', '--quiet']);
    expect([quiet.exitCode, quiet.stdout]).toEqual([1, '']);
    expect(quiet.stderr).toMatch(/deploy hook +ended with 3/);
    rmSync(desk.path('hook'));
    const gone = await desk.run(['renew', 'a.test.pem', '--json']);
    expect(gone.exitCode).toBe(1);
    expect(JSON.parse(gone.stdout)).toMatchObject({
      renewed: [{ deployHook: { isDone: false, reason: 'could not be started: ENOENT' } }],
    });
  });

  it('whose folder is a riddle, or that can not be noted, stops neither its certificate nor the others', async () => {
    const desk = newDesk();
    noting(desk);
    for (const name of ['a.test', 'b.test']) await desk.json(['mint', name]);
    mkdirSync(desk.path('was'));
    await desk.json(['renew', '../a.test.pem', '../b.test.pem', '--deploy-hook', '../hook'], { cwd: desk.path('was') });
    rmSync(desk.path('was'), { recursive: true });
    symlinkSync('was', desk.path('was')); // to itself
    const lost = await desk.run(['renew', '--all', '--json']);
    expect([lost.exitCode, callsOf(desk)]).toEqual([1, 2]);
    expect((JSON.parse(lost.stdout) as Printed)['renewed']).toMatchObject([
      { deployHook: { isDone: false, reason: expect.stringContaining('ELOOP') as string } },
      { deployHook: { isDone: false } },
    ]);
    rmSync(hooksOf(desk));
    mkdirSync(hooksOf(desk));
    expect(await desk.refusal(['renew', '--all'])).toMatchObject({ code: 'NOT_A_FILE' });
  });

  it('is given no key file of a hook around it', async () => {
    const desk = newDesk();
    noting(desk);
    await desk.json(['csr', 'c.test']);
    await desk.json(['sign', 'c.test.csr', '--cert-file', 'c.pem']);
    rmSync(desk.path('c.test-key.pem'));
    await desk.json(['renew', 'c.pem', '--deploy-hook', './hook'], { env: { MINTMARK_KEY_FILE: '/outer/key.pem' } });
    expect(desk.read('called')).toMatch(/^key=$/m);
  });

  it('is not noted, and that is said, where nothing is renewed', async () => {
    const desk = newDesk();
    await desk.json(['mint', 'a.test']);
    const words = ['renew', '--all', '--within', '5', '--deploy-hook', 'true'];
    expect((await desk.runOrThrow(words)).stderr).toContain('› The hook was not noted');
    expect((await desk.runOrThrow(words.slice(0, 4))).stderr).toBe('');
    expect((await desk.runOrThrow(['renew', '--all', '--deploy-hook', 'true'])).stderr).toBe('');
  });

  it('gets no terminal and no input to wait for', async () => {
    const desk = newDesk();
    await desk.json(['mint', 'a.test']);
    const words = ['renew', 'a.test.pem', '--deploy-hook', `sh -c 'cat > read; tty || true'`];
    await desk.runOrThrow(words, { input: 'secret input', timeoutMs: 20_000 });
    expect(desk.read('read')).toBe('');
  });
});

describe('nothing is renewed', () => {
  it.each([
    ['for a line that wants a shell', 'systemctl reload nginx && echo done', 'DEPLOY_HOOK_WORDS', 2],
    ['for a program that is not there', 'no-such-program-here x', 'DEPLOY_HOOK_PROGRAM', 1],
    ['for a file that is no program', './a.test.pem', 'DEPLOY_HOOK_PROGRAM', 1],
    ['for no words at all', ' ', 'DEPLOY_HOOK_WORDS', 2],
  ])('%s', async (_what, hook, code, exitCode) => {
    const desk = newDesk();
    await desk.json(['mint', 'a.test']);
    const before = desk.read('a.test.pem');
    expect(await desk.refusal(['renew', 'a.test.pem', '--deploy-hook', hook])).toMatchObject({ code, exitCode });
    expect(desk.read('a.test.pem')).toBe(before);
  });

  it('with a hook and none', async () => {
    const desk = newDesk();
    await desk.json(['mint', 'a.test']);
    const words = ['renew', 'a.test.pem', '--deploy-hook', 'true', '--no-deploy-hook'];
    expect(await desk.refusal(words)).toMatchObject({ code: 'OPTIONS_CONFLICT' });
  });

  it('from the records of somebody else’s home', async (context) => {
    if (process.getuid?.() !== 0) return context.skip('needs root');
    const desk = newDesk();
    noting(desk);
    await desk.json(['mint', 'a.test']);
    await desk.json(['renew', 'a.test.pem', '--deploy-hook', './hook']);
    chownSync(desk.home, 65534, 65534);
    expect(await desk.refusal(['renew', '--all'])).toMatchObject({ code: 'HOME_FOREIGN_OWNER' });
    expect(callsOf(desk)).toBe(1);
  });
});

describe('the records', () => {
  it('are for the owner alone, and a torn or foreign line is passed over', async () => {
    const desk = newDesk();
    noting(desk);
    await desk.json(['mint', 'a.test']);
    await desk.json(['renew', 'a.test.pem', '--deploy-hook', './hook']);
    const lines = readFileSync(hooksOf(desk), 'utf8');
    const strange = { event: 'hook', at: '', certFile: desk.path('a.test.pem'), command: 'rm -rf /', cwd: '/' };
    writeFileSync(hooksOf(desk), `${lines}${JSON.stringify(strange)}\n{"event":"hook","certFile":"${desk.path('a')}`);
    await desk.json(['renew', '--all']);
    expect(callsOf(desk)).toBe(2);
    expect(readFileSync(hooksOf(desk), 'utf8').startsWith(lines)).toBe(true);
  });
});
