/** @module What doctor says: what is wrong, why, and what to type; then what is well; then advice. */
import { isAbsolute } from 'node:path';
import { escapeControls } from '@mintmark/ca-core';
import { formatInstall, type Finding, type MachineReader, type ProbeResult, type StoreReport } from '@mintmark/install';
import type { Context } from '../command.ts';
import { renderOwnLists } from '../trust/own-lists.ts';
import { formatPath } from '../terminal/text.ts';

export type FoundFinding = Finding & { readonly isFixed: boolean };

/** As `--json` prints it. */
export const describeFinding = ({ id, severity, subject, why, fix, next, isFixed }: FoundFinding): object => ({
  id,
  severity,
  subject,
  why,
  fix: fix ?? null,
  next: next ?? null,
  isFixed,
});

/** As `--json` prints it. */
export function describeClient(client: ProbeResult, reports: readonly StoreReport[], caName: string): object {
  const { id, name, verdict, detail } = client;
  return { id, name, verdict, detail: detail ?? null, hint: hintFor(client, reports, caName) ?? null };
}

/** What to install so that the store has the root: Debian's hands it on to Java. */
export const storesFor = ({ id }: StoreReport, reports: readonly StoreReport[]): string[] =>
  id === 'java' && reports.some((other) => other.id === 'system' && other.state === 'absent') ? ['system', id] : [id];

/** What to type for a client that refuses. */
function hintFor(client: ProbeResult, reports: readonly StoreReport[], caName: string): string | undefined {
  if (client.verdict !== 'refused' || client.hint !== undefined) return client.hint;
  const store = reports.find(({ id }) => id === client.store);
  if (store?.state === 'absent') return formatInstall(storesFor(store, reports), caName);
  return client.store === undefined ? 'mintmark exec -- CMD' : undefined;
}

export type MachineOutcome = {
  readonly findings: readonly FoundFinding[];
  readonly reports: readonly StoreReport[];
  readonly clients: readonly ProbeResult[];
  readonly caName: string;
  readonly reader?: MachineReader;
  /** Why nothing could be proven. */
  readonly reason?: string;
};

export function renderMachine(outcome: MachineOutcome, context: Context): string {
  const { findings, reports, clients, caName, reader, reason } = outcome;
  const problems = findings.filter(({ severity }) => severity === 'problem');
  const advice = findings.filter(({ severity }) => severity === 'advice');
  const blocks = [
    problems.map((finding) => renderFinding(finding, context)).join(''),
    renderStoreRows(reports, caName, context) + (reason === undefined ? '' : `    not proven: ${reason}\n`),
    renderClients(clients, reports, { caName, context }),
    advice.map((finding) => renderFinding(finding, context)).join(''),
    reader === undefined ? '' : renderOwnLists(reader, context),
  ];
  return blocks.filter((block) => block !== '').join('\n');
}

export function renderTarget(findings: readonly FoundFinding[], passes: readonly string[], context: Context): string {
  const { green, signs } = context.style;
  const problems = findings.filter(({ severity }) => severity === 'problem');
  const advice = findings.filter(({ severity }) => severity === 'advice');
  return [
    ...problems.map((finding) => renderFinding(finding, context)),
    ...passes.map((words) => `  ${green(signs.ok)} ${escapeControls(words)}\n`),
    ...advice.map((finding) => renderFinding(finding, context)),
  ].join('');
}

function renderFinding({ severity, subject, why, fix, next, isFixed }: FoundFinding, { style }: Context): string {
  const { red, yellow, green, dim, signs } = style;
  const sign = isFixed ? green(signs.ok) : severity === 'problem' ? red(signs.failed) : yellow(signs.next);
  const remedy = [...(fix === undefined ? [] : [['fix', fix]]), ...(next === undefined ? [] : [['', next]])];
  const lines = [['why', why], ...(isFixed ? [['done', fix ?? '']] : remedy)];
  const rows = lines.map(([label = '', words = '']) => `    ${dim(label.padEnd(4))} ${escapeControls(words)}\n`);
  return `  ${sign} ${escapeControls(subject)}\n${rows.join('')}`;
}

