/**
 * @module `mkcert …`: mkcert 1.4.4's own flags, with the same files, names, environment and exit codes. Decisions are made in mkcert's
 * order; what differs, and why, stands in docs/mkcert.md.
 */
import { resolve } from 'node:path';
import { isCaError } from '@mintmark/ca-core';
import { isHomePresent, openHome, type Home } from '@mintmark/ca-store';
import { cliError } from '../cli-errors.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { readAuthorities } from '../mkcert/authorities.ts';
import { resolveCaroot } from '../mkcert/caroot.ts';
import { parseMkcertWords, type MkcertWords } from '../mkcert/flags.ts';
import { mkcertError } from '../mkcert/mkcert-errors.ts';
import { bringUpToDate, runMkcert } from '../mkcert/run-mkcert.ts';
import { FULL_USAGE, SHORT_USAGE, USAGE_HINT } from '../mkcert/usage.ts';
import { isOptionSet, optionText } from '../parse-args.ts';

/** The version whose flags these are, in the form that mkcert's releases print and tools compare. */
const SPOKEN_VERSION = 'v1.4.4';

const spec: CommandSpec = {
  name: 'mkcert',
  usage: '[FLAG...] [NAME...]',
  summary: "mkcert's own flags, same files, same meaning",
  examples: [
    ['mintmark mkcert -install', "root into this machine's trust stores"],
    ['mintmark mkcert localhost 127.0.0.1 ::1', 'localhost+2.pem and localhost+2-key.pem'],
    ['mintmark mkcert -help', "all of mkcert's flags"],
    ['ln -s "$(command -v mintmark)" ~/bin/mkcert', 'for tools that call mkcert'],
  ],
  options: [],
  positionals: { min: 0, max: Infinity, what: '' },
  takesRawWords: true,
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const { positionals } = invocation;
  // Which of its CAs signs is for the names to say.
  if (optionText(invocation, 'ca') !== undefined)
    throw cliError('OPTION_UNKNOWN', { command: spec.name, option: '--ca' });
  if (positionals.length === 0) return answer(SHORT_USAGE);
  const parsed = parseMkcertWords(positionals);
  if (parsed.kind !== 'words') {
    context.io.stderr(`${parsed.kind === 'usage' ? `${parsed.message}\n` : ''}${SHORT_USAGE}${USAGE_HINT}`);
    return { json: {}, text: '', exitCode: parsed.kind === 'usage' ? 2 : 0 };
  }
  if (parsed.words.switches.has('help')) return answer(FULL_USAGE);
  if (parsed.words.switches.has('version')) return answer(`${SPOKEN_VERSION}\n`);
  try {
    return await decide(parsed.words, { invocation, context });
  } catch (cause) {
    if (!isCaError(cause) || isOptionSet(invocation, 'json') || isOptionSet(invocation, 'verbose')) throw cause;
    context.io.stderr(`ERROR: ${cause.message}\n${cause.hint === '' ? '' : `hint: ${cause.hint}\n`}`);
    return { json: {}, text: '', exitCode: 1 };
  }
}

const answer = (text: string): CommandResult => ({ json: { text }, text, isAnswer: true });

type Given = { readonly invocation: Invocation; readonly context: Context };

/** @throws MKCERT_*, and what `runMkcert` throws */
async function decide(words: MkcertWords, { invocation, context }: Given): Promise<CommandResult> {
  const { switches, files, hosts } = words;
  const isChanging = switches.has('install') || switches.has('uninstall');
  if (switches.has('CAROOT') && isChanging) throw conflict("you can't set -[un]install and -CAROOT at the same time");
  const caroot = resolveCaroot(context.io, context.homePath);
  if (switches.has('CAROOT')) return printCaroot(caroot, context);
  if (switches.has('install') && switches.has('uninstall'))
    throw conflict("you can't set -install and -uninstall at the same time");
  if (files.csr !== undefined) {
    const isMixed = ['pkcs12', 'ecdsa', 'client'].some((name) => [...switches].some((given) => given === name));
    if (isMixed) throw conflict('can only combine -csr with -install and -cert-file');
    if (hosts.length > 0) throw conflict("can't specify extra arguments when using -csr");
  }
  if (caroot === undefined) throw mkcertError('MKCERT_CAROOT_UNKNOWN', {});
  if (!isChanging && files.csr === undefined && hosts.length === 0) {
    context.io.stderr(`${SHORT_USAGE}${USAGE_HINT}`);
    return { json: {}, text: '' };
  }
  const access = { invocation, context: withHome(context, resolve(context.io.cwd, caroot)) };
  return runMkcert({ words, caroot, access });
}

const conflict = (reason: string) => mkcertError('MKCERT_FLAGS_CONFLICT', { reason });

/** Makes no CA. Where there is one, what tools look for beside it is brought up to date before they look. */
function printCaroot(caroot: string | undefined, context: Context): CommandResult {
  // An empty line would be taken for a path by whoever reads it.
  if (caroot === undefined) throw mkcertError('MKCERT_CAROOT_UNKNOWN', {});
  const path = resolve(context.io.cwd, caroot);
  try {
    const { fs } = context.io;
    if (isHomePresent(fs, path) && readAuthorities({ path, fs }).own.length > 0)
      bringUpToDate(openHome(fs, path), context);
  } catch (cause) {
    if (!isCaError(cause)) throw cause; // the path is the same, whatever is wrong there
  }
  return { ...answer(`${caroot}\n`), json: { caroot } };
}

/** The same rights, with another folder for a home. */
function withHome(context: Context, path: string): Context {
  let home: Home | undefined;
  const { canAsk, talkStyle, ...rest } = context;
  return { ...rest, canAsk, talkStyle, homePath: path, home: () => (home ??= openHome(context.io.fs, path)) };
}

export const mkcertCommand: Command = { spec, execute };
