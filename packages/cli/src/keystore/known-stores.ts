/** @module Which key stores on disk hold a certificate of this home, as far as the home wrote them and nobody has changed them since. */
import type { Home } from '@mintmark/ca-store';
import { digestOfFile, type KeystoreContents, type KeystoreRecord } from './keystore-file.ts';

export type KnownStore = KeystoreContents & { readonly keystoreFile: string };

/** Stores that hold one of these certificates (SHA-256, hex) and are what was written last under their name. @throws disk codes */
export function findKnownStores(
  home: Home,
  records: readonly KeystoreRecord[],
  certDigests: ReadonlySet<string>,
): KnownStore[] {
  const last = new Map(records.map((record) => [record.keystoreFile, record]));
  return [...last.values()].flatMap(({ keystoreFile, sha256Hex, certSha256Hex, alias, isLegacy, passwordFile }) => {
    if (certSha256Hex === undefined || !certDigests.has(certSha256Hex)) return [];
    if (digestOfFile(home, keystoreFile) !== sha256Hex) return [];
    const secret = passwordFile === undefined ? {} : { passwordFile };
    return [{ keystoreFile, certSha256Hex, alias: alias ?? 'certificate', isLegacy: isLegacy === true, ...secret }];
  });
}
