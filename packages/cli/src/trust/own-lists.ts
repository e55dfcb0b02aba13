/** @module Runtimes that keep a list of roots of their own, which no trust store reaches. */
import type { MachineReader } from '@mintmark/install';
import type { Context } from '../command.ts';

const OWN_LISTS = [
  ['node', 'Node'],
  ['pip3', 'Python (pip)'],
  ['deno', 'Deno'],
] as const;

/** One line that names those found here and the way they trust the CA; empty when there is none. */
export function renderOwnLists(reader: MachineReader, { style }: Context): string {
  const names = OWN_LISTS.filter(([program]) => reader.findProgram(program) !== undefined).map(([, name]) => name);
  if (names.length === 0) return '';
  const words = names.length === 1 ? 'keeps a list of its own' : 'keep lists of their own';
  return `  ${style.yellow(style.signs.next)} ${names.join(', ')} ${words}: mintmark exec -- CMD\n`;
}
