/** @module `pin` and `inspect` of PKCS#12 files: the key's certificate and chain, with the password from a file. */
import { beforeAll, expect, it } from 'vitest';
import { programPath, requirePrograms } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';
import { deskMaker, type Printed } from './desk.ts';

const desk = deskMaker('pin-pkcs12')();
beforeAll(async () => {
  await desk.json(['a.test', '--cert-file', 'a.pem', '--key-file', 'a.key']);
  desk.write('password.txt', 'changeit\n');
  desk.write('wrong.txt', 'changeit!\n');
});

const exportTo = (file: string, ...options: string[]): Promise<unknown> =>
  runOrThrow(
    [programPath('openssl'), 'pkcs12', '-export', '-in', 'a.pem', '-inkey', 'a.key', '-out', file, ...options],
    { cwd: desk.folder },
  );
const firstTarget = (printed: Printed): Printed => (printed['targets'] as readonly Printed[])[0] ?? {};

it.each([
  ['modern', []],
  ['legacy', ['-legacy']],
])('shows the pins of the leaf in a %s file', async (name, options) => {
  const context = { skip: expect.fail } as never;
  requirePrograms(context, ['openssl']);
  await exportTo(`${name}.p12`, '-passout', 'file:password.txt', ...options);
  const plain = firstTarget(await desk.json(['pin', 'a.pem']));
  const inside = await desk.json(['pin', `${name}.p12`, '--password-file', 'password.txt']);
  expect(inside['targets']).toHaveLength(1);
  const { target, formats, ...same } = plain;
  expect([target, formats]).toBeDefined();
  expect(firstTarget(inside)).toMatchObject(same);
  const whole = await desk.json(['pin', `${name}.p12`, '--password-file', 'password.txt', '--chain']);
  expect((whole['targets'] as readonly Printed[]).map(({ role }) => role)).toEqual(['server', 'CA', 'private key']);
  const inspected = await desk.json(['inspect', `${name}.p12`, '--password-file', 'password.txt']);
  expect((inspected['objects'] as readonly Printed[]).map(({ kind }) => kind)).toEqual([
    'certificate',
    'certificate',
    'key',
  ]);
});

it('opens a file without a password, and asks for none', async (context) => {
  requirePrograms(context, ['openssl']);
  await exportTo('open.p12', '-passout', 'pass:');
  expect(firstTarget(await desk.json(['pin', 'open.p12']))['names']).toEqual(['a.test']);
});

it('says what is missing or wrong, and prints nothing of a file that it could not open', async (context) => {
  requirePrograms(context, ['openssl']);
  await exportTo('locked.p12', '-passout', 'file:password.txt');
  for (const command of ['pin', 'inspect']) {
    expect(await desk.refusal([command, 'locked.p12'])).toMatchObject({ exitCode: 1, code: 'PKCS12_PASSWORD_NEEDED' });
    expect(await desk.refusal([command, 'locked.p12', '--password-file', 'wrong.txt'])).toMatchObject({
      exitCode: 1,
      code: 'PKCS12_PASSWORD_WRONG',
    });
  }
});
