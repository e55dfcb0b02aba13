/** @module A rotation in words and as --json: the stores, the certificates, what is left to do, and what no rotation reaches. */
import { escapeControls, formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { StoreReport } from '@mintmark/install';
import type { RotationPlan } from '../ca/plan-rotation.ts';
import { hasOwing, type NotReissued, type Reissue } from '../ca/reissue.ts';
import type { Minted, RotationOutcome, RotationState } from '../ca/rotation.ts';
import type { CommandResult, Context } from '../command.ts';
import { describeTokenKey, renderTokenKey } from '../key-storage/token-record.ts';
import { formatColumns, formatExpiry, formatPath } from '../terminal/text.ts';
import { renderWalk } from './renewals.ts';
import { describeStore, renderPlan, renderStores } from './stores.ts';

/**
 * The result of a rotation, or of its undoing.
 * @param isShown what was done to stores and certificates was shown already, before a question
 */
export function presentRotation(outcome: RotationOutcome, context: Context, isShown = false): CommandResult {
  const { state, ca, broughtIn, takenOut, reissue, sharer, staying, keyLeft } = outcome;
  const json = {
    state,
    ca: ca.name,
    rootSha256Hex: formatHex(nodeSha256(ca.rootDer)),
    broughtIn: broughtIn.reports.map((report) => describeStore(report, ca.name)),
    takenOut: takenOut.reports.map((report) => describeStore(report, ca.name)),
    certificates: reissue.done.map(describeReissued),
    skipped: describeSkipped(reissue),
    ...describeMadeUp(reissue),
    sharedWith: sharer ?? null,
    staysIn: staying,
    keyLeft: keyLeft === undefined ? null : describeTokenKey(keyLeft),
  };
  const blocks = [
    isShown ? '' : renderMinted({ broughtIn, reissue }, context),
    renderReports(takenOut.reports, OUT_WORDS, context),
    renderState(outcome),
  ];
  return {
    json,
    text: blocks.filter((block) => block !== '').join('\n'),
    next: renderNext(outcome, context),
    exitCode: state === 'stopped' ? 1 : 0,
  };
}

/** What was done before there is no way back. */
export function renderMinted({ broughtIn, reissue }: Pick<Minted, 'broughtIn' | 'reissue'>, context: Context): string {
  const blocks = [
    renderReports(broughtIn.reports, IN_WORDS, context) +
      (broughtIn.reason === undefined ? '' : `    not proven: ${broughtIn.reason}\n`),
    renderReissue(reissue, context),
  ];
  return blocks.filter((block) => block !== '').join('\n');
}

/** Whether all certificates are of the new CA by now, in a sentence or two. */
export function renderStanding(reissue: Reissue): string {
  const count = reissue.left.length;
  const words =
    count === 0
      ? 'Every certificate is of the new CA.'
      : `${count === 1 ? 'One certificate was' : `${count} certificates were`} not made anew, as listed above.`;
  return hasOwing(reissue) ? `${words} A deploy hook or a key store failed.` : words;
}

/** Apart from `certificates`, since these are as they were. */
function describeMadeUp({ madeUp }: Reissue): object {
  const keystores = madeUp.flatMap(({ entry: { certFile }, stores }) =>
    stores.map(({ keystoreFile, isRenewed }) => ({ certFile, keystoreFile, isRenewed })),
  );
  const deployHooks = madeUp.flatMap(({ entry: { certFile }, hook }) =>
    hook === undefined ? [] : [{ certFile, command: hook.command, isDone: hook.reason === undefined }],
  );
  return {
    ...(keystores.length === 0 ? {} : { keystores }),
    ...(deployHooks.length === 0 ? {} : { deployHooks }),
  };
}

const describeReissued = ({ certFile, notAfter, isPutBack, stores, hook }: Reissue['done'][number]): object => ({
  certFile,
  notAfter: notAfter.toISOString(),
  isPutBack,
  keystores: stores.map(({ keystoreFile, isRenewed }) => ({ keystoreFile, isRenewed })),
  deployHook: hook === undefined ? null : { command: hook.command, isDone: hook.reason === undefined },
});

type Words = (report: StoreReport) => string;

const IN_WORDS: Words = ({ state, provenBy, id }) =>
  state !== 'trusted'
    ? 'not trusted yet'
    : provenBy === undefined
      ? 'trusted'
      : id === 'system'
        ? `proven by ${provenBy}`
        : 'proven';
const OUT_WORDS: Words = ({ state }) => (state === 'absent' ? 'taken out' : 'still there');

const renderReports = (reports: readonly StoreReport[], words: Words, context: Context): string =>
  reports.length === 0 ? '' : renderStores(reports, words, context);

const describeSkipped = ({ left }: { readonly left: readonly NotReissued[] }): object[] =>
  left.map(({ certFile, error, isExpected }) => ({
    certFile,
    code: error.code,
    reason: reasonOf(error),
    isExpected,
  }));

const reasonOf = ({ message, details }: NotReissued['error']): string =>
  typeof details['reason'] === 'string' ? details['reason'] : message;

function renderReissue({ done, left, madeUp }: Reissue, context: Context): string {
  if (done.length + left.length + madeUp.length === 0) return '';
  const late = madeUp.map(({ entry: { certFile, notAfter }, ...aftermath }) => {
    return { certFile, notAfter: new Date(notAfter), words: '', json: {}, isMadeUp: true, ...aftermath };
  });
  const reissued = done.map(({ certFile, notAfter, isPutBack, stores, hook }) => ({
    certFile,
    notAfter,
    words: isPutBack ? 'as it was' : 'same key',
    json: {},
    stores,
    ...(hook === undefined ? {} : { hook }),
  }));
  return renderWalk(
    { outcomes: [...reissued, ...late], skipped: left.map(({ pick, error }) => ({ pick, error })) },
    context,
  );
}

function renderState({ state, ca, sharer, keyLeft }: RotationOutcome): string {
  const gone = (which: string): string =>
    keyLeft === undefined
      ? `The ${which} one and its key are gone.`
      : `The ${which} one is gone; its key stays in its token: ${renderTokenKey(keyLeft)}.`;
  const words: Readonly<Record<RotationState, string>> = {
    rotated: `CA "${ca.name}" is a new one. ${gone('old')}`,
    held: `CA "${ca.name}" is a new one. The old root is still trusted, and there is a way back.`,
    stopped: 'Not all of it could be done, and nothing is broken: the old root is still trusted.',
    undone: `CA "${ca.name}" is the old one again. ${gone('new')}`,
  };
  const shared =
    sharer === undefined
      ? ''
      : `\nThe old root stays trusted, for CA "${sharer}" is below it; whoever has the old key is believed as before.`;
  return `${words[state]}${shared}\n`;
}

function renderNext({ state, ca, reissue, broughtIn, staying }: RotationOutcome, { talkStyle }: Context): string {
  const sign = talkStyle.yellow(talkStyle.signs.next);
  const isWaiting =
    reissue.done.some(({ hook }) => hook === undefined || hook.reason !== undefined) || hasOwing(reissue);
  const reload = isWaiting ? ['Restart or reload what serves them'] : [];
  const again = `go on: mintmark ca rotate ${ca.name}; go back: mintmark ca rotate ${ca.name} --undo`;
  const elsewhere = `Other machines, phones and containers know only the old root: mintmark ca export ${ca.name}`;
  const none = broughtIn.reports.length === 0 ? ['No store of this machine is known to hold the old root'] : [];
  const others = staying.map((id) => `The old root is still in the store "${id}", where others put it`);
  const lines: Readonly<Record<RotationState, readonly string[]>> = {
    rotated: [...reload, ...none, ...others, elsewhere],
    held: [...reload, elsewhere, again],
    stopped: [`When that is mended, ${again}; --force leaves it as it is`],
    undone: reload,
  };
  return lines[state].map((line) => `${sign} ${line}\n`).join('');
}

/** A dry run. */
export function renderRotationPlan(plan: RotationPlan, context: Context): CommandResult {
  const { caName, isUnderWay, scope, keyLabel, notAfter, stores, certificates, sharer, staying } = plan;
  const { io, style } = context;
  const files = certificates.choices.map(({ certFile }) => certFile);
  const json = {
    dryRun: true,
    ca: caName,
    isUnderWay,
    scope:
      scope.kind === 'unscoped' ? { dns: [], ips: [] } : { dns: scope.domains, ips: scope.ips.map(({ text }) => text) },
    keyLabel,
    notAfter: notAfter.toISOString(),
    stores,
    certificates: files,
    skipped: describeSkipped(certificates),
    sharedWith: sharer ?? null,
    staysIn: staying,
  };
  const rows: [string, string][] = [
    ['new CA', caName],
    ['speaks for', scope.kind === 'unscoped' ? style.red('every name there is (unscoped)') : scope.domains.join(', ')],
    ['key', keyLabel],
    ['expires', formatExpiry(notAfter, io.now())],
    ['stores', stores.length === 0 ? 'none is known to hold the old root' : stores.join(', ')],
    ['certificates', files.length === 0 ? 'none' : `${files.length}, each in its place with its key`],
  ];
  const list = files.map((file) => `    ${escapeControls(formatPath(file, io.cwd))}\n`).join('');
  const left = renderReissue({ done: [], left: certificates.left, madeUp: [] }, context);
  const blocks = [
    `Nothing was changed. ${isUnderWay ? 'It would go on so:' : 'It would do this:'}\n`,
    formatColumns(rows, style.dim) + list + left,
    section('The new root goes in:', plan.broughtIn, context),
    section('The old root goes out, once the certificates are made anew:', plan.takenOut, context),
    sharer === undefined
      ? ''
      : `The old root stays trusted, for CA "${sharer}" is below it; whoever has the old key is believed as before.\n`,
  ];
  return { json, text: blocks.filter((block) => block !== '').join('\n') };
}

const section = (title: string, reports: readonly StoreReport[], context: Context): string =>
  reports.length === 0 ? '' : `${title}\n\n${renderPlan(reports, context)}`;
