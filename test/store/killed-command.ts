/**
 * @module Kills commands (SIGKILL) while they change the disk. When that is depends on the machine and on what else it does,
 * so the delay seeks it: later when nothing had happened yet, earlier when all was done.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { listFiles } from '../../packages/testkit/src/index.ts';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { scrubbedEnvironment } from '../programs/run.ts';
import type { Scene } from './home-scene.ts';

/** Of the time that the command takes when it is let be. */
const FIRST_DELAY = 0.7;
const MAX_STEP = 0.15;

/** `early`: nothing was changed yet. `late`: the command had ended. */
export type Moment = 'early' | 'midway' | 'late';

type Killer = (scene: Scene, args: readonly string[]) => Promise<Moment>;

/** One killer seeks the moments of one command. `usualMs`: how long that takes on this machine, about now. */
export function createKiller(usualMs: number): Killer {
  let delayMs = FIRST_DELAY * usualMs;
  return async (scene, args) => {
    const before = fingerprint(scene);
    const isKilled = await runAndKill(scene, args, delayMs);
    const moment = !isKilled ? 'late' : fingerprint(scene) === before ? 'early' : 'midway';
    const step = Math.random() * MAX_STEP * usualMs;
    if (moment === 'early') delayMs += step;
    else if (moment === 'late') delayMs = Math.max(1, delayMs - step);
    else delayMs = Math.max(1, delayMs + step - (MAX_STEP * usualMs) / 2);
    return moment;
  };
}

async function runAndKill({ home, out }: Scene, args: readonly string[], delayMs: number): Promise<boolean> {
  const env = scrubbedEnvironment({ MINTMARK_HOME: home });
  const child = spawn(process.execPath, [MINTMARK_BIN, ...args], { cwd: out, env, stdio: 'ignore' });
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs); // timers of the event loop are too coarse
  child.kill('SIGKILL');
  const [, signal] = await exit;
  return signal === 'SIGKILL';
}

const fingerprint = ({ home, out }: Scene): string => JSON.stringify([listFiles(home), listFiles(out)]);
