/** @module Private key files of certificates: whose key is in one, as far as it can be told without a passphrase that nobody gave. */
import { findBlocks, formatHex, isCaError, PRIVATE_KEY_LABELS, type PemBlock } from '@mintmark/ca-core';
import { nodeSha256, parsePrivateKey, type NodePrivateKey } from '@mintmark/ca-core/node';
import { readIfPresent, type Home } from '@mintmark/ca-store';

/** SHA-256 of the public half of a key, hex. */
export const spkiHex = ({ subjectKey }: NodePrivateKey): string => formatHex(nodeSha256(subjectKey.spkiDer));

/** The one key of a file; undefined for no file, for any other content, and for a key that the passphrase does not open. */
export function tryReadKey(home: Home, keyFile: string, passphrase?: string): NodePrivateKey | undefined {
  try {
    const bytes = readIfPresent(home.fs, keyFile);
    const secret = passphrase === undefined ? {} : { passphrase };
    return bytes === undefined ? undefined : parsePrivateKey(bytes, { what: keyFile, ...secret });
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}

/** All private keys in a file, sealed ones too; none for no file and for any other content. */
export function findKeyBlocks(home: Home, file: string): PemBlock[] {
  try {
    const bytes = readIfPresent(home.fs, file);
    return bytes === undefined ? [] : findBlocks(bytes, file, { labels: PRIVATE_KEY_LABELS, wanted: 'a private key' });
  } catch (cause) {
    if (isCaError(cause)) return [];
    throw cause;
  }
}
