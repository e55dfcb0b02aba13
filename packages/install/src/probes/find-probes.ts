/** @module Every probe that this machine has the program for, quick ones first. Looks, and starts nothing. */
import type { MachineReader } from '../machine/machine.ts';
import type { StoreReport } from '../report.ts';
import { findBrowserProbes } from './browser-probes.ts';
import { findCommandProbes } from './command-probes.ts';
import { findCompiledProbes } from './compiled-probes.ts';
import type { Probe } from './probe.ts';
import { findScriptProbes } from './script-probes.ts';

/** @param reports the stores as they were seen, which know the profiles of Firefox. */
export function findProbes(
  reader: MachineReader,
  reports: readonly StoreReport[],
  nodePath: string = process.execPath,
): Probe[] {
  return [
    ...findCommandProbes(reader),
    ...findScriptProbes(reader, nodePath),
    ...findBrowserProbes(reader, reports),
    ...findCompiledProbes(reader),
  ];
}
