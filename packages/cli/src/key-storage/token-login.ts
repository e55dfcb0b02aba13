/**
 * @module The PIN of a token. A token locks itself for good after a few wrong ones, so one is tried once and never again by itself, none
 * is tried that can't be right, and the last try is left to a person who was told that it is the last.
 */
import { quote } from '@mintmark/ca-core';
import { cliError } from '../cli-errors.ts';
import type { Access } from '../command.ts';
import { readPinFile, readSecretFile } from '../passphrase.ts';
import type { FoundToken } from './find-token.ts';
import { keyStorageError } from './key-storage-errors.ts';
import { RETURN_CODES, TOKEN_FLAGS } from './pkcs11-numbers.ts';
import type { TokenCrypto } from './token-client.ts';
import { reasonOf, returnCodeOf } from './token-failure.ts';

/** Logs in, where the token wants that. Returns the PIN, for keys that ask for it again; undefined where the token asks for none. */
export async function logIn(
  found: FoundToken,
  crypto: TokenCrypto,
  { pinSource, ...access }: Access & { readonly pinSource: string | undefined },
): Promise<string | undefined> {
  const { slot, info } = found;
  const token = info.label;
  if (!hasFlag(info.flags, 'loginRequired')) return undefined;
  if (hasFlag(info.flags, 'pinLocked')) throw keyStorageError('TOKEN_PIN_LOCKED', { token });
  if (!hasFlag(info.flags, 'userPinSet')) throw keyStorageError('TOKEN_PIN_UNSET', { token });
  // PKCS#11 asks for a null PIN then, which the library can't hand over, and anything else could count as a wrong one.
  if (hasFlag(info.flags, 'ownPinPad')) throw keyStorageError('TOKEN_PIN_PAD', { token });
  const pin = await readPin(found, access, pinSource);
  assertLength(pin, found);
  await assertTryLeft(found, access);
  try {
    crypto.login(pin);
  } catch (cause) {
    throw toPinError(cause, token, slot.getToken().flags);
  }
  return pin;
}

const hasFlag = (flags: number, name: keyof typeof TOKEN_FLAGS): boolean => (flags & TOKEN_FLAGS[name]) !== 0;

/** `--pin-file`, else the file that the token's URI named for good, else asked. */
async function readPin(
  { info: { label } }: FoundToken,
  access: Access,
  pinSource: string | undefined,
): Promise<string> {
  const fromFile =
    readPinFile(access) ?? (pinSource === undefined ? undefined : readSecretFile(pinSource, access.context));
  if (fromFile !== undefined) return fromFile;
  if (!access.context.canAsk) throw keyStorageError('TOKEN_PIN_NEEDED', { token: label });
  const { askSecret } = await import('../terminal/ask.ts');
  const pin = await askSecret(`PIN of token ${quote(label)}:`);
  if (pin === '') throw cliError('PASSPHRASE_EMPTY', { source: 'the terminal' });
  return pin;
}

/** @throws TOKEN_PIN_LENGTH for what the token would count as a wrong try and can't be right */
function assertLength(pin: string, { info }: FoundToken): void {
  const { minPinLen: min, maxPinLen: max, label: token } = info;
  const bytes = Buffer.byteLength(pin);
  if (bytes < min || (max >= min && max > 0 && bytes > max))
    throw keyStorageError('TOKEN_PIN_LENGTH', { token, min, max });
}

/** Asked of the token this moment: another program may have tried since. */
async function assertTryLeft({ slot }: FoundToken, { context }: Access): Promise<void> {
  const { flags, label: token } = slot.getToken();
  if (hasFlag(flags, 'pinLocked')) throw keyStorageError('TOKEN_PIN_LOCKED', { token });
  if (!hasFlag(flags, 'pinFinalTry')) {
    if (hasFlag(flags, 'pinCountLow'))
      context.say(`A wrong PIN was tried on token ${quote(token)} since the last right one.\n`);
    return;
  }
  if (!context.canAsk) throw keyStorageError('TOKEN_PIN_LAST_TRY', { token });
  const { askConfirmation } = await import('../terminal/ask.ts');
  if (!(await askConfirmation(`One more wrong PIN locks token ${quote(token)}. Try the PIN?`)))
    throw keyStorageError('TOKEN_PIN_LAST_TRY', { token });
}

const WRONG: readonly number[] = [RETURN_CODES.pinIncorrect, RETURN_CODES.pinInvalid, RETURN_CODES.pinLengthRange];

/** What a login that failed means. `flags`: of the token after it; 0 where they are not known. */
export function toPinError(cause: unknown, token: string, flags: number): Error {
  const code = returnCodeOf(cause);
  if (code === RETURN_CODES.pinLocked) return keyStorageError('TOKEN_PIN_LOCKED', { token }, { cause });
  if (code === RETURN_CODES.userPinNotInitialized) return keyStorageError('TOKEN_PIN_UNSET', { token }, { cause });
  if (code !== undefined && WRONG.includes(code))
    return keyStorageError('TOKEN_PIN_WRONG', { token, left: describeTriesLeft(flags) }, { cause });
  return keyStorageError('TOKEN_FAILED', { token, reason: reasonOf(cause) }, { cause });
}

function describeTriesLeft(flags: number): string {
  if (hasFlag(flags, 'pinLocked')) return ', and the token is locked now';
  return hasFlag(flags, 'pinFinalTry') ? ', and one try is left' : '';
}
