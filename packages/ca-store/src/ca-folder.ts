/**
 * @module A CA on disk: `cas/NAME/` with `root.pem`, `issuer.pem` (absent where the root signs by itself) and
 * `issuer-key.pem` (`token.json` where a token holds the key). The folder appears whole, by one rename, and disappears the same way.
 */
import { join } from 'node:path';
import {
  findBlocks,
  formatPem,
  isCaError,
  isEqualBytes,
  MAX_INPUT_BYTES,
  narrowScope,
  parseIssuer,
  type Bytes,
  type Issuer,
  type PemBlock,
} from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import {
  CERTIFICATE_MODE,
  FOLDER_MODE,
  KEY_MODE,
  removeIfPresent,
  syncFolder,
  writeFileAtomically,
} from './atomic-write.ts';
import { errnoOf, withDiskErrors } from './disk-error.ts';
import type { FileSystem } from './file-system.ts';
import { makeFolders, type Home } from './home.ts';
import { CAS_FOLDER, discardFolder, predecessorPath, stagedFolderPath, successorPath } from './staged-folder.ts';
import { storeError } from './store-errors.ts';

/** A CA as read from disk. `issuer` is what signs leaves; it is the root itself for some imported CAs. */
export type StoredCa = {
  readonly name: string;
  readonly path: string;
  readonly root: Issuer;
  /** The root's DER, for who needs its digest and not its fields. */
  readonly rootDer: Bytes;
  readonly rootFile: string;
  readonly issuer: Issuer;
  readonly issuerFile: string;
  /** What follows the leaf in a certificate file: the issuer's PEM, or nothing where the root signs. */
  readonly chainPem: string;
};

/**
 * Texts of a new CA's files. `issuerPem` is absent where the root signs by itself, `keyPem` where the CA can only be trusted or a
 * token holds the key.
 */
export type CaFiles = {
  readonly rootPem: string;
  readonly issuerPem?: string;
  readonly keyPem?: string;
  /** The root's own CRL: empty, and as long-lived as the root, because its key can sign no other. */
  readonly rootCrlPem?: string;
  /** A first CRL of the issuer, empty and as long-lived as it, for stores that ask for one; it is gone with the first revocation. */
  readonly issuerCrlPem?: string;
  /** Which key of which token signs, as JSON; holds no secret. */
  readonly tokenJson?: string;
};

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const ROOT_FILE = 'root.pem';
const ISSUER_FILE = 'issuer.pem';
/** The issuer's private key. */
export const CA_KEY_FILE = 'issuer-key.pem';
/** Where the issuer's key is, if a token holds it. */
export const CA_TOKEN_FILE = 'token.json';
/** The root's CRL. */
export const ROOT_CRL_FILE = 'root.crl';
/** The issuer's CRL for the stores of this machine. */
export const ISSUER_CRL_FILE = 'issuer.crl';

/** The folder that holds the CAs. */
export const casPath = (home: Home): string => join(home.path, CAS_FOLDER);

/** The folder of a CA, whether it exists or not. @throws CA_NAME_INVALID */
export function caPath(home: Home, name: string): string {
  if (!NAME.test(name)) throw storeError('CA_NAME_INVALID', { caName: name });
  return join(casPath(home), name);
}

/** Names of the CAs of this home; `default` first, then by alphabet. */
export function listCaNames(home: Home): string[] {
  const entries = withDiskErrors(casPath(home), () => readFolderIfPresent(home.fs, casPath(home)));
  const names = entries.filter((entry) => NAME.test(entry) || isBetween(entries, entry)).map(nameOfEntry);
  return names.sort((a, b) => Number(b === 'default') - Number(a === 'default') || a.localeCompare(b, 'en'));
}

const nameOfEntry = (entry: string): string => entry.replace(/^\.next-/, '');

/** A successor whose change of places was cut off between its two renames is the CA of that name already. */
const isBetween = (entries: readonly string[], entry: string): boolean =>
  entry.startsWith('.next-') &&
  !entries.includes(nameOfEntry(entry)) &&
  entries.includes(`.prior-${nameOfEntry(entry)}`);

function readFolderIfPresent(fs: FileSystem, path: string): string[] {
  try {
    return fs.readFolder(path);
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return [];
    throw cause;
  }
}

/** @throws CA_NOT_FOUND, CA_DAMAGED, CA_NAME_INVALID */
export function readCa(home: Home, name: string): StoredCa {
  return readCaAt(home, name, findCaFolder(home, name));
}

