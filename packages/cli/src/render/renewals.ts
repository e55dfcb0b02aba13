/** @module What people see after `renew`: a row for each certificate, below it what else became of it; what was left out, and why. */
import { escapeControls, quoteWord, type CaError } from '@mintmark/ca-core';
import type { Pick } from '../certificates/choose-renewals.ts';
import type { HookOutcome } from '../certificates/deploy-hook.ts';
import type { IssuedCertificate } from '../certificates/issued.ts';
import type { Context } from '../command.ts';
import type { StoreOutcome } from '../keystore/renewed-store.ts';
import { formatDate, formatPath } from '../terminal/text.ts';
import { renderPromotions } from './promotions.ts';

/** What became of one certificate; `issued` is absent in a dry run. */
export type Outcome = {
  readonly certFile: string;
  readonly notAfter: Date;
  readonly words: string;
  readonly json: object;
  readonly issued?: IssuedCertificate & { readonly isPinLost: boolean };
  readonly stores?: readonly StoreOutcome[];
  readonly hook?: HookOutcome;
  /** The certificate is as it was; what belongs to it had been left undone. */
  readonly isMadeUp?: boolean;
};

export type Skipped = { readonly pick: Pick; readonly error: CaError };
export type Walked = { readonly outcomes: readonly Outcome[]; readonly skipped: readonly Skipped[] };

type Row = { readonly sign: string; readonly file: string; readonly text: string; readonly hint?: string };

export function renderWalk({ outcomes, skipped }: Walked, context: Context): string {
  const rows = [
    ...outcomes.flatMap((outcome) => renderOutcome(outcome, context)),
    ...skipped.map((one) => renderSkipped(one, context)),
  ];
  const width = Math.max(...rows.map(({ file }) => file.length)) + 2;
  return rows
    .map(({ sign, file, text, hint }) => {
      const line = `  ${sign} ${escapeControls(file.padEnd(width))}${escapeControls(text)}\n`;
      return hint === undefined ? line : `${line}    ${context.style.dim('hint')}  ${escapeControls(hint)}\n`;
    })
    .join('');
}

function renderOutcome(outcome: Outcome, { io, style }: Context): Row[] {
  const { certFile, notAfter, words, stores = [], hook, isMadeUp = false } = outcome;
  const good = style.green(style.signs.ok);
  const file = formatPath(certFile, io.cwd);
  const rows: Row[] = [
    ...(isMadeUp ? [] : [{ sign: good, file, text: `until ${formatDate(notAfter)}  ${words}` }]),
    ...stores.map((store) => {
      const storeFile = formatPath(store.keystoreFile, io.cwd);
      if (store.isRenewed) return { sign: good, file: storeFile, text: `until ${formatDate(notAfter)}  key store` };
      const paint = store.isFailure ? style.red : style.yellow;
      const text = `still holds the old certificate: ${store.reason}`;
      return { sign: paint(style.signs.failed), file: storeFile, text, hint: store.command };
    }),
  ];
  if (hook === undefined) return rows;
  const command = `${formatHook(hook.command)}${isMadeUp ? `  (for ${file}, until now not done)` : ''}`;
  const isDone = hook.reason === undefined;
  return [
    ...rows,
    {
      sign: isDone ? good : style.red(style.signs.failed),
      file: 'deploy hook',
      text: isDone ? command : `${hook.reason ?? ''}: ${command}`,
      ...(isDone ? {} : { hint: 'the certificate is renewed; mend the hook: the next renew --all runs it again' }),
    },
  ];
}

export const formatHook = (command: HookOutcome['command']): string => command.map(quoteWord).join(' ');

function renderSkipped({ pick, error }: Skipped, { io, style }: Context): Row {
  const isExpected = error.details['isExpected'] === true;
  return {
    sign: isExpected ? style.yellow(style.signs.failed) : style.red(style.signs.failed),
    file: formatPath(pick.entry?.certFile ?? pick.target, io.cwd),
    text: `not renewed: ${reasonOf(error) ?? error.message}`,
    ...(isExpected && error.code !== 'SPARE_USED' ? {} : { hint: error.hint }),
  };
}

/** Without the file's name, which stands beside it. */
export const reasonOf = ({ code, details }: CaError): string | undefined =>
  code === 'RENEW_IMPOSSIBLE' && typeof details['reason'] === 'string' ? details['reason'] : undefined;

/** The one thing to do next; where hooks have done it, nothing. */
export function suggestAfterRenewal(outcomes: readonly Outcome[], context: Context): string | undefined {
  const { talkStyle } = context;
  const issued = outcomes.flatMap((outcome) => outcome.issued ?? []);
  const changed = outcomes.filter(
    ({ isMadeUp = false, issued, stores = [] }) =>
      issued !== undefined || (isMadeUp && stores.some((one) => one.isRenewed)),
  );
  if (changed.length === 0) return undefined;
  const waiting = changed.filter(({ hook }) => hook === undefined || hook.reason !== undefined).length;
  const what = waiting === 1 ? 'Restart or reload what serves it' : 'Restart or reload what serves them';
  const promotions = renderPromotions(issued, context);
  return waiting === 0 ? promotions || undefined : `${promotions}${talkStyle.yellow(talkStyle.signs.next)} ${what}\n`;
}
