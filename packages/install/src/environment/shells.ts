/**
 * @module Variables as lines of a shell or of a file that takes them. Every value stands in quotes in which the shell reads nothing but
 * the quote itself; a value that a form can't hold is told apart by `canHold`. Pure.
 */

export type ShellForm = {
  /** How to use the lines. */
  readonly usage: string;
  readonly comment: string;
  readonly canHold: (value: string) => boolean;
  readonly formatLine: (name: string, value: string) => string;
};

const isOneLine = (value: string): boolean => !/\p{Cc}/u.test(value);

/** PowerShell takes the typographic quotes for single quotes too (`CharTraits.cs`, IsSingleQuote). */
const POWERSHELL_QUOTES = /['\u2018\u2019\u201a\u201b]/g;

export const SHELL_FORMS = {
  sh: {
    usage: 'eval "$(mintmark env)"',
    comment: '#',
    canHold: isOneLine,
    formatLine: (name, value) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`,
  },
  fish: {
    usage: 'mintmark env --shell fish | source',
    comment: '#',
    canHold: isOneLine,
    formatLine: (name, value) => `set -gx ${name} '${value.replaceAll(/[\\']/g, '\\$&')}'`,
  },
  powershell: {
    usage: 'mintmark env --shell powershell | Out-String | Invoke-Expression',
    comment: '#',
    canHold: isOneLine,
    formatLine: (name, value) => `$env:${name} = '${value.replaceAll(POWERSHELL_QUOTES, '$&$&')}'`,
  },
  cmd: {
    usage: 'mintmark env --shell cmd > env.cmd, then: call env.cmd',
    comment: 'rem',
    // A quote inside would end the quotes, and what follows would be read as commands.
    canHold: (value) => isOneLine(value) && !value.includes('"'),
    formatLine: (name, value) => `set "${name}=${value.replaceAll('%', '%%')}"`,
  },
  github: {
    usage: 'mintmark env --shell github >> "$GITHUB_ENV"',
    comment: '#',
    canHold: isOneLine,
    formatLine: (name, value) => `${name}=${value}`,
  },
} as const satisfies Readonly<Record<string, ShellForm>>;

export type ShellName = keyof typeof SHELL_FORMS;

/** Lines for a shell; a form without comments (github) has none. */
export function formatVariables(shell: ShellName, variables: Readonly<Record<string, string>>): string {
  const { formatLine } = SHELL_FORMS[shell];
  return Object.entries(variables)
    .map(([name, value]) => `${formatLine(name, value)}\n`)
    .join('');
}

/** The names of variables whose values a shell's form can't hold. */
export function findUnspeakable(shell: ShellName, variables: Readonly<Record<string, string>>): string[] {
  const { canHold } = SHELL_FORMS[shell];
  return Object.entries(variables).flatMap(([name, value]) => (canHold(value) ? [] : [name]));
}
