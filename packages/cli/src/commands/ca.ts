/** @module `ca …`: the CAs of this home. Grammar and dispatch; each subcommand has a file of its own. */
import { cliError } from '../cli-errors.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { KEY_TYPE_OPTION } from './mint-options.ts';

const SUBCOMMANDS = ['create', 'list', 'show', 'path', 'import', 'export', 'remove'] as const;

const spec: CommandSpec = {
  name: 'ca',
  usage: 'create|list|show|path|import|export|remove [NAME]',
  summary: 'the CAs of this home',
  examples: [
    ['mintmark ca show', 'what the CA may speak for, and where its root is'],
    ['mintmark ca create bank --scope bank.com', 'another CA, for bank.com and localhost alone'],
    ['mintmark ca create team --scope my-site.com --passphrase-file pass.txt', 'with an encrypted key'],
    ['cp "$(mintmark ca path)/root.pem" .', 'the root, for a program that wants it as a file'],
    ['mintmark ca export --out team.pem', 'the certificates, without the key, for a colleague'],
    ['mintmark ca import root.pem issuer.pem issuer-key.pem --ca company', 'a CA made elsewhere'],
    ['mintmark ca remove bank', 'delete a CA and its key'],
  ],
  options: [
    {
      name: 'scope',
      value: 'DOMAIN',
      isRepeatable: true,
      help: 'create: a domain the CA may speak for, with all below it',
    },
    { name: 'unscoped', help: 'create: no constraints; its stolen key could speak for every name' },
    { name: 'constrain-ips', help: 'create: only loopback, private, link-local and CGNAT addresses' },
    KEY_TYPE_OPTION,
    { name: 'days', value: 'N', help: 'create: how long it lasts (default 3650)' },
    { name: 'subject', value: 'DN', help: 'create: subject of the root' },
    {
      name: 'passphrase-file',
      value: 'F',
      help: 'encrypt the key, or open an encrypted one, with the passphrase in this file',
    },
    { name: 'passphrase', help: 'create: ask for a passphrase to encrypt the key with' },
    { name: 'keep-root-key', value: 'F', help: 'create: keep the root key, encrypted, in this file' },
    { name: 'out', value: 'F', help: 'export: the file; without it the certificates go to stdout' },
    { name: 'with-key', help: 'export: the encrypted key too (needs --passphrase-file)' },
    { name: 'force', help: 'export: replace an existing file' },
  ],
  positionals: { min: 1, max: Infinity, what: `one of ${SUBCOMMANDS.join(', ')}` },
  words: SUBCOMMANDS,
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const [subcommand, ...positionals] = invocation.positionals;
  const rest = { ...invocation, positionals };
  if (subcommand !== 'import' && positionals.length > 1)
    throw cliError('ARGUMENT_UNEXPECTED', { command: `ca ${subcommand ?? ''}`, argument: positionals[1] ?? '' });
  switch (subcommand) {
    case 'create':
      return (await import('./ca-create.ts')).createCaCommand(rest, context);
    case 'import':
      return (await import('./ca-import.ts')).importCa(rest, context);
    case 'export':
      return (await import('./ca-export.ts')).exportCa(rest, context);
    case 'list':
    case 'show':
    case 'path':
    case 'remove':
      return (await import('./ca-view.ts')).CA_VIEWS[subcommand](rest, context);
    default:
      throw cliError('ARGUMENT_UNEXPECTED', { command: 'ca', argument: subcommand ?? '' });
  }
}

export const caCommand: Command = { spec, execute };
