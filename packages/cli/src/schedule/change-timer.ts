/**
 * @module `renew --install-timer` and `--uninstall-timer`: facts, a plan, its steps, a second look. What fails is taken back; what
 * somebody else wrote or changed is left alone.
 */
import { dirname } from 'node:path';
import { changeHome, type Home } from '@mintmark/ca-store';
import { applyStep, type ApplyContext, type Machine, type Step } from '@mintmark/install';
import { quoteWord } from '@mintmark/ca-core';
import { readableHome } from '../certificates/choose-ca.ts';
import { cliError } from '../cli-errors.ts';
import type { Access, CommandResult, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { readMachine } from '../trust/install-context.ts';
import { findLockedCas } from './locked-cas.ts';
import {
  describePlan,
  renderAbsent,
  renderInstalled,
  renderPlan,
  renderRemoved,
  suggestForTimer,
} from './render-timer.ts';
import { timerError } from './timer-errors.ts';
import { readTimerFacts, type TimerFacts } from './timer-facts.ts';
import { assertSecretFiles, createTimerOrder, type TimerOrder } from './timer-order.ts';
import { planTimer, type TimerPlan } from './timer-plan.ts';
import { appendTimerRecord, readTimerRecords, type TimerRecord } from './timer-records.ts';
import { digestOfText, isTimerInPlace, readStanding } from './timer-state.ts';

/** `script`: the file that Node is to start. */
type Surroundings = { readonly machine: Machine; readonly script: string };

type Job = {
  readonly access: Access;
  readonly machine: Machine;
  readonly order: TimerOrder;
  readonly facts: TimerFacts;
  readonly plan: TimerPlan;
  readonly records: readonly TimerRecord[];
};

/** @throws OPTIONS_CONFLICT, OPTION_VALUE, FILE_NOT_FOUND, TIMER_NO_SCHEDULER, TIMER_CHANGED, TIMER_PATH, TIMER_FAILED, disk codes */
export async function changeTimer(
  access: Access,
  { machine, script }: Surroundings = { machine: readMachine(access.context), script: process.argv[1] ?? '' },
): Promise<CommandResult> {
  const { invocation, context } = access;
  assertTimerAlone(invocation);
  const isDryRun = isOptionSet(invocation, 'dry-run');
  const order = createTimerOrder(access, script);
  const isInstalling = isOptionSet(invocation, 'install-timer');
  const home = readableHome(context);
  const records = home === undefined ? [] : readTimerRecords(home);
  const former = isInstalling ? undefined : findFormer(records, order.name);
  const facts = await readTimerFacts(machine, former);
  if (former !== undefined && facts.scheduler === undefined)
    throw timerError('TIMER_FAILED', { name: order.name, reason: `it can't be removed: ${facts.reason}` });
  if (facts.scheduler === undefined && isInstalling && !isDryRun) {
    const command = order.command.map(quoteWord).join(' ');
    throw timerError('TIMER_NO_SCHEDULER', { reason: facts.reason, command });
  }
  const job: Job = { access, machine, order, facts, plan: planTimer(order, facts), records };
  return isInstalling ? install(job, isDryRun) : uninstall(job, isDryRun);
}

/** Timers of this home under other names, as far as the records know. */
function findOthers({ records, plan }: Job): string[] {
  const last = new Map(records.map(({ name, event }) => [name, event]));
  return [...last].flatMap(([name, event]) => (name !== plan.name && event === 'installed' ? [name] : []));
}

/** The scheduler of the timer that stands, by the records. */
function findFormer(records: readonly TimerRecord[], name: string): TimerFacts['scheduler'] {
  const last = records.findLast((record) => record.name === name);
  return SCHEDULERS.find((scheduler) => last?.event !== 'uninstalled' && last?.scheduler === scheduler);
}

const SCHEDULERS = ['systemd', 'systemd-user', 'cron'] as const;

const NOT_WITH_TIMER = ['deploy-hook', 'no-deploy-hook', 'new-key', 'spare', 'spare-passphrase-file', 'days'];

function assertTimerAlone({ options, positionals }: Invocation): void {
  const first = options['install-timer'] === true ? '--install-timer' : '--uninstall-timer';
  const both = options['install-timer'] === true && options['uninstall-timer'] === true;
  const option = both ? 'uninstall-timer' : NOT_WITH_TIMER.find((name) => options[name] !== undefined);
  const second = option === undefined ? positionals[0] : `--${option}`;
  if (second !== undefined) throw cliError('OPTIONS_CONFLICT', { first, second });
}

async function install(job: Job, isDryRun: boolean): Promise<CommandResult> {
  const { access, machine, plan } = job;
  const { context } = access;
  await assertOurs(job, false);
  const isMissing = (option: string): boolean => optionText(access.invocation, option) === undefined;
  const locked = {
    byPassphrase: isMissing('passphrase-file') ? findLockedCas(context, 'passphrase') : [],
    byToken: isMissing('pin-file') ? findLockedCas(context, 'token') : [],
  };
  const next = suggestForTimer(job, { ...locked, isDryRun }, context);
  if (isDryRun) return { json: describePlan(plan, 'planned'), text: renderPlan(plan, plan.install, context), next };
  assertSecretFiles(access);
  const home = context.home();
  const created = findMissingFolders(plan.install, machine);
  record(home, { event: 'installing', created }, job);
  try {
    await applyAll(plan.install, job);
    const facts = await readTimerFacts(machine); // a second look, because exit codes lie
    if (!(await isTimerInPlace({ ...job, facts }, machine))) throw new Error('a second look does not find it');
  } catch (cause) {
    await takeBack(job, home);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw timerError('TIMER_FAILED', { name: plan.name, reason }, { cause });
  }
  record(home, { event: 'installed', created }, job);
  return { json: describePlan(plan, 'installed'), text: renderInstalled(plan, context), next };
}

async function uninstall(job: Job, isDryRun: boolean): Promise<CommandResult> {
  const { access, plan } = job;
  const { context } = access;
  const standing = await assertOurs(job, true);
  if (standing.every(({ isPresent }) => !isPresent))
    return { json: describePlan(plan, 'absent'), text: renderAbsent(plan, findOthers(job)) };
  if (isDryRun) return { json: describePlan(plan, 'planned'), text: renderPlan(plan, plan.uninstall, context) };
  try {
    await applyAll(plan.uninstall, job);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw timerError('TIMER_FAILED', { name: plan.name, reason: `it can't be removed: ${reason}` }, { cause });
  }
  await removeFolders(job);
  record(context.home(), { event: 'uninstalled', created: [] }, job);
  return { json: describePlan(plan, 'absent'), text: renderRemoved(plan, context) };
}

/** @throws TIMER_CHANGED */
async function assertOurs(job: Job, isRemoval: boolean) {
  const standing = await readStanding(job, job.machine);
  const other = standing.find(({ isPresent, isOurs }) => isPresent && !isOurs);
  if (other !== undefined && !isOptionSet(job.access.invocation, 'force'))
    throw timerError('TIMER_CHANGED', { path: other.path, isRemoval });
  return standing;
}

async function applyAll(steps: readonly Step[], job: Job): Promise<void> {
  const context = createApplyContext(job);
  for (const step of steps) await applyStep(step, context);
}

/** Everything here is the user's own; nobody is asked for anything. */
const createApplyContext = ({ machine, facts }: Job): ApplyContext => ({
  machine,
  isRoot: facts.uid === 0,
  elevation: undefined,
  canAsk: false,
  askSecret: async () => undefined,
  workerCommand: ['', ''],
});

async function takeBack(job: Job, home: Home): Promise<void> {
  const context = createApplyContext(job);
  const facts = await readTimerFacts(job.machine);
  // A crontab is changed as it is now, not as it was.
  for (const step of planTimer(job.order, facts).uninstall) await applyStep(step, context).catch(() => {});
  await removeFolders({ ...job, records: readTimerRecords(home) });
  record(home, { event: 'uninstalled', created: [] }, job);
}

/** Folders of our making, the innermost first; one that holds anything stays. */
async function removeFolders({ records, machine, plan }: Job): Promise<void> {
  const own = records.filter(({ name }) => name === plan.name);
  const since = own.slice(own.findLastIndex(({ event }) => event === 'uninstalled') + 1);
  const made = new Set(since.flatMap(({ created }) => created));
  for (const path of [...made].sort((a, b) => b.length - a.length)) {
    try {
      machine.writer.removeEmptyFolder(path);
    } catch {
      // It is empty and stands in nobody's way.
    }
  }
}

function findMissingFolders(steps: readonly Step[], { reader }: Machine): string[] {
  const missing: string[] = [];
  for (const step of steps) {
    if (step.kind !== 'make-folder') continue;
    for (let path = step.path; reader.status(path) === undefined && dirname(path) !== path; path = dirname(path))
      missing.push(path);
  }
  return missing;
}

function record(home: Home, what: Pick<TimerRecord, 'event' | 'created'>, { plan, access }: Job): void {
  const texts = plan.texts.map(({ path, text }) => ({ path, sha256Hex: digestOfText(text) }));
  const { scheduler, name } = plan;
  const at = access.context.io.now().toISOString();
  changeHome(home, () =>
    appendTimerRecord(home, { event: what.event, at, scheduler, name, texts, created: what.created }),
  );
}
