/** @module `list`: what this home issued, with days left, what is revoked, and whether the files are still there and still match. */
import { escapeControls, quoteWord } from '@mintmark/ca-core';
import { isPrivateKeyEncrypted } from '@mintmark/ca-core/node';
import { readLedger, withDiskErrors, type IssuedEntry, type RevocationRecord } from '@mintmark/ca-store';
import { readableHome } from '../certificates/choose-ca.ts';
import { createDigestReader, findCurrentEntries, type CurrentEntry } from '../certificates/current-entries.ts';
import { findKeyBlocks, spkiHex, tryReadKey } from '../certificates/key-files.ts';
import { isRolled } from '../certificates/webtransport-files.ts';
import { cliError } from '../cli-errors.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { readRevokedByDigest } from '../revocation/revoked.ts';
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
/** `other`: another key than the certificate's; `locked`: sealed, so nobody can tell; null: elsewhere, or the file is not present. */
type KeyState = 'present' | 'gone' | 'other' | 'locked';
type Row = {
  readonly serialHex: string;
  readonly names: readonly string[];
  readonly ca: string | null;
  readonly notAfter: string;
  readonly daysLeft: number;
  readonly certFile: string;
  readonly keyFile: string | null;
  readonly fileState: FileState;
  readonly keyState: KeyState | null;
  readonly revoked: boolean;
  readonly revokedAt: string | null;
  readonly revocationReason: string | null;
};

function execute(invocation: Invocation, context: Context): CommandResult {
  const home = readableHome(context);
  const entries = home === undefined ? [] : readLedger(home);
  const read = home === undefined ? undefined : createDigestReader(home);
  const current = findCurrentEntries(context.io.fs, entries, read);
  const inUse = [...current.values()].map(({ entry }) => entry);
  const within = readDays(optionText(invocation, 'expiring'));
  const revoked = home === undefined ? NONE_REVOKED : readRevokedByDigest(home);
  const rows = (isOptionSet(invocation, 'all') ? entries : inUse)
    .map((entry) => describe(entry, current.get(entry.certFile), { context, revoked }))
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
  if (within === Infinity) return 'Nothing that was issued lies in a file; all of it: mintmark list --all\n';
  return `Nothing expires within ${within === 1 ? '1 day' : `${within} days`}.\n`;
}

function readDays(text: string | undefined): number {
  if (text === undefined) return Infinity;
  if (!/^\d{1,6}$/.test(text))
    throw cliError('OPTION_VALUE', { option: '--expiring', reason: 'takes a whole number of days' });
  return Number(text);
}

const NONE_REVOKED: ReadonlyMap<string, RevocationRecord> = new Map();

type View = { readonly context: Context; readonly revoked: ReadonlyMap<string, RevocationRecord> };

function describe(entry: IssuedEntry, current: CurrentEntry | undefined, { context, revoked }: View): Row {
  const fileState = readState(entry, current);
  const revocation = revoked.get(entry.certSha256Hex);
  return {
    serialHex: entry.serialHex,
    names: entry.names,
    ca: entry.ca === '' ? null : entry.ca,
    notAfter: entry.notAfter,
    daysLeft: countDaysLeft(new Date(entry.notAfter), context.io.now()),
    certFile: entry.certFile,
    keyFile: entry.keyFile ?? null,
    fileState,
    keyState: fileState === 'present' ? readKeyState(entry, context) : null,
    revoked: revocation !== undefined,
    revokedAt: revocation?.at ?? null,
    revocationReason: revocation?.reason ?? null,
  };
}

/** Whether the file at the entry's path still holds the entry's certificate. */
function readState({ certSha256Hex }: IssuedEntry, current: CurrentEntry | undefined): FileState {
  if (current?.digest === undefined) return 'gone';
  if (current.digest === certSha256Hex) return 'present';
  return current.digest === current.entry.certSha256Hex ? 'replaced' : 'other';
}

/** Whether the key file still holds the key of the certificate, as far as it can be told without a passphrase. */
function readKeyState({ keyFile, spkiSha256Hex }: IssuedEntry, { io }: Context): KeyState | null {
  if (keyFile === undefined) return null;
  const home = { path: '', fs: io.fs };
  const key = tryReadKey(home, keyFile);
  if (key !== undefined) return spkiHex(key) === spkiSha256Hex ? 'present' : 'other';
  if (findKeyBlocks(home, keyFile).some(isPrivateKeyEncrypted)) return 'locked';
  return withDiskErrors(keyFile, () => io.fs.status(keyFile)) === undefined ? 'gone' : 'other';
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
        : row.fileState !== 'present' || row.daysLeft <= 0 || row.revoked || isKeyLost(row)
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

const isKeyLost = ({ keyState }: Row): boolean => keyState === 'gone' || keyState === 'other';

/** `mintmark renew FILE` is the one thing to do about it. */
const isRenewable = (row: Row): boolean =>
  row.fileState === 'present' && row.daysLeft <= RENEW_SOON_DAYS && !row.revoked && !isKeyLost(row);

function formatWhen(row: Row): string {
  const { fileState, daysLeft } = row;
  if (row.revoked) return fileState === 'replaced' ? 'revoked, replaced' : 'revoked';
  if (fileState === 'replaced') return 'replaced';
  if (fileState === 'gone') return 'file is gone';
  if (fileState === 'other') return 'file was changed';
  if (daysLeft <= 0) return 'expired';
  if (isKeyLost(row)) return row.keyState === 'gone' ? 'key is gone' : 'key does not match';
  return daysLeft === 1 ? 'in 1 day' : `in ${daysLeft} days`;
}

export const listCommand: Command = { spec, execute };