/** The CA that will take the place of this one, if there is one. @throws CA_DAMAGED, CA_NAME_INVALID */
export const readSuccessor = (home: Home, name: string): StoredCa | undefined =>
  readWaiting(home, name, successorPath(casPath(home), name));

/** The CA whose place this one took, as long as it is kept. @throws CA_DAMAGED, CA_NAME_INVALID */
export const readPredecessor = (home: Home, name: string): StoredCa | undefined =>
  readWaiting(home, name, predecessorPath(casPath(home), name));

function readWaiting(home: Home, name: string, path: string): StoredCa | undefined {
  caPath(home, name);
  return withDiskErrors(path, () => home.fs.status(path)) === undefined ? undefined : readCaAt(home, name, path);
}

function findCaFolder(home: Home, name: string): string {
  const path = caPath(home, name);
  const next = successorPath(casPath(home), name);
  const isThere = (folder: string): boolean => withDiskErrors(folder, () => home.fs.status(folder)) !== undefined;
  return !isThere(path) && isThere(next) && isThere(predecessorPath(casPath(home), name)) ? next : path;
}

function readCaAt(home: Home, name: string, path: string): StoredCa {
  const rootFile = join(path, ROOT_FILE);
  const rootDer = readCertificateDer(home, name, rootFile);
  if (rootDer === undefined)
    throw withDiskErrors(path, () => home.fs.status(path)) === undefined
      ? storeError('CA_NOT_FOUND', { caName: name })
      : storeError('CA_DAMAGED', { caName: name, reason: `${rootFile} is missing` });
  return describeCa(name, path, { rootDer, issuerDer: readCertificateDer(home, name, join(path, ISSUER_FILE)) });
}

function describeCa(
  name: string,
  path: string,
  { rootDer, issuerDer }: { rootDer: Bytes; issuerDer: Bytes | undefined },
): StoredCa {
  const rootFile = join(path, ROOT_FILE);
  const issuerFile = issuerDer === undefined ? rootFile : join(path, ISSUER_FILE);
  const root = parseStored(name, rootDer, rootFile);
  return {
    name,
    path,
    root,
    rootDer,
    rootFile,
    issuer: issuerDer === undefined ? root : withRootScope(parseStored(name, issuerDer, issuerFile), root),
    issuerFile,
    chainPem: issuerDer === undefined ? '' : formatPem('CERTIFICATE', issuerDer),
  };
}

/** An imported issuer may have no constraints of its own, or other ones, and is bound by its root's beside them. */
const withRootScope = (issuer: Issuer, root: Issuer): Issuer => ({
  ...issuer,
  scope: narrowScope(issuer.scope, root.scope),
});

function parseStored(name: string, certDer: Bytes, file: string): Issuer {
  try {
    return parseIssuer(certDer, nodeSha256, file);
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
    throw storeError('CA_DAMAGED', { caName: name, reason: cause.message }, { cause });
  }
}

/** The CA that these files would make, on no disk: for dry runs and for checks before anything is written. */
export function previewCa(home: Home, name: string, files: CaFiles): StoredCa {
  const rootDer = parseCertificatePem(files.rootPem);
  return describeCa(name, caPath(home, name), {
    rootDer,
    issuerDer: files.issuerPem === undefined ? undefined : parseCertificatePem(files.issuerPem),
  });
}

function parseCertificatePem(pem: string): Bytes {
  const [block] = findBlocks(Buffer.from(pem), 'the CA certificate', {
    labels: ['CERTIFICATE'],
    wanted: 'a certificate',
  }) as [PemBlock];
  return block.der;
}

function readCertificateDer(home: Home, name: string, path: string): Bytes | undefined {
  const bytes = readIfPresent(home.fs, path);
  if (bytes === undefined) return undefined;
  try {
    return findBlocks(bytes, path, { labels: ['CERTIFICATE'], wanted: 'a certificate' })[0]?.der;
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
    throw storeError('CA_DAMAGED', { caName: name, reason: cause.message }, { cause });
  }
}

/** The bytes of a file; undefined when there is none. @throws disk codes */
export function readIfPresent(fs: FileSystem, path: string, maxBytes = MAX_INPUT_BYTES): Uint8Array | undefined {
  return withDiskErrors(path, () => {
    try {
      // One byte more than is taken, so that whoever parses sees that it is too much.
      return fs.readFile(path, maxBytes + 1);
    } catch (cause) {
      if (errnoOf(cause) === 'ENOENT') return undefined;
      throw cause;
    }
  });
}

