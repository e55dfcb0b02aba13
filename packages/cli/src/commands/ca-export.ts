/** @module `ca export`: the certificates of a CA for others, or, with its encrypted key, for another machine of one's own. */
import { resolve } from 'node:path';
import { formatPem } from '@mintmark/ca-core';
import { formatPrivateKey, parsePrivateKey } from '@mintmark/ca-core/node';
import {
  CERTIFICATE_MODE,
  isCaKeyEncrypted,
  KEY_MODE,
  readCa,
  readCaKeyPem,
  storeError,
  withDiskErrors,
  writeFileAtomically,
  type Home,
  type StoredCa,
} from '@mintmark/ca-store';
import { assertNoFolder } from '../certificates/file-names.ts';
import { DEFAULT_CA, readableHome } from '../certificates/choose-ca.ts';
import { cliError } from '../cli-errors.ts';
import type { CommandResult, Context, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { readPassphraseFile } from '../passphrase.ts';
import { formatPath } from '../terminal/text.ts';

/** @throws CA_NOT_FOUND, CA_KEY_MISSING, PASSPHRASE_NEEDED, FILE_EXISTS */
export function exportCa(invocation: Invocation, context: Context): CommandResult {
  const name = invocation.positionals[0] ?? optionText(invocation, 'ca') ?? DEFAULT_CA;
  const home = readableHome(context);
  if (home === undefined) throw storeError('CA_NOT_FOUND', { caName: name });
  const ca = readCa(home, name);
  const certificates = formatPem('CERTIFICATE', ca.root.certDer) + ca.chainPem;
  const withKey = isOptionSet(invocation, 'with-key');
  const pem = withKey ? certificates + exportKey(home, ca, readPassphraseFile(invocation, context)) : certificates;
  const out = optionText(invocation, 'out');
  if (out === undefined) return { json: { name, file: null, hasKey: withKey, pem }, text: pem };
  const path = resolve(context.io.cwd, out);
  assertNoFolder([path], context);
  if (withDiskErrors(path, () => context.io.fs.status(path)) !== undefined && !isOptionSet(invocation, 'force'))
    throw storeError('FILE_EXISTS', { path });
  writeFileAtomically(context.io.fs, { path, text: pem, mode: withKey ? KEY_MODE : CERTIFICATE_MODE });
  const words = withKey ? 'root, issuer and the encrypted key' : 'root and issuer, without the key';
  return { json: { name, file: path, hasKey: withKey }, text: `  ${formatPath(path, context.io.cwd)}   ${words}\n` };
}

/** A key leaves the home only encrypted. */
function exportKey(home: Home, ca: StoredCa, passphrase: string | undefined): string {
  const pem = readCaKeyPem(home, ca);
  if (pem === undefined) throw storeError('CA_KEY_MISSING', { caName: ca.name });
  if (isCaKeyEncrypted(home, ca)) return pem;
  if (passphrase === undefined) throw cliError('PASSPHRASE_NEEDED', { what: 'a CA key that leaves this home' });
  return formatPrivateKey(parsePrivateKey(Buffer.from(pem), { what: 'the CA key' }), passphrase);
}
