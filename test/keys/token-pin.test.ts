/**
 * @module The PIN of a token: tried once, by nobody twice, never where it can't be right, and never as the last try without a person who was
 * told. The counting module locks like a card, after three wrong ones.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deskMaker, type Desk } from '../cli/desk.ts';
import { onTerminal } from '../cli/terminal.ts';
import { findProgram, requirePrograms } from '../programs/program.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { PIN, requireTokens, TokenScene } from './token-scene.ts';

const desk = deskMaker('pin')();
const scene = new TokenScene(scratchFolder('pin-token'));
const env = scene.env;
const WRONG_PIN = '8888';
const ENTER = '\r';
const AT_ONCE_MS = 10_000;

/** Makes "one" and "two", both in the token, whose PIN is said by nobody. */
async function createCas(place: Desk): Promise<void> {
  for (const name of ['one', 'two']) {
    const words = ['ca', 'create', name, '--token', scene.uri('dev'), '--pin-file', scene.pinFile];
    await place.json([...words, '--scope', `${name}.test`], { env });
  }
}

beforeAll(async () => {
  if (findProgram('softhsm2-util') === undefined || findProgram('gcc') === undefined) return;
  await scene.createToken('dev');
  await scene.build();
  desk.write('wrong', `${WRONG_PIN}\n`);
  await createCas(desk);
});
beforeEach((context) => {
  requireTokens(context);
  scene.tries = 3;
  scene.takeLogins();
});

const create = (pinFile: string, ...words: string[]): string[] => [
  'ca',
  'create',
  'three',
  '--token',
  scene.uri('dev'),
  '--pin-file',
  pinFile,
  ...words,
];

describe('a wrong PIN', () => {
  it('is tried once, makes nothing, and is in no message', async () => {
    const before = await scene.tool('dev', ['--list-objects']);
    const refusal = await desk.refusal(create('wrong'), { env });
    expect(refusal).toMatchObject({ exitCode: 1, code: 'TOKEN_PIN_WRONG' });
    expect(JSON.stringify(refusal)).not.toContain(WRONG_PIN);
    expect(scene.takeLogins()).toEqual(['wrong']);
    expect(scene.tries).toBe(2);
    expect(await scene.tool('dev', ['--list-objects'])).toBe(before);
    expect(await desk.refusal(['ca', 'show', 'three'])).toMatchObject({ code: 'CA_NOT_FOUND' });
  });

  it('never comes to the last try, however often an unattended command is run', async () => {
    const codes = [];
    for (let i = 0; i < 5; i++) codes.push((await desk.refusal(create('wrong'), { env })).code);
    expect(codes).toEqual([
      'TOKEN_PIN_WRONG',
      'TOKEN_PIN_WRONG',
      'TOKEN_PIN_LAST_TRY',
      'TOKEN_PIN_LAST_TRY',
      'TOKEN_PIN_LAST_TRY',
    ]);
    expect(scene.takeLogins()).toEqual(['wrong', 'wrong']);
    expect(scene.tries).toBe(1);
    const { message } = await desk.refusal(create('wrong'), { env });
    expect(message).toContain('it was not tried');
  });

  it('is tried once by a command that needs it for several CAs and many certificates', async (context) => {
    requirePrograms(context, ['python3']);
    const place = desk;
    const names = ['a.one.test', 'b.one.test', 'a.two.test', 'b.two.test'];
    for (const name of names) {
      const steps = [['PIN of token', `${PIN}${ENTER}`]] as const;
      const { exitCode, screen } = await onTerminal(place, [name], { env, steps });
      expect(exitCode, screen).toBe(0);
      expect(screen).not.toContain(PIN);
    }
    expect(scene.takeLogins()).toEqual(['right', 'right', 'right', 'right']);
    const before = names.map((name) => place.read(`${name}.pem`));
    const steps = [['PIN of token', `${WRONG_PIN}${ENTER}`]] as const;
    const { exitCode, screen } = await onTerminal(place, ['renew', '--all'], { env, steps });
    expect(exitCode, screen).toBe(1);
    expect(scene.takeLogins()).toEqual(['wrong']);
    expect(screen.match(/PIN of token "dev":/g)?.length).toBeGreaterThan(0);
    expect(names.map((name) => place.read(`${name}.pem`))).toEqual(before);
    const right = [['PIN of token', `${PIN}${ENTER}`]] as const;
    expect((await onTerminal(place, ['renew', '--all'], { env, steps: right })).exitCode).toBe(0);
    expect(scene.takeLogins()).toEqual(['right']);
  });
});

