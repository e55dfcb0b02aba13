/** @module SafeContents and the bags in them, at any depth: certificates, CRLs and keys with their attributes. RFC 7292 section 4.2. */
import { formatHex, type Bytes } from '../der/bytes.ts';
import {
  contentOf,
  encodingOf,
  integerOf,
  isContext,
  isTagged,
  membersOf,
  octetsOf,
  oidOf,
  parseBer,
  sequenceOf,
  StructureError,
  TAG,
  type BerNode,
} from './ber.ts';
import { readEncryption } from './encryption.ts';
import type { EntryCount } from './entry-count.ts';
import type { Opener } from './opener.ts';

/** What a bag says of itself; a stranger's text. */
export type BagNames = { readonly friendlyName?: string; readonly localKeyIdHex?: string };

export type Bag = BagNames & { readonly isTrusted: boolean; readonly encryption: string } & (
    | { readonly kind: 'certificate' | 'crl' | 'key'; readonly der: Bytes }
    | { readonly kind: 'other' }
  );

type BagContent = { readonly kind: Bag['kind']; readonly der: Bytes; readonly label?: string };

const BAG_TYPES = '1.2.840.113549.1.12.10.1'; // RFC 7292 appendix D
const OID_KEY_BAG = `${BAG_TYPES}.1`;
const OID_SHROUDED_KEY_BAG = `${BAG_TYPES}.2`;
const OID_CERT_BAG = `${BAG_TYPES}.3`;
const OID_CRL_BAG = `${BAG_TYPES}.4`;
const OID_SAFE_CONTENTS_BAG = `${BAG_TYPES}.6`;
const OID_X509_CERTIFICATE = '1.2.840.113549.1.9.22.1'; // RFC 2985
const OID_X509_CRL = '1.2.840.113549.1.9.23.1';
const OID_FRIENDLY_NAME = '1.2.840.113549.1.9.20';
const OID_LOCAL_KEY_ID = '1.2.840.113549.1.9.21';
const OID_TRUSTED_KEY_USAGE = '2.16.840.1.113894.746875.1.1'; // Oracle's, by which Java tells anchors from chains

/** How the safe around the bags is encrypted; undefined: not. The count is that of the whole file. */
export type SafeContext = {
  readonly safeEncryption: string | undefined;
  readonly opener: Opener;
  readonly count: EntryCount;
};

/** The bags of a SafeContents. @throws StructureError, UnsupportedError, LockedError, KEY_TOO_COSTLY */
export function readSafeContents(node: BerNode, context: SafeContext): Bag[] {
  return sequenceOf(node).flatMap((bag) => readBag(bag, context));
}

function readBag(node: BerNode, context: SafeContext): Bag[] {
  const [oidNode, wrapper, attributeSet] = sequenceOf(node);
  const oid = oidOf(oidNode);
  if (!isContext(wrapper, 0)) throw new StructureError('a bag has no content');
  const [value] = membersOf(wrapper);
  if (value === undefined) throw new StructureError('a bag is empty');
  if (oid === OID_SAFE_CONTENTS_BAG) return readSafeContents(value, context);
  const { kind, der, label } = readContent(oid, value, context);
  const encryption = [context.safeEncryption, label].filter((part) => part !== undefined).join(' around ') || 'none';
  const names = { ...readAttributes(attributeSet), encryption };
  return [kind === 'other' ? { kind, ...names } : { kind, der, ...names }];
}

function readContent(oid: string, value: BerNode, context: SafeContext): BagContent {
  if (oid === OID_KEY_BAG || oid === OID_SHROUDED_KEY_BAG) context.count.add('key');
  if (oid === OID_CERT_BAG) context.count.add('certificate');
  if (oid === OID_KEY_BAG) return { kind: 'key', der: assertPrivateKey(encodingOf(value)) };
  if (oid === OID_SHROUDED_KEY_BAG) return readShroudedKey(value, context);
  if (oid === OID_CERT_BAG) return readTyped(value, 'certificate', OID_X509_CERTIFICATE);
  if (oid === OID_CRL_BAG) return readTyped(value, 'crl', OID_X509_CRL);
  return { kind: 'other', der: new Uint8Array() };
}

/** CertBag and CRLBag: a type and an OCTET STRING. Other types than X.509 (SDSI) hold nothing that is known here. */
function readTyped(node: BerNode, kind: 'certificate' | 'crl', wanted: string): BagContent {
  const [type, wrapper] = sequenceOf(node);
  if (oidOf(type) !== wanted) return { kind: 'other', der: new Uint8Array() };
  return { kind, der: octetsOf(membersOf(wrapper)[0]) };
}

function readShroudedKey(node: BerNode, { opener }: SafeContext): BagContent {
  const [algorithm, ciphertext] = sequenceOf(node);
  const encryption = readEncryption(algorithm);
  const der = opener.decrypt(encryption, octetsOf(ciphertext), assertPrivateKey);
  return { kind: 'key', der, label: encryption.label };
}

/** The outline of a PrivateKeyInfo (RFC 5958 section 2), which no nonsense has. Returns the bytes. */
function assertPrivateKey(der: Bytes): Bytes {
  const [version, algorithm, key] = sequenceOf(parseBer(der));
  if (integerOf(version) > 1) throw new StructureError('a private key has an unknown version');
  oidOf(sequenceOf(algorithm)[0]);
  octetsOf(key);
  return der;
}

/** Attributes that are odd in themselves say nothing; they are no reason to refuse the file. */
function readAttributes(set: BerNode | undefined): BagNames & { isTrusted: boolean } {
  const values = new Map<string, BerNode>();
  for (const attribute of set === undefined ? [] : membersOf(set)) {
    const [type, valueSet] = sequenceOf(attribute);
    const [value] = valueSet === undefined ? [] : membersOf(valueSet);
    if (value !== undefined && !values.has(oidOf(type))) values.set(oidOf(type), value);
  }
  const friendlyName = readText(values.get(OID_FRIENDLY_NAME));
  const keyId = values.get(OID_LOCAL_KEY_ID);
  return {
    isTrusted: values.has(OID_TRUSTED_KEY_USAGE),
    ...(friendlyName === undefined ? {} : { friendlyName }),
    ...(isTagged(keyId, TAG.octets) ? { localKeyIdHex: formatHex(octetsOf(keyId)) } : {}),
  };
}

function readText(node: BerNode | undefined): string | undefined {
  if (isTagged(node, TAG.utf8)) return new TextDecoder('utf-8').decode(contentOf(node));
  if (!isTagged(node, TAG.bmp)) return undefined;
  const bytes = contentOf(node);
  const units = Array.from(
    { length: bytes.length >> 1 },
    (_, i) => 256 * (bytes[2 * i] ?? 0) + (bytes[2 * i + 1] ?? 0),
  );
  return units.map((unit) => String.fromCharCode(unit)).join('');
}
