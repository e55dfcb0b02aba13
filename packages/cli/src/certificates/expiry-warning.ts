/**
 * @module The one line about certificates that expire within 20 days: at a terminal once for each stage (20, 10, 1 day, over), elsewhere
 * each time. Only what stands in its file counts: what is gone, replaced or revoked needs no renewal.
 */
import { escapeControls, quoteWord } from '@mintmark/ca-core';
import {
  KEY_MODE,
  listCaNames,
  openHome,
  readLedger,
  readRevocations,
  writeFileAtomically,
  type Home,
  type IssuedEntry,
} from '@mintmark/ca-store';
import type { Access, Context } from '../command.ts';
import { isOptionSet } from '../parse-args.ts';
import { countDaysLeft, formatPath } from '../terminal/text.ts';
import { createDigestReader, readCertificateDigest } from './current-entries.ts';
import {
  EXPIRY_STAGES,
  expiryNotePath,
  FORGOTTEN_DAYS,
  isLongLedger,
  LOOK_AGAIN_MS,
  readExpiryNote,
  sizeOfLedger,
  type ExpiryNote,
} from './expiry.ts';
import { isRolled } from './webtransport-files.ts';

type Due = {
  readonly entry: IssuedEntry;
  readonly daysLeft: number;
  readonly stage: number;
  readonly isRolled: boolean;
  /** `renew` takes it. */
  readonly isRenewable: boolean;
};

/** Says it on stderr. Whatever is wrong with the home or the disk is for the commands to say that need them. */
export function warnOfExpiry({ invocation, context }: Access): void {
  const { io } = context;
  const home = openHome(io.fs, context.homePath);
  const due = findDue(home, io.now());
  const note = readExpiryNote(context);
  const isSeen = io.isTerminal.stderr;
  const fresh = isSeen ? due.filter(({ entry, stage }) => stage < (note?.told[entry.certSha256Hex] ?? Infinity)) : due;
  if (fresh.length > 0) context.say(renderExpiry(fresh, context));
  if (isOptionSet(invocation, 'dry-run') || !isWorthNoting(note, { due, isSeen }, context)) return;
  const told = isSeen ? due.map(({ entry, stage }) => [entry.certSha256Hex, stage] as const) : keepTold(due, note);
  writeNote(home, { due, told: Object.fromEntries(told) }, context);
}

/** A note saves reading a long ledger, and a person the same words again; it changes nothing for anybody else. */
function isWorthNoting(
  note: ExpiryNote | undefined,
  { due, isSeen }: { readonly due: readonly Due[]; readonly isSeen: boolean },
  { io, homePath }: Context,
): boolean {
  if (isSeen) return due.length > 0 || note !== undefined || isLongLedger(io.fs, homePath);
  return isLongLedger(io.fs, homePath) && (note === undefined || Date.parse(note.lookAgainAt) <= io.now().getTime());
}

/** What is no longer due is forgotten. */
function keepTold(due: readonly Due[], note: ExpiryNote | undefined): [string, number][] {
  return due.flatMap(({ entry: { certSha256Hex } }) => {
    const stage = note?.told[certSha256Hex];
    return stage === undefined ? [] : [[certSha256Hex, stage]];
  });
}

