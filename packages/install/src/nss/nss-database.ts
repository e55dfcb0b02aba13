/**
 * @module What an NSS database (cert9.db with key4.db) says of certificates: which it holds, under which names, and whether it
 * trusts them for TLS servers. Attributes and values are those of PKCS #11 3.2 and of NSS's pkcs11n.h; only rows are read,
 * nothing is decrypted.
 */
import { formatHex } from '@mintmark/ca-core';
import { nodeSha1, nodeSha256 } from '@mintmark/ca-core/node';
import { readSqliteTable, type SqliteRow } from './sqlite-reader.ts';

/** Columns of `nssPublic` are `a` and the attribute's number in hex. */
const COLUMN = {
  class: 'a0', // CKA_CLASS
  label: 'a3', // CKA_LABEL
  value: 'a11', // CKA_VALUE
  serverAuth: 'a62c', // CKA_PKCS_TRUST_SERVER_AUTH
  hash: 'a635', // CKA_HASH_OF_CERTIFICATE
  nssServerAuth: 'ace536358', // CKA_TRUST_SERVER_AUTH
  nssSha1: 'ace5363b4', // CKA_CERT_SHA1_HASH
} as const;

const CKO_CERTIFICATE = 0x1;
const CKO_TRUST = 0xb; // since NSS 3.114; older versions do not see it
const CKO_NSS_TRUST = 0xce534353;
const CKT_TRUST_ANCHOR = 2;
const CKT_NSS_TRUSTED_DELEGATOR = 0xce534352;

/** A certificate in the database. */
type NssCertificate = {
  readonly sha256Hex: string;
  /** Undefined when it has none. */
  readonly nickname: string | undefined;
  /** An authority for TLS servers, as any NSS sees it. */
  readonly isTrusted: boolean;
  /** The same as only NSS 3.114 and later see it. */
  readonly isTrustedByNewNss: boolean;
};

export type NssContents = {
  readonly certificates: readonly NssCertificate[];
  /** Objects that belong to no certificate of the wanted ones: keys, other certificates, their trust. */
  readonly strangers: number;
};

/** `wanted` are roots that `strangers` does not count. Without key4.db nothing is trusted. @throws SqliteError */
export function parseNssDatabase(
  { cert9, key4 }: { readonly cert9: Uint8Array; readonly key4: Uint8Array | undefined },
  wanted: readonly { readonly sha256Hex: string; readonly sha1Hex: string }[],
): NssContents {
  const objects = readSqliteTable(cert9, 'nssPublic');
  const signatures = key4 === undefined ? new Set<string>() : readSignatures(key4);
  const trusts = objects.flatMap((row) => parseTrust(row, signatures) ?? []);
  const certificates = objects
    .filter((row) => readNumber(row, COLUMN.class) === CKO_CERTIFICATE)
    .map((row) => parseCertificate(row, trusts));
  const held = certificates.filter(({ sha256Hex }) => wanted.some((root) => root.sha256Hex === sha256Hex));
  // Trust outlives its certificate where an old NSS deleted one of a newer NSS.
  const ownTrusts = trusts.filter((trust) =>
    wanted.some(({ sha256Hex, sha1Hex }) => trust.digestHex === sha256Hex || trust.digestHex === sha1Hex),
  );
  const keys = key4 === undefined ? 0 : readSqliteTable(key4, 'nssPrivate').length;
  return { certificates, strangers: objects.length - held.length - ownTrusts.length + keys };
}

type Trust = { readonly digestHex: string; readonly isAnchor: boolean; readonly isNew: boolean };

/** NSS drops trust whose attribute is not signed with the database's key, so an unsigned one counts as none. */
function parseTrust(row: SqliteRow, signatures: ReadonlySet<string>): Trust | undefined {
  const objectClass = readNumber(row, COLUMN.class);
  if (objectClass !== CKO_TRUST && objectClass !== CKO_NSS_TRUST) return undefined;
  const isNew = objectClass === CKO_TRUST;
  const column = isNew ? COLUMN.serverAuth : COLUMN.nssServerAuth;
  const digest = row.get(isNew ? COLUMN.hash : COLUMN.nssSha1);
  const isSigned = signatures.has(signatureName(Number(row.get('id')), column));
  const isAnchor = isSigned && readNumber(row, column) === (isNew ? CKT_TRUST_ANCHOR : CKT_NSS_TRUSTED_DELEGATOR);
  return { digestHex: digest instanceof Uint8Array ? formatHex(digest) : '', isAnchor, isNew };
}

const OBJECT_ID_MASK = 0x3fffffff; // the token's bits are left out of the name, sdb.c

const padHex = (value: number): string => value.toString(16).padStart(8, '0');

const signatureName = (id: number, column: string): string =>
  `sig_cert_${padHex(id & OBJECT_ID_MASK)}_${column.slice(1).padStart(8, '0')}`;

const readSignatures = (key4: Uint8Array): Set<string> =>
  new Set(readSqliteTable(key4, 'metaData').map((row) => String(row.get('id'))));

function parseCertificate(row: SqliteRow, trusts: readonly Trust[]): NssCertificate {
  const value = row.get(COLUMN.value);
  const certDer = value instanceof Uint8Array ? new Uint8Array(value) : new Uint8Array();
  const sha256Hex = formatHex(nodeSha256(certDer));
  const sha1Hex = formatHex(nodeSha1(certDer));
  const anchors = trusts.filter(
    ({ isAnchor, digestHex }) => isAnchor && (digestHex === sha256Hex || digestHex === sha1Hex),
  );
  return {
    sha256Hex,
    nickname: readText(row, COLUMN.label),
    isTrusted: anchors.some(({ isNew }) => !isNew),
    isTrustedByNewNss: anchors.length > 0,
  };
}

/** A CK_ULONG is 4 bytes, the highest first. */
function readNumber(row: SqliteRow, column: string): number | undefined {
  const value = row.get(column);
  return value instanceof Uint8Array && value.length === 4 ? Buffer.from(value).readUInt32BE() : undefined;
}

const EMPTY_VALUE_HEX = 'a5005a'; // SQLite's NULL means "no such attribute", so sdb.c writes this for an empty one

function readText(row: SqliteRow, column: string): string | undefined {
  const value = row.get(column);
  if (!(value instanceof Uint8Array) || formatHex(value) === EMPTY_VALUE_HEX) return undefined;
  return Buffer.from(value).toString();
}
