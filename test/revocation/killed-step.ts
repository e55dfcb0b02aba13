/**
 * @module Kills a command (SIGKILL) just before a chosen change that it makes to the disk: Node loads a file first that counts the
 * changes. So every moment is met once, whatever the machine does. The clock is set, so that no command waits for its next second.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { run } from '../programs/run.ts';
import type { Scene } from '../store/home-scene.ts';

const PRELOADED = `
const fs = require('node:fs');
const { Date: Plain } = globalThis;
const shiftMs = Number(process.env.TEST_CLOCK_SHIFT_MS);
globalThis.Date = class Date extends Plain {
  constructor(...given) {
    if (given.length === 0) super(Plain.now() + shiftMs);
    else super(...given);
  }
  static now() { return Plain.now() + shiftMs; }
};
let left = Number(process.env.TEST_STEPS);
for (const name of ['mkdirSync', 'writeSync', 'fsyncSync', 'linkSync', 'renameSync', 'unlinkSync', 'rmSync', 'rmdirSync']) {
  const plain = fs[name];
  fs[name] = (...given) => {
    const isTalk = name === 'writeSync' && given[0] <= 2;
    if (!isTalk && left-- === 0) process.kill(process.pid, 'SIGKILL');
    return plain(...given);
  };
}
`;

/** Lets a command make so many changes; true when it was killed before the next one. Commands of one scene are seconds apart. */
export async function runForSteps({ home, out }: Scene, args: readonly string[], steps: number): Promise<boolean> {
  const file = join(home, '..', 'preloaded.cjs');
  writeFileSync(file, PRELOADED);
  const env = { MINTMARK_HOME: home, TEST_STEPS: String(steps), TEST_CLOCK_SHIFT_MS: String((steps + 1) * 5000) };
  const command = [process.execPath, '--require', file, MINTMARK_BIN, ...args];
  const { exitCode, output } = await run(command, { cwd: out, env });
  if (exitCode !== 0 && exitCode !== null) throw new Error(output);
  return exitCode === null;
}
