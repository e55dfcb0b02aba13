/**
 * @module Where the key of a new CA goes: into its folder, under a passphrase if one is given; under one that the platform's secret store
 * keeps; or into a token. What was put elsewhere is taken back when the CA does not come about.
 */
import { parseKeyType, type KeyType } from '@mintmark/ca-core';
import { markKeyPem } from '@mintmark/ca-store';
import { cliError } from '../cli-errors.ts';
import type { Access, Context } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import type { KeyPlace } from './key-place.ts';

const DEFAULT_KEY_TYPE = 'ecdsa-p256';

/** @throws OPTIONS_CONFLICT, OPTION_ALONE */
export function assertKeyPlace({ invocation }: Access): void {
  const isIn = (name: string): boolean => isOptionSet(invocation, name) || optionText(invocation, name) !== undefined;
  const hasRootKey = isIn('keep-root-key') || isIn('parent');
  for (const place of ['token', 'secret-store']) {
    if (!isIn(place)) continue;
    // The key of a root that is kept, now or then, has a passphrase wherever the issuer's key lies.
    const second = ['passphrase-file', 'passphrase'].find((name) => isIn(name) && !hasRootKey);
    if (second !== undefined) throw cliError('OPTIONS_CONFLICT', { first: `--${place}`, second: `--${second}` });
  }
  if (isIn('token') && isIn('secret-store'))
    throw cliError('OPTIONS_CONFLICT', { first: '--token', second: '--secret-store' });
  if (isIn('pin-file') && !isIn('token')) throw cliError('OPTION_ALONE', { option: '--pin-file', partner: '--token' });
}

/** The same, and the words of a token's URI. @throws OPTIONS_CONFLICT, OPTION_ALONE, TOKEN_URI_INVALID, TOKEN_URI_PIN */
export async function assertPlaceable(access: Access): Promise<void> {
  assertKeyPlace(access);
  const uri = optionText(access.invocation, 'token');
  if (uri === undefined) return;
  const { parseTokenUri } = await import('./token-uri.ts');
  parseTokenUri(uri);
}

/**
 * Prepares the place that the words name; `passphrase` is what a key file is encrypted with, where there is one.
 * @throws TOKEN_*, SECRET_STORE_*, KEY_TYPE_UNKNOWN
 */
export async function placeKey(name: string, passphrase: string | undefined, access: Access): Promise<KeyPlace> {
  const { invocation } = access;
  const uri = optionText(invocation, 'token');
  const keyType = parseKeyType(optionText(invocation, 'key') ?? DEFAULT_KEY_TYPE);
  if (uri !== undefined) {
    const { placeKeyInToken } = await import('./place-in-token.ts');
    return placeKeyInToken(name, { uri, keyType }, access);
  }
  if (isOptionSet(invocation, 'secret-store')) return placeInSecretStore(name, keyType, access.context);
  return {
    keyType,
    ...(passphrase === undefined ? {} : { passphrase }),
    finish: (files) => files,
    undo: async () => {},
  };
}

async function placeInSecretStore(name: string, keyType: KeyType, context: Context): Promise<KeyPlace> {
  const { createStoredSecret, forgetSecret } = await import('./secret-store.ts');
  const { account, secret } = await createStoredSecret(name);
  return {
    keyType,
    passphrase: secret,
    finish: (files) => (files.keyPem === undefined ? files : { ...files, keyPem: markKeyPem(files.keyPem, account) }),
    undo: () => forgetSecret(account, context),
  };
}
