/** @module Which key stores on disk hold a certificate of this home, as far as the home wrote them and nobody has changed them since. */
import { isCaError } from '@mintmark/ca-core';
import type { Home } from '@mintmark/ca-store';
import { findStandingRecord, groupByFile, type KeystoreContents, type KeystoreRecord } from './keystore-file.ts';

export type KnownStore = KeystoreContents & { readonly keystoreFile: string };

/**
 * Stores that hold one of these certificates (SHA-256, hex) and are as this home wrote them. Records come before files, so the last one
 * of a name may be of a store that was never put in place.
 */
export function findKnownStores(
  home: Home,
  records: readonly KeystoreRecord[],
  certDigests: ReadonlySet<string>,
): KnownStore[] {
  const holds = ({ certSha256Hex }: KeystoreRecord): boolean =>
    certSha256Hex !== undefined && certDigests.has(certSha256Hex);
  return [...groupByFile(records)].flatMap(([keystoreFile, own]) => {
    const record = own.some(holds) ? tryFindStanding(home, keystoreFile, own) : undefined;
    if (record?.certSha256Hex === undefined || !holds(record)) return [];
    const { certSha256Hex, alias = 'certificate', isLegacy = false, passwordFile } = record;
    const secret = passwordFile === undefined ? {} : { passwordFile };
    return [{ keystoreFile, certSha256Hex, alias, isLegacy, ...secret }];
  });
}

/** What can't be read is taken for what was written last: whoever makes it anew says why it can't be. */
function tryFindStanding(home: Home, path: string, own: readonly KeystoreRecord[]): KeystoreRecord | undefined {
  try {
    return findStandingRecord(home, path, own);
  } catch (cause) {
    if (isCaError(cause)) return own.at(-1);
    throw cause;
  }
}
