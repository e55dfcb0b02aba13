/**
 * @module What `ca import` is given: certificates, keys and revocation lists, as PEM, DER or PKCS#12, in one file or in many, in any order,
 * or a folder of them (an mkcert CAROOT, the folder of a CA of another home).
 */
import { join, resolve } from 'node:path';
import {
  CERTIFICATE_LABELS,
  coreError,
  formatPem,
  isCaError,
  parsePemOrDer,
  PRIVATE_KEY_LABELS,
  type Bytes,
  type PemBlock,
} from '@mintmark/ca-core';
import { isPrivateKeyEncrypted, parsePrivateKey, type NodePrivateKey } from '@mintmark/ca-core/node';
import { isPkcs12, readPkcs12, type Pkcs12Contents } from '@mintmark/ca-core/pkcs12';
import { parseCertificate, type CertificateFacts } from '@mintmark/ca-core/read';
import { readIfPresent, storeError, withDiskErrors } from '@mintmark/ca-store';
import type { Access } from '../command.ts';
import { openingPassphrase, readPassphraseFile } from '../passphrase.ts';
import { caError } from './ca-errors.ts';

/** `passphrase`: what the key came encrypted with. */
export type ImportedKey = { readonly key: NodePrivateKey; readonly passphrase?: string };

/** Certificates and lists each once. */
export type Imported = {
  readonly certificates: readonly CertificateFacts[];
  readonly keys: readonly ImportedKey[];
  readonly crls: readonly Bytes[];
};

const FOLDER_FILES = [
  'root.pem',
  'issuer.pem',
  'issuer-key.pem',
  'root.crl',
  'issuer.crl',
  'rootCA.pem',
  'rootCA-key.pem',
];

type Part = { readonly certificates: CertificateFacts[]; readonly keys: ImportedKey[]; readonly crls: Bytes[] };

/** @throws FILE_NOT_FOUND, IMPORT_EMPTY, CERTIFICATE_INVALID, KEY_*, PKCS12_*, PASSPHRASE_NEEDED, PEM_*, INPUT_* */
export async function readImported(paths: readonly string[], access: Access): Promise<Imported> {
  const { io } = access.context;
  const files = paths.flatMap((path) => listFiles(resolve(io.cwd, path), access));
  const parts: Part[] = [];
  for (const file of files) parts.push(await readFile(file, access)); // in turn: each may ask
  const distinct = <T>(items: readonly T[], derOf: (item: T) => Uint8Array): T[] => [
    ...new Map(items.map((item) => [Buffer.from(derOf(item)).toString('latin1'), item])).values(),
  ];
  return {
    certificates: distinct(
      parts.flatMap(({ certificates }) => certificates),
      ({ certDer }) => certDer,
    ),
    keys: distinct(
      parts.flatMap(({ keys }) => keys),
      ({ key }) => key.subjectKey.spkiDer,
    ),
    crls: distinct(
      parts.flatMap(({ crls }) => crls),
      (crl) => crl,
    ),
  };
}

function listFiles(path: string, { context }: Access): string[] {
  const { fs } = context.io;
  if (withDiskErrors(path, () => fs.status(`${path}/.`))?.kind !== 'folder') return [path];
  const files = FOLDER_FILES.map((name) => join(path, name)).filter((file) => fs.status(file) !== undefined);
  if (files.length === 0) throw caError('IMPORT_EMPTY', { what: path, wanted: 'root.pem, rootCA.pem and the like' });
  return files;
}

async function readFile(path: string, access: Access): Promise<Part> {
  const bytes = readIfPresent(access.context.io.fs, path);
  if (bytes === undefined) throw storeError('FILE_NOT_FOUND', { path });
  if (isPkcs12(bytes)) return readStore(bytes, path, access);
  const blocks = parsePemOrDer(bytes, path);
  const [only] = blocks;
  if (only?.label === 'DER') return readDer(only, path, access);
  const having = (labels: readonly string[]): PemBlock[] => blocks.filter(({ label }) => labels.includes(label));
  const part: Part = {
    certificates: having(CERTIFICATE_LABELS).map(({ der }) => parseCertificate(der, path)),
    keys: [],
    crls: having(['X509 CRL']).map(({ der }) => der),
  };
  for (const block of having(PRIVATE_KEY_LABELS)) part.keys.push(await openKey(block, path, access));
  if (part.certificates.length + part.keys.length + part.crls.length === 0)
    throw caError('IMPORT_EMPTY', { what: path, wanted: 'a certificate or a private key' });
  return part;
}

/** DER says nothing of its kind: a certificate, else a key; the certificate's complaint is told when it is neither. */
async function readDer(block: PemBlock, path: string, access: Access): Promise<Part> {
  try {
    return { certificates: [parseCertificate(block.der, path)], keys: [], crls: [] };
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
    try {
      return { certificates: [], keys: [await openKey(block, path, access)], crls: [] };
    } catch (second) {
      throw isCaError(second, 'KEY_INVALID') ? cause : second;
    }
  }
}

async function openKey(block: PemBlock, path: string, { invocation, context }: Access): Promise<ImportedKey> {
  const bytes = block.label === 'DER' ? block.der : Buffer.from(block.pem);
  if (!isPrivateKeyEncrypted(block)) return { key: parsePrivateKey(bytes, { what: path }) };
  const passphrase = await openingPassphrase(invocation, context, path);
  return { key: parsePrivateKey(bytes, { what: path, passphrase }), passphrase };
}

async function readStore(bytes: Uint8Array, path: string, access: Access): Promise<Part> {
  const { contents, password } = await openStore(bytes, path, access);
  const keys = contents.privateKeys.map(({ pkcs8Der }): ImportedKey => {
    const key = parsePrivateKey(Buffer.from(formatPem('PRIVATE KEY', pkcs8Der)), { what: path });
    return password === undefined ? { key } : { key, passphrase: password };
  });
  return {
    certificates: contents.certificates.map(({ certDer }) => parseCertificate(certDer, path)),
    keys,
    crls: contents.crls.map(({ crlDer }) => crlDer),
  };
}

type OpenStore = { readonly contents: Pkcs12Contents; readonly password?: string };

/** Without a password first: a passphrase that was given may be meant for the key at rest. */
async function openStore(bytes: Uint8Array, what: string, { invocation, context }: Access): Promise<OpenStore> {
  try {
    return { contents: readPkcs12(bytes, { what }) };
  } catch (cause) {
    if (!isCaError(cause, 'PKCS12_PASSWORD_NEEDED')) throw cause;
  }
  const password = readPassphraseFile(invocation, context) ?? (await openingPassphrase(invocation, context, what));
  try {
    return { contents: readPkcs12(bytes, { what, password }), password };
  } catch (cause) {
    if (isCaError(cause, 'PKCS12_PASSWORD_WRONG')) throw coreError('KEY_PASSPHRASE_WRONG', { what }, { cause });
    throw cause;
  }
}
