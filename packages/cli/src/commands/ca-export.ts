/** @module `ca export`: the certificates of a CA for others, or, with its encrypted key, for another machine of one's own. */
import { resolve } from 'node:path';
import { formatPem, isCaError, isEqualBytes, parsePem } from '@mintmark/ca-core';
import { formatPrivateKey, type NodePrivateKey } from '@mintmark/ca-core/node';
import {
  CERTIFICATE_MODE,
  KEY_MODE,
  openCaKey,
  readCa,
  readCaKeyPem,
  readIfPresent,
  readKeyProtection,
  storeError,
  withDiskErrors,
  writeFileAtomically,
  type StoredCa,
} from '@mintmark/ca-store';
import { readListsPem } from '../ca/signed-lists.ts';
import { assertFilePlaces } from '../certificates/file-names.ts';
import { DEFAULT_CA, readableHome } from '../certificates/choose-ca.ts';
import { unlockCaKey } from '../certificates/open-ca.ts';
import { cliError } from '../cli-errors.ts';
import type { Access, CommandResult, Context, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { createPassphrase, openingPassphrase, readPassphraseFile } from '../passphrase.ts';
import { formatPath } from '../terminal/text.ts';

/** @throws CA_NOT_FOUND, CA_KEY_MISSING, TOKEN_HOLDS_KEY, PASSPHRASE_*, SECRET_STORE_*, FILE_EXISTS */
export async function exportCa(invocation: Invocation, context: Context): Promise<CommandResult> {
  const name = invocation.positionals[0] ?? optionText(invocation, 'ca') ?? DEFAULT_CA;
  const home = readableHome(context);
  if (home === undefined) throw storeError('CA_NOT_FOUND', { caName: name });
  const ca = readCa(home, name);
  const access = { invocation, context };
  const withKey = isOptionSet(invocation, 'with-key');
  const out = optionText(invocation, 'out');
  if (out !== undefined && STORE_NAME.test(out)) return exportStore(ca, out, access);
  // Certificates first: some programs read no further than to the first of them.
  const pem = [
    formatPem('CERTIFICATE', ca.rootDer) + ca.chainPem,
    withKey ? await exportKey(ca, access) : '',
    readListsPem(home, ca),
  ].join('');
  if (out === undefined) return { json: { name, file: null, hasKey: withKey, pem }, text: pem };
  const words = withKey ? 'root, issuer and the encrypted key' : 'root and issuer, without the key';
  return writeExport(ca, { out, text: pem, withKey, words }, access);
}

/** What Windows, macOS and Java take for a PKCS#12 file. */
const STORE_NAME = /\.(?:p12|pfx)$/i;

/** The whole CA as PKCS#12, whose password seals key and certificates. @throws OPTION_VALUE, as `exportCa` */
async function exportStore(ca: StoredCa, out: string, access: Access): Promise<CommandResult> {
  if (!isOptionSet(access.invocation, 'with-key'))
    throw cliError('OPTION_VALUE', {
      option: '--out',
      reason: 'ends as a PKCS#12 file does, which takes --with-key; to trust it alone: mintmark keystore --trust',
    });
  assertFree(out, access);
  const { key, passphrase } = await openForExport(ca, access);
  const { writePkcs12 } = await import('@mintmark/ca-core/pkcs12');
  const pkcs8Der = key.keyObject.export({ type: 'pkcs8', format: 'der' });
  const chain = ca.issuerFile === ca.rootFile ? [ca.rootDer] : [ca.issuer.certDer, ca.rootDer];
  const text = writePkcs12({ key: { pkcs8Der }, chain, alias: ca.name, password: passphrase });
  pkcs8Der.fill(0);
  return writeExport(ca, { out, text, withKey: true, words: 'root, issuer and key, encrypted' }, access);
}

type Export = {
  readonly out: string;
  readonly text: string | Uint8Array;
  readonly withKey: boolean;
  readonly words: string;
};

function writeExport(ca: StoredCa, { out, text, withKey, words }: Export, access: Access): CommandResult {
  const { name } = ca;
  const { io } = access.context;
  const path = isFormer(out, ca, { withKey, access }) ? resolve(io.cwd, out) : assertFree(out, access);
  writeFileAtomically(io.fs, { path, text, mode: withKey ? KEY_MODE : CERTIFICATE_MODE });
  return { json: { name, file: path, hasKey: withKey }, text: `  ${formatPath(path, io.cwd)}   ${words}\n` };
}

const OWN_LABELS = ['CERTIFICATE', 'X509 CRL', 'ENCRYPTED PRIVATE KEY'];

/** What stands there is an earlier export of the same CA, of which nothing would be lost: no word of others, and no key unless this has it too. */
function isFormer(
  out: string,
  ca: StoredCa,
  { withKey, access: { context } }: { readonly withKey: boolean; readonly access: Access },
): boolean {
  const path = resolve(context.io.cwd, out);
  if (STORE_NAME.test(out)) return false; // nobody can tell without its password
  assertFilePlaces([path], context);
  const bytes = readIfPresent(context.io.fs, path);
  if (bytes === undefined) return false;
  try {
    const text = Buffer.from(bytes).toString('latin1');
    const blocks = parsePem(text, path);
    const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ der }) => der);
    const own = ca.issuerFile === ca.rootFile ? [ca.rootDer] : [ca.rootDer, ca.issuer.certDer];
    return (
      blocks.map(({ pem }) => pem).join('') === text &&
      blocks.every(({ label }) => OWN_LABELS.includes(label)) &&
      (withKey || !blocks.some(({ label }) => label.endsWith('PRIVATE KEY'))) &&
      certificates.length === own.length &&
      own.every((der, i) => isEqualBytes(der, certificates[i] ?? new Uint8Array()))
    );
  } catch (cause) {
    if (isCaError(cause)) return false;
    throw cause;
  }
}

