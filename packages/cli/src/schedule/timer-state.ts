/** @module What of a timer stands on the machine, and whether it is of this home's making: told by SHA-256, never by a name. */
import { formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { Machine } from '@mintmark/install';
import { findCronLines } from './cron-line.ts';
import type { TimerFacts } from './timer-facts.ts';
import type { TimerPlan } from './timer-plan.ts';
import type { TimerRecord } from './timer-records.ts';

export type StandingText = { readonly path: string; readonly isPresent: boolean; readonly isOurs: boolean };

export const digestOfText = (text: string | Uint8Array): string => formatHex(nodeSha256(Buffer.from(text)));

type Seen = { readonly plan: TimerPlan; readonly facts: TimerFacts; readonly records: readonly TimerRecord[] };

/** One for each text of the plan. */
export async function readStanding({ plan, facts, records }: Seen, machine: Machine): Promise<StandingText[]> {
  if (plan.scheduler === 'task-scheduler') return [await readTask(plan, records, machine)];
  return plan.texts.map(({ path, text }) => {
    const held = plan.scheduler === 'cron' ? readCron(facts, plan) : machine.reader.readFile(path);
    if (held === undefined) return { path, isPresent: false, isOurs: true };
    const digest = digestOfText(held);
    const known = records.flatMap(({ texts }) => texts.filter((one) => one.path === path));
    return {
      path,
      isPresent: true,
      isOurs: digest === digestOfText(text) || known.some(({ sha256Hex }) => sha256Hex === digest),
    };
  });
}

function readCron({ crontab }: TimerFacts, { name }: TimerPlan): string | undefined {
  const lines = findCronLines(crontab, name);
  return lines.length === 0 ? undefined : lines.join('').replace(/\n?$/, '\n');
}

/** Task Scheduler gives back another spelling of what it was given, so its own name and our record have to do. */
async function readTask(
  { name, texts, checks: [check] }: TimerPlan,
  records: readonly TimerRecord[],
  { reader }: Machine,
): Promise<StandingText> {
  const isPresent = check !== undefined && (await reader.query({ command: check.command })).exitCode === 0;
  const isOurs = records.findLast((record) => record.name === name)?.event.startsWith('install') === true;
  return { path: texts[0]?.path ?? name, isPresent, isOurs: !isPresent || isOurs };
}

/** True where a second look finds every text as planned, and the scheduler knows of it. */
export async function isTimerInPlace(seen: Seen, machine: Machine): Promise<boolean> {
  const { plan, facts } = seen;
  for (const { path, text } of plan.texts) {
    if (plan.scheduler === 'task-scheduler') break;
    const held = plan.scheduler === 'cron' ? readCron(facts, plan) : machine.reader.readFile(path);
    if (held === undefined || digestOfText(held) !== digestOfText(text)) return false;
  }
  for (const { command } of plan.checks) if ((await machine.reader.query({ command })).exitCode !== 0) return false;
  return true;
}
