/**
 * @module `mint --names-from`: one certificate a line, all lines good or nothing made.
 */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { deskMaker } from './desk.ts';
import { isPair, namesOf } from './minted-facts.ts';

const newDesk = deskMaker('names-from');

const LINES = `# our services
web.test *.web.test
api.test, 127.0.0.1   # behind the proxy

mail@app.test
`;

it.each([
  ['a file', ['--names-from', 'names.txt'], undefined],
  ['a file, with = and no command', ['--names-from=names.txt'], undefined],
  ['stdin', ['mint', '--names-from', '-'], LINES],
] as const)('reads lines from %s; comments, commas and empty lines are fine', async (_where, words, input) => {
  const desk = newDesk();
  desk.write('names.txt', LINES);
  const printed = await desk.json([...words, '--out', 'certs'], input === undefined ? {} : { input });
  expect(printed).toMatchObject({
    certificates: [{ names: ['web.test', '*.web.test'] }, { names: ['api.test', '127.0.0.1'] }, { profile: 'client' }],
  });
  for (const base of ['web.test+1', 'api.test+1', 'mail@app.test'])
    expect(isPair(desk.path(`certs/${base}.pem`), desk.path(`certs/${base}-key.pem`)), base).toBe(true);
  expect(namesOf(desk.path('certs/api.test+1.pem'))).toBe('DNS:api.test, IP Address:127.0.0.1');
  expect(await desk.json(['list'])).toMatchObject({ certificates: { length: 3 } });
});

describe('one bad line changes nothing', () => {
  it.each([
    ['a name no certificate can hold', 'a.test\nb.test\nbad_name.test\n', 3],
    ['a name outside the scope', 'a.test\n\nbank.com\n', 3],
    ['the same file twice', 'a.test\n# again\nA.TEST\n', 3],
  ])('%s is told with its line', async (_what, text, line) => {
    const desk = newDesk();
    await desk.json(['ca', 'create', 'default']);
    desk.write('names.txt', text);
    const refusal = await desk.refusal(['--names-from', 'names.txt']);
    expect(refusal).toMatchObject({ exitCode: 1, code: 'NAMES_FROM_LINE', details: { file: 'names.txt', line } });
    expect(readdirSync(desk.folder)).toEqual(['names.txt']);
    expect(await desk.json(['list', '--all'])).toEqual({ certificates: [] });
  });

  it.each([
    ['an empty file', '', 'NAMES_FROM_EMPTY'],
    ['comments alone', '# none\n', 'NAMES_FROM_EMPTY'],
    ['a missing file', undefined, 'FILE_NOT_FOUND'],
  ])('%s names nothing', async (_what, text, code) => {
    const desk = newDesk();
    if (text !== undefined) desk.write('names.txt', text);
    expect(await desk.refusal(['--names-from', 'names.txt'])).toMatchObject({ exitCode: 1, code });
  });

  it('and options that name one file, or names beside it, do not go with it', async () => {
    const desk = newDesk();
    desk.write('names.txt', 'a.test\n');
    for (const more of [['--cert-file', 'x'], ['--key-file', 'x'], ['--reuse-key', 'x'], ['b.test']])
      expect(await desk.refusal(['mint', '--names-from', 'names.txt', ...more])).toMatchObject({
        exitCode: 2,
        code: 'OPTIONS_CONFLICT',
      });
  });
});

it('a file of others in the way of a late line stops the list before its first file', async () => {
  const desk = newDesk();
  const names = Array.from({ length: 40 }, (_, i) => `host-${i}.test`);
  desk.write('names.txt', names.join('\n')); // more than one batch
  desk.write('host-39.test.pem', 'precious');
  const refusal = await desk.refusal(['--names-from', 'names.txt']);
  expect(refusal).toMatchObject({ exitCode: 1, code: 'NAMES_FROM_LINE', details: { line: 40 } });
  expect(refusal.message).toContain('FILE_EXISTS');
  expect(readdirSync(desk.folder).sort()).toEqual(['host-39.test.pem', 'names.txt']);
  expect(desk.read('host-39.test.pem')).toBe('precious');
});

it('mints a hundred at once, says how many, and draws no progress into a pipe', async () => {
  const desk = newDesk();
  desk.write('names.txt', Array.from({ length: 100 }, (_, i) => `host-${i}.test`).join('\n'));
  const { stdout, stderr } = await desk.runOrThrow(['--names-from', 'names.txt', '--out', 'certs']);
  expect(stdout).toContain('100 certificates and keys in ./certs');
  expect(stderr).not.toContain('\r');
  expect(readdirSync(desk.path('certs'))).toHaveLength(200);
});
