/** @module A thousand certificates by one process, against a loop over mkcert. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliRun, type BuiltCli } from './built-cli.ts';
import { compare, type Figure, type Floor, type Quantity, type Section } from './figures.ts';
import { median } from './median.ts';
import type { Mkcert } from './mkcert.ts';
import { missing, runProgram, timeProgram } from './programs.ts';
import { newFolder } from './scratch.ts';

const COUNT = 1000;
const RUNS = 3;
const MKCERT_COUNT = 30;
const FLOOR: Floor = { kind: 'at least', value: 5 };
const TITLE = `${COUNT} names : mkcert (${MKCERT_COUNT}, scaled)`;

const rate = (count: number, durationMs: number): Quantity => ({ value: (count * 1000) / durationMs, unit: '/s' });

/** Runs ours and a third of mkcert's loop in turn. */
export function measureMany(scratch: string, cli: BuiltCli, mkcert: Mkcert | undefined): Section {
  const folder = newFolder(scratch, 'many');
  const mintMany = createMintMany(folder, cli);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    ours.push(mintMany(run));
    if (mkcert !== undefined) theirs.push(loopMkcert(mkcert, newFolder(folder, `mkcert-${run}`)));
  }
  return {
    title: `Many certificates: mint --names-from, ${COUNT} lines, P-256, new keys, files synced`,
    note: `median of ${RUNS} runs; mkcert -ecdsa NAME in a loop of ${MKCERT_COUNT}, scaled to a rate`,
    figures: describe(median(ours), theirs),
  };
}

function describe(oursMs: number, theirs: readonly number[]): Figure[] {
  const fact: Figure = { kind: 'fact', title: `${COUNT} certificates`, quantity: { value: oursMs, unit: 'ms' } };
  if (theirs.length === 0) return [{ kind: 'skip', title: TITLE, reason: missing('mkcert') }, fact];
  return [compare(TITLE, rate(COUNT, oursMs), rate(MKCERT_COUNT / RUNS, median(theirs)), FLOOR), fact];
}

function createMintMany(folder: string, cli: BuiltCli): (run: number) => number {
  const home = newFolder(folder, 'home');
  const list = join(folder, 'names.txt');
  writeFileSync(list, Array.from({ length: COUNT }, (_, i) => `app-${i}.test\n`).join(''));
  runProgram(cliRun(cli, { cwd: folder, home }, 'mint', 'localhost')); // makes the CA
  return (run) => {
    const cwd = newFolder(folder, `ours-${run}`);
    return timeProgram(cliRun(cli, { cwd, home }, 'mint', '--names-from', list));
  };
}

/** The time of one run of the loop. */
function loopMkcert(mkcert: Mkcert, cwd: string): number {
  const start = performance.now();
  for (let i = 0; i < MKCERT_COUNT / RUNS; i++) {
    runProgram(mkcert.run(cwd, '-ecdsa', `app-${i}.test`));
  }
  return performance.now() - start;
}
