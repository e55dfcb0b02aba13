/**
 * @module A certificate revocation list as read, by the strict DER reader: ours before they are signed, and anyone's for people.
 * RFC 5280 section 5. It describes; it verifies neither signature nor dates, and understands no delta or indirect list.
 */
import { formatHex, isEqualBytes, type Bytes } from '../der/bytes.ts';
import { DerReader } from '../der/reader.ts';
import {
  contextConstructed,
  contextPrimitive,
  TAG_GENERALIZED_TIME,
  TAG_INTEGER,
  TAG_OCTET_STRING,
  TAG_SEQUENCE,
  TAG_UTC_TIME,
} from '../der/tags.ts';
import { isCaError } from '../errors.ts';
import { OID_AUTHORITY_KEY_IDENTIFIER } from '../x509/oids.ts';
import {
  formatInteger,
  OID_CRL_NUMBER,
  OID_ISSUING_DISTRIBUTION_POINT,
  OID_REASON_CODE,
  TAG_ENUMERATED,
} from './elements.ts';
import { reasonOfCode } from './reasons.ts';
import { revocationError } from './revocation-errors.ts';

/** `value` is the content of the OCTET STRING. */
type CrlExtension = { readonly oid: string; readonly isCritical: boolean; readonly value: Bytes };

export type CrlEntry = {
  /** Hex without leading zeros; a leading `-` where it is negative, which RFC 5280 forbids and others write. */
  readonly serialHex: string;
  readonly revokedAt: Date;
  /** As RFC 5280 names it; undefined where the list does not say. */
  readonly reason: string | undefined;
  readonly extensions: readonly CrlExtension[];
};

export type TbsCrl = {
  /** 1 or 2. */
  readonly version: number;
  readonly signatureAlgorithmDer: Bytes;
  readonly signatureAlgorithmOid: string;
  readonly issuerDer: Bytes;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  readonly entries: readonly CrlEntry[];
  /** True where revokedCertificates is there, which it must not be when it is empty. */
  readonly hasEntryList: boolean;
  readonly extensions: readonly CrlExtension[];
  /** Hex without leading zeros. */
  readonly numberHex: string | undefined;
  readonly authorityKeyIdHex: string | undefined;
  /** It speaks for a part of its issuer's certificates only. */
  readonly isPartial: boolean;
};

export type Crl = TbsCrl & { readonly crlDer: Bytes; readonly tbsDer: Bytes; readonly signature: Bytes };

/** @param what how messages name it. @throws CRL_INVALID, DER_INVALID */
export function parseCrl(der: Uint8Array, what: string): Crl {
  const outer = new DerReader(der, what);
  const list = outer.enterSequence();
  outer.assertEnd();
  const tbsDer = list.readElement(TAG_SEQUENCE).der;
  const algorithmDer = list.readElement(TAG_SEQUENCE).der;
  const signature = list.readBitString();
  list.assertEnd();
  const tbs = parseTbsCrl(tbsDer, what);
  if (!isEqualBytes(algorithmDer, tbs.signatureAlgorithmDer))
    throw revocationError('CRL_INVALID', { what, reason: 'it names two signature algorithms' });
  return { ...tbs, crlDer: der as Bytes, tbsDer, signature };
}

/** The fields of a TBSCertList. @throws CRL_INVALID, DER_INVALID */
export function parseTbsCrl(tbsDer: Uint8Array, what: string): TbsCrl {
  const fail = (reason: string): never => {
    throw revocationError('CRL_INVALID', { what, reason });
  };
  const tbs = new DerReader(tbsDer, what).enterSequence();
  const version = tbs.peekTag() === TAG_INTEGER ? tbs.readSmallInteger() + 1 : 1;
  if (version > 2 || (version === 1 && tbsHasVersion(tbsDer, what))) fail(`version ${version}`);
  const algorithm = tbs.readElement(TAG_SEQUENCE);
  const issuerDer = tbs.readElement(TAG_SEQUENCE).der;
  const thisUpdate = tbs.readTime();
  const nextUpdate = isTimeTag(tbs.peekTag()) ? tbs.readTime() : undefined;
  const hasEntryList = tbs.peekTag() === TAG_SEQUENCE;
  const entries = hasEntryList ? readEntries(tbs.enterSequence(), what) : [];
  const extensions = tbs.isAtEnd ? [] : readExtensions(tbs.enter(contextConstructed(0)).enterSequence());
  tbs.assertEnd();
  const hasExtensions = extensions.length > 0 || entries.some((entry) => entry.extensions.length > 0);
  if (version === 1 && hasExtensions) fail('version 1 with extensions');
  if (hasTwice(extensions)) fail('an extension stands twice');
  return {
    version,
    signatureAlgorithmDer: algorithm.der,
    signatureAlgorithmOid: new DerReader(algorithm.value, what).readOid(),
    issuerDer,
    thisUpdate,
    nextUpdate,
    entries,
    hasEntryList,
    extensions,
    numberHex: readNumber(extensions, what),
    authorityKeyIdHex: readAuthorityKeyId(extensions, what),
    isPartial: find(extensions, OID_ISSUING_DISTRIBUTION_POINT) !== undefined,
  };
}