function findDue(home: Home, now: Date): Due[] {
  const revoked = new Set(readRevocations(home).map(({ certSha256Hex }) => certSha256Hex));
  const soon = readLedger(home).filter(({ notAfter, certSha256Hex }) => {
    const daysLeft = countDaysLeft(new Date(notAfter), now);
    return daysLeft <= Math.max(...EXPIRY_STAGES) && daysLeft > -FORGOTTEN_DAYS && !revoked.has(certSha256Hex);
  });
  const digests = new Map<string, string | undefined>();
  const read = createDigestReader(home);
  const digestOf = (file: string): string | undefined => {
    if (!digests.has(file)) digests.set(file, tryReadDigest(file, read));
    return digests.get(file);
  };
  const standing = soon.filter(({ certFile, certSha256Hex }) => digestOf(certFile) === certSha256Hex);
  const cas = standing.length === 0 ? [] : listCaNames(home);
  const startedMs = now.getTime() - process.uptime() * 1000;
  return standing.flatMap((entry) => {
    const daysLeft = countDaysLeft(new Date(entry.notAfter), now);
    const stage = EXPIRY_STAGES.find((days) => daysLeft <= days) ?? 0;
    const isPartner = isRolled(entry, standing);
    // Of what this very command made, its own words have told the end; and a pair is rolled before its last day.
    if (Date.parse(entry.at) >= startedMs || (isPartner && stage > 1)) return [];
    return [{ entry, daysLeft, stage, isRolled: isPartner, isRenewable: !isPartner && isRenewable(entry, home, cas) }];
  });
}

/** One whose CA was removed, or that is in a PKCS#12 file alone, has no command that makes it anew as it is. */
function isRenewable({ ca, certFile, certSha256Hex }: IssuedEntry, home: Home, cas: readonly string[]): boolean {
  const isSignable = ca === '' || cas.includes(ca);
  return isSignable && tryReadDigest(certFile, (file) => readCertificateDigest(home.fs, file)) === certSha256Hex;
}

function tryReadDigest(file: string, read: (file: string) => string | undefined): string | undefined {
  try {
    return read(file);
  } catch {
    return undefined;
  }
}

function renderExpiry(due: readonly Due[], { io, talkStyle }: Context): string {
  const sign = talkStyle.yellow(talkStyle.signs.next);
  const sorted = [...due].sort((a, b) => a.daysLeft - b.daysLeft);
  const [first] = sorted;
  if (first === undefined) return '';
  const { entry, daysLeft } = first;
  const name = escapeControls(entry.names[0] ?? formatPath(entry.certFile, io.cwd));
  const list = `mintmark list --expiring ${Math.max(1, sorted.at(-1)?.daysLeft ?? 1)}`;
  if (sorted.length === 1) {
    const renewal = first.isRenewable ? `mintmark renew ${quoteWord(formatPath(entry.certFile, io.cwd))}` : list;
    const command = first.isRolled
      ? `mintmark self-signed ${entry.names.map(quoteWord).join(' ')} --webtransport`
      : renewal;
    return `${sign} ${name} ${daysLeft <= 0 ? 'has expired' : `expires in ${countOf(daysLeft)}`}: ${command}\n`;
  }
  const within = Math.max(1, sorted.at(-1)?.daysLeft ?? 1);
  const expired = sorted.filter((one) => one.daysLeft <= 0).length;
  const what =
    expired > 0
      ? `${sorted.length} certificates have expired or will within ${countOf(within)}`
      : `${sorted.length} certificates expire within ${countOf(within)}, ${name} in ${countOf(daysLeft)}`;
  const last = sorted.findLast((one) => one.isRenewable);
  const command = last === undefined ? list : `mintmark renew --all --within ${Math.max(1, last.daysLeft)}`;
  return `${sign} ${what}: ${command}\n`;
}

const countOf = (days: number): string => (days === 1 ? '1 day' : `${days} days`);

/** A home that can't be written to is told of the same thing again, and that is all. */
function writeNote(
  home: Home,
  { due, told }: { readonly due: readonly Due[]; readonly told: ExpiryNote['told'] },
  { io }: Context,
): void {
  const ledgerBytes = sizeOfLedger(io.fs, home.path);
  const lookAgainAt = new Date(io.now().getTime() + LOOK_AGAIN_MS).toISOString();
  const note: ExpiryNote = { lookAgainAt, ledgerBytes, isDue: due.length > 0, told };
  try {
    writeFileAtomically(home.fs, {
      path: expiryNotePath(home.path),
      text: `${JSON.stringify(note)}\n`,
      mode: KEY_MODE,
    });
  } catch {
    // See above.
  }
}
