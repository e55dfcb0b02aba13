/** @module Options that the issuing commands share. */
import { join } from 'node:path';
import type { IssuedCertificate } from '../certificates/issued.ts';
import type { PairOrder } from '../certificates/mint-pair.ts';
import type { Access, Context, OptionSpec } from '../command.ts';
import type { MintedStore } from '../keystore/minted-store.ts';
import { optionText } from '../parse-args.ts';

export const KEY_TYPE_OPTION: OptionSpec = {
  name: 'key',
  value: 'TYPE',
  help: 'ecdsa-p256 (default), ecdsa-p384, ed25519, rsa-2048, rsa-3072, rsa-4096',
};
export const DAYS_OPTION: OptionSpec = {
  name: 'days',
  value: 'N',
  help: 'how long it lasts (default 397, at most 825)',
};
export const SUBJECT_OPTION: OptionSpec = {
  name: 'subject',
  value: 'DN',
  help: 'subject, for example "C=AT, O=Example, CN=app.test"',
};
export const CERT_FILE_OPTION: OptionSpec = { name: 'cert-file', value: 'F', help: 'where the certificate goes' };
export const KEY_FILE_OPTION: OptionSpec = { name: 'key-file', value: 'F', help: 'where the key goes' };
export const OUT_OPTION: OptionSpec = {
  name: 'out',
  value: 'DIR',
  help: 'folder for the files (default: the current one)',
};
export const FORCE_OPTION: OptionSpec = { name: 'force', help: 'replace files that this home did not make' };
export const CLIENT_OPTION: OptionSpec = { name: 'client', help: 'for a client (clientAuth) instead of a server' };
export const DRY_RUN_OPTION: OptionSpec = { name: 'dry-run', help: 'check everything, make nothing' };
/** --new-key and what goes with it. */
export const NEW_KEY_OPTIONS: readonly OptionSpec[] = [
  { name: 'new-key', help: 'another key: the spare, where one stands by (pin --backup), else a new one' },
  { name: 'spare', value: 'F', help: 'where the spare key is now; it takes over' },
  { name: 'spare-passphrase-file', value: 'F', help: 'passphrase of a spare that you sealed with one' },
];
export const PASSPHRASE_FILE_OPTION: OptionSpec = {
  name: 'passphrase-file',
  value: 'F',
  help: 'passphrase of an encrypted CA key, in a file',
};
export const PIN_FILE_OPTION: OptionSpec = {
  name: 'pin-file',
  value: 'F',
  help: 'PIN of the token that has the CA key, in a file',
};
/** A PKCS#12 file beside the pair; `planStore` reads them. */
export const STORE_OPTIONS: readonly OptionSpec[] = [
  { name: 'p12-file', value: 'F', help: 'key and chain as PKCS#12 too, in this file' },
  { name: 'password-file', value: 'F', help: 'password of the PKCS#12 file (default: asked)' },
];

/** The PKCS#12 file that was asked for, if one was: by its name, or by its password, which makes it `BASE.p12`. */
export async function planStore(order: PairOrder, access: Access): Promise<MintedStore | undefined> {
  if (STORE_OPTIONS.every(({ name }) => optionText(access.invocation, name) === undefined)) return undefined;
  const { planMintedStore } = await import('../keystore/minted-store.ts');
  return planMintedStore(order, access);
}

/** What to say of PKCS#12 files that a certificate was in before it was replaced. Nothing is loaded where this home never wrote one. */
export async function tellStaleStores(issued: IssuedCertificate, context: Context): Promise<string> {
  if (!context.isTalking || context.io.fs.status(join(context.homePath, 'keystores.jsonl')) === undefined) return '';
  const { renderStaleStores } = await import('../keystore/stale-stores.ts');
  return renderStaleStores(issued, context);
}
