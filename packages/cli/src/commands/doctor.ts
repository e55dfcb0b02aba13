/** @module `doctor [HOST:PORT]`: who trusts the CA on this machine, or why clients refuse a server, and what to type. */
import { cliError } from '../cli-errors.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet } from '../parse-args.ts';
import { STORES_OPTION } from './install.ts';
import * as shared from './mint-options.ts';

const spec: CommandSpec = {
  name: 'doctor',
  usage: '[URL|HOST:PORT]',
  summary: 'who trusts the CA, proven by a handshake; why a server is refused',
  examples: [
    ['mintmark doctor', 'each trust store, and one client of it'],
    ['mintmark doctor --live', 'every client found on this machine'],
    ['mintmark doctor localhost:8443', 'why clients refuse this server'],
    ['mintmark doctor https://app.test --live', 'the same, with curl and the browsers'],
    ['mintmark doctor --fix', 'put right what can be put right safely'],
  ],
  options: [
    { name: 'live', help: 'ask every client found for a handshake (with --stores: theirs)' },
    { name: 'fix', help: 'install into stores that lack the CA, close key files to others' },
    STORES_OPTION,
    shared.PASSPHRASE_FILE_OPTION,
    shared.PIN_FILE_OPTION,
    { name: 'password-file', value: 'F', help: 'with --fix: primary password of a Firefox profile, in a file' },
  ],
  positionals: { min: 0, max: 1, what: '' },
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const [target] = invocation.positionals;
  if (target === undefined) return (await import('./doctor-machine.ts')).diagnoseThisMachine({ invocation, context });
  if (isOptionSet(invocation, 'fix')) throw cliError('OPTIONS_CONFLICT', { first: 'HOST:PORT', second: '--fix' });
  return (await import('./doctor-target.ts')).diagnoseTarget(target, { invocation, context });
}

export const doctorCommand: Command = { spec, execute };
