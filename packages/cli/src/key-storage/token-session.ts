/**
 * @module Open tokens of one command: each is logged into once, however many certificates and CAs it signs for, and where that failed it
 * stays failed for the whole command. Sessions end with the process.
 */
import type { Access } from '../command.ts';
import type { Io } from '../io.ts';
import { findToken, type FoundToken, type TokenWish } from './find-token.ts';
import { keyStorageError } from './key-storage-errors.ts';
import { SESSION_FLAGS, TOKEN_FLAGS } from './pkcs11-numbers.ts';
import { loadTokenClient, type Session, type TokenCrypto } from './token-client.ts';
import { withTokenErrors } from './token-failure.ts';
import { logIn } from './token-login.ts';

export type OpenToken = FoundToken & {
  readonly session: Session;
  /** For messages. */
  readonly token: string;
  /** Undefined where no PIN of ours was needed. */
  readonly pin: string | undefined;
};

export type OpenOptions = {
  readonly pinSource?: string | undefined;
  /** To make or destroy keys; default: to use them. */
  readonly isWriting?: boolean;
};

type Login = { readonly open: OpenToken; readonly isWriting: boolean };

const logins = new WeakMap<Io, Map<string, Promise<Login>>>();

/** @throws TOKEN_*, PASSPHRASE_EMPTY, PASSPHRASE_UNFIT, FILE_NOT_FOUND */
export async function openToken(wish: TokenWish, access: Access, options: OpenOptions = {}): Promise<OpenToken> {
  const { io } = access.context;
  const tokens = logins.get(io) ?? new Map<string, Promise<Login>>();
  logins.set(io, tokens);
  const found = findToken(wish);
  const key = JSON.stringify([wish.modulePath, found.info.serialNumber, found.info.label]);
  // A failed login is kept too: another try of the same PIN could be the one that locks the token.
  const login = tokens.get(key) ?? openFirst(found, access, options);
  tokens.set(key, login);
  const { open, isWriting } = await login;
  // Who is logged in is so in every session of the process.
  return options.isWriting === true && !isWriting ? { ...open, session: openSession(found, true).session } : open;
}

async function openFirst(
  found: FoundToken,
  access: Access,
  { pinSource, isWriting = false }: OpenOptions,
): Promise<Login> {
  const crypto = openSession(found, isWriting);
  const pin = await logIn(found, crypto, { ...access, pinSource });
  return { open: { ...found, session: crypto.session, token: found.info.label, pin }, isWriting };
}

/** @throws TOKEN_WRITE_PROTECTED, TOKEN_FAILED */
function openSession({ slot, info }: FoundToken, isWriting: boolean): TokenCrypto {
  const token = info.label;
  if (isWriting && (info.flags & TOKEN_FLAGS.writeProtected) !== 0)
    throw keyStorageError('TOKEN_WRITE_PROTECTED', { token });
  const flags = isWriting ? SESSION_FLAGS.readWrite : SESSION_FLAGS.read;
  const crypto = withTokenErrors(token, () => loadTokenClient().open(slot.open(flags)));
  process.prependOnceListener('exit', () => close(crypto)); // before its module ends
  return crypto;
}

function close(crypto: TokenCrypto): void {
  try {
    crypto.close();
  } catch {
    // The process ends, and its session with it.
  }
}
