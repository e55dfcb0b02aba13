/**
 * @module What a timer is to run, and under which name. Node and the program by absolute paths, because a timer has another PATH and nvm
 * none at all; the home by `--home`, because it has no MINTMARK_HOME either; `--yes`, because nobody is there to answer.
 */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { caPath, resolveHomePath, storeError, withDiskErrors } from '@mintmark/ca-store';
import { cliError } from '../cli-errors.ts';
import type { Access } from '../command.ts';
import { optionDays, optionText } from '../parse-args.ts';
import { timerError } from './timer-errors.ts';

export type TimerOrder = {
  /** `mintmark-renew`; another home than the usual one adds eight digits of its own, and one CA alone `-ca-NAME`. */
  readonly name: string;
  readonly command: readonly [string, string, ...string[]];
  /** When on a day, for schedulers that have no chance of their own: different from home to home, within the first six hours. */
  readonly minuteOfDay: number;
};

const DEFAULT_WITHIN_DAYS = 30;
const SPREAD_MINUTES = 360;
const SECRET_OPTIONS = ['passphrase-file', 'pin-file', 'password-file'];

/** @throws OPTION_VALUE, TIMER_PATH, CA_NAME_INVALID */
export function createTimerOrder(access: Access, script: string): TimerOrder {
  const { invocation, context } = access;
  const { homePath, io } = context;
  const within = optionDays(invocation, 'within') ?? DEFAULT_WITHIN_DAYS;
  const ca = optionText(invocation, 'ca');
  if (ca !== undefined) caPath({ path: homePath, fs: io.fs }, ca); // it becomes a part of file names
  const command = [
    process.execPath,
    resolve(io.cwd, script),
    'renew',
    '--all',
    '--within',
    String(within),
    '--yes',
    '--home',
    homePath,
    ...(ca === undefined ? [] : ['--ca', ca]),
    ...SECRET_OPTIONS.flatMap((name) => fileOption(name, access)),
  ] as const;
  const word = command.find((one) => /[\p{Cc}]/u.test(one));
  if (word !== undefined) throw timerError('TIMER_PATH', { word });
  const digest = createHash('sha256').update(homePath).digest();
  const isUsual = homePath === usualHome(access);
  const name = ['mintmark-renew', isUsual ? [] : digest.toString('hex', 0, 4), ca === undefined ? [] : `ca-${ca}`];
  return { name: name.flat().join('-'), command, minuteOfDay: digest.readUInt32BE(4) % SPREAD_MINUTES };
}

function fileOption(name: string, { invocation, context }: Access): string[] {
  const file = optionText(invocation, name);
  if (file === undefined) return [];
  if (file === '-')
    throw cliError('OPTION_VALUE', { option: `--${name}`, reason: 'takes a file that the timer can read' });
  return [`--${name}`, resolve(context.io.cwd, file)];
}

/** A slip would be seen on the day when nothing was renewed. @throws FILE_NOT_FOUND */
export function assertSecretFiles({ invocation, context: { io } }: Access): void {
  for (const name of SECRET_OPTIONS) {
    const file = optionText(invocation, name);
    const path = resolve(io.cwd, file ?? '');
    if (file !== undefined && withDiskErrors(path, () => io.fs.status(path)) === undefined)
      throw storeError('FILE_NOT_FOUND', { path });
  }
}

function usualHome({ context: { io } }: Access): string | undefined {
  try {
    const { MINTMARK_HOME: _own, ...env } = io.env;
    return resolveHomePath(undefined, { env, platform: io.platform, cwd: io.cwd });
  } catch {
    return undefined;
  }
}
