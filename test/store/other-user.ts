/** @module Runs the built program as a user without privileges. Only root can. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { scrubbedEnvironment, type RunResult } from '../programs/run.ts';
import type { Scene } from './home-scene.ts';

const NOBODY = 65534;

/** A copy of the program beside the scenes: the folder of the sources may be closed to other users. */
function copyProgram(scene: Scene): string {
  const copy = join(dirname(dirname(scene.out)), 'program');
  if (!existsSync(copy)) cpSync(dirname(MINTMARK_BIN), copy, { recursive: true });
  return join(copy, 'bin.cjs');
}

/** `HOME` is root's, out of reach, as it is under a careless `su`. */
export function runAsNobody(scene: Scene, args: readonly string[]): RunResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [copyProgram(scene), ...args], {
    cwd: scene.out,
    env: scrubbedEnvironment({ MINTMARK_HOME: scene.home, HOME: '/root' }),
    uid: NOBODY,
    gid: NOBODY,
    encoding: 'utf8',
  });
  return { exitCode: status, stdout, stderr, output: `${stdout}${stderr}`, timedOut: false };
}
