/** @module To be written. */
import type { MachineReader } from '../machine/machine.ts';
import type { FactsRequest } from './facts.ts';

export type MacosFacts = Record<string, never>;

export function readMacosFacts(_reader: MachineReader, _request?: FactsRequest): MacosFacts | undefined {
  return undefined;
}
