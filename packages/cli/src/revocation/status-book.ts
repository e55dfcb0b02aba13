/** @module What the responder knows of serials, read anew whenever the records have changed: a revocation counts from the next request on. */
import { join } from 'node:path';
import { bareHex, type OcspStatus } from '@mintmark/ca-core/revocation';
import { issuerKeyHex, LEDGER_FILE, readLedger, REVOCATIONS_FILE, type Home, type StoredCa } from '@mintmark/ca-store';
import { findNamesakes } from './home-issuers.ts';
import { readRevokedBySerial, toRevocation } from './revoked.ts';

/** The status of a serial (hex without leading zeros) of this CA. @throws disk codes */
export type StatusBook = (serialHex: string) => OcspStatus;

export function createStatusBook(home: Home, ca: StoredCa): StatusBook {
  const readRevoked = cacheByFile(home, REVOCATIONS_FILE, () => readRevokedBySerial(home, issuerKeyHex(ca.issuer)));
  const readIssued = cacheByFile(
    home,
    LEDGER_FILE,
    () =>
      new Set(
        readLedger(home).flatMap((entry) =>
          findNamesakes([ca], entry).length === 0 ? [] : [bareHex(entry.serialHex)],
        ),
      ),
  );
  return (serialHex) => {
    const record = readRevoked().get(serialHex);
    if (record !== undefined) return toRevocation(record);
    return readIssued().has(serialHex) ? 'good' : 'unknown';
  };
}

/** Records are only ever appended to, so another size tells of more; another time, of a file that was put in its place. */
function cacheByFile<T>(home: Home, file: string, read: () => T): () => T {
  const path = join(home.path, file);
  let known: { readonly state: string; readonly value: T } | undefined;
  return () => {
    const status = home.fs.status(path);
    const state = status === undefined ? 'none' : `${status.size} ${status.mtimeMs}`;
    if (known?.state !== state) known = { state, value: read() };
    return known.value;
  };
}
