/** @module The built program under a meter: what it answered, and the processor time and memory that took. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { run, type RunResult } from '../programs/run.ts';

const METER = fileURLToPath(new URL('measure.cjs', import.meta.url));

export type Measured = RunResult & { readonly cpuMs: number; readonly maxRssBytes: number };

export type Desk = { readonly home: string; readonly cwd: string; readonly meterFolder: string };

/** Runs `mintmark ARGS`; `inputFile` becomes its stdin. */
export async function measureMintmark(args: readonly string[], desk: Desk, inputFile?: string): Promise<Measured> {
  const costFile = join(desk.meterFolder, 'cost.json');
  const words = [process.execPath, '--require', METER, MINTMARK_BIN, ...args];
  // A shell only opens the file: a hundred megabytes through this process would be this process's cost.
  const command = inputFile === undefined ? words : ['sh', '-c', 'exec "$@" < "$0"', inputFile, ...words];
  const result = await run(command, { cwd: desk.cwd, env: { MINTMARK_HOME: desk.home, COST_FILE: costFile } });
  const cost = JSON.parse(readFileSync(costFile, 'utf8')) as { cpuMs: number; maxRssBytes: number };
  rmSync(costFile);
  return { ...result, ...cost };
}
