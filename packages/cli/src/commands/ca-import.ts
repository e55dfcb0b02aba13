/**
 * @module `ca import PATH...`: a CA made elsewhere, from files (certificates and one key, in any order; PEM, DER, PKCS#12) or a folder of them
 * (an mkcert CAROOT, a Mintmark CA folder). A root that signs leaves itself is taken, and so is a CA without its key.
 */
import { addCa, caPath, changeHome, listCaNames, storeError, type StoredCa } from '@mintmark/ca-store';
import { arrangeImported } from '../ca/arrange-import.ts';
import { readImported, type Imported } from '../ca/import-sources.ts';
import { readableHome } from '../certificates/choose-ca.ts';
import { cliError } from '../cli-errors.ts';
import type { CommandResult, Context, Invocation } from '../command.ts';
import { optionText } from '../parse-args.ts';
import { readPassphraseFile } from '../passphrase.ts';
import { describeCa, renderCa } from '../render/ca.ts';
import { wrap } from '../terminal/text.ts';

const IMPORTED_CA = 'imported';

/** @throws FILE_NOT_FOUND, CA_NOT_AN_ISSUER, CA_EXISTS, CA_SUBJECT_TAKEN, IMPORT_*, KEY_*, PKCS12_*, CERTIFICATE_INVALID */
export async function importCa(invocation: Invocation, context: Context): Promise<CommandResult> {
  if (invocation.positionals.length === 0)
    throw cliError('ARGUMENT_MISSING', { command: 'ca import', argument: 'certificate and key files, or a folder' });
  const name = optionText(invocation, 'ca') ?? IMPORTED_CA;
  assertNameFree(name, context); // before anything is asked
  const imported = await readImported(invocation.positionals, { invocation, context });
  const files = arrangeImported(imported, context.io.now(), readPassphraseFile(invocation, context));
  const home = context.home();
  const ca = changeHome(home, () => addCa(home, name, files));
  for (const words of listWarnings(ca, imported)) context.say(`${wrap(words, WIDTH)}\n\n`);
  return { json: describeCa(home, ca), text: renderCa(home, ca, context) };
}

const WIDTH = 76;

/** @throws CA_EXISTS, CA_NAME_INVALID */
function assertNameFree(name: string, context: Context): void {
  caPath({ path: context.homePath, fs: context.io.fs }, name);
  const home = readableHome(context);
  if (home !== undefined && listCaNames(home).includes(name)) throw storeError('CA_EXISTS', { caName: name });
}

/** What is checked before signing are domains and addresses. */
const CHECKED_KINDS: readonly string[] = ['dns', 'ip', 'email'];

function listWarnings({ issuer }: StoredCa, { certificates }: Imported): string[] {
  const isHeldByClients = certificates.some(({ permitted, excluded }) =>
    [...permitted, ...excluded].some(({ kind }) => !CHECKED_KINDS.includes(kind)),
  );
  return [
    ...(issuer.scope.kind === 'unscoped'
      ? ['This CA is unscoped: whoever steals its key can speak for every name, to every machine that trusts it.']
      : []),
    ...(isHeldByClients
      ? [
          'This CA is limited in more than domains and addresses; programs hold to that, and no message here says so before they do.',
        ]
      : []),
  ];
}
