/**
 * @module Which entry of the ledger speaks of the certificate that a file holds. That is not always the newest: entries are written
 * before files, and a command that was cut off between leaves an entry whose certificate was never put in place.
 */
import { findBlocks, formatHex, isCaError } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import { readIfPresent, withDiskErrors, type FileSystem, type Home, type IssuedEntry } from '@mintmark/ca-store';
import {
  findStandingRecord,
  groupByFile,
  readKeystoreRecords,
  type KeystoreRecord,
} from '../keystore/keystore-file.ts';

/** `digest`: SHA-256 of the first certificate in the file, hex; undefined without a file, empty where it holds something else. */
export type CurrentEntry = { readonly entry: IssuedEntry; readonly digest: string | undefined };

/** By certificate file: the entry of what it holds, else the newest. Without `read`, a PKCS#12 file holds something else. */
export function findCurrentEntries(
  fs: FileSystem,
  ledger: readonly IssuedEntry[],
  read = (path: string) => readCertificateDigest(fs, path),
): Map<string, CurrentEntry> {
  const digests = new Map<string, string | undefined>();
  const current = new Map<string, CurrentEntry>();
  for (const entry of ledger) {
    const { certFile } = entry;
    if (certFile === '') continue; // it went into a pipe
    if (!digests.has(certFile)) digests.set(certFile, read(certFile));
    const digest = digests.get(certFile);
    const known = current.get(certFile);
    const isHeld = known !== undefined && known.entry.certSha256Hex === digest;
    if (!isHeld || entry.certSha256Hex === digest) current.set(certFile, { entry, digest });
  }
  return current;
}

/** SHA-256 of the first certificate in a file; undefined where there is no file, empty for anything else that stands there. */
export function readCertificateDigest(fs: FileSystem, path: string): string | undefined {
  try {
    if (withDiskErrors(path, () => fs.status(path))?.kind === 'other') return ''; // a pipe could be read for ever
    const bytes = readIfPresent(fs, path);
    if (bytes === undefined) return undefined;
    const [leaf] = findBlocks(bytes, path, { labels: ['CERTIFICATE'], wanted: 'a certificate' });
    return leaf === undefined ? '' : formatHex(nodeSha256(leaf.der));
  } catch (cause) {
    if (isCaError(cause)) return '';
    throw cause;
  }
}

/** `readCertificateDigest` that also knows what is in the PKCS#12 files of this home, as long as they are as it wrote them. */
export function createDigestReader(home: Home): (path: string) => string | undefined {
  let records: ReadonlyMap<string, readonly KeystoreRecord[]> | undefined;
  return (path) => {
    const digest = readCertificateDigest(home.fs, path);
    if (digest === undefined) return undefined;
    records ??= groupByFile(readKeystoreRecords(home));
    return findStandingRecord(home, path, records.get(path))?.certSha256Hex ?? digest;
  };
}