/**
 * Puts a new CA into the home. Call it under the home's lock.
 * @throws CA_EXISTS, CA_NAME_INVALID, CA_SUBJECT_TAKEN, CA_DAMAGED, disk codes
 */
export function addCa(home: Home, name: string, files: CaFiles): StoredCa {
  if (listCaNames(home).includes(name)) throw storeError('CA_EXISTS', { caName: name });
  return putCa(home, { name, path: caPath(home, name) }, files);
}

/** Puts a new CA into a folder, whole. */
export function putCa(home: Home, { name, path }: { name: string; path: string }, files: CaFiles): StoredCa {
  const { fs } = home;
  return withDiskErrors(path, () => {
    if (fs.status(path) !== undefined) throw storeError('CA_EXISTS', { caName: name });
    assertSubjectFree(home, name, files);
    makeFolders(fs, casPath(home));
    const staged = stagedFolderPath(casPath(home));
    try {
      fs.makeFolder(staged, FOLDER_MODE);
      writeCaFiles(fs, staged, files);
      fs.rename(staged, path);
    } catch (cause) {
      discardFolder(fs, staged);
      throw cause;
    }
    syncFolder(fs, casPath(home));
    return readCaAt(home, name, path);
  });
}

function writeCaFiles(fs: FileSystem, folder: string, files: CaFiles): void {
  const rows = [
    [ROOT_FILE, files.rootPem, CERTIFICATE_MODE],
    [ISSUER_FILE, files.issuerPem, CERTIFICATE_MODE],
    [ROOT_CRL_FILE, files.rootCrlPem, CERTIFICATE_MODE],
    [ISSUER_CRL_FILE, files.issuerCrlPem, CERTIFICATE_MODE],
    [CA_TOKEN_FILE, files.tokenJson, KEY_MODE],
    [CA_KEY_FILE, files.keyPem, KEY_MODE],
  ] as const;
  for (const [file, text, mode] of rows)
    if (text !== undefined) writeFileAtomically(fs, { path: join(folder, file), text, mode });
}

/**
 * Clients look issuers up by name and by key identifier: two CAs that share one, as root or as issuer, make chains that sometimes
 * fail. One root above several issuers is one certificate, not two.
 */
function assertSubjectFree(home: Home, name: string, files: CaFiles): void {
  const mine = previewCa(home, name, files);
  for (const other of listEveryCa(home)) {
    const isSameRoot = isEqualBytes(mine.rootDer, other.rootDer) && hasIssuer(mine) && hasIssuer(other);
    const own = isSameRoot ? [mine.issuer] : [mine.root, mine.issuer];
    const theirs = isSameRoot ? [other.issuer] : [other.root, other.issuer];
    const pairs = own.flatMap((one) => theirs.map((another) => [one, another] as const));
    if (pairs.some(([one, another]) => isEqualBytes(one.subjectDer, another.subjectDer)))
      throw storeError('CA_SUBJECT_TAKEN', { caName: name, other: other.name });
    if (pairs.some(([one, another]) => isEqualBytes(one.keyIdentifier, another.keyIdentifier)))
      throw storeError('CA_KEY_TAKEN', { caName: name, other: other.name });
  }
}

const hasIssuer = ({ rootFile, issuerFile }: StoredCa): boolean => issuerFile !== rootFile;

/** Those that wait for a place or lost theirs included. */
function listEveryCa(home: Home): StoredCa[] {
  return listCaNames(home).flatMap((name) =>
    [readCa(home, name), readSuccessor(home, name), readPredecessor(home, name)].filter((ca) => ca !== undefined),
  );
}

/**
 * Takes a CA out of the home; its key is gone for good. When its key can't be deleted, the CA stays; what else can't be is
 * cleared by the next command that changes the home. Call it under the lock. @throws CA_NOT_FOUND, disk codes
 */
export function removeCa(home: Home, name: string): void {
  removeFolderOf(home, name, caPath(home, name));
}

/** As `removeCa`, for any folder of a CA. */
export function removeFolderOf(home: Home, name: string, path: string): void {
  const { fs } = home;
  withDiskErrors(path, () => {
    if (fs.status(path) === undefined) throw storeError('CA_NOT_FOUND', { caName: name });
    const staged = stagedFolderPath(casPath(home));
    fs.rename(path, staged);
    try {
      removeIfPresent(fs, join(staged, CA_KEY_FILE));
    } catch (cause) {
      fs.rename(staged, path);
      throw cause;
    }
    discardFolder(fs, staged);
    syncFolder(fs, casPath(home));
  });
}
