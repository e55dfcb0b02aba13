/**
 * @module Where CAs live: `--home`, else MINTMARK_HOME, else the platform's data folder; made private, and said when there is none.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { deskMaker } from './desk.ts';

const newDesk = deskMaker('home');
const NOWHERE = { MINTMARK_HOME: undefined, HOME: undefined, XDG_DATA_HOME: undefined };

it('--home wins over MINTMARK_HOME, which wins over the data folder', async () => {
  const desk = newDesk();
  const env = { XDG_DATA_HOME: desk.path('data'), HOME: desk.path('user') };
  expect(await desk.json(['ca', 'path', '--home', 'own'], { env })).toEqual({ path: desk.path('own/cas/default') });
  expect(await desk.json(['ca', 'path'], { env })).toEqual({ path: join(desk.home, 'cas/default') });
  const bare = { ...env, MINTMARK_HOME: undefined };
  expect(await desk.json(['ca', 'path'], { env: bare })).toEqual({ path: desk.path('data/mintmark/cas/default') });
  expect(await desk.json(['ca', 'path'], { env: { ...bare, XDG_DATA_HOME: undefined } })).toEqual({
    path: desk.path('user/.local/share/mintmark/cas/default'),
  });
});

it('without any of them is an error that says what to set', async () => {
  expect(await newDesk().refusal(['localhost'], { env: NOWHERE })).toMatchObject({ exitCode: 1, code: 'HOME_UNKNOWN' });
});

it('is made on first need, for its owner alone', async () => {
  const desk = newDesk();
  await desk.json(['localhost', '--home', 'deep/in/here']);
  expect(existsSync(desk.home)).toBe(false);
  expect(statSync(desk.path('deep/in/here')).mode & 0o777).toBe(0o700);
  expect(await desk.json(['ca', 'list'])).toEqual({ cas: [] });
});
