/**
 * @module Passphrases in the platform's secret store (Secret Service, Keychain, Credential Manager) by @napi-rs/keyring. On Linux never in
 * the kernel's keyring, which the library would fall back to and which forgets everything at the next start.
 */
import { randomBytes } from 'node:crypto';
import { escapeControls } from '@mintmark/ca-core';
import type { Context } from '../command.ts';
import { keyStorageError } from './key-storage-errors.ts';
import { loadPackage } from './load-package.ts';

/** The part of an AsyncEntry that is used here. */
type Entry = {
  setPassword(password: string): Promise<void>;
  getPassword(): Promise<string | null | undefined>;
  deleteCredential(): Promise<boolean>;
};

type Keyring = {
  readonly AsyncEntry: new (
    service: string,
    account: string,
    options: { readonly linux: { readonly store: 'secret-service' } },
  ) => Entry;
};

const SERVICE = 'mintmark';
const SECRET_BYTES = 32;
const ACCOUNT_BYTES = 10;

/** What the store keeps, and the name of its entry. */
export type StoredSecret = { readonly account: string; readonly secret: string };

/** Puts a new random passphrase into the store and reads it back. @throws SECRET_STORE_CLIENT_MISSING, SECRET_STORE_UNAVAILABLE */
export async function createStoredSecret(caName: string): Promise<StoredSecret> {
  const label = caName.replaceAll(/[^A-Za-z0-9-]/g, '-').slice(0, 40);
  const account = `${label}-${randomBytes(ACCOUNT_BYTES).toString('hex')}`;
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  await withEntry(account, async (entry) => {
    await entry.setPassword(secret);
    if ((await entry.getPassword()) !== secret) throw new Error('what was put into it does not come back');
  });
  return { account, secret };
}

/** @throws SECRET_STORE_CLIENT_MISSING, SECRET_STORE_UNAVAILABLE, SECRET_STORE_EMPTY */
export async function readFromSecretStore(account: string, caName: string): Promise<string> {
  const secret = await withEntry(account, (entry) => entry.getPassword());
  if (secret === null || secret === undefined) throw keyStorageError('SECRET_STORE_EMPTY', { caName });
  return secret;
}

/** Takes out an entry that opens nothing any more. One that can't be taken out is said, and no failure. */
export async function forgetSecret(account: string, context: Context): Promise<void> {
  try {
    await withEntry(account, (entry) => entry.deleteCredential());
  } catch {
    context.say(`The secret store keeps an entry that opens nothing: ${SERVICE}, ${account}\n`);
  }
}

async function withEntry<T>(account: string, work: (entry: Entry) => Promise<T>): Promise<T> {
  const { AsyncEntry } = loadKeyring();
  try {
    return await work(new AsyncEntry(SERVICE, account, { linux: { store: 'secret-service' } }));
  } catch (cause) {
    const [line = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n', 1);
    throw keyStorageError('SECRET_STORE_UNAVAILABLE', { reason: escapeControls(line.slice(0, 200)) }, { cause });
  }
}

function loadKeyring(): Keyring {
  const loaded = loadPackage('@napi-rs/keyring');
  if ('exports' in loaded) return loaded.exports as Keyring;
  if (loaded.kind === 'missing') throw keyStorageError('SECRET_STORE_CLIENT_MISSING', {});
  throw keyStorageError('SECRET_STORE_UNAVAILABLE', { reason: loaded.reason });
}
