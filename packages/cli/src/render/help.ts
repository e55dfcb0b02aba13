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
  const width = Math.max(...spec.examples.map(([command]) => command.length)) + 3;
  const examples = spec.examples
    .map(([command, words]) => (width <= 60 ? `  ${command.padEnd(width)}${words}\n` : `  # ${words}\n  ${command}\n`))
    .join('');
  const options = spec.options.length === 0 ? '' : `\nOptions\n${renderOptions(spec.options)}`;
  return `${spec.summary}\n\n${examples}\nUsage: mintmark ${spec.name} ${spec.usage}\n${options}\nOptions of every command\n${renderOptions(GLOBAL_OPTIONS)}`;
}

function renderOptions(options: readonly OptionSpec[]): string {
  const words = options.map(
    ({ name, short, value }) =>
      `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
  );
  const width = Math.max(...words.map(({ length }) => length)) + 3;
  return options.map(({ help }, i) => `  ${(words[i] ?? '').padEnd(width)}${help}\n`).join('');
}