describe('the last try', () => {
  it('is left to a person who was asked', async (context) => {
    requirePrograms(context, ['python3']);
    for (const [answer, logins] of [
      ['n', []],
      ['y', ['right']],
    ] as const) {
      scene.tries = 1;
      const steps = [
        ['PIN of token', `${PIN}${ENTER}`],
        ['One more wrong PIN locks token', `${answer}${ENTER}`],
      ] as const;
      const { exitCode, screen } = await onTerminal(desk, ['c.one.test', '--force'], { env, steps });
      expect(exitCode, screen).toBe(answer === 'y' ? 0 : 1);
      expect(scene.takeLogins()).toEqual(logins);
    }
    expect(scene.tries).toBe(3);
  });
});

describe('a token', () => {
  it('that is locked is not asked', async () => {
    scene.tries = 0;
    expect(await desk.refusal(create(scene.pinFile), { env })).toMatchObject({ code: 'TOKEN_PIN_LOCKED' });
    expect(scene.takeLogins()).toEqual([]);
  });

  it('that has no PIN yet is not asked', async () => {
    await scene.createTokenWithoutPin('fresh');
    const words = ['ca', 'create', 'three', '--token', scene.uriWithPin('fresh')];
    expect(await desk.refusal(words, { env })).toMatchObject({ code: 'TOKEN_PIN_UNSET' });
    expect(scene.takeLogins()).toEqual([]);
  });

  it('is not asked with what can be no PIN of it', async () => {
    desk.write('short', '12\n');
    desk.write('long', `${'1'.repeat(300)}\n`);
    desk.write('empty', '\n');
    desk.write('marked', '\uFEFF1234\n');
    desk.write('utf16', Buffer.from('\uFEFF1234\r\n', 'utf16le'));
    const codes = [];
    for (const file of ['short', 'long', 'empty', 'marked', 'utf16', 'gone'])
      codes.push((await desk.refusal(create(file), { env })).code);
    expect(codes).toEqual([
      'TOKEN_PIN_LENGTH',
      'TOKEN_PIN_LENGTH',
      'PASSPHRASE_EMPTY',
      'PASSPHRASE_UNFIT',
      'PASSPHRASE_UNFIT',
      'FILE_NOT_FOUND',
    ]);
    expect(scene.takeLogins()).toEqual([]);
  });

  it('with a pad of its own is refused, and gets no PIN', async () => {
    const refusal = await desk.refusal(create(scene.pinFile), { env: { ...env, COUNTING_FAULT: 'pad' } });
    expect(refusal).toMatchObject({ code: 'TOKEN_PIN_PAD' });
    expect(scene.takeLogins()).toEqual([]);
  });

  it('without a terminal never waits for its PIN, though stdin stays open', async () => {
    for (const words of [['d.one.test'], ['ca', 'create', 'four', '--token', scene.uri('dev')]]) {
      const result = await desk.run(words, { env, holdInput: true, timeoutMs: AT_ONCE_MS });
      expect(result).toMatchObject({ exitCode: 1, stdout: '', timedOut: false });
      expect(result.stderr).toMatch(/^error\[TOKEN_PIN_NEEDED\]: .+\nhint: .*--pin-file/);
    }
    expect(await desk.refusal(['d.one.test'], { env })).toMatchObject({ code: 'TOKEN_PIN_NEEDED' });
    expect(scene.takeLogins()).toEqual([]);
  });

  it('takes its PIN from a file that its URI names for good', async () => {
    const words = ['ca', 'create', 'five', '--token', scene.uriWithPin('dev'), '--scope', 'five.test'];
    await desk.json(words, { env });
    await desk.json(['five.test'], { env });
    expect(scene.takeLogins()).toEqual(['right', 'right']);
  });

  it('takes no PIN from the command line', async () => {
    for (const query of ['&pin-value=1234', '&PIN-value=1234', '&pin%2Dvalue=1234']) {
      const refusal = await desk.refusal(['ca', 'create', 'six', '--token', scene.uri('dev', '', query)], { env });
      expect(refusal).toMatchObject({ exitCode: 2, code: 'TOKEN_URI_PIN' });
      expect(JSON.stringify(refusal)).not.toContain(PIN);
    }
  });
});