const MIDDLE_MAX = 40;

function renderStoreRows(reports: readonly StoreReport[], caName: string, context: Context): string {
  const rows = reports.map((report) => ({ report, middle: describeReaders(report, context) }));
  const nameWidth = Math.max(0, ...rows.map(({ report }) => report.name.length)) + 3;
  const middleWidth = Math.max(0, ...rows.map(({ middle }) => middle.length)) + 3;
  return rows
    .map(({ report, middle }) => {
      const { sign, words } = describeState(report, context);
      return `  ${sign} ${report.name.padEnd(nameWidth)}${middle.padEnd(middleWidth)}${words}\n${renderRemedy(report, formatInstall(storesFor(report, reports), caName), context)}`;
    })
    .join('');
}

function describeReaders({ id, clients, places }: StoreReport, { io }: Context): string {
  const words =
    id === 'system' && clients.length > 0
      ? clients
      : places.map(({ label }) => escapeControls(isAbsolute(label) ? formatPath(label, io.cwd) : label));
  const all = words.join(', ');
  return all.length <= MIDDLE_MAX ? all : `${words[0] ?? ''} and ${words.length - 1} more`;
}

function describeState(
  { state, provenBy, isChanged, id }: StoreReport,
  { style }: Context,
): { sign: string; words: string } {
  const { green, red, yellow, signs } = style;
  const now = isChanged ? ', put there now' : '';
  switch (state) {
    case 'trusted': {
      const proven = id === 'system' ? `proven by ${provenBy ?? ''}` : 'proven';
      return { sign: green(signs.ok), words: provenBy === undefined ? `trusted${now}` : green(`${proven}${now}`) };
    }
    case 'absent':
      return { sign: yellow(signs.next), words: yellow('not trusted') };
    case 'unavailable':
      return { sign: yellow(signs.next), words: yellow('yours to do') };
    case 'failed':
      return { sign: red(signs.failed), words: red('failed') };
  }
}

/** Why and what to type, for each place that is not as it should be; one command for all that is merely absent. */
function renderRemedy({ state, places }: StoreReport, install: string, { style }: Context): string {
  const { dim } = style;
  const line = (label: string, words: string): string => `      ${dim(label)}  ${escapeControls(words)}\n`;
  const told = places
    .filter((place) => place.state !== 'trusted')
    .map(
      ({ detail, hint, label }) =>
        (detail === undefined ? '' : line('why', places.length === 1 ? detail : `${label}: ${detail}`)) +
        (hint === undefined ? '' : line('fix', hint)),
    )
    .join('');
  const isPlain = state === 'absent' && places.every(({ hint }) => hint === undefined);
  return told + (isPlain ? line('fix', install) : '');
}

type ClientWords = { readonly caName: string; readonly context: Context };

function renderClients(
  clients: readonly ProbeResult[],
  reports: readonly StoreReport[],
  { caName, context }: ClientWords,
): string {
  const { green, red, yellow, dim, signs } = context.style;
  const width = Math.max(0, ...clients.map(({ name }) => name.length)) + 3;
  return clients
    .map((client) => {
      const why = client.detail === undefined ? '' : `: ${escapeControls(client.detail)}`;
      const name = escapeControls(client.name).padEnd(width);
      if (client.isBlind === true) return `  ${red(signs.failed)} ${name}${red('accepts')}${why}\n`;
      if (client.verdict === 'accepted') return `  ${green(signs.ok)} ${name}${green('accepts')}\n`;
      if (client.verdict === 'not-run') return `  ${dim('-')} ${name}${dim(`not asked${why}`)}\n`;
      // What its store lacks is told with the store, and lists of their own in one line for all.
      const isTold = client.hint === undefined && hintFor(client, reports, caName) !== undefined;
      const sign = isTold ? yellow(signs.next) : red(signs.failed);
      const fix = client.hint === undefined ? '' : `      ${dim('fix')}  ${escapeControls(client.hint)}\n`;
      return `  ${sign} ${name}refuses${why}\n${fix}`;
    })
    .join('');
}
