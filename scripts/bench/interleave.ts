/** @module Alternating runs: whatever slows the machine down for a while slows all contestants alike. */
import { median } from './median.ts';

/** Each contestant measures itself once and returns the figure. */
export type Contestants<Name extends string> = Readonly<Record<Name, () => number>>;

/** Medians over `rounds` rounds in which each contestant takes its turn, after one unmeasured turn each. */
export function interleave<Name extends string>(contestants: Contestants<Name>, rounds: number): Record<Name, number> {
  const names = Object.keys(contestants) as Name[];
  for (const name of names) contestants[name]();
  const samples = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) for (const name of names) samples.get(name)?.push(contestants[name]());
  return Object.fromEntries([...samples].map(([name, values]) => [name, median(values)])) as Record<Name, number>;
}
