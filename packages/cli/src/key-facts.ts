/** @module Facts of a private or public key for `inspect` and `pin`; weak and unusual keys are described, not refused. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { coreError, type Bytes, type PemBlock } from '@mintmark/ca-core';
import { isPrivateKeyEncrypted, openPrivateKey, type ReadKeyOptions } from '@mintmark/ca-core/node';
import { describePublicKey } from '@mintmark/ca-core/read';

export type KeyFacts = {
  readonly isPrivate: boolean;
  readonly isEncrypted: boolean;
  readonly keyLabel: string;
  readonly spkiDer: Bytes;
};

/** @throws KEY_INVALID, KEY_ENCRYPTED, KEY_PASSPHRASE_WRONG, KEY_TOO_COSTLY */
export function readKeyFacts(block: PemBlock, options: ReadKeyOptions): KeyFacts {
  const publicKey = createPublicKey(openPrivateKey(block, options));
  return { isPrivate: true, isEncrypted: isPrivateKeyEncrypted(block), ...describe(publicKey) };
}

/** A SubjectPublicKeyInfo. @throws KEY_INVALID */
export function readPublicKeyFacts(spkiDer: Uint8Array, what: string): KeyFacts {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(spkiDer), format: 'der', type: 'spki' });
    return { isPrivate: false, isEncrypted: false, ...describe(publicKey) };
  } catch {
    throw coreError('KEY_INVALID', { what, reason: 'malformed public key' });
  }
}

function describe(publicKey: KeyObject): Pick<KeyFacts, 'keyLabel' | 'spkiDer'> {
  const spkiDer = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  return { keyLabel: describePublicKey(spkiDer), spkiDer };
}
