/**
 * @module Why a certificate was revoked (RFC 5280 section 5.3.1). Only reasons that fit a leaf of a local CA can be given; all are
 * read. Left out: what belongs to CAs and attribute authorities, and holds, which would have to be lifted again.
 */
import { revocationError } from './revocation-errors.ts';

/** CRLReason by number; 7 is not used. */
const REASON_CODES: Readonly<Record<number, string>> = {
  0: 'unspecified',
  1: 'keyCompromise',
  2: 'cACompromise',
  3: 'affiliationChanged',
  4: 'superseded',
  5: 'cessationOfOperation',
  6: 'certificateHold',
  8: 'removeFromCRL',
  9: 'privilegeWithdrawn',
  10: 'aACompromise',
};

/** Reasons that `revoke` takes. */
export const REVOCATION_REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
} as const;
export type RevocationReason = keyof typeof REVOCATION_REASONS;

export const REVOCATION_REASON_NAMES = Object.keys(REVOCATION_REASONS) as readonly RevocationReason[];

/** In any case, with or without hyphens: `keyCompromise`, `keycompromise`, `key-compromise`. @throws REVOCATION_REASON_UNKNOWN */
export function parseRevocationReason(text: string): RevocationReason {
  const plain = text.replaceAll(/[-_]/g, '').toLowerCase();
  const reason = REVOCATION_REASON_NAMES.find((name) => name.toLowerCase() === plain);
  if (reason === undefined)
    throw revocationError('REVOCATION_REASON_UNKNOWN', { reason: text, known: REVOCATION_REASON_NAMES });
  return reason;
}

/** For reading what was kept: one of our reasons, or `unspecified`. */
export const toRevocationReason = (text: unknown): RevocationReason =>
  REVOCATION_REASON_NAMES.find((name) => name === text) ?? 'unspecified';

/** The name of a number as others may have written it; undefined for one that RFC 5280 does not know. */
export const reasonOfCode = (code: number): string | undefined => REASON_CODES[code];
