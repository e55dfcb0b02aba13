/** @module To be written. */
import type { MachineReader } from '../machine/machine.ts';
import type { FactsRequest } from './facts.ts';

export type BrowserFacts = Record<string, never>;

export function readBrowserFacts(_reader: MachineReader, _request?: FactsRequest): BrowserFacts | undefined {
  return undefined;
}
