/** @module A program's clock set forward: Node loads a file first that shifts `Date`, so that certificates age while tests don't. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Desk } from './desk.ts';

const DAY_MS = 86_400_000;

const SHIFT = `
const { Date: Plain } = globalThis;
const shiftMs = Number(process.env.TEST_CLOCK_SHIFT_MS);
globalThis.Date = class Date extends Plain {
  constructor(...given) {
    if (given.length === 0) super(Plain.now() + shiftMs);
    else super(...given);
  }
  static now() { return Plain.now() + shiftMs; }
};
`;

/** Options for `desk.run`: so many days from now. */
export function daysFromNow(desk: Desk, days: number): { readonly env: Readonly<Record<string, string>> } {
  const file = join(desk.folder, '..', 'clock.cjs');
  writeFileSync(file, SHIFT);
  return { env: { NODE_OPTIONS: `--require ${file}`, TEST_CLOCK_SHIFT_MS: String(days * DAY_MS) } };
}
