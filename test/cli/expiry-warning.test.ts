/** @module The one line about certificates that expire soon: when it is said, to whom, how often, and of which certificates. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mountMemoryDisk } from '../store/memory-disk.ts';
import { requirePrograms } from '../programs/program.ts';
import { Desk, deskMaker } from './desk.ts';
import { daysFromNow } from './shifted-clock.ts';
import { onTerminal } from './terminal.ts';

const newDesk = deskMaker('expiry');
const noteOf = (desk: Desk): string => join(desk.home, 'expiry.json');

async function minted(days: number, name = 'a.test'): Promise<Desk> {
  const desk = newDesk();
  await desk.json(['mint', name, '--days', String(days)]);
  return desk;
}

/** What a command says on stderr so many days from now, without a terminal. */
const said = async (desk: Desk, days: number, words: readonly string[] = ['ca', 'list']): Promise<string> =>
  (await desk.runOrThrow(words, daysFromNow(desk, days))).stderr;

/** The same at a terminal, without its colours. */
async function seen(desk: Desk, days: number, words: readonly string[] = ['ca', 'list']): Promise<string> {
  const { screen } = await onTerminal(desk, words, daysFromNow(desk, days));
  // eslint-disable-next-line no-control-regex
  return (
    screen
      .replaceAll(/\u001b\[[\d;]*m/g, '')
      .match(/^.*(?:expire|has expired).*: mintmark .*$/m)?.[0]
      ?.trim() ?? ''
  );
}

describe('the warning', () => {
  it('comes 20, 10 and 1 days before the end, and at the end, with the command to type', async () => {
    const desk = await minted(90);
    const line = (when: string): string => `› a.test ${when}: mintmark renew ./a.test.pem\n`;
    expect(await said(desk, 69)).toBe('');
    expect(await said(desk, 70)).toBe(line('expires in 20 days'));
    expect(await said(desk, 80)).toBe(line('expires in 10 days'));
    expect(await said(desk, 89)).toBe(line('expires in 1 day'));
    expect(await said(desk, 91)).toBe(line('has expired'));
    expect(await said(desk, 130)).toBe('');
    await desk.json(['renew', 'a.test.pem'], daysFromNow(desk, 91));
    expect(await said(desk, 91)).toBe('');
  });

  it('comes with every command that touches the home, and with no other', async () => {
    const desk = await minted(15);
    for (const words of [['list'], ['ca', 'show'], ['mint', 'b.test'], ['pin', 'b.test.pem'], ['ca', 'path'], ['env']])
      expect(await said(desk, 0, words), words.join(' ')).toContain('› a.test expires in 15 days');
    for (const words of [
      ['key'],
      ['completion', 'bash'],
      ['csr', 'c.test'],
      ['exec', '--', 'true'],
      ['--version'],
      ['list', '--help'],
    ])
      expect(await said(desk, 0, words), words.join(' ')).not.toContain('expires');
    const { stdout } = await desk.runOrThrow(['ca', 'path']);
    expect(stdout).toBe(`${join(desk.home, 'cas', 'default')}\n`);
  });

  it('is not said under --quiet and --json', async () => {
    const desk = await minted(15);
    expect(await said(desk, 0, ['list', '--quiet'])).toBe('');
    expect(await said(desk, 0, ['list', '--json'])).toBe('');
  });

  it('does not change what a failing command says', async () => {
    const desk = await minted(15);
    const { exitCode, stderr } = await desk.run(['ca', 'show', 'none']);
    expect([exitCode, stderr.split('\n')[0]]).toEqual([1, expect.stringMatching(/^error\[CA_NOT_FOUND\]/)]);
    expect(stderr).not.toContain('expires');
  });

  it('is one line for many', async () => {
    const desk = await minted(15);
    await desk.json(['mint', 'b.test', '--days', '3']);
    expect(await said(desk, 0)).toBe(
      '› 2 certificates expire within 15 days, b.test in 3 days: mintmark renew --all --within 15\n',
    );
    expect(await said(desk, 4)).toBe(
      '› 2 certificates have expired or will within 11 days: mintmark renew --all --within 11\n',
    );
  });

  it('names no command that would refuse, where no renewal makes them anew', async () => {
    const desk = newDesk();
    await desk.json(['self-signed', 'w.test', '--webtransport']);
    expect(await said(desk, 13)).toMatch(/^› .*: mintmark self-signed w\.test --webtransport\n$/);
    expect(await said(desk, 19)).toBe(
      '› 2 certificates have expired or will within 1 day: mintmark list --expiring 1\n',
    );
    await desk.json(['ca', 'create', 'other']);
    await desk.json(['mint', 'a.test', '--days', '9', '--ca', 'other']);
    expect(await said(desk, 0)).toContain('a.test expires in 9 days: mintmark renew ./a.test.pem\n');
    await desk.json(['ca', 'remove', 'other', '--yes']);
    expect(await said(desk, 0)).toContain('a.test expires in 9 days: mintmark list --expiring 9\n');
    await desk.json(['mint', 'b.test', '--days', '12']);
    await desk.json(['mint', 'c.test', '--days', '5']);
    expect(await said(desk, 0)).toContain(
      '3 certificates expire within 12 days, c.test in 5 days: mintmark renew --all --within 12\n',
    );
  });

  it('spells hostile paths so that they can be pasted', async () => {
    const desk = await minted(90);
    mkdirSync(desk.path('two words'));
    await desk.json(['mint', 'b.test', '--days', '9', '--cert-file', "two words/it's.pem"]);
    expect(await said(desk, 0)).toBe(`› b.test expires in 9 days: mintmark renew './two words/it'\\''s.pem'\n`);
  });

  it('is not of what the command itself has just made', async () => {
    const desk = await minted(90);
    expect(await said(desk, 0, ['mint', 'b.test', '--days', '9'])).not.toContain('expires in');
    expect(await said(desk, 0)).toContain('b.test expires in 9 days');
    expect(await said(desk, 0, ['renew', 'b.test.pem'])).not.toContain('expires in');
  });
});

describe('at a terminal', () => {
  it('each stage is told once', async (context) => {
    requirePrograms(context, ['python3']);
    const desk = await minted(90);
    expect(await seen(desk, 60)).toBe('');
    expect(await seen(desk, 71)).toContain('a.test expires in 19 days');
    expect(await seen(desk, 71)).toBe('');
    expect(await seen(desk, 79)).toBe('');
    // Elsewhere nobody may have read it.
    expect(await said(desk, 79)).toContain('a.test expires in 11 days');
    expect(await seen(desk, 81)).toContain('a.test expires in 9 days');
    expect(await seen(desk, 82)).toBe('');
    expect(await seen(desk, 89)).toContain('a.test expires in 1 day');
    expect(await seen(desk, 92)).toContain('a.test has expired');
    expect(await seen(desk, 93)).toBe('');
    expect(statSync(noteOf(desk)).mode & 0o777).toBe(0o600);
  });

  it('a certificate made later is told of at once, and a lost or foolish note only repeats a stage', async (context) => {
    requirePrograms(context, ['python3']);
    const desk = await minted(15);
    expect(await seen(desk, 0)).toContain('a.test');
    await desk.json(['mint', 'b.test', '--days', '5']);
    expect(await seen(desk, 0)).toContain('b.test expires in 5 days');
    for (const text of ['', 'not json', '{"lookAgainAt":"9999-01-01T00:00:00.000Z","told":{},"isDue":false}', '[]']) {
      writeFileSync(noteOf(desk), text);
      expect(await seen(desk, 0), text).toContain('2 certificates expire');
    }
    rmSync(noteOf(desk));
    expect(await seen(desk, 0, ['renew', '--all', '--dry-run'])).toContain('2 certificates expire');
    expect(existsSync(noteOf(desk))).toBe(false);
  });
});

describe('no warning is for', () => {
  it('what is gone, replaced, or written over', async () => {
    const desk = newDesk();
    for (const name of ['gone.test', 'replaced.test', 'other.test']) await desk.json(['mint', name, '--days', '15']);
    rmSync(desk.path('gone.test.pem'));
    await desk.json(['mint', 'replaced.test']);
    desk.write('other.test.pem', 'something else');
    expect(await said(desk, 0)).toBe('');
  });

  it('a pipe in the place of a file, which nobody waits for', async () => {
    const desk = await minted(15);
    rmSync(desk.path('a.test.pem'));
    execFileSync('mkfifo', [desk.path('a.test.pem')]);
    for (const words of [['ca', 'list'], ['list'], ['renew', '--all']])
      expect([words, (await desk.run(words, { timeoutMs: 20_000 })).stderr]).toEqual([words, '']);
  });

  it('what was revoked', async () => {
    const desk = await minted(15);
    const [line = ''] = readFileSync(join(desk.home, 'ledger.jsonl'), 'utf8').split('\n');
    const { serialHex, certSha256Hex, spkiSha256Hex, notAfter } = JSON.parse(line) as Record<string, string>;
    const record = { event: 'revoked', at: notAfter, ca: 'default', issuerSpkiSha256Hex: '00', reason: 'superseded' };
    const text = `${JSON.stringify({ ...record, serialHex, certSha256Hex, spkiSha256Hex, notAfter })}\n`;
    appendFileSync(join(desk.home, 'revocations.jsonl'), text);
    expect(await said(desk, 0)).toBe('');
  });

  it('a WebTransport pair before its last day, which is rolled and not renewed', async () => {
    const desk = newDesk();
    await desk.json(['self-signed', 'w.test', '--webtransport']);
    expect(await said(desk, 5, ['list'])).toBe('');
    expect(await said(desk, 12.5, ['list'])).toContain(
      '› w.test expires in 1 day: mintmark self-signed w.test --webtransport',
    );
  });
});

describe('a home', () => {
  it('that can not be written to fails nothing', async (context) => {
    requirePrograms(context, ['python3']);
    const desk = newDesk();
    const disk = await mountMemoryDisk(context, desk.path('disk'));
    const there = Object.assign(Object.create(Desk.prototype) as Desk, {
      folder: desk.folder,
      home: join(disk.path, 'home'),
    });
    await there.json(['mint', 'a.test', '--days', '15']);
    await disk.makeReadOnly();
    for (const round of [1, 2])
      expect([round, await seen(there, 0)]).toEqual([round, expect.stringContaining('a.test expires in 15 days')]);
    expect(await said(there, 0)).toContain('a.test expires in 15 days');
  });

  it('that is not there is not made, and an odd ledger stops no command', async () => {
    const desk = newDesk();
    expect(await said(desk, 0)).toBe('');
    expect(existsSync(desk.home)).toBe(false);
    await desk.json(['mint', 'a.test', '--days', '15']);
    appendFileSync(join(desk.home, 'ledger.jsonl'), '{"event":"issued","notAfter":"2026-99-99"}\n[]\nnull\n{"torn');
    expect(await said(desk, 0)).toContain('a.test expires in 15 days');
  });

  it('with thousands of entries is read through a few times a day at most', async () => {
    const desk = await minted(90);
    const ledger = join(desk.home, 'ledger.jsonl');
    const line = readFileSync(ledger, 'utf8');
    const others = Array.from({ length: 3000 }, (_, i) => line.replaceAll('a.test', `n${i}.test`));
    writeFileSync(ledger, line + others.join(''));
    expect(await said(desk, 0)).toBe('');
    const note = readFileSync(noteOf(desk), 'utf8');
    expect(JSON.parse(note)).toMatchObject({ isDue: false, told: {} });
    expect(await said(desk, 0.2)).toBe('');
    expect(readFileSync(noteOf(desk), 'utf8')).toBe(note);
    expect(await said(desk, 75)).toContain('a.test expires in 15 days');
  });
});
