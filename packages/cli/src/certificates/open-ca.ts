/** @module A CA ready to sign: its certificates and its key, unlocked if need be. */
import type { Bytes, Signer } from '@mintmark/ca-core';
import { isCaKeyEncrypted, openSigner, type StoredCa } from '@mintmark/ca-store';
import type { Context, Invocation } from '../command.ts';
import { openingPassphrase } from '../passphrase.ts';

/** The signer of a stored CA. @throws CA_KEY_*, KEY_PASSPHRASE_WRONG, PASSPHRASE_NEEDED */
export async function unlockSigner(ca: StoredCa, invocation: Invocation, context: Context): Promise<Signer<Bytes>> {
  const home = context.home();
  const passphrase = isCaKeyEncrypted(home, ca)
    ? await openingPassphrase(invocation, context, `the key of CA "${ca.name}"`)
    : undefined;
  return openSigner(home, ca, passphrase);
}
