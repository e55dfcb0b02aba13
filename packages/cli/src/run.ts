/** @module Words in, exit code out: 0 done, 1 failed or a check says no, 2 wrong usage. Nothing here ends the process. */
import { openHome, resolveHomePath, type Home } from '@mintmark/ca-store';
import { isExpiryLookDue } from './certificates/expiry.ts';
import { cliError } from './cli-errors.ts';
import type { Access, CommandResult, CommandSpec, Context, Invocation } from './command.ts';
import type { Io } from './io.ts';
import { isOptionSet, optionText, parseInvocation } from './parse-args.ts';
import { ALL_COMMANDS, findCommand, loadSpecs, type Entry } from './registry.ts';
import { errorJson, renderError, toCaError } from './render/error.ts';
import { createStyle } from './terminal/style.ts';
import { VERSION } from './version.ts';

/** 0, 1 or 2; of `exec`, whatever its program ended with: a code, or a signal and the code that stands for it. */
export type ExitCode = number | EndedBySignal;

type EndedBySignal = { readonly signal: NodeJS.Signals; readonly exitCode: number };

/** Runs one command line (without `node` and the script). */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    return await dispatch(argv, io);
  } catch (cause) {
    const error = toCaError(cause);
    const isVerbose = isSwitchGiven(argv, '--verbose');
    const isJson = isSwitchGiven(argv, '--json');
    if (isJson) io.stdout(`${JSON.stringify(errorJson(error), undefined, 2)}\n`);
    const style = createStyle(io, 'stderr');
    if (!isJson || isVerbose) io.stderr(style.spell(renderError(error, { style, isVerbose })));
    return error.kind === 'usage' ? 2 : 1;
  }
}

/** Before the words are parsed, which may be what failed. */
function isSwitchGiven(argv: readonly string[], name: string): boolean {
  const at = argv.indexOf(name);
  return at >= 0 && !argv.slice(0, at).includes('--');
}

async function dispatch(argv: readonly string[], io: Io): Promise<ExitCode> {
  const resolved = await resolveCommand(argv, io);
  if (resolved.entry === undefined) return 0;
  const command = await resolved.entry.load();
  const invocation = readInvocation(resolved, command.spec);
  if (isOptionSet(invocation, 'help')) {
    const { renderCommandHelp } = await import('./render/help.ts');
    io.stdout(renderCommandHelp(command.spec));
    return 0;
  }
  if (isOptionSet(invocation, 'version')) return printVersion(io);
  const context = createContext(invocation, io, command.spec);
  const exitCode = print(await command.execute(invocation, context), invocation, context);
  if (command.spec.takesRawWords !== true) await warnOfExpiry(command.spec.name, { invocation, context });
  return exitCode;
}

/** Whatever hinders it is for the commands to say that need what is wrong. */
async function warnOfExpiry(command: string, access: Access): Promise<void> {
  try {
    if (!isExpiryLookDue(command, access.context)) return;
    (await import('./certificates/expiry-warning.ts')).warnOfExpiry(access);
  } catch {
    // See above.
  }
}

/** `args`: all words but the command's name. `before` and `behind`: those on either side of it. */
type Resolved = {
  readonly entry: Entry | undefined;
  readonly args: readonly string[];
  readonly before?: readonly string[];
  readonly behind?: readonly string[];
};

/** Of a command that takes raw words, only those before its name are ours. */
function readInvocation({ args, before = args, behind = [] }: Resolved, spec: CommandSpec): Invocation {
  if (spec.takesRawWords !== true) return parseInvocation(args, spec);
  return { ...parseInvocation(before, spec), positionals: behind };
}

/** The first word decides; a word that is plainly a name stands for `mint`. `entry` is undefined when all was said. */
async function resolveCommand(argv: readonly string[], io: Io): Promise<Resolved> {
  if (argv[0] === 'help' && argv[1] !== undefined && findCommand(argv[1]) !== undefined)
    return { entry: findCommand(argv[1]), args: ['--help'] };
  const at = findFirstWord(argv);
  const word = argv[at];
  if (word === undefined || word === 'help') return resolveWithoutWord(argv, io);
  const entry = findCommand(word);
  if (entry !== undefined)
    return { entry, args: argv.toSpliced(at, 1), before: argv.slice(0, at), behind: argv.slice(at + 1) };
  if (!isPlainlyName(word)) throw unknownCommand(word);
  return { entry: findCommand('mint'), args: argv };
}

