/** @module What the two programs did, as it was last recorded: the source of the table in docs/mkcert.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Observation } from './observe.ts';
import type { ProgramName } from './programs.ts';

const FILE = fileURLToPath(new URL('measured.json', import.meta.url));

export type MeasuredRow = Readonly<Record<ProgramName, Observation>>;

/** By the title of the call. */
export function readMeasured(): Readonly<Record<string, MeasuredRow>> {
  if (!existsSync(FILE)) return {};
  return JSON.parse(readFileSync(FILE, 'utf8')) as Readonly<Record<string, MeasuredRow>>;
}

export function writeMeasured(rows: Readonly<Record<string, MeasuredRow>>): void {
  writeFileSync(FILE, `${JSON.stringify(rows, undefined, 1)}\n`);
}
