/**
 * @module Which certificates of CAs of this folder were ever put into `rootCA.pem`. One that stands there and whose CA is gone (rotated,
 * removed) is a leftover to take out; any other is a CA that somebody else made.
 */
import { formatHex, type Bytes } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import { appendRecords, readRecords, type Home } from '@mintmark/ca-store';

const RECORDS_FILE = 'mkcert-roots.jsonl';

/** Says of a certificate whether it is in the records. @throws disk codes */
export function readRootRecords(home: Home): (certDer: Bytes) => boolean {
  const digests = new Set(
    readRecords(home, RECORDS_FILE).map((record) => (record as { readonly sha256Hex?: unknown }).sha256Hex),
  );
  return (certDer) => digests.has(formatHex(nodeSha256(certDer)));
}

/** Before they are put into the file: one that nobody knows could not be taken out. Call it under the home's lock. @throws disk codes */
export function recordRoots(home: Home, certificates: readonly Bytes[]): void {
  const isKnown = readRootRecords(home);
  const records = certificates
    .filter((certDer) => !isKnown(certDer))
    .map((certDer) => ({ event: 'root', sha256Hex: formatHex(nodeSha256(certDer)) }));
  if (records.length > 0) appendRecords(home, RECORDS_FILE, records);
}
