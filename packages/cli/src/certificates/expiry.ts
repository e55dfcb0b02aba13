/**
 * @module Whether it is worth looking for certificates that expire soon, after a command. It is part of every start, so it reads one
 * small file, or a ledger that is small; the looking itself is in `expiry-warning.ts`.
 */
import { join } from 'node:path';
import { readIfPresent, type FileSystem } from '@mintmark/ca-store';
import type { Context } from '../command.ts';

/** A warning is for 20, 10 and 1 days before the end; and for the end. */
export const EXPIRY_STAGES: readonly number[] = [0, 1, 10, 20];
/** Who has not looked after what ended so long ago does not miss it. */
export const FORGOTTEN_DAYS = 30;
const DAY_MS = 86_400_000;
/** Longer ledgers are read when the note says so, a few times a day. */
const SMALL_LEDGER_BYTES = 65_536;
const SOON_DAYS = Math.max(...EXPIRY_STAGES);

/** What the home keeps between commands, in `expiry.json`. Losing it repeats a warning. */
export type ExpiryNote = {
  /** ISO 8601 UTC. */
  readonly lookAgainAt: string;
  /** Of the ledger that was looked at. */
  readonly ledgerBytes: number;
  /** Some certificate was within a stage. */
  readonly isDue: boolean;
  /** By SHA-256 of a certificate: the last stage that a person at a terminal was told of. */
  readonly told: Readonly<Record<string, number>>;
};

/** No longer than this ahead: a clock that was wrong must not silence the warning for years. */
export const LOOK_AGAIN_MS = DAY_MS / 4;

export const expiryNotePath = (homePath: string): string => join(homePath, 'expiry.json');

export function readExpiryNote({ io, homePath }: Pick<Context, 'io' | 'homePath'>): ExpiryNote | undefined {
  try {
    const bytes = readIfPresent(io.fs, expiryNotePath(homePath));
    if (bytes === undefined) return undefined;
    const note = JSON.parse(Buffer.from(bytes).toString()) as Partial<ExpiryNote>;
    const isNote = typeof note.lookAgainAt === 'string' && typeof note.told === 'object' && note.told !== null;
    return isNote ? ({ ledgerBytes: 0, isDue: true, ...note } as ExpiryNote) : undefined;
  } catch {
    return undefined;
  }
}

const ledgerPath = (homePath: string): string => join(homePath, 'ledger.jsonl');

export const isLongLedger = (fs: FileSystem, homePath: string): boolean =>
  sizeOfLedger(fs, homePath) > SMALL_LEDGER_BYTES;

export const sizeOfLedger = (fs: FileSystem, homePath: string): number => fs.status(ledgerPath(homePath))?.size ?? 0;

/** Commands that don't touch the home, and one that speaks for another program. */
const SILENT: ReadonlySet<string> = new Set(['completion', 'csr', 'inspect', 'key', 'mkcert']);

/** True where the looking may find something to say. */
export function isExpiryLookDue(command: string, context: Pick<Context, 'io' | 'homePath' | 'isTalking'>): boolean {
  const { io, homePath, isTalking } = context;
  if (!isTalking || SILENT.has(command)) return false;
  const bytes = sizeOfLedger(io.fs, homePath);
  if (bytes === 0) return false;
  const isSmall = bytes <= SMALL_LEDGER_BYTES;
  const note = io.fs.status(expiryNotePath(homePath)) === undefined ? undefined : readExpiryNote(context);
  const aheadMs = note === undefined ? 0 : Date.parse(note.lookAgainAt) - io.now().getTime();
  const isFresh = aheadMs > 0 && aheadMs <= LOOK_AGAIN_MS && (!isSmall || note?.ledgerBytes === bytes);
  // Without a terminal nobody may have read it, so it is said again.
  if (isFresh && (note?.isDue !== true || io.isTerminal.stderr)) return false;
  if (command === 'exec' && !io.isTerminal.stderr) return false; // its errors are its program's
  return !isSmall || hasSoonEnd(Buffer.from(io.fs.readFile(ledgerPath(homePath))).toString('latin1'), io.now());
}

/** By text alone: times are ISO 8601, which sort as they follow each other. */
function hasSoonEnd(ledger: string, now: Date): boolean {
  const [from, to] = [-FORGOTTEN_DAYS, SOON_DAYS].map((days) => new Date(now.getTime() + days * DAY_MS).toISOString());
  for (const [, end = ''] of ledger.matchAll(/"notAfter":"([^"]+)"/g))
    if (end > (from ?? '') && end <= (to ?? '')) return true;
  return false;
}
