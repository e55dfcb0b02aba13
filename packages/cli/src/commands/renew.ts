/** @module `renew [FILE|SERIAL...]`: certificates made anew for the same names and files, and unless told otherwise the same key. */
import { escapeControls, isCaError, quote, type CaError } from '@mintmark/ca-core';
import { changeHome, type Home } from '@mintmark/ca-store';
import { readableHome } from '../certificates/choose-ca.ts';
import { pickRenewals, type Pick } from '../certificates/choose-renewals.ts';
import type { IssuedCertificate } from '../certificates/issued.ts';
import { assertSpareOptions, isNewKeyAsked } from '../certificates/order.ts';
import { rehearseRenewal, renewCertificate, type RenewalRun } from '../certificates/renewal.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { cliError } from '../cli-errors.ts';
import { isOptionSet, optionDays, optionText } from '../parse-args.ts';
import { renderPromotions } from '../render/promotions.ts';
import { formatDate, formatPath } from '../terminal/text.ts';
import * as shared from './mint-options.ts';

const spec: CommandSpec = {
  name: 'renew',
  usage: '[FILE|SERIAL...]',
  summary: 'make certificates anew: same names, same files, same key',
  examples: [
    ['mintmark renew api.test.pem', 'the same key, so pins of it live on'],
    ['mintmark renew --all --within 30', 'what expires within 30 days'],
    ['mintmark renew api.test.pem --new-key', 'the spare key takes over, or a new one'],
  ],
  options: [
    { name: 'all', help: 'every certificate that is in use' },
    { name: 'within', value: 'DAYS', help: 'with --all: only what expires within so many days' },
    ...shared.NEW_KEY_OPTIONS,
    { name: 'force', help: 'with --new-key: a key that nobody has a pin of, where the spare is used up' },
    { name: 'days', value: 'N', help: 'how long it lasts (default: as long as before)' },
    { name: 'dry-run', help: 'check everything, make nothing' },
    { name: 'passphrase-file', value: 'F', help: 'passphrase of an encrypted key, in a file' },
  ],
  positionals: { min: 0, max: Infinity, what: 'a certificate file, a serial, or --all' },
};

/** What became of one; `issued` is absent in a dry run. */
type Outcome = {
  readonly certFile: string;
  readonly notAfter: Date;
  readonly words: string;
  readonly json: object;
  readonly issued?: IssuedCertificate & { readonly isPinLost: boolean };
};
type Skipped = { readonly pick: Pick; readonly error: CaError };
type Walked = { readonly outcomes: readonly Outcome[]; readonly skipped: readonly Skipped[] };

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  assertSpareOptions(invocation);
  if (isOptionSet(invocation, 'force') && !isNewKeyAsked(invocation))
    throw cliError('OPTION_ALONE', { option: '--force', partner: '--new-key' });
  const isDryRun = isOptionSet(invocation, 'dry-run');
  const home = openSettled(context, isDryRun);
  const picks = pickRenewals(home, { invocation, context });
  const isNamed = invocation.positionals.length > 0;
  if (optionText(invocation, 'spare') !== undefined && picks.length !== 1)
    throw cliError('OPTIONS_CONFLICT', { first: isNamed ? 'several certificates' : '--all', second: '--spare' });
  const run: RenewalRun = { home, access: { invocation, context }, signers: new Map(), newKeys: new Map() };
  const { outcomes, skipped } = await walk(picks, (pick) => (isDryRun ? rehearse(pick, run) : renew(pick, run)));
  const [only] = skipped;
  if (isNamed && picks.length === 1 && only !== undefined) throw only.error;
  const issued = outcomes.flatMap((outcome) => outcome.issued ?? []);
  return {
    json: {
      ...(isDryRun ? { dryRun: true } : {}),
      renewed: outcomes.map(({ json }) => json),
      skipped: skipped.map(describeSkipped),
    },
    text:
      outcomes.length + skipped.length === 0 ? renderNothing(invocation) : renderWalk({ outcomes, skipped }, context),
    next: suggest(issued, context),
    // Under --all a file that is gone, or ours no more, is told and no failure.
    exitCode: skipped.some(({ error }) => isNamed || error.details['isExpected'] !== true) ? 1 : 0,
  };
}

