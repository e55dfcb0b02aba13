/** @module To be written. */
import type { MachineReader } from '../machine/machine.ts';
import type { FactsRequest } from './facts.ts';

export type IosFacts = Record<string, never>;

export function readIosFacts(_reader: MachineReader, _request?: FactsRequest): IosFacts | undefined {
  return undefined;
}
