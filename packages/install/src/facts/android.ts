/** @module To be written. */
import type { MachineReader } from '../machine/machine.ts';
import type { FactsRequest } from './facts.ts';

export type AndroidFacts = Record<string, never>;

export function readAndroidFacts(_reader: MachineReader, _request?: FactsRequest): AndroidFacts | undefined {
  return undefined;
}
