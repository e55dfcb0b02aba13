/** @module The options that every command takes. */
import type { OptionSpec } from './command.ts';

export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { name: 'home', value: 'DIR', help: 'where CAs live (or MINTMARK_HOME)' },
  { name: 'ca', value: 'NAME', help: 'which CA (default: the one whose scope covers the names)' },
  { name: 'json', help: 'print one JSON object' },
  { name: 'quiet', help: 'print nothing but errors, and values that were asked for' },
  { name: 'yes', help: 'never ask' },
  { name: 'verbose', help: 'on a failure, print where it happened' },
  { name: 'version', help: 'print the version' },
  { name: 'help', short: 'h', help: 'print this' },
];
