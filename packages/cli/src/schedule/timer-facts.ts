/** @module What of this machine starts programs by the clock, and how things stand there. Looks only. */
import { join } from 'node:path';
import type { Machine, MachineReader, ProgramResult } from '@mintmark/install';

/** `reason`: why the one before it in the order of preference is not taken, or none is. */
export type TimerFacts = {
  readonly scheduler: 'systemd' | 'systemd-user' | 'launchd' | 'task-scheduler' | 'cron' | undefined;
  readonly reason: string;
  /** Folder of unit files or agents. */
  readonly folder: string;
  readonly uid: number;
  readonly userFolder: string;
  /** With cron. */
  readonly crontab: string;
  /** Windows: by its whole path, for a bare name is looked for in the current folder first. */
  readonly schtasks: string;
  /** systemd: the user's units run without a session too. */
  readonly isLingering: boolean;
};

/** `former`: what a timer was put into, which a shell without a session may not see. */
export async function readTimerFacts({ reader }: Machine, former?: TimerFacts['scheduler']): Promise<TimerFacts> {
  const { platform, uid = 0, userFolder, env } = reader;
  const base = { reason: '', uid, userFolder, crontab: '', schtasks: '', isLingering: false };
  if (platform === 'win32') {
    const schtasks = `${env['SystemRoot'] ?? 'C:\\Windows'}\\System32\\schtasks.exe`;
    return { ...base, scheduler: 'task-scheduler', folder: '', schtasks };
  }
  if (platform === 'darwin') return { ...base, scheduler: 'launchd', folder: join(userFolder, 'Library/LaunchAgents') };
  const config =
    env['XDG_CONFIG_HOME']?.startsWith('/') === true ? env['XDG_CONFIG_HOME'] : join(userFolder, '.config');
  const folder = join(config, 'systemd/user');
  const systemd = await findSystemd(reader, former);
  if (systemd.scheduler === 'systemd') return { ...base, ...systemd, folder: '/etc/systemd/system' };
  if (systemd.scheduler !== undefined) return { ...base, ...systemd, folder, isLingering: isLingering(reader) };
  const cron = await findCron(reader);
  return { ...base, ...cron, reason: [systemd.reason, cron.reason].filter((one) => one !== '').join('; '), folder };
}

type Found = Pick<TimerFacts, 'scheduler' | 'reason'>;

/** Root's timers belong to the system, where they run without a session of root's; in a container there may be a user manager alone. */
async function findSystemd({ findProgram, query, uid }: MachineReader, former: Found['scheduler']): Promise<Found> {
  if (former === 'systemd' || former === 'systemd-user') return { scheduler: former, reason: '' };
  if (former === 'cron') return { scheduler: undefined, reason: '' };
  const systemctl = findProgram('systemctl');
  if (systemctl === undefined) return { scheduler: undefined, reason: 'there is no systemd' };
  const ask = (words: string[]): Promise<ProgramResult> =>
    query({ command: [systemctl, ...words, 'show-environment'] });
  if (uid === 0 && (await ask([])).exitCode === 0) return { scheduler: 'systemd', reason: '' };
  const answer = await ask(['--user']);
  if (answer.exitCode === 0) return { scheduler: 'systemd-user', reason: '' };
  const [line = ''] = answer.stderr.trim().split('\n');
  return { scheduler: undefined, reason: `systemctl --user says "${line}"` };
}

async function findCron({ findProgram, query }: MachineReader): Promise<Found & Pick<TimerFacts, 'crontab'>> {
  const crontab = findProgram('crontab');
  if (crontab === undefined) return { scheduler: undefined, reason: 'there is no crontab', crontab: '' };
  const { exitCode, stdout, stderr } = await query({ command: [crontab, '-l'] });
  if (exitCode === 0 && stdout.includes('\uFFFD'))
    // as text it could not be given back byte for byte
    return { scheduler: undefined, reason: 'your crontab has text that is not UTF-8', crontab: '' };
  if (exitCode === 0) return { scheduler: 'cron', reason: '', crontab: stdout };
  if (/no crontab/i.test(stderr)) return { scheduler: 'cron', reason: '', crontab: '' };
  return { scheduler: undefined, reason: `crontab says "${stderr.trim().split('\n')[0] ?? ''}"`, crontab: '' };
}

function isLingering({ status, env }: MachineReader): boolean {
  const user = env['USER'] ?? env['LOGNAME'] ?? '';
  return /^[\w.-]+$/.test(user) && status(`/var/lib/systemd/linger/${user}`) !== undefined;
}
