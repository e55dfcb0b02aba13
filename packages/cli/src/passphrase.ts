/** @module Passphrases: from a file, or asked without echo. Never from argv, never in messages. */
import { resolve } from 'node:path';
import { readIfPresent, storeError } from '@mintmark/ca-store';
import { cliError } from './cli-errors.ts';
import type { Context, Invocation } from './command.ts';
import { isOptionSet, optionText } from './parse-args.ts';

/** The passphrase of `--passphrase-file` (first line ending ignored); undefined without that option. */
export function readPassphraseFile(invocation: Invocation, { io }: Context): string | undefined {
  const file = optionText(invocation, 'passphrase-file');
  if (file === undefined) return undefined;
  const path = resolve(io.cwd, file);
  const bytes = file === '-' ? io.readStdin() : readIfPresent(io.fs, path);
  if (bytes === undefined) throw storeError('FILE_NOT_FOUND', { path });
  const passphrase = Buffer.from(bytes)
    .toString()
    .replace(/\r?\n$/, '');
  if (passphrase === '') throw cliError('PASSPHRASE_EMPTY', { source: file });
  return passphrase;
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
