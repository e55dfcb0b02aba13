/** @module CAs whose key asks a person for something: what a timer can't give. */
import { isCaError } from '@mintmark/ca-core';
import { listCaNames, readCa, readKeyProtection } from '@mintmark/ca-store';
import { readableHome } from '../certificates/choose-ca.ts';
import type { Context } from '../command.ts';

/** The names of those with a passphrase, or with a key in a token. One that can't be read is for `renew` to complain of. */
export function findLockedCas(context: Context, kind: 'passphrase' | 'token'): string[] {
  const home = readableHome(context);
  if (home === undefined) return [];
  return listCaNames(home).filter((name) => {
    try {
      return readKeyProtection(home, readCa(home, name)).kind === kind;
    } catch (cause) {
      if (isCaError(cause)) return false;
      throw cause;
    }
  });
}
