/**
 * @module Runs the built program under a loose umask while watching the process list as any user of the machine could: every
 * command line of its process group, again and again until it ends.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { scrubbedEnvironment } from '../programs/run.ts';
import type { Desk } from '../cli/desk.ts';

export interface WatchedRun {
  readonly exitCode: number | null;
  /** stdout and stderr. */
  readonly output: string;
  /** Each command line that was seen, its words separated by spaces. */
  readonly commandLines: ReadonlySet<string>;
}

const WATCH_EVERY_MS = 5;
const LOOSE_UMASK = 0;

/** The process group of a process, from the text of its /proc/N/stat: the third field after the name in parentheses. */
const groupOf = (stat: string): number => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);

function commandLinesOfGroup(group: number): readonly string[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      if (groupOf(readFileSync(`/proc/${name}/stat`, 'utf8')) !== group) return [];
      return [readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()];
    } catch {
      return []; // ended between the two looks
    }
  });
}

/** Runs `mintmark WORDS` and waits. Every exit code is a result. */
export function watchedRun(desk: Desk, words: readonly string[], input = ''): Promise<WatchedRun> {
  return new Promise((resolve, reject) => {
    const before = process.umask(LOOSE_UMASK);
    const child = spawn(process.execPath, [MINTMARK_BIN, ...words], {
      cwd: desk.folder,
      env: scrubbedEnvironment({ MINTMARK_HOME: desk.home }),
      detached: true,
    });
    process.umask(before);
    const commandLines = new Set<string>();
    let output = '';
    const watch = setInterval(() => {
      for (const line of commandLinesOfGroup(child.pid ?? 0)) if (line !== '') commandLines.add(line);
    }, WATCH_EVERY_MS);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (exitCode) => {
      clearInterval(watch);
      resolve({ exitCode, output, commandLines });
    });
  });
}
