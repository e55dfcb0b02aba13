/** @module The root's file as a word of a command: the one in the home, or a short-lived one when that is gone. */
import type { TrustAnchor } from '../anchor.ts';
import { INPUT_FILE, type RunStep } from '../plan/steps.ts';

type Command = readonly [program: string, ...args: string[]];

/** A step whose command is made with the path of a file that holds the root alone. */
export function runWithRootFile(
  anchor: TrustAnchor,
  rootFiles: ReadonlySet<string>,
  command: (path: string) => Command,
): RunStep {
  if (rootFiles.has(anchor.sha256Hex)) return { kind: 'run', command: command(anchor.certFile) };
  return { kind: 'run', command: command(INPUT_FILE), inputText: anchor.certPem };
}
