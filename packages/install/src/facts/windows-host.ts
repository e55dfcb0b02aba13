/** @module To be written. */
import type { MachineReader } from '../machine/machine.ts';
import type { FactsRequest } from './facts.ts';

export type WindowsHostFacts = Record<string, never>;

export function readWindowsHostFacts(_reader: MachineReader, _request?: FactsRequest): WindowsHostFacts | undefined {
  return undefined;
}
