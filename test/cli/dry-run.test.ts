/**
 * @module `--dry-run`: the same checks and the same answer, and afterwards nothing is different, not even a home.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { deskMaker, type Desk } from './desk.ts';

const newDesk = deskMaker('dry-run');

/** Every path below the desk, its home included. */
const everything = (desk: Desk): readonly string[] =>
  readdirSync(join(desk.folder, '..'), { recursive: true, encoding: 'utf8' }).sort();

it.each([
  [['localhost', '127.0.0.1'], { ca: 'default', names: ['localhost', '127.0.0.1'] }],
  [['mint', 'my-site.com', '--out', 'new/folder'], { ca: 'default', names: ['my-site.com'] }],
  [['self-signed', 'a.test'], { ca: null, names: ['a.test'] }],
  [['sign', 'a.test.csr'], { ca: 'default', names: ['a.test'] }],
  [['mint', '--names-from', 'names.txt'], { count: 2 }],
] as const)('%j says what it would make and makes nothing', async (words, expected) => {
  const desk = newDesk();
  await desk.json(['csr', 'a.test', '--key-file', 'csr.key']);
  desk.write('names.txt', 'a.test\nb.test\n');
  const before = everything(desk);
  expect(await desk.json([...words, '--dry-run'])).toMatchObject({ dryRun: true, ...expected });
  expect((await desk.runOrThrow([...words, '--dry-run'])).stdout).toMatch(/^Nothing was made/);
  expect(everything(desk)).toEqual(before);
  expect(before).not.toContain('home');
});

it('still refuses what the real run would refuse', async () => {
  const desk = newDesk();
  expect(await desk.refusal(['*.com', '--dry-run'])).toMatchObject({ code: 'WILDCARD_PUBLIC_SUFFIX' });
  expect(await desk.refusal(['a.test', '--dry-run', '--days', '900'])).toMatchObject({ exitCode: 2 });
  await desk.json(['ca', 'create', 'default']);
  expect(await desk.refusal(['bank.com', '--dry-run'])).toMatchObject({ code: 'NAME_OUTSIDE_SCOPE' });
  expect(await desk.refusal(['a.test', '--dry-run', '--ca', 'none'])).toMatchObject({ code: 'CA_NOT_FOUND' });
});

it('commands that only look make no home either', async () => {
  const desk = newDesk();
  expect(await desk.json(['list'])).toEqual({ certificates: [] });
  expect(await desk.json(['ca', 'list'])).toEqual({ cas: [] });
  expect(await desk.json(['ca', 'path'])).toEqual({ path: join(desk.home, 'cas/default') });
  for (const words of [
    ['ca', 'show'],
    ['ca', 'export'],
    ['ca', 'remove', 'default', '--yes'],
  ])
    expect(await desk.refusal(words), words.join(' ')).toMatchObject({ exitCode: 1, code: 'CA_NOT_FOUND' });
  expect(everything(desk)).toEqual(['work']);
});
