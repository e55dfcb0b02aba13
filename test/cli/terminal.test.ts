/**
 * @module What happens on a terminal alone: questions, passphrases without echo, colour, progress; and when none of it happens.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import { deskMaker } from './desk.ts';
import { onTerminal } from './terminal.ts';

const ESCAPE = '\u001B';
const GREEN_YELLOW_RED_DIM = new RegExp(`${ESCAPE}\\[(3[123]|2)m`);
const PASSPHRASE = 'correct horse 7 battery';
const ENTER = '\r';

const newDesk = deskMaker('terminal');
beforeEach((context) => requirePrograms(context, ['python3']));

describe('a name outside every scope', () => {
  it('is asked about, and "y" makes a CA for it that also covers the other names', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    const steps = [['Make a CA "bank"', `y${ENTER}`]] as const;
    const { exitCode, screen } = await onTerminal(desk, ['mint', 'www.bank.com', 'a.test'], { steps });
    expect(exitCode, screen).toBe(0);
    expect(desk.has('www.bank.com+1.pem')).toBe(true);
    expect(await desk.json(['ca', 'show', 'bank'])).toMatchObject({
      scope: { dns: ['localhost', 'bank.com', 'a.test'] },
    });
  });

  it('stays refused on "n" and on Enter alone', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    for (const answer of [`n${ENTER}`, ENTER]) {
      const { exitCode, screen } = await onTerminal(desk, ['bank.com'], { steps: [['Make a CA', answer]] });
      expect(exitCode).toBe(1);
      expect(screen).toContain('NAME_OUTSIDE_SCOPE');
    }
    expect(await desk.json(['ca', 'list'])).toMatchObject({ cas: { length: 1 } });
  });

  it('is never asked about with CI=1, --yes, --json or --quiet', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    const runs = await Promise.all([
      onTerminal(desk, ['bank.com'], { env: { CI: '1' } }),
      ...['--yes', '--json', '--quiet'].map((option) => onTerminal(desk, ['bank.com', option])),
    ]);
    for (const { exitCode, screen } of runs) {
      expect(exitCode, screen).toBe(1);
      expect(screen).not.toContain('Make a CA');
    }
  });

  it('asks on stderr, so that results can be sent to a file', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    const stdout = desk.path('result.txt');
    const { exitCode } = await onTerminal(desk, ['bank.com'], { steps: [['Make a CA', `y${ENTER}`]], stdout });
    expect(exitCode).toBe(0);
    expect(desk.read('result.txt')).toMatch(/^\n {2}bank\.com\n/);
  });

  it('a Ctrl-C at the question ends it, nothing made', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    const { exitCode, screen } = await onTerminal(desk, ['bank.com'], { steps: [['Make a CA', '\u0003']] });
    expect(exitCode).not.toBe(0);
    expect(exitCode, screen).not.toBeNull();
    expect(await desk.json(['ca', 'list'])).toMatchObject({ cas: { length: 1 } });
  });
});

describe('a passphrase', () => {
  const desk = newDesk();

  it('is typed twice for a new CA and never shown', async () => {
    const steps = [
      ['New passphrase', `${PASSPHRASE}${ENTER}`],
      ['The same again', `${PASSPHRASE}${ENTER}`],
    ] as const;
    const words = ['ca', 'create', 'team', '--scope', 'my-site.com', '--passphrase'];
    const { exitCode, screen } = await onTerminal(desk, words, { steps });
    expect(exitCode, screen).toBe(0);
    expect(screen).not.toContain('horse');
    expect(await desk.json(['ca', 'show', 'team'])).toMatchObject({ keyState: 'encrypted' });
  });

  it('is asked for when that CA signs, without echo; a wrong one is refused', async () => {
    const right = await onTerminal(desk, ['my-site.com'], { steps: [['Passphrase for', `${PASSPHRASE}${ENTER}`]] });
    expect(right.exitCode, right.screen).toBe(0);
    expect(right.screen).not.toContain('horse');
    expect(desk.has('my-site.com.pem')).toBe(true);
    const wrong = await onTerminal(desk, ['www.my-site.com'], { steps: [['Passphrase for', `wrong horse${ENTER}`]] });
    expect([wrong.exitCode, wrong.screen.includes('KEY_PASSPHRASE_WRONG')]).toEqual([1, true]);
    expect(wrong.screen).not.toContain('horse');
  });

  it('that differs the second time makes nothing', async () => {
    const steps = [
      ['New passphrase', `one${ENTER}`],
      ['The same again', `two${ENTER}`],
    ] as const;
    const { exitCode, screen } = await onTerminal(desk, ['key', '--out', 'k.pem', '--passphrase'], { steps });
    expect([exitCode, screen.includes('PASSPHRASE_MISMATCH')]).toEqual([1, true]);
    expect(desk.has('k.pem')).toBe(false);
  });

  it('is not asked for with CI=1', async () => {
    const { exitCode, screen } = await onTerminal(desk, ['api.my-site.com'], { env: { CI: '1' } });
    expect([exitCode, screen.includes('PASSPHRASE_NEEDED')]).toEqual([1, true]);
  });
});

it('removing a CA is asked about', async () => {
  const desk = newDesk();
  await desk.json(['ca', 'create', 'bank', '--scope', 'bank.com']);
  const no = await onTerminal(desk, ['ca', 'remove', 'bank'], { steps: [['Go on', ENTER]] });
  expect([no.exitCode, no.screen.includes('CONFIRMATION_DENIED')]).toEqual([1, true]);
  expect(await desk.json(['ca', 'list'])).toMatchObject({ cas: { length: 1 } });
  const yes = await onTerminal(desk, ['ca', 'remove', 'bank'], { steps: [['Go on', `y${ENTER}`]] });
  expect(yes.exitCode).toBe(0);
  expect(await desk.json(['ca', 'list'])).toEqual({ cas: [] });
});

describe('colour and motion', () => {
  it('are there on a terminal, and no colour with NO_COLOR or a dumb terminal', async () => {
    const desk = newDesk();
    const coloured = await onTerminal(desk, ['localhost']);
    const plain = await onTerminal(desk, ['localhost'], { env: { NO_COLOR: '1' } });
    const dumb = await onTerminal(desk, ['localhost'], { env: { TERM: 'dumb' } });
    expect(coloured.screen).toMatch(GREEN_YELLOW_RED_DIM);
    for (const { screen } of [plain, dumb]) expect(screen).not.toContain(ESCAPE);
    expect(plain.screen).toContain('leaf and issuer, in this order');
  });

  it('are not there in the stream that goes to a file', async () => {
    const desk = newDesk();
    const talk = await onTerminal(desk, ['localhost'], { stderr: desk.path('talk.txt') });
    expect(talk.screen).toMatch(GREEN_YELLOW_RED_DIM);
    expect(desk.read('talk.txt')).toContain('New CA "default"');
    const result = await onTerminal(desk, ['localhost'], { stdout: desk.path('result.txt') });
    expect(result.exitCode).toBe(0);
    for (const file of ['talk.txt', 'result.txt']) expect(desk.read(file), file).not.toContain(ESCAPE);
  });

  it('a refusal is red', async () => {
    const { screen } = await onTerminal(newDesk(), ['mint', '*.com']);
    expect(screen).toContain(`${ESCAPE}[31merror[WILDCARD_PUBLIC_SUFFIX]${ESCAPE}[0m`);
  });

  it('a sign is what the terminal can show', async () => {
    const desk = newDesk();
    const { screen } = await onTerminal(desk, ['localhost'], { env: { LC_ALL: 'C' } });
    expect(screen).toContain(`${ESCAPE}[33m>${ESCAPE}[0m `);
    expect(screen).toMatch(/^[\u0000-\u007F]*$/);
  });

  it('--names-from draws its progress and clears it away', async () => {
    const desk = newDesk();
    desk.write('names.txt', Array.from({ length: 40 }, (_, i) => `host-${i}.test`).join('\n'));
    const { exitCode, screen } = await onTerminal(desk, ['--names-from', 'names.txt', '--out', 'certs']);
    expect(exitCode).toBe(0);
    expect(screen).toMatch(/\r {2}#+\.* {2}\d+ of 40/);
    expect(screen).toContain('40 of 40');
    expect(screen.slice(screen.lastIndexOf(' of 40'))).toContain(`\r${ESCAPE}[K`);
    const quiet = await onTerminal(desk, ['--names-from', 'names.txt', '--out', 'certs', '--json']);
    expect(quiet.screen).not.toContain(' of 40');
  });
});
