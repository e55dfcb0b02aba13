/**
 * @module Records of revocations: which certificate of which issuer, since when and why. Append-only, one JSON object a line. The
 * issuer is told by its key, for names of CAs come back with other keys.
 */
import { formatHex, type Issuer } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { Home } from './home.ts';
import { appendRecords, readRecords } from './records.ts';

/** Times are ISO 8601 UTC, digests and serials lower-case hex. */
export type RevocationRecord = {
  readonly event: 'revoked';
  readonly at: string;
  /** The name of the CA at that time. */
  readonly ca: string;
  readonly issuerSpkiSha256Hex: string;
  readonly serialHex: string;
  readonly certSha256Hex: string;
  readonly spkiSha256Hex: string;
  readonly notAfter: string;
  readonly reason: string;
};

export const REVOCATIONS_FILE = 'revocations.jsonl';

/** Appends and syncs. Call it under the home's lock. */
export function appendRevocations(home: Home, records: readonly RevocationRecord[]): void {
  if (records.length > 0) appendRecords(home, REVOCATIONS_FILE, records);
}

/** All records that can be read, oldest first; a certificate counts from its first. */
export function readRevocations(home: Home): RevocationRecord[] {
  return readRecords(home, REVOCATIONS_FILE).filter(isRevocationRecord);
}

/** True when a certificate of this public key was revoked because others have the key: no further one may be for it. */
export const isKeyCompromised = (home: Home, spkiSha256Hex: string): boolean =>
  readRevocations(home).some((record) => record.spkiSha256Hex === spkiSha256Hex && record.reason === 'keyCompromise');

const HEX = /^[0-9a-f]+$/;

function isRevocationRecord(record: object): record is RevocationRecord {
  const { event, at, serialHex, notAfter, reason, ...rest } = record as Partial<RevocationRecord>;
  const texts = [rest.issuerSpkiSha256Hex, rest.certSha256Hex, rest.spkiSha256Hex, rest.ca, reason];
  return (
    event === 'revoked' &&
    isTime(at) &&
    isTime(notAfter) &&
    typeof serialHex === 'string' &&
    HEX.test(serialHex) &&
    texts.every((text) => typeof text === 'string')
  );
}

const isTime = (text: string | undefined): boolean => typeof text === 'string' && !Number.isNaN(Date.parse(text));

/** By which records know an issuer: SHA-256 of its public key, hex. */
export const issuerKeyHex = ({ subjectKey }: Issuer): string => formatHex(nodeSha256(subjectKey.spkiDer));
