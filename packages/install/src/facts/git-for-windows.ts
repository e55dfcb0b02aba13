/** @module To be written. */
import type { MachineReader } from '../machine/machine.ts';
import type { FactsRequest } from './facts.ts';

export type GitForWindowsFacts = Record<string, never>;

export function readGitForWindowsFacts(
  _reader: MachineReader,
  _request?: FactsRequest,
): GitForWindowsFacts | undefined {
  return undefined;
}
