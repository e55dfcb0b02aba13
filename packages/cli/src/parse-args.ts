/** @module Words to options and positionals, by a command's own table. Pure, over node:util's parser. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { cliError } from './cli-errors.ts';
import type { CommandSpec, Invocation, OptionSpec } from './command.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';

/** Options may stand anywhere; `--` ends them. @throws OPTION_UNKNOWN, DASHES_MISSING, OPTION_VALUE, ARGUMENT_MISSING, ARGUMENT_UNEXPECTED */
export function parseInvocation(args: readonly string[], spec: CommandSpec): Invocation {
  const known = [...spec.options, ...GLOBAL_OPTIONS];
  const { tokens } = parseArgs({
    args: [...args],
    options: toConfig(known),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const options: Record<string, string | boolean | string[]> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = known.find(({ name }) => name === token.name);
    if (spec.takesCommandLine === true && positionals.length > 0 && option?.name !== 'help')
      throw cliError('DASHES_MISSING', { command: spec.name, option: token.rawName });
    if (option === undefined) throw cliError('OPTION_UNKNOWN', { command: spec.name, option: token.rawName });
    options[option.name] = readValue(option, token.value, options[option.name]);
  }
  if (options['help'] !== true && options['version'] !== true) assertPositionals(spec, positionals, options);
  return { positionals, options };
}

function toConfig(known: readonly OptionSpec[]): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    known.map(({ name, short, value }) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
}

function readValue(
  option: OptionSpec,
  value: string | undefined,
  previous: string | boolean | string[] | undefined,
): string | boolean | string[] {
  const flag = `--${option.name}`;
  if (option.value === undefined) {
    if (value !== undefined) throw cliError('OPTION_VALUE', { option: flag, reason: 'takes no value' });
    return true;
  }
  if (value === undefined || value === '')
    throw cliError('OPTION_VALUE', { option: flag, reason: `needs a value (${option.value})` });
  if (option.isRepeatable === true) return [...(Array.isArray(previous) ? previous : []), value];
  if (previous !== undefined) throw cliError('OPTION_VALUE', { option: flag, reason: 'is given twice' });
  return value;
}

function assertPositionals(spec: CommandSpec, positionals: readonly string[], options: Invocation['options']): void {
  const { min, max, what } = spec.positionals;
  const isFedOtherwise = options['names-from'] !== undefined || options['list-formats'] === true;
  if (positionals.length < min && !isFedOtherwise)
    throw cliError('ARGUMENT_MISSING', { command: spec.name, argument: what });
  const extra = positionals[max];
  if (extra !== undefined) throw cliError('ARGUMENT_UNEXPECTED', { command: spec.name, argument: extra });
}

/** The value of a single-valued option; undefined when it was not given. */
export function optionText(invocation: Invocation, name: string): string | undefined {
  const value = invocation.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The values of a repeatable option. */
export function optionList(invocation: Invocation, name: string): readonly string[] {
  const value = invocation.options[name];
  return Array.isArray(value) ? value : [];
}

export const isOptionSet = (invocation: Invocation, name: string): boolean => invocation.options[name] === true;

/** A whole number of days; its range is the profile's business. @throws OPTION_VALUE */
export function optionDays(invocation: Invocation, name = 'days'): number | undefined {
  const text = optionText(invocation, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,6}$/.test(text))
    throw cliError('OPTION_VALUE', { option: `--${name}`, reason: 'takes a whole number of days' });
  return Number(text);
}
