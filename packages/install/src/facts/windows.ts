/** @module To be written. */
import type { MachineReader } from '../machine/machine.ts';
import type { FactsRequest } from './facts.ts';

export type WindowsFacts = Record<string, never>;

export function readWindowsFacts(_reader: MachineReader, _request?: FactsRequest): WindowsFacts | undefined {
  return undefined;
}
