/** @module Passphrases: from a file, or asked without echo. Never from argv, never in messages. */
import { cliError } from './cli-errors.ts';
import type { Access, Context, Invocation } from './command.ts';
import { isOptionSet, optionText } from './parse-args.ts';
import { readInput } from './read-input.ts';

// A pipe gives its content once.
const secrets = new WeakMap<Invocation['options'], Map<string, string>>();

/** The passphrase of `--passphrase-file` (its first line, as OpenSSL reads it); undefined without that option. */
export const readPassphraseFile = (invocation: Invocation, context: Context): string | undefined =>
  readSecret('passphrase-file', { invocation, context });

/** The password of `--password-file`, read in the same way: that of a PKCS#12 file. */
export const readPasswordFile = (access: Access): string | undefined => readSecret('password-file', access);

/** The passphrase of `--spare-passphrase-file`, read in the same way: the one that a spare key is sealed with. */
export const readSparePassphrase = (access: Access): string | undefined => readSecret('spare-passphrase-file', access);

function readSecret(option: string, { invocation, context }: Access): string | undefined {
  const known = secrets.get(invocation.options)?.get(option);
  const file = optionText(invocation, option);
  if (file === undefined || known !== undefined) return known;
  const [secret = ''] = Buffer.from(readInput(file, context)).toString().split(/\r?\n/, 1);
  if (secret === '') throw cliError('PASSPHRASE_EMPTY', { source: file });
  secrets.set(invocation.options, new Map(secrets.get(invocation.options)).set(option, secret));
  return secret;
}

/** For a new key: from the file, or typed twice under `--passphrase`; undefined when neither was given. */
export async function createPassphrase(
  invocation: Invocation,
  context: Context,
  what: string,
): Promise<string | undefined> {
  const fromFile = readPassphraseFile(invocation, context);
  if (fromFile !== undefined || !isOptionSet(invocation, 'passphrase')) return fromFile;
  if (!context.canAsk) throw cliError('PASSPHRASE_NEEDED', { what });
  const { askSecret } = await import('./terminal/ask.ts');
  const passphrase = await askSecret(`New passphrase for ${what}:`);
  if (passphrase === '') throw cliError('PASSPHRASE_EMPTY', { source: 'the terminal' });
  if (passphrase !== (await askSecret('The same again:'))) throw cliError('PASSPHRASE_MISMATCH', {});
  return passphrase;
}

/** For an existing encrypted key: from the file, or asked on a terminal. @throws PASSPHRASE_NEEDED */
export async function openingPassphrase(invocation: Invocation, context: Context, what: string): Promise<string> {
  const fromFile = readPassphraseFile(invocation, context);
  if (fromFile !== undefined) return fromFile;
  if (!context.canAsk) throw cliError('PASSPHRASE_NEEDED', { what });
  const { askSecret } = await import('./terminal/ask.ts');
  return askSecret(`Passphrase for ${what}:`);
}
