/**
 * @module What goes into a store, read from files of anyone: certificates and keys as PEM, DER or PKCS#12, from one file or from
 * several, as certbot and others lay them out.
 */
import { basename, dirname, join, resolve } from 'node:path';
import {
  CERTIFICATE_LABELS,
  coreError,
  formatPem,
  isCaError,
  parsePemOrDer,
  PRIVATE_KEY_LABELS,
  type Bytes,
} from '@mintmark/ca-core';
import { parsePrivateKey, type NodePrivateKey } from '@mintmark/ca-core/node';
import { isPkcs12, readPkcs12, type Pkcs12Contents } from '@mintmark/ca-core/pkcs12';
import type { Access } from '../command.ts';
import { openingPassphrase, readPassphraseFile } from '../passphrase.ts';
import { inputName, readInput } from '../read-input.ts';
import { keystoreError } from './keystore-errors.ts';

/** `keyPems`: private keys that stood in the same file, encrypted or not. */
export type Source = {
  readonly file: string;
  readonly certificates: readonly { readonly certDer: Bytes; readonly friendlyName?: string }[];
  readonly keyPems: readonly string[];
};

export type KeyWithFile = { readonly key: NodePrivateKey; readonly file: string };

/** @throws FILE_NOT_FOUND, PEM_NOT_FOUND, PEM_INVALID, INPUT_*, PKCS12_*, KEY_ENCRYPTED, KEY_PASSPHRASE_WRONG */
export async function readSource(file: string, access: Access): Promise<Source> {
  const bytes = readInput(file, access.context);
  const what = inputName(file);
  if (isPkcs12(bytes)) return readPkcs12Source(bytes, file, access);
  const blocks = parsePemOrDer(bytes, what);
  const isCertificate = (label: string): boolean =>
    label === 'DER' || CERTIFICATE_LABELS.some((known) => known === label);
  const certificates = blocks.filter(({ label }) => isCertificate(label)).map(({ der }) => ({ certDer: der }));
  if (certificates.length === 0)
    throw coreError('PEM_NOT_FOUND', { what, wanted: 'a certificate', found: blocks.map(({ label }) => label) });
  const keys = blocks.filter(({ label }) => PRIVATE_KEY_LABELS.some((known) => known === label));
  return { file: what, certificates, keyPems: keys.map(({ pem }) => pem) };
}

async function readPkcs12Source(bytes: Uint8Array, file: string, access: Access): Promise<Source> {
  const { certificates, privateKeys } = await openPkcs12(bytes, file, access);
  const what = inputName(file);
  if (certificates.length === 0) throw coreError('PEM_NOT_FOUND', { what, wanted: 'a certificate', found: ['PKCS12'] });
  const keyPems = privateKeys.map(({ pkcs8Der }) => formatPem('PRIVATE KEY', pkcs8Der));
  return { file: what, certificates, keyPems };
}

/** --password-file is that of the new store, so the old one opens as an encrypted key does: by --passphrase-file, or asked for. */
async function openPkcs12(bytes: Uint8Array, file: string, access: Access): Promise<Pkcs12Contents> {
  const what = inputName(file);
  const { invocation, context } = access;
  const fromFile = readPassphraseFile(invocation, context);
  try {
    return readPkcs12(bytes, { what, ...(fromFile === undefined ? {} : { password: fromFile }) });
  } catch (cause) {
    if (isCaError(cause, 'PKCS12_PASSWORD_WRONG')) throw coreError('KEY_PASSPHRASE_WRONG', { what }, { cause });
    if (!isCaError(cause, 'PKCS12_PASSWORD_NEEDED')) throw cause;
    if (!context.canAsk) throw coreError('KEY_ENCRYPTED', { what }, { cause });
    return readPkcs12(bytes, { what, password: await openingPassphrase(invocation, context, what) });
  }
}

/**
 * The key: of `--key`, else in the file of the certificate, else beside it under the names that mint and certbot give it.
 * @throws KEYSTORE_KEY_MISSING, FILE_NOT_FOUND, KEY_*, PEM_SEVERAL, PASSPHRASE_NEEDED
 */
export async function readStoreKey(keyFile: string | undefined, source: Source, access: Access): Promise<KeyWithFile> {
  const { context } = access;
  if (keyFile !== undefined) {
    const bytes = readInput(keyFile, context);
    const pems = isPkcs12(bytes) ? (await readPkcs12Source(bytes, keyFile, access)).keyPems : undefined;
    return openKey(pems === undefined ? bytes : Buffer.from(pems.join('')), inputName(keyFile), access);
  }
  if (source.keyPems.length > 0) return openKey(Buffer.from(source.keyPems.join('')), source.file, access);
  const beside = namesBeside(source.file).find(
    (name) => context.io.fs.status(resolve(context.io.cwd, name)) !== undefined,
  );
  if (beside === undefined)
    throw keystoreError('KEYSTORE_KEY_MISSING', { file: source.file, tried: namesBeside(source.file) });
  return openKey(readInput(beside, context), beside, access);
}

const CERTBOT_NAMES = /^(?:fullchain|cert)(\d*)\.pem$/; // live/NAME/fullchain.pem, archive/NAME/fullchain3.pem

function namesBeside(certFile: string): string[] {
  const name = basename(certFile);
  const certbot = CERTBOT_NAMES.exec(name);
  if (certbot !== null) return [join(dirname(certFile), `privkey${certbot[1] ?? ''}.pem`)];
  const stem = stemOf(name);
  return stem === name ? [] : [join(dirname(certFile), `${stem}-key.pem`)];
}

/** A file's name without the ending of a certificate. */
export const stemOf = (file: string): string => basename(file).replace(/\.(?:pem|crt|cer|der|p12|pfx)$/i, '');

async function openKey(bytes: Uint8Array, file: string, { invocation, context }: Access): Promise<KeyWithFile> {
  const passphrase = readPassphraseFile(invocation, context);
  try {
    return { key: parsePrivateKey(bytes, { what: file, ...(passphrase === undefined ? {} : { passphrase }) }), file };
  } catch (cause) {
    if (!isCaError(cause, 'KEY_ENCRYPTED') || !context.canAsk) throw cause;
    const typed = await openingPassphrase(invocation, context, file);
    return { key: parsePrivateKey(bytes, { what: file, passphrase: typed }), file };
  }
}
