/**
 * @module Reads a PKCS#12 file made by anyone (RFC 7292): its MAC first, then certificates, keys and CRLs of all its safes.
 * Structure through asn1js; PKI.js has neither the old encryption schemes nor PBMAC1. It does not judge what it finds.
 */
import { coreError } from '../core-errors.ts';
import type { Bytes } from '../der/bytes.ts';
import { isCaError, type CaError } from '../errors.ts';
import { findBlocks } from '../pem/pem.ts';
import { UnsupportedError } from './algorithms.ts';
import {
  integerOf,
  isContext,
  membersOf,
  octetsOf,
  oidOf,
  parseBer,
  parseFirstBer,
  sequenceOf,
  StructureError,
  type BerNode,
} from './ber.ts';
import { readEncryption } from './encryption.ts';
import { EntryCount } from './entry-count.ts';
import { verifyMac, type Pkcs12Mac } from './integrity.ts';
import { PKCS12_LABELS } from './is-pkcs12.ts';
import { LockedError, Opener } from './opener.ts';
import { readSafeContents, type Bag, type BagNames, type SafeContext } from './safe-bags.ts';

/** `friendlyName` (Java's alias) is a stranger's text: escape it before it is shown. */
export type Pkcs12Certificate = BagNames & {
  readonly certDer: Bytes;
  /** Marked as a trust anchor by Java (keytool -importcert). */
  readonly isTrusted: boolean;
};
/** The key is plain: a secret of its own. */
export type Pkcs12PrivateKey = BagNames & { readonly pkcs8Der: Bytes };

/** Everything in the order of the file. Nothing is checked but the MAC: a certificate may be none. */
export type Pkcs12Contents = {
  readonly certificates: readonly Pkcs12Certificate[];
  readonly privateKeys: readonly Pkcs12PrivateKey[];
  readonly crls: readonly { readonly crlDer: Bytes }[];
  /** Bags of other kinds: secrets, SDSI certificates. */
  readonly otherCount: number;
  readonly mac: Pkcs12Mac | 'none';
  /** Labels for people, each once: `AES-256-CBC, key by PBKDF2 and HMAC-SHA-256`; `none`. */
  readonly encryption: { readonly certificates: readonly string[]; readonly privateKeys: readonly string[] };
};

const OID_DATA = '1.2.840.113549.1.7.1'; // RFC 5652 section 4
const OID_SIGNED_DATA = '1.2.840.113549.1.7.2';
const OID_ENVELOPED_DATA = '1.2.840.113549.1.7.3';
const OID_ENCRYPTED_DATA = '1.2.840.113549.1.7.6'; // RFC 5652 section 8
const PFX_VERSION = 3; // RFC 7292 section 4

/**
 * The contents of a file, DER, BER or PEM (`BEGIN PKCS12`, as certtool writes it). Without a password, none and the empty one
 * are tried. Takes as long as the file's key derivation does; up to some seconds. At most 500 certificates and 50 keys.
 * @param options `what` is how messages name the file
 * @throws PKCS12_PASSWORD_NEEDED, PKCS12_PASSWORD_WRONG, PKCS12_INVALID, PKCS12_UNSUPPORTED, KEY_TOO_COSTLY, INPUT_*, PEM_*
 */
export function readPkcs12(bytes: Uint8Array, options: { what: string; password?: string }): Pkcs12Contents {
  const { what, password } = options;
  const blocks = findBlocks(bytes, what, { labels: PKCS12_LABELS, wanted: 'a PKCS#12 file' });
  try {
    return readPfx(blocks[0]?.der ?? new Uint8Array(), new Opener(password ?? '', what));
  } catch (cause) {
    throw toCaError(cause, options);
  }
}