/** Options may come first: they and their values are no words, and whatever follows `--` is one. The length when there is none. */
function findFirstWord(argv: readonly string[]): number {
  const at = argv.findIndex((word, i) => word === '--' || (!word.startsWith('-') && !isOptionValue(argv, i)));
  return at < 0 ? argv.length : argv[at] === '--' ? at + 1 : at;
}

async function resolveWithoutWord(
  argv: readonly string[],
  io: Io,
): Promise<{ entry: Entry | undefined; args: readonly string[] }> {
  if (argv.includes('--version')) printVersion(io);
  else if (argv.some((word) => /^--names-from(?:=|$)/.test(word))) return { entry: findCommand('mint'), args: argv };
  else if (argv.length === 0 || argv.some((word) => ['help', '--help', '-h'].includes(word))) {
    const { renderHelp } = await import('./render/help.ts');
    io.stdout(renderHelp());
  } else throw cliError('COMMAND_MISSING', {});
  return { entry: undefined, args: [] };
}

const isPlainlyName = (word: string): boolean => word === 'localhost' || /[.:*@]/.test(word);

const VALUE_OPTIONS = new Set(
  (
    'home ca out cert-file key-file csr-file key days subject reuse-key names-from passphrase-file add-name ' +
    'format check host backup check-manifest roots expiring within spare spare-passphrase-file scope keep-root-key stores password-file cert chain alias shell ' +
    'p12-file deploy-hook reason listen parent root-key-file root-passphrase-file token pin-file new-passphrase-file'
  )
    .split(' ')
    .map((name) => `--${name}`),
);
const isOptionValue = (argv: readonly string[], index: number): boolean => VALUE_OPTIONS.has(argv[index - 1] ?? '');

function unknownCommand(word: string) {
  const near = ALL_COMMANDS.find(({ name }) => word.length >= 3 && name.startsWith(word.slice(0, 3)));
  return cliError('COMMAND_UNKNOWN', { command: word, suggestion: near?.name ?? '' });
}

function printVersion(io: Io): 0 {
  io.stdout(`${VERSION}\n`);
  return 0;
}

function createContext(invocation: Invocation, io: Io, spec: CommandSpec): Context {
  const given = optionText(invocation, 'home');
  const isNamed = given !== undefined || (io.env['MINTMARK_HOME'] ?? '') !== '';
  // A command with words of its own has a folder of its own where none was named.
  const homePath = spec.takesRawWords === true && !isNamed ? '' : resolveHomePath(given, io);
  const isTalking = !isOptionSet(invocation, 'quiet') && !isOptionSet(invocation, 'json');
  const isAsked = isTalking && !isOptionSet(invocation, 'yes') && (io.env['CI'] ?? '') === '';
  const style = createStyle(io, 'stdout');
  let home: Home | undefined;
  return {
    io,
    homePath,
    home: () => (home ??= openHome(io.fs, homePath)),
    isTalking,
    say: (text) => {
      if (isTalking) io.stderr(style.spell(text));
    },
    get canAsk() {
      return isAsked && io.isTerminal.stdin && io.isTerminal.stderr;
    },
    style,
    get talkStyle() {
      return createStyle(io, 'stderr');
    },
    loadSpecs,
  };
}

function print(result: CommandResult, invocation: Invocation, context: Context): ExitCode {
  if (isOptionSet(invocation, 'json')) context.io.stdout(`${JSON.stringify(result.json, undefined, 2)}\n`);
  else if (result.isAnswer === true || !isOptionSet(invocation, 'quiet'))
    context.io.stdout(context.style.spell(result.text));
  if (result.next !== undefined) context.say(result.next);
  const exitCode = result.exitCode ?? 0;
  return result.signal === undefined ? exitCode : { signal: result.signal, exitCode };
}
