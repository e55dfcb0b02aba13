/** @module The answer to whoever wants a key file of a CA whose key lies in a token. */
import type { CaError } from '@mintmark/ca-core';
import type { KeyProtection, StoredCa } from '@mintmark/ca-store';
import { keyStorageError } from './key-storage-errors.ts';
import { parseTokenRecord } from './token-record.ts';

/** TOKEN_HOLDS_KEY. @throws CA_DAMAGED */
export function refuseTokenKey(
  { name: caName }: StoredCa,
  { json }: Extract<KeyProtection, { kind: 'token' }>,
  what: string,
): CaError {
  const { token } = parseTokenRecord(json, caName);
  return keyStorageError('TOKEN_HOLDS_KEY', { caName, token, what });
}