/** Returns the whole path. @throws FILE_EXISTS, NOT_A_FILE */
function assertFree(out: string, { invocation, context }: Access): string {
  const path = resolve(context.io.cwd, out);
  assertFilePlaces([path], context);
  if (withDiskErrors(path, () => context.io.fs.status(path)) !== undefined && !isOptionSet(invocation, 'force'))
    throw storeError('FILE_EXISTS', { path });
  return path;
}

/** A key leaves the home only encrypted: as it lies there, or where no person knows its passphrase, under one of its own. */
async function exportKey(ca: StoredCa, access: Access): Promise<string> {
  const home = access.context.home();
  const protection = readKeyProtection(home, ca);
  const pem = readCaKeyPem(home, ca);
  if (protection.kind === 'passphrase' && pem !== undefined) {
    const given = readPassphraseFile(access.invocation, access.context);
    if (given !== undefined) openCaKey(home, ca, given); // one that would not open it is not to be relied on
    return pem;
  }
  const { key, passphrase } = await openForExport(ca, access);
  return formatPrivateKey(key, passphrase);
}

/** The key, and the passphrase that it leaves under: the one that it has, or else one of its own. */
async function openForExport(ca: StoredCa, access: Access): Promise<{ key: NodePrivateKey; passphrase: string }> {
  const { invocation, context } = access;
  const protection = readKeyProtection(context.home(), ca);
  if (protection.kind === 'absent') throw storeError('CA_KEY_MISSING', { caName: ca.name });
  if (protection.kind === 'token') {
    const { refuseTokenKey } = await import('../key-storage/refuse-token-key.ts');
    throw refuseTokenKey(ca, protection, "can't be taken out of it");
  }
  if (protection.kind === 'passphrase') {
    const passphrase = await openingPassphrase(invocation, context, `the key of CA "${ca.name}"`);
    return { key: openCaKey(context.home(), ca, passphrase), passphrase };
  }
  const what = 'a CA key that leaves this home';
  const asking = { ...invocation, options: { ...invocation.options, passphrase: true } };
  const passphrase = await createPassphrase(asking, context, what);
  if (passphrase === undefined) throw cliError('PASSPHRASE_NEEDED', { what });
  return { key: await unlockCaKey(ca, access), passphrase };
}
