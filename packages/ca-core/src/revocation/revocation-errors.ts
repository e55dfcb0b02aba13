/** @module The table of error codes of revocation: CRLs that are made or read, and reasons. Apart, because few commands load it. */
import { createErrorFactory, quote } from '../errors.ts';

type What = { what: string };

export const REVOCATION_ERRORS = {
  REVOCATION_REASON_UNKNOWN: {
    message: (d: { reason: string; known: readonly string[] }) => `unknown reason ${quote(d.reason)}`,
    hint: (d: { reason: string; known: readonly string[] }) => `--reason takes ${d.known.join(', ')}`,
    kind: 'usage',
  },
  CRL_INVALID: {
    message: (d: What & { reason: string }) => `${d.what} is not a revocation list (CRL): ${d.reason}`,
    hint: () => 'give a CRL of RFC 5280 as PEM or DER; ask its sender for a new one if it is damaged',
  },
  CRL_NOT_ALLOWED: {
    message: (d: What) => `the certificate of ${d.what} does not allow its key to sign revocation lists (no cRLSign)`,
    hint: () =>
      'clients would refuse such a list; mint from a CA of your own instead: mintmark ca create NAME --scope DOMAIN',
  },
  CRL_DAYS_RANGE: {
    message: (d: { days: number; maxDays: number }) => `a revocation list can't last ${d.days} days`,
    hint: (d: { days: number; maxDays: number }) =>
      `--days takes 1 to ${d.maxDays}; it ends with its issuer at the latest`,
    kind: 'usage',
  },
  CRL_LINT: {
    message: (d: { findings: readonly string[] }) => `the revocation list would be wrong: ${d.findings.join('; ')}`,
    hint: () => 'check the clock of this machine, and the records in revocations.jsonl of the home',
  },
} as const;

/** Throws of this room are made here. */
export const revocationError = createErrorFactory(REVOCATION_ERRORS);
