/** @module A CA ready to sign: its certificates and its key, unlocked if need be. */
import { isCaError, type Bytes, type Signer } from '@mintmark/ca-core';
import { openSigner, type StoredCa } from '@mintmark/ca-store';
import type { Access } from '../command.ts';
import { openingPassphrase } from '../passphrase.ts';

/**
 * The signer of a stored CA. `rehearse` runs before a passphrase is asked for, so that nobody types one for nothing.
 * @throws CA_KEY_*, KEY_PASSPHRASE_WRONG, PASSPHRASE_NEEDED, and what `rehearse` throws
 */
export async function unlockSigner(
  ca: StoredCa,
  { invocation, context }: Access,
  rehearse: () => void = () => {},
): Promise<Signer<Bytes>> {
  const home = context.home();
  try {
    return openSigner(home, ca);
  } catch (cause) {
    if (!isCaError(cause, 'KEY_ENCRYPTED')) throw cause;
  }
  rehearse();
  return openSigner(home, ca, await openingPassphrase(invocation, context, `the key of CA "${ca.name}"`));
}