/** A version that is written must be 1, which means 2: the default is left out (X.690 section 11.5). */
const tbsHasVersion = (tbsDer: Uint8Array, what: string): boolean =>
  new DerReader(tbsDer, what).enterSequence().peekTag() === TAG_INTEGER;

const isTimeTag = (tag: number): boolean => tag === TAG_UTC_TIME || tag === TAG_GENERALIZED_TIME;

function readEntries(list: DerReader, what: string): CrlEntry[] {
  const entries: CrlEntry[] = [];
  while (!list.isAtEnd) {
    const entry = list.enterSequence();
    const serialHex = formatInteger(entry.readElement(TAG_INTEGER).value) ?? entry.fail('INTEGER is not minimal');
    const revokedAt = entry.readTime();
    const extensions = entry.isAtEnd ? [] : readExtensions(entry.enterSequence());
    entry.assertEnd();
    if (hasTwice(extensions)) throw revocationError('CRL_INVALID', { what, reason: 'an extension stands twice' });
    entries.push({ serialHex, revokedAt, reason: readReason(extensions, what), extensions });
  }
  return entries;
}

function readExtensions(list: DerReader): CrlExtension[] {
  const extensions: CrlExtension[] = [];
  while (!list.isAtEnd) {
    const extension = list.enterSequence();
    const oid = extension.readOid();
    const isCritical = extension.readBooleanOrFalse();
    extensions.push({ oid, isCritical, value: extension.readElement(TAG_OCTET_STRING).value });
    extension.assertEnd();
  }
  return extensions;
}

const find = (extensions: readonly CrlExtension[], oid: string): CrlExtension | undefined =>
  extensions.find((extension) => extension.oid === oid);

const hasTwice = (extensions: readonly CrlExtension[]): boolean =>
  new Set(extensions.map(({ oid }) => oid)).size !== extensions.length;

function readReason(extensions: readonly CrlExtension[], what: string): string | undefined {
  const extension = find(extensions, OID_REASON_CODE);
  if (extension === undefined) return undefined;
  const reader = new DerReader(extension.value, what);
  const { value } = reader.readElement(TAG_ENUMERATED);
  reader.assertEnd();
  const reason = value.length === 1 ? reasonOfCode(value[0] ?? -1) : undefined;
  if (reason === undefined)
    throw revocationError('CRL_INVALID', { what, reason: `unknown reason ${formatHex(value)}` });
  return reason;
}

function readNumber(extensions: readonly CrlExtension[], what: string): string | undefined {
  const extension = find(extensions, OID_CRL_NUMBER);
  if (extension === undefined) return undefined;
  const reader = new DerReader(extension.value, what);
  const hex = formatInteger(reader.readElement(TAG_INTEGER).value);
  reader.assertEnd();
  if (hex === undefined) throw revocationError('CRL_INVALID', { what, reason: 'malformed number' });
  return hex;
}

/** The key identifier alone; other forms name their issuer in ways that nobody here needs. */
function readAuthorityKeyId(extensions: readonly CrlExtension[], what: string): string | undefined {
  const extension = find(extensions, OID_AUTHORITY_KEY_IDENTIFIER);
  if (extension === undefined) return undefined;
  try {
    const id = new DerReader(extension.value, what).enterSequence().readOptional(contextPrimitive(0));
    return id === undefined ? undefined : formatHex(id.value);
  } catch (cause) {
    if (isCaError(cause)) throw revocationError('CRL_INVALID', { what, reason: 'malformed authority key identifier' });
    throw cause;
  }
}
