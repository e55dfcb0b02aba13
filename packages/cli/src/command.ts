/** @module What a command is: its words as data (one source for parsing, help and completion) and what it does. */
import type { Home } from '@mintmark/ca-store';
import type { Io } from './io.ts';
import type { Style } from './terminal/style.ts';

export type OptionSpec = {
  /** Long name without dashes. */
  readonly name: string;
  readonly short?: string;
  /** What the value is, in capitals; absent for a switch. */
  readonly value?: string;
  readonly isRepeatable?: true;
  readonly help: string;
};

export type CommandSpec = {
  readonly name: string;
  /** What follows the name on the usage line. */
  readonly usage: string;
  readonly summary: string;
  /** Command lines with a few words each; help opens with them. */
  readonly examples: readonly (readonly [command: string, words: string])[];
  readonly options: readonly OptionSpec[];
  /** How many positional arguments; `what` names a missing one. */
  readonly positionals: { readonly min: number; readonly max: number; readonly what: string };
  /** Words that are not options but part of the grammar, for completion: subcommands, shells. */
  readonly words?: readonly string[];
  /** The positionals are a command line of another program: options behind the first could be meant for either. */
  readonly takesCommandLine?: true;
  /** Every word behind the command's name is its own affair: handed on as a positional, unparsed. */
  readonly takesRawWords?: true;
};

/** Options as parsed; a switch is `true`, a repeatable option a list. */
type OptionValues = Readonly<Record<string, string | boolean | string[] | undefined>>;

export type Invocation = { readonly positionals: readonly string[]; readonly options: OptionValues };

/** A command line and the process it runs in. */
export type Access = { readonly invocation: Invocation; readonly context: Context };

/** Rights and places a command works with. `home()` opens (and makes) the home; `homePath` only names it. */
export type Context = {
  readonly io: Io;
  readonly homePath: string;
  readonly home: () => Home;
  /** Talk for people, on stderr; silent under --quiet and --json. */
  readonly say: (text: string) => void;
  /** False under --quiet and --json. */
  readonly isTalking: boolean;
  /** True when a question may be asked: a terminal, no CI, no --yes, no --json. */
  readonly canAsk: boolean;
  /** For stdout. */
  readonly style: Style;
  /** For stderr: what is said, and what comes next. */
  readonly talkStyle: Style;
  /** The tables of all commands, for completion. */
  readonly loadSpecs: () => Promise<CommandSpec[]>;
};

/** What a command hands back: a plain object for --json, a text for people, and the exit code if not 0. */
export type CommandResult = {
  readonly json: object;
  readonly text: string;
  /** The text is what was asked for, to be used by a program: --quiet leaves it. An empty answer could pass for "no pin". */
  readonly isAnswer?: true;
  /** Talk that belongs after the result: the one thing to do next. */
  readonly next?: string | undefined;
  /** Beyond 1 only where it is another program's. */
  readonly exitCode?: number;
  /** The signal that ended the other program; this one ends the same way. */
  readonly signal?: NodeJS.Signals | undefined;
};

export type Command = {
  readonly spec: CommandSpec;
  readonly execute: (invocation: Invocation, context: Context) => CommandResult | Promise<CommandResult>;
};
