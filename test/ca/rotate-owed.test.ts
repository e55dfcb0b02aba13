/** @module What a rotation owes before the old root goes: deploy hooks and key stores that failed are tried again; and a question that tells the truth. */
import { renameSync, unlinkSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { deskMaker, type Desk } from '../cli/desk.ts';
import { onTerminal } from '../cli/terminal.ts';
import { requirePrograms } from '../programs/program.ts';
import { expectNoTrace, HOLD, UNDO, YES } from './rotated.ts';

const newDesk = deskMaker('rotate-owed');

describe('a deploy hook that fails', () => {
  /** `mended` is what the hook waits for; `told` has a line for each run of it. */
  async function deskWithHook(): Promise<Desk> {
    const desk = newDesk();
    for (const name of ['localhost', 'other.test']) await desk.json([name]);
    desk.write('mended', '');
    await desk.json(['renew', 'localhost.pem', '--deploy-hook', "sh -c 'echo x >> told; test -e mended'"]);
    unlinkSync(desk.path('mended'));
    return desk;
  }
  const told = (desk: Desk): number => desk.read('told').length / 2;

  it('stops the rotation as often as it fails, and the old root goes when it has run', async () => {
    const desk = await deskWithHook();
    for (const runs of [2, 3]) {
      const stopped = await desk.run([...YES, '--json']);
      expect([stopped.exitCode, told(desk)]).toEqual([1, runs]);
      expect(JSON.parse(stopped.stdout)).toMatchObject({ state: 'stopped' });
    }
    expect(await desk.json(['ca', 'show'])).toMatchObject({ isRotating: true });
    expect((await desk.runOrThrow(['ca', 'show'])).stdout).toContain('the old root is still trusted');
    expect((await desk.runOrThrow(['ca', 'list'])).stdout).toContain('being rotated');
    desk.write('mended', '');
    const rotated = await desk.json(YES);
    expect(rotated).toMatchObject({
      state: 'rotated',
      certificates: [],
      deployHooks: [{ certFile: desk.path('localhost.pem'), isDone: true }],
    });
    expect(told(desk)).toBe(4);
    expectNoTrace(desk);
  });

  it('stops the way back too', async () => {
    const desk = await deskWithHook();
    for (const words of [HOLD, UNDO, UNDO]) {
      const stopped = await desk.run([...words, '--json']);
      expect([stopped.exitCode, JSON.parse(stopped.stdout)]).toEqual([
        1,
        expect.objectContaining({ state: 'stopped' }),
      ]);
    }
    desk.write('mended', '');
    expect(await desk.json(UNDO)).toMatchObject({ state: 'undone', deployHooks: [{ isDone: true }] });
    expectNoTrace(desk);
  });

  it('is gone over under --force alone', async () => {
    const desk = await deskWithHook();
    expect((await desk.run(YES)).exitCode).toBe(1);
    const forced = await desk.json([...YES, '--force']);
    expect(forced).toMatchObject({ state: 'rotated', deployHooks: [{ isDone: false }] });
    expectNoTrace(desk);
  });
});

it('a key store that could not be made anew stops it as often', async () => {
  const desk = newDesk();
  desk.write('pw', 'correct horse 7 battery\n');
  await desk.json(['mint', 'localhost', '--p12-file', 'a.p12', '--password-file', 'pw']);
  unlinkSync(desk.path('pw'));
  for (const words of [YES, YES]) expect((await desk.run(words)).exitCode).toBe(1);
  desk.write('pw', 'correct horse 7 battery\n');
  expect(await desk.json(YES)).toMatchObject({ state: 'rotated', keystores: [{ isRenewed: true }] });
});

it('on a terminal shows what was done before it asks, and asks by that', async (context) => {
  requirePrograms(context, ['python3']);
  const desk = newDesk();
  for (const name of ['localhost', 'gone.test']) await desk.json([name]);
  renameSync(desk.path('gone.test.pem'), desk.path('elsewhere.pem'));
  const { screen, exitCode } = await onTerminal(desk, ['ca', 'rotate'], { steps: [['no way back?', 'y\n']] });
  expect(exitCode).toBe(0);
  const plain = stripVTControlCharacters(screen);
  expect(plain).toContain('One certificate was not made anew, as listed above.');
  expect(plain).not.toContain('Every certificate is of the new CA');
  const [before = '', after = ''] = plain.split('no way back?');
  expect(before).toMatch(/gone\.test\.pem +not renewed/);
  expect(before).toMatch(/localhost\.pem +until/);
  expect(after).not.toContain('localhost.pem');
  expectNoTrace(desk);
});
