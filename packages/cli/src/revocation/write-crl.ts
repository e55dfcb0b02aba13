/**
 * @module The revocation list of a CA: its number is recorded first, then it is signed, then the file is put in place at once. All
 * under the home's lock, so that two at once never share a number.
 */
import { dirname } from 'node:path';
import {
  createErrorFactory,
  findBlocks,
  formatPem,
  isCaError,
  isEqualBytes,
  type Bytes,
  type Signer,
} from '@mintmark/ca-core';
import { issueCrl, parseCrl, prepareCrl, REVOCATION_ERRORS, type CrlDraft } from '@mintmark/ca-core/revocation';
import {
  appendCrlRecord,
  CERTIFICATE_MODE,
  changeHome,
  issuerKeyHex,
  nextCrlNumber,
  readCrlRecords,
  readIfPresent,
  sweepTemporaries,
  writeFileAtomically,
  type FileSystem,
  type Home,
  type StoredCa,
} from '@mintmark/ca-store';
import { readRevokedBySerial, selectForCrl } from './revoked.ts';
import { revokeError } from './revocation-errors.ts';

export type CrlOrder = {
  readonly ca: StoredCa;
  readonly now: Date;
  /** Default: until the issuer ends. */
  readonly validityDays?: number;
};

/** Everything but the signature; claims no number. @throws CRL_NOT_ALLOWED, CRL_DAYS_RANGE, ISSUER_EXPIRED, CRL_LINT */
export function draftCrl(home: Home, { ca, now, validityDays }: CrlOrder): CrlDraft {
  const key = issuerKeyHex(ca.issuer);
  const lists = readCrlRecords(home, key);
  const revocations = selectForCrl(readRevokedBySerial(home, key).values(), { lists, now });
  return prepareCrl(
    { revocations, number: nextCrlNumber(lists, now), ...(validityDays === undefined ? {} : { validityDays }) },
    { now, issuer: ca.issuer, caName: ca.name },
  );
}

const DAY_MS = 86_400_000;
const crlError = createErrorFactory(REVOCATION_ERRORS);

/** How many days a list can last that begins now: to the day on which its issuer ends. 0 or less when that is over. */
export const longestCrlDays = ({ issuer }: StoredCa, now: Date): number =>
  Math.ceil((issuer.notAfter.getTime() - now.getTime()) / DAY_MS);

/** Whoever asks for more would be told of it by clients, when the list ends before. @throws CRL_DAYS_RANGE */
export function assertCrlDays(ca: StoredCa, days: number, now: Date): void {
  const maxDays = longestCrlDays(ca, now);
  if (maxDays > 0 && (days < 1 || days > maxDays)) throw crlError('CRL_DAYS_RANGE', { days, maxDays });
}

export type CrlSigning = {
  readonly order: Omit<CrlOrder, 'now'>;
  readonly signer: Signer<Bytes>;
  readonly clock: () => Date;
  /** Puts the list in its place. */
  readonly write: (crlDer: Bytes) => void;
};

/**
 * A list with a number and a second of its own: times in lists are whole seconds, and of two of one second clients take any.
 * @throws as `draftCrl`, disk codes
 */
export async function signCrl(home: Home, signing: CrlSigning): Promise<CrlDraft> {
  for (;;) {
    const draft = changeHome(home, () => trySignCrl(home, signing));
    if (draft !== undefined) return draft;
    await new Promise((resolve) => setTimeout(resolve, SECOND_MS - (signing.clock().getTime() % SECOND_MS)));
  }
}

const SECOND_MS = 1000;

/** Undefined when the last list is of this very second. */
function trySignCrl(home: Home, { order, signer, clock, write }: CrlSigning): CrlDraft | undefined {
  const { ca } = order;
  const now = clock();
  const draft = draftCrl(home, { ...order, now });
  const issuerSpkiSha256Hex = issuerKeyHex(ca.issuer);
  const thisUpdate = draft.thisUpdate.toISOString();
  if (readCrlRecords(home, issuerSpkiSha256Hex).some((list) => list.thisUpdate === thisUpdate)) return undefined;
  const number = String(draft.number);
  appendCrlRecord(home, { event: 'crl', at: now.toISOString(), ca: ca.name, issuerSpkiSha256Hex, number, thisUpdate });
  write(issueCrl(draft, signer));
  return draft;
}

export const CRL_LABEL = 'X509 CRL'; // RFC 7468 section 6

export const formatCrlPem = (crlDer: Uint8Array): string => formatPem(CRL_LABEL, crlDer);

/** Replaces the file at once, and clears what dead processes left beside it. */
export function writeCrlFile(fs: FileSystem, path: string, text: string | Uint8Array): void {
  sweepTemporaries(fs, dirname(path));
  writeFileAtomically(fs, { path, text, mode: CERTIFICATE_MODE });
}

/** What is replaced must be a list of the same CA. @throws CRL_FILE_FOREIGN */
export function assertCrlReplaceable(fs: FileSystem, path: string, ca: StoredCa): void {
  const bytes = readIfPresent(fs, path);
  if (bytes !== undefined && !holdsOwnCrl(bytes, ca)) throw revokeError('CRL_FILE_FOREIGN', { path });
}

function holdsOwnCrl(bytes: Uint8Array, { issuer, root }: StoredCa): boolean {
  try {
    const blocks = findBlocks(bytes, 'the file', { labels: [CRL_LABEL], wanted: 'a revocation list' });
    return blocks.every(({ der }) => {
      const { issuerDer } = parseCrl(der, 'the file');
      return [issuer, root].some(({ subjectDer }) => isEqualBytes(subjectDer, issuerDer));
    });
  } catch (cause) {
    if (isCaError(cause)) return false;
    throw cause;
  }
}
