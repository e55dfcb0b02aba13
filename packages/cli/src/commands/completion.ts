/** @module `completion SHELL`: completion scripts made from the commands' own tables. */
import { KEY_TYPES } from '@mintmark/ca-core';
import { PIN_FORMAT_NAMES } from '@mintmark/ca-core/pin-formats';
import { cliError } from '../cli-errors.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { GLOBAL_OPTIONS } from '../global-options.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

const spec: CommandSpec = {
  name: 'completion',
  usage: 'bash|zsh|fish|powershell',
  summary: 'a completion script for your shell',
  examples: [
    ['eval "$(mintmark completion bash)"', 'bash, in ~/.bashrc'],
    ['eval "$(mintmark completion zsh)"', 'zsh, in ~/.zshrc after compinit'],
    ['mintmark completion fish > ~/.config/fish/completions/mintmark.fish', 'fish'],
  ],
  options: [],
  positionals: { min: 1, max: 1, what: 'the name of a shell' },
  words: SHELLS,
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const [shell = ''] = invocation.positionals;
  const specs = await context.loadSpecs();
  const writers: Readonly<Record<string, (specs: readonly CommandSpec[]) => string>> = {
    bash: writeBash,
    zsh: writeZsh,
    fish: writeFish,
    powershell: writePowerShell,
  };
  const write = Object.hasOwn(writers, shell) ? writers[shell] : undefined;
  if (write === undefined) throw cliError('SHELL_UNKNOWN', { shell });
  const script = write(specs);
  return { json: { shell, script }, text: script };
}

const wordsOf = (command: CommandSpec): string =>
  [...(command.words ?? []), ...[...command.options, ...GLOBAL_OPTIONS].map(({ name }) => `--${name}`)].join(' ');

/** Values of options that take one of a few words. */
const VALUES = {
  '--key': KEY_TYPES.join(' '),
  '--format': PIN_FORMAT_NAMES.join(' '),
  '--shell': 'sh fish powershell cmd docker github',
  '--stores': 'system chromium firefox java nss',
};

function writeBash(specs: readonly CommandSpec[]): string {
  const cases = specs.map((command) => `    ${command.name}) words="${wordsOf(command)}" ;;`).join('\n');
  const values = Object.entries(VALUES)
    .map(([option, words]) => `    ${option}) COMPREPLY=($(compgen -W "${words}" -- "$current")); return ;;`)
    .join('\n');
  return `_mintmark() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words
  case "$previous" in
${values}
  esac
  case "\${COMP_WORDS[1]}" in
${cases}
    *) words="${specs.map(({ name }) => name).join(' ')}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _mintmark mintmark
`;
}

function writeZsh(specs: readonly CommandSpec[]): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${writeBash(specs)}`;
}

const fishText = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function writeFish(specs: readonly CommandSpec[]): string {
  const lines = specs.flatMap((command) => {
    const under = `complete -c mintmark -n '__fish_seen_subcommand_from ${command.name}'`;
    return [
      `complete -c mintmark -n __fish_use_subcommand -a ${command.name} -d ${fishText(command.summary)}`,
      ...(command.words ?? []).map((word) => `${under} -a ${word}`),
      ...[...command.options, ...GLOBAL_OPTIONS].map(({ name, value, help }) => {
        const values = VALUES[`--${name}` as keyof typeof VALUES];
        return `${under} -l ${name}${value === undefined ? '' : ' -r'}${values === undefined ? '' : ` -a ${fishText(values)}`} -d ${fishText(help)}`;
      }),
    ];
  });
  return `${lines.join('\n')}\n`;
}

function writePowerShell(specs: readonly CommandSpec[]): string {
  const table = specs.map((command) => `    '${command.name}' = '${wordsOf(command)}'`).join('\n');
  return `Register-ArgumentCompleter -Native -CommandName mintmark -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @{
${table}
  }
  $command = "$($commandAst.CommandElements[1])"
  $list = if ($words.ContainsKey($command)) { $words[$command] -split ' ' } else { $words.Keys | Sort-Object }
  $list | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`;
}

export const completionCommand: Command = { spec, execute };
