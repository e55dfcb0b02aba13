/**
 * @module Kills commands (SIGKILL) while they change the disk. When that is depends on the machine and on what else it does,
 * so the delay seeks it: later when nothing had happened yet, earlier when all was done.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from '../../packages/testkit/src/index.ts';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { scrubbedEnvironment } from '../programs/run.ts';
import type { Scene } from './home-scene.ts';

/** Of the time that the command takes when it is let be. */
const FIRST_DELAY = 0.7;
const MAX_STEP = 0.15;

/** `early`: nothing was changed yet. `midway`: files lie about that were not there. `late`: what changed stands in its place, or the command had ended. */
export type Moment = 'early' | 'midway' | 'late';

type Killer = (scene: Scene, args: readonly string[]) => Promise<Moment>;

/** One killer seeks the moments of one command. `usualMs`: how long that takes on this machine, about now. */
export function createKiller(usualMs: number): Killer {
  let delayMs = FIRST_DELAY * usualMs;
  return async (scene, args) => {
    const before = look(scene);
    const isKilled = await runAndKill(scene, args, delayMs);
    const moment = isKilled ? compare(before, look(scene)) : 'late';
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

type Look = { readonly names: string; readonly contents: string };

function look({ home, out }: Scene): Look {
  const paths = [home, out].flatMap((folder) => listFiles(folder).map((path) => join(folder, path)));
  const contents = paths.filter((path) => !path.endsWith('/')).map((path) => readFileSync(path, 'base64'));
  return { names: JSON.stringify(paths), contents: JSON.stringify(contents) };
}

function compare(before: Look, after: Look): Moment {
  if (before.names !== after.names) return 'midway';
  return before.contents === after.contents ? 'early' : 'late';
}
