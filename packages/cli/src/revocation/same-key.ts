/**
 * @module Further certificates of a key that is in other hands: a renewal keeps the key unless told otherwise, so that whoever has it
 * can serve with each certificate of it that has not expired, whichever CA signed that.
 */
import { isCaError, type CaError } from '@mintmark/ca-core';
import { readLedger, type Home, type IssuedEntry } from '@mintmark/ca-store';
import { resolveEntry, type RevocationTarget } from './find-target.ts';
import { readHomeCas } from './home-issuers.ts';
import { readRevokedByDigest } from './revoked.ts';

/** A certificate of the key that nobody here can revoke, and why. */
export type UnreachableTwin = { readonly entry: IssuedEntry; readonly code: string; readonly message: string };

export type Twins = { readonly targets: readonly RevocationTarget[]; readonly unreachable: readonly UnreachableTwin[] };

/** All that the ledger knows of the keys of `of`, without those themselves. @throws CA_DAMAGED, disk codes */
export function findTwins(home: Home, of: readonly RevocationTarget[], now: Date): Twins {
  const keys = new Set(of.map(({ spkiSha256Hex }) => spkiSha256Hex));
  const named = new Set(of.map(({ certSha256Hex }) => certSha256Hex));
  const entries = readLedger(home).filter(
    (entry) => keys.has(entry.spkiSha256Hex) && !named.has(entry.certSha256Hex) && new Date(entry.notAfter) > now,
  );
  const cas = readHomeCas(home);
  const revoked = readRevokedByDigest(home);
  const targets: RevocationTarget[] = [];
  const unreachable: UnreachableTwin[] = [];
  for (const entry of new Map(entries.map((entry) => [entry.certSha256Hex, entry])).values()) {
    try {
      targets.push(resolveEntry(home, entry, { word: entry.serialHex, cas }));
    } catch (cause) {
      if (!isUnreachable(cause)) throw cause;
      if (revoked.has(entry.certSha256Hex)) continue; // it was, before its CA went
      unreachable.push({ entry, code: cause.code, message: cause.message });
    }
  }
  return { targets, unreachable };
}

const UNREACHABLE_CODES = ['REVOKE_CA_GONE', 'REVOKE_SELF_SIGNED', 'CA_KEY_MISSING'];

const isUnreachable = (cause: unknown): cause is CaError => UNREACHABLE_CODES.some((code) => isCaError(cause, code));
