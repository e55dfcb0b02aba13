/** @module To be written. */
import type { MachineReader } from '../machine/machine.ts';
import type { FactsRequest } from './facts.ts';

export type JavaFacts = Record<string, never>;

export function readJavaFacts(_reader: MachineReader, _request?: FactsRequest): JavaFacts | undefined {
  return undefined;
}
