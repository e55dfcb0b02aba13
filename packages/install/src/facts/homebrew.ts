/** @module To be written. */
import type { MachineReader } from '../machine/machine.ts';
import type { FactsRequest } from './facts.ts';

export type HomebrewFacts = Record<string, never>;

export function readHomebrewFacts(_reader: MachineReader, _request?: FactsRequest): HomebrewFacts | undefined {
  return undefined;
}
