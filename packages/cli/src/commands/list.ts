/** @module `list`: what this home issued, with days left and whether the files are still there. */
import { escapeControls, quoteWord } from '@mintmark/ca-core';
import { readLedger, type IssuedEntry } from '@mintmark/ca-store';
import { readableHome } from '../certificates/choose-ca.ts';
import { findCurrentEntries, type CurrentEntry } from '../certificates/current-entries.ts';
import { isRolled } from '../certificates/webtransport-files.ts';
import { cliError } from '../cli-errors.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { countDaysLeft, formatList, formatPath } from '../terminal/text.ts';

const spec: CommandSpec = {
  name: 'list',
  usage: '',
  summary: 'what was issued, with days left',
  examples: [
    ['mintmark list', 'what is in use, soonest to expire first'],
    ['mintmark list --expiring 30', 'what expires within 30 days'],
    ['mintmark list --all --json', 'everything ever issued, replaced ones too'],
  ],
  options: [
    { name: 'expiring', value: 'DAYS', help: 'only what expires within so many days' },
    { name: 'all', help: 'also certificates that were replaced by newer ones' },
  ],
  positionals: { min: 0, max: 0, what: '' },
};

/** `replaced`: the file holds a newer certificate of this home; `other`: something this home did not put there. */
type FileState = 'present' | 'replaced' | 'gone' | 'other';
type Row = {
  readonly serialHex: string;
  readonly names: readonly string[];
  readonly ca: string | null;
  readonly notAfter: string;
  readonly daysLeft: number;
  readonly certFile: string;
  readonly keyFile: string | null;
  readonly fileState: FileState;
  readonly revoked: false;
};

function execute(invocation: Invocation, context: Context): CommandResult {
  const home = readableHome(context);
  const entries = home === undefined ? [] : readLedger(home);
  const current = findCurrentEntries(context.io.fs, entries);
  const inUse = [...current.values()].map(({ entry }) => entry);
  const within = readDays(optionText(invocation, 'expiring'));
  const rows = (isOptionSet(invocation, 'all') ? entries : inUse)
    .map((entry) => describe(entry, current.get(entry.certFile), context))
    .filter(({ daysLeft }) => daysLeft <= within)
    .sort((a, b) => a.daysLeft - b.daysLeft);
  return {
    json: { certificates: rows },
    text: rows.length === 0 ? renderNothing(entries, within) : render(rows, listRolled(inUse), context),
  };
}

/** Files of certificates that are renewed in their own way. */
const listRolled = (inUse: readonly IssuedEntry[]): ReadonlySet<string> =>
  new Set(inUse.filter((entry) => isRolled(entry, inUse)).map(({ certFile }) => certFile));

function renderNothing(entries: readonly IssuedEntry[], within: number): string {
  if (entries.length === 0) return 'Nothing was issued yet.\n';
  return `Nothing expires within ${within === 1 ? '1 day' : `${within} days`}.\n`;
}

function readDays(text: string | undefined): number {
  if (text === undefined) return Infinity;
  if (!/^\d{1,6}$/.test(text))
    throw cliError('OPTION_VALUE', { option: '--expiring', reason: 'takes a whole number of days' });
  return Number(text);
}

function describe(entry: IssuedEntry, current: CurrentEntry | undefined, context: Context): Row {
  return {
    serialHex: entry.serialHex,
    names: entry.names,
    ca: entry.ca === '' ? null : entry.ca,
    notAfter: entry.notAfter,
    daysLeft: countDaysLeft(new Date(entry.notAfter), context.io.now()),
    certFile: entry.certFile,
    keyFile: entry.keyFile ?? null,
    fileState: readState(entry, current),
    revoked: false,
  };
}

/** Whether the file at the entry's path still holds the entry's certificate. */
function readState({ certSha256Hex }: IssuedEntry, current: CurrentEntry | undefined): FileState {
  if (current?.digest === undefined) return 'gone';
  if (current.digest === certSha256Hex) return 'present';
  return current.digest === current.entry.certSha256Hex ? 'replaced' : 'other';
}

const RENEW_SOON_DAYS = 20;

function render(rows: readonly Row[], rolled: ReadonlySet<string>, { io, style }: Context): string {
  const cells = rows.map((row) => ({ row, expires: formatWhen(row), names: formatList(row.names, 3) }));
  const expiresWidth = Math.max(7, ...cells.map(({ expires }) => expires.length)) + 3;
  const namesWidth = Math.max(5, ...cells.map(({ names }) => names.length)) + 3;
  const head = style.dim(`  ${'EXPIRES'.padEnd(expiresWidth)}${'NAMES'.padEnd(namesWidth)}FILE\n`);
  const lines = cells.map(({ row, expires, names }) => {
    const paint =
      row.fileState === 'replaced'
        ? style.dim
        : row.fileState !== 'present' || row.daysLeft <= 0
          ? style.red
          : row.daysLeft <= RENEW_SOON_DAYS
            ? style.yellow
            : (text: string) => text;
    const next = isRenewable(row) && !rolled.has(row.certFile) ? `   ${style.yellow(`${style.signs.next} renew`)}` : '';
    const path = formatPath(row.certFile, io.cwd);
    const file = next === '' ? escapeControls(path) : quoteWord(path);
    return `  ${paint(expires.padEnd(expiresWidth))}${names.padEnd(namesWidth)}${file}${next}\n`;
  });
  return head + lines.join('');
}

/** `mintmark renew FILE` is the one thing to do about it. */
const isRenewable = ({ fileState, daysLeft }: Row): boolean => fileState === 'present' && daysLeft <= RENEW_SOON_DAYS;

function formatWhen({ fileState, daysLeft }: Row): string {
  if (fileState === 'replaced') return 'replaced';
  if (fileState === 'gone') return 'file is gone';
  if (fileState === 'other') return 'file was changed';
  if (daysLeft <= 0) return 'expired';
  return daysLeft === 1 ? 'in 1 day' : `in ${daysLeft} days`;
}

export const listCommand: Command = { spec, execute };
