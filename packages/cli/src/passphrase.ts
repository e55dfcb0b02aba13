/** @module Passphrases: from a file, or asked without echo. Never from argv, never in messages. */
import { cliError } from './cli-errors.ts';
import type { Access, Context, Invocation } from './command.ts';
import { isOptionSet, optionText } from './parse-args.ts';
import { passphraseError } from './passphrase-errors.ts';
import { inputName, readInput } from './read-input.ts';

// A pipe gives its content once.
const secrets = new WeakMap<Invocation['options'], Map<string, string>>();

/** The passphrase of `--passphrase-file` (its first line, as OpenSSL reads it); undefined without that option. */
export const readPassphraseFile = (invocation: Invocation, context: Context): string | undefined =>
  readSecret('passphrase-file', { invocation, context });

/** The password of `--password-file`, read in the same way: that of a PKCS#12 file. */
export const readPasswordFile = (access: Access): string | undefined => readSecret('password-file', access);

/** The passphrase of `--spare-passphrase-file`, read in the same way: the one that a spare key is sealed with. */
export const readSparePassphrase = (access: Access): string | undefined => readSecret('spare-passphrase-file', access);

/** The PIN of `--pin-file`, read in the same way: that of a token. */
export const readPinFile = (access: Access): string | undefined => readSecret('pin-file', access);

/** The passphrase of `--new-passphrase-file`, read in the same way: the one that takes the place of another. */
export const readNewPassphrase = (access: Access): string | undefined => readSecret('new-passphrase-file', access);

function readSecret(option: string, { invocation, context }: Access): string | undefined {
  const known = secrets.get(invocation.options)?.get(option);
  const file = optionText(invocation, option);
  if (file === undefined || known !== undefined) return known;
  const secret = option === 'password-file' ? readFirstLine(file, context) : readSecretFile(file, context);
  secrets.set(invocation.options, new Map(secrets.get(invocation.options)).set(option, secret));
  return secret;
}

/**
 * The first line of a file. A mark or bytes that others would take for a part of the passphrase are refused, and not silently turned
 * into something else. @throws FILE_NOT_FOUND, PASSPHRASE_EMPTY, PASSPHRASE_UNFIT
 */
export function readSecretFile(file: string, context: Context): string {
  const secret = readFirstLine(file, context);
  const refuse = (reason: string) => passphraseError('PASSPHRASE_UNFIT', { source: inputName(file), reason });
  if (secret.includes('\uFFFD')) throw refuse('is not UTF-8');
  if (secret.startsWith('\uFEFF')) throw refuse('begins with a byte order mark');
  if (secret.includes('\0')) throw refuse('holds a NUL');
  return secret;
}

function readFirstLine(file: string, context: Context): string {
  const [line = ''] = Buffer.from(readInput(file, context)).toString().split(/\r?\n/, 1);
  if (line === '') throw cliError('PASSPHRASE_EMPTY', { source: file });
  return line;
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
  return askNewPassphrase(what);
}

/** Typed twice on a terminal. @throws PASSPHRASE_EMPTY, PASSPHRASE_MISMATCH */
export async function askNewPassphrase(what: string): Promise<string> {
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
