/** @module A CA ready to sign: its certificates and its key, unlocked if need be, wherever that lies. */
import { isCaError, type Bytes, type Signer } from '@mintmark/ca-core';
import { openCaKey, openSigner, readKeyProtection, storeError, type StoredCa } from '@mintmark/ca-store';
import type { NodePrivateKey } from '@mintmark/ca-core/node';
import type { Access } from '../command.ts';
import { openingPassphrase } from '../passphrase.ts';

/**
 * The signer of a stored CA. `rehearse` runs before a passphrase or PIN is asked for, so that nobody types one for nothing.
 * @throws CA_KEY_*, KEY_PASSPHRASE_WRONG, PASSPHRASE_NEEDED, TOKEN_*, SECRET_STORE_*, and what `rehearse` throws
 */
export async function unlockSigner(
  ca: StoredCa,
  access: Access,
  rehearse: () => void = () => {},
): Promise<Signer<Bytes>> {
  const home = access.context.home();
  try {
    return openSigner(home, ca);
  } catch (cause) {
    if (!isCaError(cause, 'KEY_ENCRYPTED') && !isCaError(cause, 'CA_KEY_MISSING')) throw cause;
  }
  const protection = readKeyProtection(home, ca);
  if (protection.kind === 'absent') throw storeError('CA_KEY_MISSING', { caName: ca.name });
  rehearse();
  if (protection.kind === 'token') {
    const { openTokenSigner } = await import('../key-storage/open-token-signer.ts');
    return openTokenSigner(ca, protection.json, access);
  }
  return openSigner(home, ca, await readOpeningPassphrase(ca, access));
}

/**
 * The key of a stored CA itself, for who seals it anew; one in a token can't be had.
 * @throws CA_KEY_*, KEY_PASSPHRASE_WRONG, PASSPHRASE_NEEDED, SECRET_STORE_*
 */
export async function unlockCaKey(ca: StoredCa, access: Access): Promise<NodePrivateKey> {
  return openCaKey(access.context.home(), ca, await readOpeningPassphrase(ca, access));
}

/** What opens the key file of a CA; undefined where it lies in the clear. */
async function readOpeningPassphrase(ca: StoredCa, access: Access): Promise<string | undefined> {
  const protection = readKeyProtection(access.context.home(), ca);
  if (protection.kind === 'secret-store') {
    const { readFromSecretStore } = await import('../key-storage/secret-store.ts');
    return readFromSecretStore(protection.account, ca.name);
  }
  if (protection.kind !== 'passphrase') return undefined;
  return openingPassphrase(access.invocation, access.context, `the key of CA "${ca.name}"`);
}
