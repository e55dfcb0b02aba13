/** @module What is revoked, looked up by certificate or by issuer and serial. The first record of a certificate counts. */
import { bareHex, toRevocationReason, type Revocation } from '@mintmark/ca-core/revocation';
import { readRevocations, type CrlRecord, type Home, type RevocationRecord } from '@mintmark/ca-store';

/** By SHA-256 (hex) of the certificate. */
export function readRevokedByDigest(home: Home): ReadonlyMap<string, RevocationRecord> {
  const revoked = new Map<string, RevocationRecord>();
  for (const record of readRevocations(home))
    if (!revoked.has(record.certSha256Hex)) revoked.set(record.certSha256Hex, record);
  return revoked;
}

/** Revocations of one issuer by serial (hex without leading zeros). */
export function readRevokedBySerial(home: Home, issuerSpkiSha256Hex: string): ReadonlyMap<string, RevocationRecord> {
  const revoked = new Map<string, RevocationRecord>();
  for (const record of readRevocations(home)) {
    const serial = bareHex(record.serialHex);
    if (record.issuerSpkiSha256Hex === issuerSpkiSha256Hex && !revoked.has(serial)) revoked.set(serial, record);
  }
  return revoked;
}

export const toRevocation = ({ serialHex, at, reason }: RevocationRecord): Revocation => ({
  serialHex,
  revokedAt: new Date(at),
  reason: toRevocationReason(reason),
});

/** What is known when a list is made. */
export type CrlTimes = { readonly lists: readonly CrlRecord[]; readonly now: Date };

/**
 * What the next list holds: an entry leaves it only when the certificate has expired and a list made after that has told of it once
 * (RFC 5280 section 3.3). A list of a time to come, by a clock that ran ahead, has told of nothing yet.
 */
export function selectForCrl(records: Iterable<RevocationRecord>, { lists, now }: CrlTimes): Revocation[] {
  const times = lists.map(({ thisUpdate }) => new Date(thisUpdate)).filter((time) => time <= now);
  const isTold = ({ at, notAfter }: RevocationRecord): boolean =>
    times.some((time) => time > new Date(notAfter) && time >= new Date(at));
  return [...records].filter((record) => !isTold(record)).map(toRevocation);
}
