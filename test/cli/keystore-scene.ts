/** @module Where `keystore` is tried: a certificate with its key, a password file, and OpenSSL to look into what was written. */
import { programPath } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';
import type { Desk, Printed, Refusal } from './desk.ts';

export const PASSWORD = 'correct horse 7 battery';
export const WITH = ['--password-file', 'pw'];
export const LEAF = 'a.test+1.pem';
export const KEY = 'a.test+1-key.pem';

/** Makes `LEAF`, `KEY` and the password file. */
export async function prepare(desk: Desk): Promise<void> {
  await desk.json(['a.test', '*.a.test']);
  desk.write('pw', `${PASSWORD}\n`);
}

/** `mintmark keystore WORDS` with the password file: what it prints, or its refusal. */
export const keystoreOn = (desk: Desk) => ({
  keystore: (...words: readonly string[]): Promise<Printed> => desk.json(['keystore', ...WITH, ...words]),
  refusal: (...words: readonly string[]): Promise<Refusal> => desk.refusal(['keystore', ...WITH, ...words]),
});

type Opened = { readonly subjects: readonly string[]; readonly aliases: readonly string[]; readonly hasKey: boolean };

/** Subjects of the certificates and the aliases of all bags, in order; whether there is a key. @throws when OpenSSL does not open it */
export async function open(file: string, desk: Desk): Promise<Opened> {
  const command = [programPath('openssl'), 'pkcs12', '-in', file, '-noenc', '-passin', 'file:pw'];
  const { stdout } = await runOrThrow(command, { cwd: desk.folder });
  return {
    subjects: [...stdout.matchAll(/^subject=(.*)$/gm)].map(([, subject = '']) => subject),
    aliases: [...stdout.matchAll(/^ +friendlyName: (.*)$/gm)].map(([, alias = '']) => alias),
    hasKey: stdout.includes('BEGIN PRIVATE KEY'),
  };
}
