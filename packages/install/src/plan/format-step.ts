/** @module Steps as commands that a person could type into a shell, for dry runs and for when there are no rights. */
import { quoteWord } from '@mintmark/ca-core';
import { INPUT_FILE, SECRET_FILE, type Route, type Step, type WriteFileStep } from './steps.ts';

const formatCommand = (command: readonly string[]): string =>
  command
    .map((word) => (word === SECRET_FILE ? 'PASSWORD-FILE' : word === INPUT_FILE ? 'FILE' : quoteWord(word)))
    .join(' ');

/** One command; `elevator` (`sudo`) stands before what needs root. */
export function formatStep(step: Step, elevator: string): string {
  const root = step.root === true && elevator !== '' ? `${elevator} ` : '';
  switch (step.kind) {
    case 'write-file':
      return formatWrite(step, root);
    case 'remove-file':
      return `${root}rm -f ${quoteWord(step.path)}`;
    case 'make-folder':
      return `${root}mkdir -p -m ${step.mode.toString(8)} ${quoteWord(step.path)}`;
    case 'remove-folder':
      return `${root}rmdir ${quoteWord(step.path)}`;
    case 'run': {
      const input = step.stdin === undefined ? '' : `${formatPrintf(step.stdin)} | `;
      return `${input}${root}${formatEnvironment(step.env)}${formatCommand(step.command)}`;
    }
    case 'native':
      return `${root}${formatCommand(step.typed)}`;
    case 'require-space':
      return `df ${quoteWord(step.path)}`;
  }
}

function formatWrite({ text, sameAs, mode, path }: WriteFileStep, root: string): string {
  const install = `${root}install -m ${mode.toString(8)}`;
  if (sameAs !== undefined) return `${install} ${quoteWord(sameAs)} ${quoteWord(path)}`;
  return `${formatPrintf(text)} | ${install} /dev/stdin ${quoteWord(path)}`;
}

/** `printf` takes line breaks as `\\n`, so that one command stays one line. */
const formatPrintf = (text: string): string =>
  `printf -- ${quoteWord(text.replaceAll('\\', '\\\\').replaceAll('%', '%%').replaceAll('\n', '\\n'))}`;

function formatEnvironment(env: Readonly<Record<string, string | undefined>> | undefined): string {
  const set = Object.entries(env ?? {}).filter(([, value]) => value !== undefined);
  return set.length === 0 ? '' : `env ${set.map(([name, value]) => `${name}=${quoteWord(value ?? '')}`).join(' ')} `;
}

/** The commands of a route, in order; what only looks is left out. */
export const formatRoute = (route: Route, elevator: string): string[] =>
  route.steps.filter(({ kind }) => kind !== 'require-space').map((step) => formatStep(step, elevator));
