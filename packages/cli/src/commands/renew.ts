/** @module `renew [FILE|SERIAL...]`: certificates made anew for the same names and files, and unless told otherwise the same key. */
import { isCaError, quote } from '@mintmark/ca-core';
import { changeHome, type Home, type IssuedEntry } from '@mintmark/ca-store';
import { prepareAfterRenewal, type AfterRenewal } from '../certificates/after-renewal.ts';
import { readableHome } from '../certificates/choose-ca.ts';
import { pickRenewals, type Pick } from '../certificates/choose-renewals.ts';
import { makeUp, type MadeUp } from '../certificates/make-up.ts';
import type { HookOrder, HookOutcome } from '../certificates/deploy-hook.ts';
import { readDeployHooks } from '../certificates/deploy-records.ts';
import { assertSpareOptions, isNewKeyAsked } from '../certificates/order.ts';
import { rehearseRenewal, renewCertificate, type RenewalRun } from '../certificates/renewal.ts';
import type { Access, Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { cliError } from '../cli-errors.ts';
import { isOptionSet, optionDays, optionText } from '../parse-args.ts';
import {
  formatHook,
  reasonOf,
  renderWalk,
  suggestAfterRenewal,
  type Outcome,
  type Skipped,
  type Walked,
} from '../render/renewals.ts';
import { formatPath } from '../terminal/text.ts';
import type { StoreOutcome } from '../keystore/renewed-store.ts';
import * as shared from './mint-options.ts';

const spec: CommandSpec = {
  name: 'renew',
  usage: '[FILE|SERIAL...]',
  summary: 'make certificates anew: same names, same files, same key',
  examples: [
    ['mintmark renew api.test.pem', 'the same key, so pins of it live on'],
    ['mintmark renew --all --within 30', 'what expires within 30 days'],
    ['mintmark renew api.test.pem --new-key', 'the spare key takes over, or a new one'],
    ['mintmark renew api.test.pem --deploy-hook "nginx -s reload"', 'the server takes the new one up'],
    ['mintmark renew --install-timer', 'every day, without you'],
  ],
  options: [
    { name: 'all', help: 'every certificate that is in use' },
    { name: 'within', value: 'DAYS', help: 'with --all: only what expires within so many days' },
    ...shared.NEW_KEY_OPTIONS,
    {
      name: 'force',
      help: 'with --new-key: a key that nobody has a pin of; with a timer: over changed files',
    },
    { name: 'days', value: 'N', help: 'how long it lasts (default: as long as before)' },
    { name: 'dry-run', help: 'check everything, make nothing' },
    { name: 'passphrase-file', value: 'F', help: 'passphrase of an encrypted key, in a file' },
    shared.PIN_FILE_OPTION,
    { name: 'password-file', value: 'F', help: 'password of the PKCS#12 files that hold them, in a file' },
    { name: 'deploy-hook', value: 'CMD', help: 'run this after each renewal, from now on' },
    { name: 'no-deploy-hook', help: 'run no hook, and forget the one on record' },
    { name: 'install-timer', help: 'renew every day what expires within 30 days, or --within DAYS' },
    { name: 'uninstall-timer', help: 'take that timer away' },
  ],
  positionals: { min: 0, max: Infinity, what: 'a certificate file, a serial, or --all' },
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  if (isOptionSet(invocation, 'install-timer') || isOptionSet(invocation, 'uninstall-timer')) {
    const { changeTimer } = await import('../schedule/change-timer.ts');
    return changeTimer({ invocation, context });
  }
  assertSpareOptions(invocation);
  if (isOptionSet(invocation, 'force') && !isNewKeyAsked(invocation))
    throw cliError('OPTION_ALONE', { option: '--force', partner: '--new-key' });
  const access: Access = { invocation, context };
  const order = await readHookOrder(access);
  const isDryRun = isOptionSet(invocation, 'dry-run');
  const home = openSettled(context, isDryRun);
  const picks = pickRenewals(home, access);
  const isNamed = invocation.positionals.length > 0;
  if (optionText(invocation, 'spare') !== undefined && picks.length !== 1)
    throw cliError('OPTIONS_CONFLICT', { first: isNamed ? 'several certificates' : '--all', second: '--spare' });
  const after = await prepareAfterRenewal(home, { order, saved: readDeployHooks(home) }, access);
  const run: Run = { home, access, signers: new Map(), newKeys: new Map(), noteDue: after.noteDue, after };
  const { outcomes: renewed, skipped } = await walk(picks, (pick) =>
    isDryRun ? rehearse(pick, run) : renew(pick, run),
  );
  const [only] = skipped;
  if (isNamed && picks.length === 1 && only !== undefined) throw only.error;
  const madeUp = isDryRun ? [] : await makeUp(home, { order, isWanted: createFilter(picks, renewed, access) }, access);
  const outcomes = [...renewed, ...madeUp.map(describeMadeUp)];
  const walked = { outcomes, skipped };
  const failed = findFailures(walked, isNamed);
  tellFailures(failed, access);
  return {
    json: {
      ...(isDryRun ? { dryRun: true } : {}),
      renewed: renewed.map(({ json }) => json),
      skipped: skipped.map(describeSkipped),
      ...describeAllMadeUp(madeUp),
    },
    text:
      outcomes.length + skipped.length === 0 ? renderNothing(invocation) : renderWalk({ outcomes, skipped }, context),
    next: (renewed.length === 0 ? suggestForHook(order, context) : undefined) ?? suggestAfterRenewal(outcomes, context),
    exitCode: failed.outcomes.length + failed.skipped.length > 0 ? 1 : 0,
  };
}

/** Under --all a file that is gone, or ours no more, is told and no failure. */
function findFailures({ outcomes, skipped }: Walked, isNamed: boolean): Walked {
  const hasFailed = ({ stores = [], hook }: Outcome): boolean =>
    hook?.reason !== undefined || stores.some((store) => !store.isRenewed && store.isFailure);
  return {
    outcomes: outcomes.filter(hasFailed),
    skipped: skipped.filter(({ error }) => isNamed || error.details['isExpected'] !== true),
  };
}

/** `--quiet` leaves errors: a timer's mail or log would say nothing else. */
function tellFailures(failed: Walked, { invocation, context }: Access): void {
  if (!isOptionSet(invocation, 'quiet') || isOptionSet(invocation, 'json')) return;
  if (failed.outcomes.length + failed.skipped.length > 0) context.io.stderr(renderWalk(failed, context));
}

async function readHookOrder(access: Access): Promise<HookOrder> {
  const { invocation } = access;
  const [isGiven, isDenied] = [
    optionText(invocation, 'deploy-hook') !== undefined,
    isOptionSet(invocation, 'no-deploy-hook'),
  ];
  if (isGiven && isDenied) throw cliError('OPTIONS_CONFLICT', { first: '--deploy-hook', second: '--no-deploy-hook' });
  if (!isGiven && !isDenied) return undefined;
  return (await import('../certificates/deploy-hook.ts')).parseDeployHook(access);
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

type Run = RenewalRun & { readonly after: AfterRenewal };

async function renew(pick: Pick, run: Run): Promise<Outcome> {
  const choice = pick.choose();
  const { issued, isPinLost } = await renewCertificate(choice, run);
  const key = issued.promotedSpare === undefined ? 'new key' : 'the spare key';
  const place = formatPath(issued.keyFile ?? '', run.access.context.io.cwd);
  const words = issued.isKeyKept ? 'same key' : `${key} in ${place}`;
  const notAfter = new Date(issued.notAfter);
  const { stores, hook } = await run.after.run(issued, choice.entry.certSha256Hex);
  const json = {
    ...issued,
    ...(stores.length === 0 ? {} : { keystores: stores.map(describeStore) }),
    ...(hook === undefined ? {} : { deployHook: describeHook(hook) }),
  };
  const outcome = { certFile: issued.certFile, notAfter, words, json, issued: { ...issued, isPinLost }, stores };
  return hook === undefined ? outcome : { ...outcome, hook };
}

const describeStore = (store: StoreOutcome) => ({
  keystoreFile: store.keystoreFile,
  isRenewed: store.isRenewed,
  ...(store.isRenewed ? {} : { reason: store.reason }),
});
const describeHook = (hook: HookOutcome) => ({ ...hook, isDone: hook.reason === undefined });

/** Certificates of the words that this run has not renewed, so that nothing of it is done twice. */
function createFilter(picks: readonly Pick[], renewed: readonly Outcome[], { invocation }: Access) {
  const done = new Set(renewed.map(({ certFile }) => certFile));
  const named = new Set(picks.map(({ certFile }) => certFile));
  const ca = optionText(invocation, 'ca');
  const isNamed = invocation.positionals.length > 0;
  return (entry: IssuedEntry): boolean =>
    !done.has(entry.certFile) && (isNamed ? named.has(entry.certFile) : true) && (ca === undefined || entry.ca === ca);
}

function describeMadeUp({ entry: { certFile, notAfter }, stores, hook }: MadeUp): Outcome {
  const outcome = { certFile, notAfter: new Date(notAfter), words: '', json: {}, stores, isMadeUp: true };
  return hook === undefined ? outcome : { ...outcome, hook };
}

/** Apart from `renewed`, since these certificates are as they were. */
function describeAllMadeUp(madeUp: readonly MadeUp[]): object {
  const keystores = madeUp.flatMap(({ entry: { certFile }, stores }) =>
    stores.map((store) => ({ certFile, ...describeStore(store) })),
  );
  const deployHooks = madeUp.flatMap(({ entry: { certFile }, hook }) =>
    hook === undefined ? [] : [{ certFile, ...describeHook(hook) }],
  );
  return {
    ...(keystores.length === 0 ? {} : { keystores }),
    ...(deployHooks.length === 0 ? {} : { deployHooks }),
  };
}

async function rehearse(pick: Pick, run: Run): Promise<Outcome> {
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
  const hook = run.after.hookOf(certFile);
  if (hook === undefined) return { certFile, notAfter, words: 'not made: --dry-run', json };
  const words = `not made: --dry-run; hook: ${formatHook(hook.command)}`;
  return { certFile, notAfter, words, json: { ...json, deployHook: { command: hook.command } } };
}

/** For a hook that stands with no certificate: who gave it may count on it. */
function suggestForHook(order: HookOrder, { talkStyle }: Context): string | undefined {
  const what = 'The hook was not noted: it goes with each certificate that is renewed';
  return order === undefined || order === null ? undefined : `${talkStyle.yellow(talkStyle.signs.next)} ${what}\n`;
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

function renderNothing(invocation: Invocation): string {
  const [days, ca] = [optionDays(invocation, 'within'), optionText(invocation, 'ca')];
  if (days === undefined)
    return ca === undefined ? 'Nothing was issued yet.\n' : `Nothing of CA ${quote(ca)} is in use.\n`;
  return `Nothing expires within ${days === 1 ? '1 day' : `${days} days`}.\n`;
}

export const renewCommand: Command = { spec, execute };