/** A command that was cut off may have left a pair half replaced; that is ended before anybody looks at the files. */
function openSettled(context: Context, isDryRun: boolean): Home {
  const home = readableHome(context);
  if (home !== undefined && !isDryRun) changeHome(home, () => {});
  return home ?? { path: context.homePath, fs: context.io.fs };
}

/** One that fails stops no other. */
async function walk(picks: readonly Pick[], work: (pick: Pick) => Promise<Outcome>): Promise<Walked> {
  const outcomes: Outcome[] = [];
  const skipped: Skipped[] = [];
  for (const pick of picks) {
    try {
      outcomes.push(await work(pick));
    } catch (cause) {
      if (!isCaError(cause)) throw cause;
      skipped.push({ pick, error: cause });
    }
  }
  return { outcomes, skipped };
}

async function renew(pick: Pick, run: RenewalRun): Promise<Outcome> {
  const { issued, isPinLost } = await renewCertificate(pick.choose(), run);
  const key = issued.promotedSpare === undefined ? 'new key' : 'the spare key';
  const place = formatPath(issued.keyFile ?? '', run.access.context.io.cwd);
  const words = issued.isKeyKept ? 'same key' : `${key} in ${place}`;
  const notAfter = new Date(issued.notAfter);
  return { certFile: issued.certFile, notAfter, words, json: issued, issued: { ...issued, isPinLost } };
}

async function rehearse(pick: Pick, run: RenewalRun): Promise<Outcome> {
  const choice = pick.choose();
  const { certFile, keyFile, entry } = choice;
  const { names, notBefore, notAfter, profile } = await rehearseRenewal(choice, run);
  const json = {
    certFile,
    keyFile,
    names: names.map(({ text }) => text),
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    ca: entry.ca === '' ? null : entry.ca,
    profile: profile.name,
  };
  return { certFile, notAfter, words: 'not made: --dry-run', json };
}

function describeSkipped({ pick, error }: Skipped): object {
  const { message, code, details } = error;
  return {
    certFile: pick.entry?.certFile ?? pick.target,
    serialHex: pick.entry?.serialHex ?? null,
    reason: reasonOf(error) ?? message,
    code,
    isExpected: details['isExpected'] === true,
  };
}

/** Without the file's name, which stands beside it. */
const reasonOf = ({ code, details }: CaError): string | undefined =>
  code === 'RENEW_IMPOSSIBLE' && typeof details['reason'] === 'string' ? details['reason'] : undefined;

function renderNothing(invocation: Invocation): string {
  const [days, ca] = [optionDays(invocation, 'within'), optionText(invocation, 'ca')];
  if (days === undefined)
    return ca === undefined ? 'Nothing was issued yet.\n' : `Nothing of CA ${quote(ca)} is in use.\n`;
  return `Nothing expires within ${days === 1 ? '1 day' : `${days} days`}.\n`;
}

function renderWalk({ outcomes, skipped }: Walked, { io, style }: Context): string {
  const good = outcomes.map(({ certFile, notAfter, words }) => ({
    sign: style.green(style.signs.ok),
    file: formatPath(certFile, io.cwd),
    text: `until ${formatDate(notAfter)}  ${words}`,
    hint: '',
  }));
  const bad = skipped.map(({ pick, error }) => {
    const isExpected = error.details['isExpected'] === true;
    return {
      sign: isExpected ? style.yellow(style.signs.failed) : style.red(style.signs.failed),
      file: formatPath(pick.entry?.certFile ?? pick.target, io.cwd),
      text: `not renewed: ${reasonOf(error) ?? error.message}`,
      hint: isExpected && error.code !== 'SPARE_USED' ? '' : `    ${style.dim('hint')}  ${error.hint}\n`,
    };
  });
  const rows = [...good, ...bad];
  const width = Math.max(...rows.map(({ file }) => file.length)) + 2;
  return rows
    .map(
      ({ sign, file, text, hint }) => `  ${sign} ${escapeControls(file.padEnd(width))}${escapeControls(text)}\n${hint}`,
    )
    .join('');
}

function suggest(issued: readonly NonNullable<Outcome['issued']>[], context: Context): string | undefined {
  if (issued.length === 0) return undefined;
  const { style, signs } = { style: context.talkStyle, signs: context.talkStyle.signs };
  const what = issued.length === 1 ? 'Restart or reload what serves it' : 'Restart or reload what serves them';
  return `${renderPromotions(issued, context)}${style.yellow(signs.next)} ${what}\n`;
}

export const renewCommand: Command = { spec, execute };
