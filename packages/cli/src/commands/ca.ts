/** @module `ca …`: the CAs of this home. Grammar and dispatch; each subcommand has a file of its own. */
import { cliError } from '../cli-errors.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { KEY_TYPE_OPTION } from './mint-options.ts';

const SUBCOMMANDS = ['create', 'list', 'show', 'path', 'import', 'export', 'passphrase', 'rotate', 'remove'] as const;

const spec: CommandSpec = {
  name: 'ca',
  usage: 'create|list|show|path|import|export|passphrase|rotate|remove',
  summary: 'the CAs of this home',
  examples: [
    ['mintmark ca show', 'what the CA may speak for, and where its root is'],
    ['mintmark ca create bank --scope bank.com', 'another CA, for bank.com and localhost alone'],
    ['mintmark ca create team --scope my-site.com --passphrase-file pass.txt', 'with an encrypted key'],
    ['cp "$(mintmark ca path)/root.pem" .', 'the root, for a program that wants it as a file'],
    ['mintmark ca export --out team.pem', 'the certificates, without the key, for a colleague'],
    ['mintmark ca import root.pem issuer.pem issuer-key.pem --ca company', 'a CA made elsewhere'],
    ['mintmark ca rotate', 'a new CA in its place: stores, certificates and all'],
    ['mintmark ca passphrase team', 'set or change the passphrase of a CA key'],
    ['mintmark ca remove bank', 'delete a CA and its key'],
  ],
  options: [
    {
      name: 'scope',
      value: 'DOMAIN',
      isRepeatable: true,
      help: 'create, rotate: a domain the CA may speak for, with all below it',
    },
    { name: 'unscoped', help: 'create, rotate: no constraints; its stolen key could speak for every name' },
    { name: 'constrain-ips', help: 'create, rotate: only loopback, private, link-local and CGNAT addresses' },
    KEY_TYPE_OPTION,
    { name: 'days', value: 'N', help: 'create, rotate: how long it lasts (default 3650, or as before)' },
    { name: 'subject', value: 'DN', help: 'create, rotate: subject of the root' },
    {
      name: 'passphrase-file',
      value: 'F',
      help: 'encrypt the key, or open an encrypted one, with the passphrase in this file',
    },
    { name: 'passphrase', help: 'create: ask for a passphrase to encrypt the key with' },
    { name: 'token', value: 'URI', help: 'create, rotate: make the key in the PKCS#11 token that this URI names' },
    { name: 'pin-file', value: 'F', help: 'create, remove: PIN of the token, in a file (default: asked)' },
    { name: 'secret-store', help: "create, passphrase: encrypt the key; the platform's secret store opens it" },
    { name: 'new-passphrase-file', value: 'F', help: 'passphrase: the new one, in a file (default: asked)' },
    { name: 'remove-passphrase', help: 'passphrase: leave the key unencrypted' },
    { name: 'destroy-token-key', help: 'remove: destroy the key in its token too' },
    { name: 'keep-root-key', value: 'F', help: 'create, rotate: keep the root key, encrypted, in this file' },
    { name: 'parent', value: 'NAME', help: 'create: an issuer below the root of this CA, whose key was kept' },
    { name: 'root-key-file', value: 'F', help: 'create: the root key that --keep-root-key wrote' },
    { name: 'root-passphrase-file', value: 'F', help: 'create: its passphrase, where it is another one' },
    { name: 'out', value: 'F', help: 'export: the file (.p12 makes it PKCS#12); without it, PEM on stdout' },
    { name: 'with-key', help: 'export: the key too, encrypted: the whole CA in one file' },
    { name: 'hold', help: 'rotate: stop before the old root goes; again goes on' },
    { name: 'undo', help: 'rotate: back to the old CA, as long as it is there' },
    { name: 'dry-run', help: 'rotate: what it would do, and nothing else' },
    { name: 'password-file', value: 'F', help: 'rotate: primary password of a Firefox profile, in a file' },
    { name: 'force', help: 'export: replace an existing file; rotate: leave what fails' },
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
    case 'rotate':
      return (await import('./ca-rotate.ts')).rotateCa(rest, context);
    case 'passphrase':
      return (await import('./ca-passphrase.ts')).changePassphrase(rest, context);
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
