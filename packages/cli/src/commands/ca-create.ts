/** @module `ca create`: another CA, scoped unless told otherwise, whose root key is gone when the command ends. */
import { resolve } from 'node:path';
import { createScope, parseDistinguishedName, parseKeyType, type Scope } from '@mintmark/ca-core';
import { formatPrivateKey } from '@mintmark/ca-core/node';
import {
  addCa,
  caPath,
  changeHome,
  createCa,
  KEY_MODE,
  listCaNames,
  removeIfPresent,
  storeError,
  withDiskErrors,
  writeFileAtomically,
  type Home,
} from '@mintmark/ca-store';
import { DEFAULT_CA } from '../certificates/choose-ca.ts';
import { loadNameRules } from '../certificates/name-rules.ts';
import { cliError } from '../cli-errors.ts';
import type { CommandResult, Context, Invocation } from '../command.ts';
import { isOptionSet, optionDays, optionList, optionText } from '../parse-args.ts';
import { createPassphrase } from '../passphrase.ts';
import { describeCa, renderCa } from '../render/ca.ts';
import { renderNewCa } from '../render/new-ca.ts';

/** @throws CA_EXISTS, CA_NAME_INVALID, SCOPE_*, DN_INVALID, OPTIONS_CONFLICT, PASSPHRASE_* */
export async function createCaCommand(invocation: Invocation, context: Context): Promise<CommandResult> {
  const [given] = invocation.positionals;
  const named = optionText(invocation, 'ca');
  if (given !== undefined && named !== undefined) throw cliError('OPTIONS_CONFLICT', { first: given, second: '--ca' });
  const name = given ?? named ?? DEFAULT_CA;
  const scope = await readScope(name, invocation);
  const subject = optionText(invocation, 'subject');
  const days = optionDays(invocation);
  const keepFile = readKeepFile(invocation, context);
  const home = context.home();
  caPath(home, name); // the name is checked before anything is asked
  if (listCaNames(home).includes(name)) throw storeError('CA_EXISTS', { caName: name });
  const passphrase = await createPassphrase(invocation, context, `the key of CA "${name}"`);
  if (keepFile !== undefined && passphrase === undefined)
    throw cliError('PASSPHRASE_NEEDED', { what: 'a root key that is kept' });
  const { files, rootKey } = createCa({
    name,
    scope,
    keyType: parseKeyType(optionText(invocation, 'key') ?? 'ecdsa-p256'),
    now: context.io.now(),
    ...(subject === undefined ? {} : { subject: parseDistinguishedName(subject) }),
    ...(days === undefined ? {} : { validityDays: days }),
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  const ca = changeHome(home, () => {
    if (keepFile !== undefined && rootKey !== undefined)
      writeKept(keepFile, formatPrivateKey(rootKey, passphrase), home);
    try {
      return addCa(home, name, files);
    } catch (cause) {
      if (keepFile !== undefined) removeIfPresent(home.fs, keepFile);
      throw cause;
    }
  });
  if (keepFile === undefined) context.say(`${renderNewCa(ca)}\n`);
  return { json: describeCa(home, ca), text: renderCa(home, ca, context) };
}

/** A CA of the user's own gets the named domains and localhost; the default CA keeps the dev domains beside them. */
async function readScope(name: string, invocation: Invocation): Promise<Scope> {
  const domains = optionList(invocation, 'scope');
  const hasIpConstraints = isOptionSet(invocation, 'constrain-ips');
  if (isOptionSet(invocation, 'unscoped')) {
    if (domains.length > 0) throw cliError('OPTIONS_CONFLICT', { first: '--scope', second: '--unscoped' });
    if (hasIpConstraints) throw cliError('OPTIONS_CONFLICT', { first: '--constrain-ips', second: '--unscoped' });
    return { kind: 'unscoped' };
  }
  const hasDevDomains = domains.length === 0 || name === DEFAULT_CA;
  return createScope(
    { domains: hasDevDomains ? domains : ['localhost', ...domains], hasDevDomains, hasIpConstraints },
    await loadNameRules(),
  );
}

function readKeepFile(invocation: Invocation, { io }: Context): string | undefined {
  const file = optionText(invocation, 'keep-root-key');
  return file === undefined ? undefined : resolve(io.cwd, file);
}

/** A root key that is kept is the only one there will be, so it replaces nothing. @throws FILE_EXISTS */
function writeKept(path: string, text: string, { fs }: Home): void {
  if (withDiskErrors(path, () => fs.status(path)) !== undefined) throw storeError('FILE_EXISTS', { path });
  writeFileAtomically(fs, { path, text, mode: KEY_MODE });
}
