/** @module What people are told of their CAs: where a kept root key is, who shares a root, what an import can not change, exports done twice. */
import { describe, expect, it } from 'vitest';
import { deskMaker } from '../cli/desk.ts';

const newDesk = deskMaker('shown');

it('a kept root key is named with its place, and CAs below one root name each other', async () => {
  const desk = newDesk();
  desk.write('pass.txt', 'in the safe\n');
  const pass = ['--passphrase-file', 'pass.txt'];
  const create = ['ca', 'create', 'company', '--scope', 'my-site.com', '--keep-root-key'];
  const { stderr } = await desk.runOrThrow([...create, 'root-key.pem', ...pass]);
  expect(stderr).toMatch(/The root key is in \.\/root-key\.pem, encrypted\. Move it off this machine/);
  expect(await desk.json(['ca', 'show', 'company'])).not.toHaveProperty('sharedWith');
  const parent = ['--parent', 'company', '--root-key-file', 'root-key.pem'];
  await desk.json(['ca', 'create', 'team', ...parent, ...pass]);
  expect(await desk.json(['ca', 'show', 'team'])).toMatchObject({ sharedWith: ['company'] });
  expect((await desk.runOrThrow(['ca', 'show', 'company'])).stdout).toMatch(/same root +CA "team"\n/);
  const other = newDesk();
  other.write('pass.txt', 'in the safe\n');
  expect(await other.json([...create, 'k.pem', ...pass])).toMatchObject({ rootKeyFile: other.path('k.pem') });
});

describe('ca import', () => {
  it('takes no words that would make another CA of it', async () => {
    const desk = newDesk();
    for (const words of [['--subject', 'CN=x'], ['--scope', 'a.test'], ['--unscoped']])
      expect(await desk.refusal(['ca', 'import', 'x.pem', ...words])).toMatchObject({
        exitCode: 2,
        code: 'OPTIONS_CONFLICT',
        message: expect.stringContaining(words[0] ?? '') as unknown,
      });
  });

  it('tells a CA that is here from another with its subject', async () => {
    const [desk, other] = [newDesk(), newDesk()];
    const create = ['ca', 'create', 'a', '--scope', 'a.test', '--subject', 'CN=Twin'];
    for (const one of [desk, other]) await one.json(create);
    await other.json(['ca', 'export', 'a', '--out', 'twin.pem']);
    await desk.json(['ca', 'export', 'a', '--out', 'a.pem']);
    expect(await desk.refusal(['ca', 'import', 'a.pem', '--ca', 'b'])).toMatchObject({
      code: 'IMPORT_TAKEN',
      message: 'it is already here as CA "a"',
    });
    expect(await desk.refusal(['ca', 'import', other.path('twin.pem'), '--ca', 'b'])).toMatchObject({
      code: 'IMPORT_TAKEN',
      details: { other: 'a', isSame: false },
    });
  });
});

it('ca export replaces an earlier export of the same CA, and nothing else', async () => {
  const desk = newDesk();
  desk.write('pass.txt', 'a passphrase\n');
  await desk.json(['localhost']);
  const words = ['ca', 'export', '--out', 'team.pem'];
  await desk.json(words);
  const [bare, again] = [desk.read('team.pem'), await desk.json(words)];
  expect([again['file'], desk.read('team.pem')]).toEqual([desk.path('team.pem'), bare]);
  const withKey = [...words, '--with-key', '--passphrase-file', 'pass.txt'];
  await desk.json(withKey);
  expect(desk.read('team.pem')).toContain('ENCRYPTED PRIVATE KEY');
  await desk.json(withKey);
  for (const [text, why] of [
    [desk.read('team.pem'), 'a key would be lost'],
    [`${bare}a note\n`, 'a note would be lost'],
    [`${bare}${bare}`, 'other certificates'],
    ['', 'nothing of ours'],
  ] as const) {
    desk.write('team.pem', text);
    expect(await desk.refusal(words), why).toMatchObject({ code: 'FILE_EXISTS' });
    expect(desk.read('team.pem')).toBe(text);
  }
  desk.write('team.pem', bare);
  await desk.json(['ca', 'rotate', '--yes']);
  expect(await desk.refusal(words)).toMatchObject({ code: 'FILE_EXISTS' });
});
