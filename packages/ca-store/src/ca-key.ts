/** @module The key of a CA on disk: whether there is one, what opens it, and the signer it makes. */
import { join } from 'node:path';
import { findBlocks, isEqualBytes, type Bytes, type Signer } from '@mintmark/ca-core';
import { createNodeSigner, isPrivateKeyEncrypted, parsePrivateKey } from '@mintmark/ca-core/node';
import { CA_KEY_FILE, readIfPresent, type StoredCa } from './ca-folder.ts';
import { withDiskErrors } from './disk-error.ts';
import type { Home } from './home.ts';
import { storeError } from './store-errors.ts';

/** True when the CA has a key here, whether it can be opened or not. */
export function hasCaKey({ fs }: Home, ca: StoredCa): boolean {
  const path = join(ca.path, CA_KEY_FILE);
  return withDiskErrors(path, () => fs.status(path)) !== undefined;
}

/** True when the CA's key asks for a passphrase. @throws CA_KEY_MISSING */
export function isCaKeyEncrypted(home: Home, ca: StoredCa): boolean {
  const blocks = findBlocks(readKeyBytes(home, ca), join(ca.path, CA_KEY_FILE), {
    labels: ['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'],
    wanted: 'a private key',
  });
  return blocks.some(isPrivateKeyEncrypted);
}

/** The signer of a CA. @throws CA_KEY_MISSING, CA_KEY_MISMATCH, KEY_ENCRYPTED, KEY_PASSPHRASE_WRONG, KEY_INVALID */
export function openSigner(home: Home, ca: StoredCa, passphrase?: string): Signer<Bytes> {
  const key = parsePrivateKey(readKeyBytes(home, ca), {
    what: `the key of CA "${ca.name}"`,
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  if (!isEqualBytes(key.subjectKey.spkiDer, ca.issuer.subjectKey.spkiDer))
    throw storeError('CA_KEY_MISMATCH', { caName: ca.name });
  return createNodeSigner(key);
}

function readKeyBytes(home: Home, ca: StoredCa): Uint8Array {
  const bytes = readIfPresent(home.fs, join(ca.path, CA_KEY_FILE));
  if (bytes === undefined) throw storeError('CA_KEY_MISSING', { caName: ca.name });
  return bytes;
}

/** Text of the CA's key file as it is on disk (encrypted or not); undefined for a CA without key. For export. */
export function readCaKeyPem(home: Home, ca: StoredCa): string | undefined {
  const bytes = readIfPresent(home.fs, join(ca.path, CA_KEY_FILE));
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}
