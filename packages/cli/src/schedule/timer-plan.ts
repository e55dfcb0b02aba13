/** @module A renewal timer as data: the files, the steps in and out, and what a second look asks. Pure; a dry run shows what is applied. */
import { join } from 'node:path';
import { INPUT_FILE, type RunStep, type Step, type WriteFileStep } from '@mintmark/install';
import { changeCrontab, findCronLines, renderCronLine } from './cron-line.ts';
import { renderAgent } from './launchd-agent.ts';
import { renderService, renderTimer } from './systemd-units.ts';
import type { TimerFacts } from './timer-facts.ts';
import type { TimerOrder } from './timer-order.ts';
import { renderTask } from './windows-task.ts';

/** `path` is what people know it by; what has no file (a crontab, a task) has a name instead. */
type TimerText = { readonly path: string; readonly text: string };

export type TimerPlan = {
  readonly scheduler: NonNullable<TimerFacts['scheduler']>;
  readonly name: string;
  readonly runs: readonly string[];
  /** Each is ours if it is this, or if it is as the home recorded it. */
  readonly texts: readonly TimerText[];
  readonly install: readonly Step[];
  readonly uninstall: readonly Step[];
  /** Commands that end with 0 if and only if it is in place. */
  readonly checks: readonly RunStep[];
};

export function planTimer(order: TimerOrder, facts: TimerFacts): TimerPlan {
  const { scheduler = 'systemd-user' } = facts;
  const plans = {
    systemd: planUnits,
    'systemd-user': planUnits,
    launchd: planAgent,
    'task-scheduler': planTask,
    cron: planCron,
  };
  return { scheduler, name: order.name, runs: order.command, ...plans[scheduler](order, facts) };
}

type Plan = Omit<TimerPlan, 'scheduler' | 'name' | 'runs'>;

const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;

const run = (command: readonly [string, ...string[]], more: Partial<RunStep> = {}): RunStep => ({
  kind: 'run',
  command,
  ...more,
});
const write = ({ path, text }: TimerText): WriteFileStep => ({ kind: 'write-file', path, text, mode: FILE_MODE });

function planUnits(order: TimerOrder, { folder, scheduler }: TimerFacts): Plan {
  const texts = [
    { path: join(folder, `${order.name}.service`), text: renderService(order) },
    { path: join(folder, `${order.name}.timer`), text: renderTimer() },
  ];
  const unit = `${order.name}.timer`;
  const systemctl = (...words: string[]): RunStep =>
    run(['systemctl', ...(scheduler === 'systemd' ? [] : ['--user']), ...words]);
  return {
    texts,
    install: [
      { kind: 'make-folder', path: folder, mode: FOLDER_MODE },
      ...texts.map(write),
      systemctl('daemon-reload'),
      systemctl('enable', '--now', unit),
    ],
    uninstall: [
      { ...systemctl('disable', '--now', unit), okOutput: NOT_LOADED },
      { ...systemctl('clean', '--what=state', unit), okOutput: /./ }, // older ones can't; what stays is an empty stamp
      ...texts.map(({ path }) => ({ kind: 'remove-file' as const, path })),
      systemctl('daemon-reload'),
    ],
    checks: [systemctl('is-enabled', unit), systemctl('is-active', unit)],
  };
}

const NOT_LOADED = /does not exist|not loaded|not found|no such/i;

function planAgent(order: TimerOrder, { folder, uid, userFolder }: TimerFacts): Plan {
  const path = join(folder, `${order.name}.plist`);
  const text = renderAgent(order, join(userFolder, 'Library/Logs', `${order.name}.log`));
  const target = `gui/${uid}/${order.name}`;
  const bootout = run(['launchctl', 'bootout', target], { okExitCodes: [3, 5, 36, 113], okOutput: NOT_LOADED });
  return {
    texts: [{ path, text }],
    install: [
      { kind: 'make-folder', path: folder, mode: FOLDER_MODE },
      write({ path, text }),
      bootout, // an agent that is loaded already would go on as it was
      run(['launchctl', 'bootstrap', `gui/${uid}`, path]),
    ],
    uninstall: [bootout, { kind: 'remove-file', path }],
    checks: [run(['launchctl', 'print', target])],
  };
}

function planTask(order: TimerOrder, { schtasks }: TimerFacts): Plan {
  const text = renderTask(order);
  return {
    texts: [{ path: `task ${order.name}`, text }],
    install: [run([schtasks, '/create', '/tn', order.name, '/xml', INPUT_FILE, '/f'], { inputText: text })],
    uninstall: [run([schtasks, '/delete', '/tn', order.name, '/f'])],
    checks: [run([schtasks, '/query', '/tn', order.name])],
  };
}

function planCron(order: TimerOrder, { crontab }: TimerFacts): Plan {
  const line = renderCronLine(order);
  const without = changeCrontab(crontab, order.name);
  const isKnown = findCronLines(crontab, order.name).length > 0;
  const write = (stdin: string): RunStep => run(['crontab', '-'], { stdin });
  const remove = without === '' ? run(['crontab', '-r']) : write(without);
  return {
    texts: [{ path: `crontab, ${order.name}`, text: line }],
    install: [write(changeCrontab(crontab, order.name, line))],
    uninstall: isKnown ? [remove] : [],
    checks: [],
  };
}
