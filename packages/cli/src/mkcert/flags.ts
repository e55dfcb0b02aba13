/**
 * @module mkcert's command line: twelve flags in the syntax of Go's flag package. `-x` and `--x` are one, a value follows `=` or is
 * the next word, and the first word that is no flag ends them. Pure.
 * @see https://pkg.go.dev/flag#hdr-Command_line_flag_syntax
 */

const SWITCHES = ['install', 'uninstall', 'pkcs12', 'ecdsa', 'client', 'help', 'CAROOT', 'version'] as const;
const FILES = ['csr', 'cert-file', 'key-file', 'p12-file'] as const;

type SwitchName = (typeof SWITCHES)[number];
type FileFlagName = (typeof FILES)[number];

/** What was asked for. A file flag with an empty value is one that was not given. */
export type MkcertWords = {
  readonly switches: ReadonlySet<SwitchName>;
  readonly files: Readonly<Partial<Record<FileFlagName, string>>>;
  /** Everything from the first word that is no flag: names, whatever they begin with. */
  readonly hosts: readonly string[];
};

/** `usage`: the words make no sense, and the message says why. `short-help`: `-h`, which no table of flags holds. */
export type ParsedWords =
  | { readonly kind: 'words'; readonly words: MkcertWords }
  | { readonly kind: 'usage'; readonly message: string }
  | { readonly kind: 'short-help' };

/** Where `-install=TRUE` and its like are read as Go reads them (strconv.ParseBool). */
const TRUTHS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

const fail = (message: string): ParsedWords => ({ kind: 'usage', message });

/** Parses the words after the program's name. */
export function parseMkcertWords(args: readonly string[]): ParsedWords {
  const switches = new Set<SwitchName>();
  const files: Partial<Record<FileFlagName, string>> = {};
  let at = 0;
  for (; at < args.length; at++) {
    const word = args[at] ?? '';
    if (!word.startsWith('-') || word === '-') break;
    if (word === '--') {
      at++;
      break;
    }
    const [, name = '', given] = /^--?([^=]*)(?:=([^]*))?$/.exec(word) ?? [];
    if (name === '' || name.startsWith('-')) return fail(`bad flag syntax: ${word}`);
    const file = FILES.find((known) => known === name);
    const flag = SWITCHES.find((known) => known === name);
    if (file !== undefined) {
      const value = given ?? args[++at];
      if (value === undefined) return fail(`flag needs an argument: -${name}`);
      files[file] = value;
    } else if (flag !== undefined) {
      const truth = given === undefined ? true : TRUTHS.get(given);
      if (truth === undefined) return fail(`invalid boolean value ${JSON.stringify(given)} for -${name}: parse error`);
      if (truth) switches.add(flag);
      else switches.delete(flag);
    } else return name === 'h' ? { kind: 'short-help' } : fail(`flag provided but not defined: -${name}`);
  }
  return { kind: 'words', words: { switches, files: dropEmpty(files), hosts: args.slice(at) } };
}

const dropEmpty = (files: MkcertWords['files']): MkcertWords['files'] =>
  Object.fromEntries(Object.entries(files).filter(([, value]) => value !== ''));
