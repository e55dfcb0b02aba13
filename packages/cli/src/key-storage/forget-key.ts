/** @module What a CA that goes has outside of the home: a passphrase in the secret store, which goes too, or a key in a token, which stays. */
import { isCaError } from '@mintmark/ca-core';
import type { KeyProtection } from '@mintmark/ca-store';
import type { Access } from '../command.ts';
import { parseTokenRecord, type TokenRecord } from './token-record.ts';

/** Where the key of a token is left: the others of the home, and other programs, may use the token. */
export async function forgetKey(
  protection: KeyProtection,
  caName: string,
  { context }: Access,
): Promise<TokenRecord | undefined> {
  if (protection.kind === 'secret-store') {
    const { forgetSecret } = await import('./secret-store.ts');
    await forgetSecret(protection.account, context);
  }
  return readRecordIfWhole(protection, caName);
}

/** Undefined for a key that lies elsewhere, and for a record that is damaged. */
export function readRecordIfWhole(protection: KeyProtection, caName: string): TokenRecord | undefined {
  if (protection.kind !== 'token') return undefined;
  try {
    return parseTokenRecord(protection.json, caName);
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}
