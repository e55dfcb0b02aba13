/** @module How this machine gives root to one command: sudo, doas, run0 or pkexec, whichever is there. */
import type { MachineReader } from '../machine/machine.ts';

export type Elevation = {
  readonly name: 'sudo' | 'doas' | 'run0' | 'pkexec';
  readonly program: string;
};

/** In the order of preference: the first two remember that they were asked, pkexec does not. */
const ELEVATORS = ['sudo', 'doas', 'run0', 'pkexec'] as const;

/** Undefined for root itself, on Windows, and where no such program is there. */
export function readElevation(reader: MachineReader): Elevation | undefined {
  if (reader.uid === undefined || reader.uid === 0) return undefined;
  for (const name of ELEVATORS) {
    const program = reader.findSystemProgram(name);
    if (program !== undefined) return { name, program };
  }
  return undefined;
}
