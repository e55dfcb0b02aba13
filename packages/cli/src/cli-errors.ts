/** @module The table of the command line's own error codes: wrong words, missing files, failed connections. */
import { createErrorFactory, quote } from '@mintmark/ca-core';

type Command = { command: string };
type Option = { option: string };

export const CLI_ERRORS = {
  COMMAND_MISSING: {
    message: (_d: Record<string, never>) => 'no command and no name',
    hint: () => 'mintmark localhost 127.0.0.1 ::1, or mintmark --help',
    kind: 'usage',
  },
  COMMAND_UNKNOWN: {
    message: (d: Command & { suggestion: string }) => `unknown command ${quote(d.command)}`,
    hint: (d: Command & { suggestion: string }) =>
      d.suggestion === ''
        ? `see all commands: mintmark --help; a certificate for that name: mintmark mint ${/^[\w.-]+$/.test(d.command) ? d.command : 'NAME'}`
        : `did you mean: mintmark ${d.suggestion}`,
    kind: 'usage',
  },
  OPTION_UNKNOWN: {
    message: (d: Command & Option) => `mintmark ${d.command} has no option ${quote(d.option)}`,
    hint: (d: Command & Option) => `see its options: mintmark ${d.command} --help`,
    kind: 'usage',
  },
  OPTION_VALUE: {
    message: (d: Option & { reason: string }) => `${d.option} ${d.reason}`,
    hint: (d: Option & { reason: string }) => `give it as ${d.option} VALUE or ${d.option}=VALUE`,
    kind: 'usage',
  },
  OPTIONS_CONFLICT: {
    message: (d: { first: string; second: string }) => `${d.first} and ${d.second} don't go together`,
    hint: (d: { first: string; second: string }) => `leave out ${d.second}`,
    kind: 'usage',
  },
  OUTPUT_FAILED: {
    message: (d: { reason: string }) => `the result can't be written to standard output: ${d.reason}`,
    hint: () => 'see where it goes: a full disk, or a device that takes nothing',
  },
  OPTION_ALONE: {
    message: (d: Option & { partner: string }) => `${d.option} goes with ${d.partner}`,
    hint: (d: Option & { partner: string }) => `add ${d.partner}, or leave out ${d.option}`,
    kind: 'usage',
  },
  TARGET_SEVERAL: {
    message: (d: Option & { count: number }) => `${d.option} takes one target, and these are ${d.count}`,
    hint: () => 'run the command once for each target',
    kind: 'usage',
  },
  TARGET_IS_CA: {
    message: (d: { target: string }) => `${d.target} is a CA, and a spare key stands by for a server`,
    hint: () => "give the server's certificate: mintmark pin FILE.pem --backup FILE",
  },
  ARGUMENT_MISSING: {
    message: (d: Command & { argument: string }) => `mintmark ${d.command} needs ${d.argument}`,
    hint: (d: Command & { argument: string }) => `see examples: mintmark ${d.command} --help`,
    kind: 'usage',
  },
  ARGUMENT_UNEXPECTED: {
    message: (d: Command & { argument: string }) => `mintmark ${d.command}: unexpected argument ${quote(d.argument)}`,
    hint: (d: Command & { argument: string }) => `see examples: mintmark ${d.command} --help`,
    kind: 'usage',
  },
  PASSPHRASE_EMPTY: {
    message: (d: { source: string }) => `the passphrase from ${d.source} is empty`,
    hint: () => 'put the passphrase into the first line of a file that only you can read',
  },
  PASSPHRASE_MISMATCH: {
    message: (_d: Record<string, never>) => 'the two passphrases differ',
    hint: () => 'run the command again and type the same passphrase twice',
  },
  PASSPHRASE_NEEDED: {
    message: (d: { what: string }) => `${d.what} needs a passphrase, and there is no terminal to ask on`,
    hint: () => 'give it in a file: --passphrase-file FILE',
  },
  CONFIRMATION_NEEDED: {
    message: (d: { what: string }) => `${d.what}, and there is no terminal to ask on`,
    hint: () => 'say --yes if you mean it',
  },
  CONFIRMATION_DENIED: {
    message: (d: { what: string }) => `${d.what}: not done`,
    hint: () => 'nothing was changed',
  },
  NAMES_FROM_LINE: {
    message: (d: { file: string; line: number; reason: string }) => `${d.file}, line ${d.line}: ${d.reason}`,
    hint: () => 'one certificate a line, its names separated by spaces; nothing was made',
  },
  NAMES_FROM_EMPTY: {
    message: (d: { file: string }) => `${d.file} names nothing`,
    hint: () => 'one certificate a line, its names separated by spaces',
  },
  TARGET_UNREADABLE: {
    message: (d: { target: string; reason: string }) => `${quote(d.target)} ${d.reason}`,
    hint: () => 'give a certificate, request or key file (PEM or DER), or HOST:PORT of a running server',
  },
  SERVER_ADDRESS_INVALID: {
    message: (d: { target: string; reason: string }) => `${quote(d.target)} ${d.reason}`,
    hint: () => 'give a host and its port, or a URL: localhost:8443, https://localhost:8443',
    kind: 'usage',
  },
  CONNECT_FAILED: {
    message: (d: { target: string; reason: string }) => `no TLS connection to ${d.target}: ${d.reason}`,
    hint: () => 'check that the server runs and speaks TLS on that port',
  },
  PIN_FORMAT_UNKNOWN: {
    message: (d: { format: string }) => `unknown pin format ${quote(d.format)}`,
    hint: () => 'see them all: mintmark pin --list-formats',
    kind: 'usage',
  },
  PIN_FORMAT_UNSUITABLE: {
    message: (d: { format: string; target: string; reason: string; instead: string }) =>
      `${d.target} has no ${d.format} pin: ${d.reason}`,
    hint: (d: { instead: string }) => d.instead,
  },
  SHELL_UNKNOWN: {
    message: (d: { shell: string }) => `no completion for ${quote(d.shell)}`,
    hint: () => 'mintmark completion takes bash, zsh, fish or powershell',
    kind: 'usage',
  },
  CA_NEEDED: {
    message: (_d: Record<string, never>) => 'there is no CA yet, so there is nothing to trust',
    hint: () => 'make one with your first certificate: mintmark localhost',
  },
  ENV_SHELL_UNKNOWN: {
    message: (d: { shell: string; shells: readonly string[] }) => `no lines for ${quote(d.shell)}`,
    hint: (d: { shell: string; shells: readonly string[] }) => `--shell takes ${d.shells.join(', ')}`,
    kind: 'usage',
  },
  DASHES_MISSING: {
    message: (d: Command & Option) => `${d.option} stands behind the program, so it could be meant for either`,
    hint: (d: Command & Option) => `put -- before the program: mintmark ${d.command} -- PROGRAM ${d.option} …`,
    kind: 'usage',
  },
  PROGRAM_NOT_FOUND: {
    message: (d: { program: string }) => `there is no program ${quote(d.program)}`,
    hint: () => 'check its name, or give its path; a line for a shell goes so: mintmark exec -- sh -c "LINE"',
  },
  PROGRAM_NOT_STARTED: {
    message: (d: { program: string; reason: string }) => `${quote(d.program)} can't be started: ${d.reason}`,
    hint: () => 'check that it is a program and that you may run it',
  },
  INTERNAL: {
    message: (d: { reason: string }) => `this should not have happened: ${d.reason}`,
    hint: () => 'run it again with --verbose and report what it prints',
  },
} as const;

/** Throws of the command line are made here. */
export const cliError = createErrorFactory(CLI_ERRORS);
