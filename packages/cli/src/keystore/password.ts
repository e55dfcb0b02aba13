/** @module The password of a PKCS#12 file to be written: from a file, or typed twice. Never from argv, never in messages. */
import { resolve } from 'node:path';
import { withDiskErrors, type FileSystem } from '@mintmark/ca-store';
import { cliError } from '../cli-errors.ts';
import type { Access } from '../command.ts';
import { optionText } from '../parse-args.ts';
import { readPasswordFile } from '../passphrase.ts';
import { keystoreError } from './keystore-errors.ts';

/**
 * The password of `--password-file`, else asked for on a terminal. An empty one is refused: Java, OpenSSL and NSS spell it differently.
 * @param what how messages name the store
 * @throws PASSPHRASE_EMPTY, PASSPHRASE_MISMATCH, KEYSTORE_PASSWORD_NEEDED, KEYSTORE_PASSWORD_UNFIT, FILE_NOT_FOUND
 */
export async function createStorePassword(what: string, access: Access): Promise<string> {
  const file = optionText(access.invocation, 'password-file');
  const password = readPasswordFile(access) ?? (await askTwice(what, access));
  const reason = findFault(password);
  if (reason !== undefined) throw keystoreError('KEYSTORE_PASSWORD_UNFIT', { source: file ?? 'the terminal', reason });
  if (/[^ -~]/.test(password))
    access.context.say(
      'The password has other characters than those of ASCII: Java 17 and older will not open the store.\n',
    );
  return password;
}

/** Where the password of the store lies, absolute; undefined where it was typed or came through a pipe. */
export function passwordFileOf({ invocation, context: { io } }: Access): string | undefined {
  const file = optionText(invocation, 'password-file');
  if (file === undefined || file === '-') return undefined;
  const path = resolve(io.cwd, file);
  return isLasting(path, io.fs) ? path : undefined;
}

/** A pipe, as of `<(pass show store)`, gives its content once; the same name is something else later, or waits for ever. */
export const isLasting = (path: string, fs: FileSystem): boolean =>
  !/^\/(?:dev(?!\/shm\/)|proc)\//.test(path) && withDiskErrors(path, () => fs.status(path))?.kind !== 'other';

async function askTwice(what: string, { context }: Access): Promise<string> {
  if (!context.canAsk) throw keystoreError('KEYSTORE_PASSWORD_NEEDED', { file: what });
  const { askSecret } = await import('../terminal/ask.ts');
  const password = await askSecret(`New password for ${what}:`);
  if (password === '') throw cliError('PASSPHRASE_EMPTY', { source: 'the terminal' });
  if (password !== (await askSecret('The same again:'))) throw cliError('PASSPHRASE_MISMATCH', {});
  return password;
}

/** What every program would make something else of. */
function findFault(password: string): string | undefined {
  if (password.includes('\0')) return 'holds a NUL';
  if (password.includes('\uFFFD')) return 'is not UTF-8';
  if (password.startsWith('\uFEFF')) return 'begins with a byte order mark';
  return undefined;
}
