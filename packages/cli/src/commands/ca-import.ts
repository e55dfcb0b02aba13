/**
 * @module `ca import PATH...`: a CA made elsewhere, from files (certificates and one key, in any order; PEM, DER, PKCS#12) or a folder of them
 * (an mkcert CAROOT, a Mintmark CA folder). A root that signs leaves itself is taken, and so is a CA without its key.
 */
import { isCaError, isEqualBytes, parsePem } from '@mintmark/ca-core';
import {
  addCa,
  caPath,
  changeHome,
  listCaNames,
  readCa,
  storeError,
  type CaFiles,
  type Home,
  type StoredCa,
} from '@mintmark/ca-store';
import { arrangeImported } from '../ca/arrange-import.ts';
import { caError } from '../ca/ca-errors.ts';
import { readImported, type Imported } from '../ca/import-sources.ts';
import { readableHome } from '../certificates/choose-ca.ts';
import { cliError } from '../cli-errors.ts';
import type { CommandResult, Context, Invocation } from '../command.ts';
import { optionText } from '../parse-args.ts';
import { readPassphraseFile } from '../passphrase.ts';
import { describeCa, renderCa } from '../render/ca.ts';
import { wrap } from '../terminal/text.ts';

const IMPORTED_CA = 'imported';

/** @throws FILE_NOT_FOUND, CA_NOT_AN_ISSUER, CA_EXISTS, OPTIONS_CONFLICT, IMPORT_*, KEY_*, PKCS12_*, CERTIFICATE_INVALID */
export async function importCa(invocation: Invocation, context: Context): Promise<CommandResult> {
  if (invocation.positionals.length === 0)
    throw cliError('ARGUMENT_MISSING', { command: 'ca import', argument: 'certificate and key files, or a folder' });
  assertNothingToMake(invocation);
  const name = optionText(invocation, 'ca') ?? IMPORTED_CA;
  assertNameFree(name, context); // before anything is asked
  const imported = await readImported(invocation.positionals, { invocation, context });
  const files = arrangeImported(imported, context.io.now(), readPassphraseFile(invocation, context));
  const home = context.home();
  const ca = changeHome(home, () => addImported(home, name, files));
  for (const words of listWarnings(ca, imported)) context.say(`${wrap(words, WIDTH)}\n\n`);
  return { json: describeCa(home, ca), text: renderCa(home, ca, context) };
}

const WIDTH = 76;

/** What makes a CA another one; an imported one is as it is. @throws OPTIONS_CONFLICT */
function assertNothingToMake({ options }: Invocation): void {
  const making = ['subject', 'scope', 'unscoped', 'constrain-ips', 'key', 'days'];
  const given = making.find((option) => options[option] !== undefined);
  if (given !== undefined) throw cliError('OPTIONS_CONFLICT', { first: 'ca import', second: `--${given}` });
}

/** @throws IMPORT_TAKEN, and as `addCa` */
function addImported(home: Home, name: string, files: CaFiles): StoredCa {
  try {
    return addCa(home, name, files);
  } catch (cause) {
    const other = isCaError(cause, 'CA_SUBJECT_TAKEN') ? String(cause.details['other']) : undefined;
    if (other === undefined || !listCaNames(home).includes(other)) throw cause;
    throw caError('IMPORT_TAKEN', { other, isSame: isSameCa(readCa(home, other), files) }, { cause });
  }
}

function isSameCa({ rootDer, issuer }: StoredCa, { rootPem, issuerPem = rootPem }: CaFiles): boolean {
  const [root, own] = [rootPem, issuerPem].map((pem) => parsePem(pem, 'the import')[0]?.der ?? new Uint8Array());
  return root !== undefined && own !== undefined && isEqualBytes(rootDer, root) && isEqualBytes(issuer.certDer, own);
}

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
