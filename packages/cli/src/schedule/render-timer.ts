/** @module What people and programs see of a renewal timer: the plan with every file in full, or what was done, and the one thing to know. */
import { escapeControls, quoteWord } from '@mintmark/ca-core';
import { formatStep, type Step } from '@mintmark/install';
import type { Context } from '../command.ts';
import { formatColumns, formatPath } from '../terminal/text.ts';
import type { TimerFacts } from './timer-facts.ts';
import type { TimerPlan } from './timer-plan.ts';

const SCHEDULERS: Readonly<Record<TimerPlan['scheduler'], string>> = {
  systemd: 'systemd timer of the system',
  'systemd-user': 'systemd timer of yours',
  launchd: 'launchd agent',
  'task-scheduler': 'Windows task',
  cron: 'line of your crontab',
};

export function describePlan({ scheduler, name, runs, texts }: TimerPlan, state: 'planned' | 'installed' | 'absent') {
  return { timer: { scheduler, name, state, runs, files: texts } };
}

/** Files in full, then the commands as they could be typed. */
export function renderPlan({ texts }: TimerPlan, steps: readonly Step[], { io }: Context): string {
  const isWriting =
    steps.some(({ kind }) => kind === 'write-file') ||
    steps.some((step) => step.kind === 'run' && (step.inputText ?? step.stdin));
  const files = isWriting
    ? texts.map(({ path, text }) => {
        const shown = path.startsWith('/') || path.includes(':\\') ? formatPath(path, io.cwd) : path;
        return `${escapeControls(shown)}\n${text.replaceAll(/^(?=.)/gm, '  ')}\n`;
      })
    : [];
  const commands = steps.filter(({ kind }) => kind !== 'write-file').map((step) => `  ${formatStep(step, '')}\n`);
  return `Nothing was changed. It would be:\n\n${files.join('')}${commands.join('')}`;
}

export function renderInstalled(plan: TimerPlan, context: Context): string {
  const { io, style } = context;
  const rows = plan.texts.map(({ path }): [string, string] => [
    'written',
    escapeControls(path.startsWith('/') ? formatPath(path, io.cwd) : path),
  ]);
  const runs = plan.runs.map(quoteWord).join(' ');
  const head = `  ${style.green(style.signs.ok)} every day: ${SCHEDULERS[plan.scheduler]}, ${plan.name}\n\n`;
  return `${head}${formatColumns([...rows, ['runs', escapeControls(runs)]], style.dim)}`;
}

export const renderRemoved = ({ scheduler, name }: TimerPlan, { style }: Context): string =>
  `  ${style.green(style.signs.ok)} removed: ${SCHEDULERS[scheduler]}, ${name}\n`;

/** `others`: timers of this home that other words put in. */
export const renderAbsent = ({ name }: TimerPlan, others: readonly string[]): string =>
  `There is no timer ${name}${others.length === 0 ? '' : `; there is ${others.join(', ')}`}.\n`;

/** CAs whose key asks for a passphrase, or for the PIN of a token. */
type Circumstances = {
  readonly byPassphrase: readonly string[];
  readonly byToken: readonly string[];
  readonly isDryRun: boolean;
};

export function suggestForTimer(
  { facts, plan }: { readonly facts: TimerFacts; readonly plan: TimerPlan },
  { byPassphrase: [sealed], byToken: [kept], isDryRun }: Circumstances,
  { talkStyle }: Context,
): string | undefined {
  const sign = talkStyle.yellow(talkStyle.signs.next);
  const lines = [
    ...(sealed === undefined
      ? []
      : [`CA "${sealed}" has a passphrase, and nobody is there to type it: add --passphrase-file FILE`]),
    ...(kept === undefined ? [] : [`The key of CA "${kept}" is in a token; where it wants a PIN: add --pin-file FILE`]),
    ...(plan.runs.some((word) => /[/\\]_npx[/\\]/.test(word))
      ? ['npx may clear this copy of mintmark at any time; install one that stays: npm install -g mintmark']
      : []),
    ...(isDryRun && facts.scheduler === undefined ? [`As it is, it could not be done: ${facts.reason}`] : []),
    ...(plan.scheduler === 'systemd-user' && facts.scheduler !== undefined && !facts.isLingering
      ? ['It runs while you are logged in; to have it always: loginctl enable-linger']
      : []),
  ];
  return lines.length === 0 ? undefined : lines.map((line) => `${sign} ${line}\n`).join('');
}
