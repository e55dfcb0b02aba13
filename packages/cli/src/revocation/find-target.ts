/** @module Which certificate a word of `revoke` means: a file that holds it, wherever it was moved, or a serial as any program prints it. */
import { resolve } from 'node:path';
import { findBlocks, formatHex, type CaError } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import { parseCertificate, type CertificateFacts } from '@mintmark/ca-core/read';
import { bareHex } from '@mintmark/ca-core/revocation';
import {
  hasCaKey,
  readIfPresent,
  readLedger,
  storeError,
  withDiskErrors,
  type FileSystem,
  type Home,
  type IssuedEntry,
  type StoredCa,
} from '@mintmark/ca-store';
import { findNamesakes, findSigner, readHomeCas } from './home-issuers.ts';
import { revokeError } from './revocation-errors.ts';

/** One certificate, and whose it is: of one CA, or of any of several that nothing tells apart any more. */
export type RevocationTarget = {
  readonly serialHex: string;
  readonly names: readonly string[];
  readonly notAfter: string;
  readonly certSha256Hex: string;
  readonly spkiSha256Hex: string;
  /** Where the certificate is; null when that is not known. */
  readonly certFile: string | null;
  /** Never empty. */
  readonly cas: readonly StoredCa[];
};

/** Answers for one home, which is read once. */
export type TargetFinder = (word: string) => RevocationTarget;

/** The finder throws FILE_NOT_FOUND, REVOKE_NOT_ISSUED, REVOKE_SELF_SIGNED, REVOKE_CA, REVOKE_CA_GONE, CA_KEY_MISSING, and what a damaged file makes of itself. */
export function createTargetFinder(home: Home, cwd: string): TargetFinder {
  const cas = readHomeCas(home);
  const ledger = readLedger(home);
  return (word) => {
    const path = resolve(cwd, word);
    const leaf = readLeaf(home, path);
    if (leaf !== undefined) return assertKey(home, describeFile(leaf, { word, path, cas, ledger }));
    const entry = findSerial(word, ledger);
    if (entry === undefined) throw describeMiss(word, { path, fs: home.fs });
    return resolveEntry(home, entry, { word, cas });
  };
}

/** A word with a dot or a slash was meant as a file, which is then not there; what is there holds nothing of this home. */
export function describeMiss(word: string, { path, fs }: { readonly path: string; readonly fs: FileSystem }): CaError {
  const isThere = withDiskErrors(path, () => fs.status(path)) !== undefined;
  return /[./\\]/.test(word) && !isThere
    ? storeError('FILE_NOT_FOUND', { path })
    : revokeError('REVOKE_NOT_ISSUED', { target: word });
}

/** What the ledger tells of. @throws REVOKE_SELF_SIGNED, REVOKE_CA_GONE, CA_KEY_MISSING */
export const resolveEntry = (
  home: Home,
  entry: IssuedEntry,
  { word, cas }: { readonly word: string; readonly cas: readonly StoredCa[] },
): RevocationTarget => assertKey(home, describeEntry(entry, { word, cas, leaf: readHeld(home, entry) }));

/** Without the issuer's key nobody could be told. @throws CA_KEY_MISSING */
function assertKey(home: Home, target: RevocationTarget): RevocationTarget {
  const [ca] = target.cas;
  if (ca !== undefined && !target.cas.some((one) => hasCaKey(home, one)))
    throw storeError('CA_KEY_MISSING', { caName: ca.name });
  return target;
}

/** The first certificate of a file; undefined where there is none of that name, as for a serial. @throws PEM_*, CERTIFICATE_INVALID */
function readLeaf(home: Home, path: string): CertificateFacts | undefined {
  if (withDiskErrors(path, () => home.fs.status(`${path}/.`)) !== undefined) return undefined;
  const bytes = readIfPresent(home.fs, path);
  if (bytes === undefined) return undefined;
  const [block] = findBlocks(bytes, path, { labels: ['CERTIFICATE'], wanted: 'a certificate' });
  return parseCertificate(block?.der ?? new Uint8Array(), path);
}

type FileView = {
  readonly word: string;
  readonly path: string;
  readonly cas: readonly StoredCa[];
  readonly ledger: readonly IssuedEntry[];
};

/** The signature decides, so that a lost ledger stands in nobody's way. */
function describeFile(leaf: CertificateFacts, { word, path, cas, ledger }: FileView): RevocationTarget {
  const certSha256Hex = formatHex(nodeSha256(leaf.certDer));
  const entry = ledger.findLast((one) => one.certSha256Hex === certSha256Hex);
  if (leaf.isCa) throw revokeError('REVOKE_CA', { target: word });
  if (leaf.isSelfIssued || entry?.ca === '') throw revokeError('REVOKE_SELF_SIGNED', { target: word });
  const ca = findSigner(cas, leaf);
  if (ca === undefined)
    throw entry === undefined
      ? revokeError('REVOKE_NOT_ISSUED', { target: word })
      : revokeError('REVOKE_CA_GONE', { target: word, caName: entry.ca });
  return {
    serialHex: bareHex(leaf.serialHex),
    names: leaf.names.map(({ text }) => text),
    notAfter: leaf.notAfter.toISOString(),
    certSha256Hex,
    spkiSha256Hex: formatHex(nodeSha256(leaf.spkiDer)),
    certFile: path,
    cas: [ca],
  };
}

const HEX_SERIAL = /^(?:0x)?[0-9a-f]{2,42}$/;

function findSerial(word: string, ledger: readonly IssuedEntry[]): IssuedEntry | undefined {
  const hex = word.replaceAll(':', '').toLowerCase();
  if (!HEX_SERIAL.test(hex)) return undefined;
  const serial = bareHex(hex.replace(/^0x/, ''));
  return ledger.findLast(({ serialHex }) => bareHex(serialHex) === serial);
}

/** The certificate of an entry, where its file still holds it. */
function readHeld(home: Home, entry: IssuedEntry): CertificateFacts | undefined {
  try {
    const leaf = readLeaf(home, entry.certFile);
    return leaf !== undefined && formatHex(nodeSha256(leaf.certDer)) === entry.certSha256Hex ? leaf : undefined;
  } catch {
    return undefined; // whatever stands there by now, the ledger knows the serial
  }
}

type EntryView = {
  readonly word: string;
  readonly cas: readonly StoredCa[];
  readonly leaf: CertificateFacts | undefined;
};

function describeEntry(entry: IssuedEntry, { word, cas, leaf }: EntryView): RevocationTarget {
  if (entry.ca === '') throw revokeError('REVOKE_SELF_SIGNED', { target: word });
  const signer = leaf === undefined ? undefined : findSigner(cas, leaf);
  const issuers = signer === undefined ? (leaf === undefined ? findNamesakes(cas, entry) : []) : [signer];
  if (issuers.length === 0) throw revokeError('REVOKE_CA_GONE', { target: word, caName: entry.ca });
  const { names, notAfter, certSha256Hex, spkiSha256Hex } = entry;
  return {
    serialHex: bareHex(entry.serialHex),
    names,
    notAfter,
    certSha256Hex,
    spkiSha256Hex,
    certFile: leaf === undefined ? null : entry.certFile,
    cas: issuers,
  };
}