function toCaError(cause: unknown, { what, password }: { what: string; password?: string }): CaError {
  if (isCaError(cause)) return cause;
  if (cause instanceof LockedError)
    return coreError(password === undefined ? 'PKCS12_PASSWORD_NEEDED' : 'PKCS12_PASSWORD_WRONG', { what });
  if (cause instanceof UnsupportedError) return coreError('PKCS12_UNSUPPORTED', { what, reason: cause.message });
  const isExplained = cause instanceof StructureError;
  const reason = isExplained ? cause.message : 'its structure is not the one of RFC 7292';
  return coreError('PKCS12_INVALID', { what, reason });
}

function readPfx(bytes: Bytes, opener: Opener): Pkcs12Contents {
  const [version, authSafe, macData] = sequenceOf(parseFirstBer(bytes).node);
  if (integerOf(version) !== PFX_VERSION) throw new StructureError('its version is not 3');
  const { type, content } = readContentInfo(authSafe);
  if (type === OID_SIGNED_DATA) throw new UnsupportedError('a signature in place of a password (public-key integrity)');
  if (type !== OID_DATA) throw new StructureError('it holds no data');
  const safes = octetsOf(content);
  const mac = macData === undefined ? 'none' : verifyMac(macData, safes, opener);
  const context = { opener, count: new EntryCount() };
  return collect(
    sequenceOf(parseBer(safes)).flatMap((safe) => readSafe(safe, context)),
    mac,
  );
}

function readContentInfo(node: BerNode | undefined): { type: string; content: BerNode | undefined } {
  const [type, wrapper] = sequenceOf(node);
  if (!isContext(wrapper, 0)) throw new StructureError('a part of it has no content');
  return { type: oidOf(type), content: membersOf(wrapper)[0] };
}

function readSafe(node: BerNode, context: Omit<SafeContext, 'safeEncryption'>): Bag[] {
  const { type, content } = readContentInfo(node);
  if (type === OID_DATA)
    return readSafeContents(parseBer(octetsOf(content)), { ...context, safeEncryption: undefined });
  if (type === OID_ENVELOPED_DATA) throw new UnsupportedError('encryption for a certificate (public-key privacy)');
  if (type !== OID_ENCRYPTED_DATA) throw new UnsupportedError(`a safe of the type ${type}`);
  const [, encryptedContent] = sequenceOf(content);
  const [contentType, algorithm, ciphertext] = sequenceOf(encryptedContent);
  if (oidOf(contentType) !== OID_DATA)
    throw new UnsupportedError(`encrypted content of the type ${oidOf(contentType)}`);
  const encryption = readEncryption(algorithm);
  const safeContents = context.opener.decrypt(encryption, octetsOf(ciphertext, 0), parseSafeContents);
  return readSafeContents(safeContents, { ...context, safeEncryption: encryption.label });
}

/** Decrypted with a wrong password, bytes are no SEQUENCE of bags to their very end. */
function parseSafeContents(plaintext: Bytes): BerNode {
  const node = parseBer(plaintext);
  for (const bag of sequenceOf(node)) oidOf(sequenceOf(bag)[0]);
  return node;
}

function collect(bags: readonly Bag[], mac: Pkcs12Contents['mac']): Pkcs12Contents {
  const certificates: Pkcs12Certificate[] = [];
  const privateKeys: Pkcs12PrivateKey[] = [];
  const crls: { crlDer: Bytes }[] = [];
  for (const { encryption: _label, isTrusted, ...bag } of bags) {
    if (bag.kind === 'other') continue;
    const { kind, der, ...names } = bag;
    if (kind === 'certificate') certificates.push({ certDer: der, isTrusted, ...names });
    else if (kind === 'key') privateKeys.push({ pkcs8Der: der, ...names });
    else crls.push({ crlDer: der });
  }
  const otherCount = bags.filter(({ kind }) => kind === 'other').length;
  const labels = (kind: Bag['kind']): string[] => [
    ...new Set(bags.filter((bag) => bag.kind === kind).map(({ encryption }) => encryption)),
  ];
  const encryption = { certificates: labels('certificate'), privateKeys: labels('key') };
  return { certificates, privateKeys, crls, otherCount, mac, encryption };
}
