/** @module `env`: lines for a shell by which programs trust the CA without any change to the machine. */
import {
  DOCKER_VARIABLES,
  findUnspeakable,
  formatDockerfile,
  formatVariables,
  SHELL_FORMS,
  type ShellName,
  type Skipped,
} from '@mintmark/install';
import { cliError } from '../cli-errors.ts';
import type { Access, Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { optionText } from '../parse-args.ts';
import { prepareEnvironment } from '../trust/environment.ts';

const DOCKER = 'docker';
const SHELLS = [...Object.keys(SHELL_FORMS), DOCKER];

const spec: CommandSpec = {
  name: 'env',
  usage: '',
  summary: 'variables by which programs trust the CA, without any install',
  examples: [
    ['eval "$(mintmark env)"', 'this shell: Node, Python, curl, git, Java …'],
    ['mintmark env --shell fish | source', 'fish'],
    ['mintmark env --shell powershell | Out-String | iex', 'PowerShell'],
    ['mintmark env --shell github >> "$GITHUB_ENV"', 'the later steps of a GitHub job'],
    ['mintmark env --shell docker', 'lines for a Dockerfile'],
    ['mintmark exec -- npm test', 'one command alone'],
  ],
  options: [{ name: 'shell', value: 'SHELL', help: `${SHELLS.join(', ')} (default: yours)` }],
  positionals: { min: 0, max: 0, what: '' },
};

function execute(invocation: Invocation, context: Context): CommandResult {
  const shell = optionText(invocation, 'shell') ?? guessShell(context);
  if (shell === DOCKER) return describeDocker({ invocation, context });
  if (!isShell(shell)) throw cliError('ENV_SHELL_UNKNOWN', { shell, shells: SHELLS });
  const { plan } = prepareEnvironment({ invocation, context });
  const unspeakable = new Set(findUnspeakable(shell, plan.variables));
  const variables = Object.fromEntries(Object.entries(plan.variables).filter(([name]) => !unspeakable.has(name)));
  const lost = [...unspeakable].map((name) => ({ name, reason: `its value can't be written for ${shell}` }));
  for (const { name, reason } of lost) context.say(`${name} is left alone: ${reason}\n`);
  const files = plan.files.map(({ path }) => path);
  const script = formatVariables(shell, variables);
  const { warnings } = plan;
  return present({ shell, variables, files, skipped: [...plan.skipped, ...lost], warnings, script }, context);
}

const isShell = (shell: string): shell is ShellName => Object.hasOwn(SHELL_FORMS, shell);

/** Windows names no shell in a variable; elsewhere every shell but fish reads the lines of sh. */
function guessShell({ io }: Context): ShellName {
  const own = io.env['SHELL'] ?? '';
  if (/[\\/]fish$/.test(own)) return 'fish';
  return io.platform === 'win32' && own === '' ? 'powershell' : 'sh';
}

type Description = {
  readonly shell: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly skipped: readonly Skipped[];
  readonly warnings: readonly string[];
  readonly script: string;
};

/** Somebody who reads the lines on a terminal wants to know what to do with them; a shell that takes them does not. */
function present(description: Description, { io, talkStyle }: Context): CommandResult {
  const { shell, script } = description;
  const usage = isShell(shell) ? SHELL_FORMS[shell].usage : undefined;
  const next =
    io.isTerminal.stdout && usage !== undefined
      ? `\n${talkStyle.yellow(talkStyle.signs.next)} Use it so: ${usage}\n`
      : undefined;
  // A shell that evaluates nothing at all must not take it for done.
  return { json: description, text: script, next, exitCode: script === '' ? 1 : 0 };
}

/** Nothing of this machine's own variables belongs into an image. */
function describeDocker(access: Access): CommandResult {
  const { plan, cas } = prepareEnvironment(access, { isPlain: true });
  const bundle = plan.variables['SSL_CERT_FILE'] ?? '';
  const roots = cas.map(({ name, rootFile }) => ({ caName: name, rootFile }));
  const script = formatDockerfile(roots, bundle);
  const files = roots.map(({ rootFile }) => rootFile);
  return present(
    { shell: DOCKER, variables: DOCKER_VARIABLES, files, skipped: [], warnings: plan.warnings, script },
    access.context,
  );
}

export const envCommand: Command = { spec, execute };
