/**
 * @module The key of a CA on disk: whether there is one, what protects it, and the signer it makes. A key that lies in a token has
 * `token.json` in place of a key file; one whose passphrase lies in the platform's secret store says so in the text above its PEM block.
 */
import { join } from 'node:path';
import { findBlocks, isEqualBytes, type Bytes, type PemBlock, type Signer } from '@mintmark/ca-core';
import { createNodeSigner, isPrivateKeyEncrypted, parsePrivateKey, type NodePrivateKey } from '@mintmark/ca-core/node';
import { discard, KEY_MODE, syncFolder, writeTemporary } from './atomic-write.ts';
import { CA_KEY_FILE, CA_TOKEN_FILE, readIfPresent, type StoredCa } from './ca-folder.ts';
import { withDiskErrors } from './disk-error.ts';
import type { Home } from './home.ts';
import { storeError } from './store-errors.ts';

/** What stands between a reader of the disk and the key. `account`: of the entry in the secret store; `json`: of token.json. */
export type KeyProtection =
  | { readonly kind: 'absent' }
  | { readonly kind: 'plain' }
  | { readonly kind: 'passphrase' }
  | { readonly kind: 'secret-store'; readonly account: string }
  | { readonly kind: 'token'; readonly json: string };

/** True when the CA has a key, here or in a token, whether it can be opened or not. */
export function hasCaKey({ fs }: Home, ca: StoredCa): boolean {
  return [CA_KEY_FILE, CA_TOKEN_FILE].some((file) => {
    const path = join(ca.path, file);
    return withDiskErrors(path, () => fs.status(path)) !== undefined;
  });
}

/** @throws PEM_*, INPUT_* where the key file is no such thing, disk codes */
export function readKeyProtection(home: Home, ca: Pick<StoredCa, 'path'>): KeyProtection {
  const path = join(ca.path, CA_KEY_FILE);
  const bytes = readIfPresent(home.fs, path);
  if (bytes === undefined) return readTokenProtection(home, ca);
  if (!findKeyBlocks(bytes, path).some(isPrivateKeyEncrypted)) return { kind: 'plain' };
  const account = readAccount(bytes);
  return account === undefined ? { kind: 'passphrase' } : { kind: 'secret-store', account };
}

function readTokenProtection(home: Home, ca: Pick<StoredCa, 'path'>): KeyProtection {
  const bytes = readIfPresent(home.fs, join(ca.path, CA_TOKEN_FILE));
  return bytes === undefined ? { kind: 'absent' } : { kind: 'token', json: Buffer.from(bytes).toString() };
}

const findKeyBlocks = (bytes: Uint8Array, path: string): PemBlock[] =>
  findBlocks(bytes, path, { labels: ['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'], wanted: 'a private key' });

/** True when the CA's key file is encrypted, whoever knows the passphrase. @throws CA_KEY_MISSING */
export function isCaKeyEncrypted(home: Home, ca: StoredCa): boolean {
  const { kind } = readKeyProtection(home, ca);
  if (kind === 'absent') throw storeError('CA_KEY_MISSING', { caName: ca.name });
  return kind === 'passphrase' || kind === 'secret-store';
}

/** The key of a CA, as it lies in its file. @throws CA_KEY_MISSING, CA_KEY_MISMATCH, KEY_ENCRYPTED, KEY_PASSPHRASE_WRONG, KEY_INVALID */
export function openCaKey(home: Home, ca: StoredCa, passphrase?: string): NodePrivateKey {
  const bytes = readIfPresent(home.fs, join(ca.path, CA_KEY_FILE));
  if (bytes === undefined) throw storeError('CA_KEY_MISSING', { caName: ca.name });
  const key = parsePrivateKey(bytes, {
    what: `the key of CA "${ca.name}"`,
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  if (!isEqualBytes(key.subjectKey.spkiDer, ca.issuer.subjectKey.spkiDer))
    throw storeError('CA_KEY_MISMATCH', { caName: ca.name });
  return key;
}

/** The signer of a CA whose key is in its file. @throws as `openCaKey` */
export const openSigner = (home: Home, ca: StoredCa, passphrase?: string): Signer<Bytes> =>
  createNodeSigner(openCaKey(home, ca, passphrase));

/** Text of the CA's key file as it is on disk (encrypted or not); undefined for a CA without key. For export. */
export function readCaKeyPem(home: Home, ca: StoredCa): string | undefined {
  const bytes = readIfPresent(home.fs, join(ca.path, CA_KEY_FILE));
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

const ACCOUNT_LINE = /^Passphrase: secret store, ([A-Za-z0-9-]{1,80})$/m;

/** The text of a key file whose passphrase the secret store keeps. What stands above the block is no part of the key, and others read past it (RFC 7468 section 2). */
export const markKeyPem = (keyPem: string, account: string): string =>
  `Passphrase: secret store, ${account}\n${keyPem}`;

function readAccount(bytes: Uint8Array): string | undefined {
  const [head = ''] = Buffer.from(bytes).toString('latin1').split('-----BEGIN ', 1);
  return ACCOUNT_LINE.exec(head)?.[1];
}

/** Replaces the key file of a CA by the same key under another seal, at once. Call it under the home's lock. @throws disk codes */
export function resealCaKey(home: Home, ca: StoredCa, text: string): void {
  const path = join(ca.path, CA_KEY_FILE);
  // In the home itself, which the next change sweeps: whoever is killed here leaves no key behind for long.
  const temporary = writeTemporary(home.fs, { path: join(home.path, CA_KEY_FILE), text, mode: KEY_MODE });
  withDiskErrors(path, () => {
    try {
      home.fs.rename(temporary, path);
    } catch (cause) {
      discard(home.fs, temporary);
      throw cause;
    }
    syncFolder(home.fs, ca.path);
    syncFolder(home.fs, home.path);
  });
}
