/** @module Help texts, from the commands' tables: examples first. */
import type { CommandSpec } from '../command.ts';
import { GLOBAL_OPTIONS } from '../global-options.ts';
import { ALL_COMMANDS } from '../registry.ts';
import type { OptionSpec } from '../command.ts';

/** `mintmark --help`. */
export function renderHelp(): string {
  const commands = ALL_COMMANDS.map(({ name, summary }) => `  ${name.padEnd(13)}${summary}\n`).join('');
  return `Certificates for localhost and private names, by a CA that can speak for nothing else.

  mintmark localhost 127.0.0.1 ::1       a certificate and key for three names
  mintmark "*.app.test" app.test         a wildcard and its base
  mintmark pin localhost+2.pem           the SHA-256 pins by which clients know it
  mintmark ca show                       the CA, what it may speak for, its root

Commands
${commands}
Options of every command
${renderOptions(GLOBAL_OPTIONS)}
mintmark COMMAND --help shows examples and options of one command.
`;
}

/** `mintmark COMMAND --help`. */
export function renderCommandHelp(spec: CommandSpec): string {
  const options = spec.options.length === 0 ? '' : `\nOptions\n${renderOptions(spec.options)}`;
  return `${spec.summary}\n\n${renderExamples(spec)}\nUsage: mintmark ${spec.name} ${spec.usage}\n${options}\nOptions of every command\n${renderOptions(GLOBAL_OPTIONS)}`;
}

const COLUMNS = 80;

/** What an example does stands beside it where all fit in a line each, else above it. */
function renderExamples({ examples }: CommandSpec): string {
  const width = Math.max(...examples.map(([command]) => command.length)) + 3;
  const isBeside = examples.every(([, words]) => 2 + width + words.length <= COLUMNS);
  return examples
    .map(([command, words]) => (isBeside ? `  ${command.padEnd(width)}${words}\n` : `  # ${words}\n  ${command}\n`))
    .join('');
}

function renderOptions(options: readonly OptionSpec[]): string {
  const words = options.map(
    ({ name, short, value }) =>
      `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
  );
  const width = Math.max(...words.map(({ length }) => length)) + 3;
  const indent = `\n${' '.repeat(2 + width)}`;
  return options
    .map(({ help }, i) => `  ${(words[i] ?? '').padEnd(width)}${wrap(help, COLUMNS - 2 - width).join(indent)}\n`)
    .join('');
}

/** Lines of whole words, each as long as fits; a word that is longer stands alone. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
