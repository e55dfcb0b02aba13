/**
 * @module Trusted certificates of a PKCS#12 keystore whose certificates are not encrypted, as `cacerts` is since Java 18
 * (RFC 7292, section 4). Nothing is decrypted and the MAC is not checked: what is sealed is left to keytool.
 */
import { DerReader, derTags, isCaError } from '@mintmark/ca-core';

const OID_DATA = '1.2.840.113549.1.7.1'; // RFC 5652, section 4
const OID_CERT_BAG = '1.2.840.113549.1.12.10.1.3'; // RFC 7292, section 4.2.3
const OID_X509_CERTIFICATE = '1.2.840.113549.1.9.22.1'; // RFC 7292, section 4.2.3
const OID_FRIENDLY_NAME = '1.2.840.113549.1.9.20'; // RFC 2985, section 5.5.1
/** Without this attribute Java takes a certificate for a part of some key's chain. OpenJDK, PKCS12KeyStore: TrustedKeyUsage. */
const OID_TRUSTED_KEY_USAGE = '2.16.840.1.113894.746875.1.1';
const TAG_CONTENT = derTags.contextConstructed(0);

export type Pkcs12Certificates = {
  /** Those that Java trusts, by the names it has for them. */
  readonly entries: readonly { readonly alias: string; readonly certDer: Uint8Array }[];
  /** Then another password than that of the MAC is refused; without one, any is taken. */
  readonly hasMac: boolean;
};

/** What a keystore holds; `encrypted` where only keytool can tell; undefined when it is no PKCS#12 file or is damaged. */
export function parsePkcs12Certificates(bytes: Uint8Array): Pkcs12Certificates | 'encrypted' | undefined {
  try {
    return readPfx(bytes);
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}

function readPfx(bytes: Uint8Array): Pkcs12Certificates | 'encrypted' {
  const file = createReader(bytes);
  const pfx = file.enterSequence();
  file.assertEnd();
  if (pfx.readSmallInteger() !== 3) pfx.fail('another version than 3'); // RFC 7292, section 4
  const authenticatedSafe = readContentInfo(pfx.enterSequence());
  if (authenticatedSafe === undefined) return 'encrypted'; // signed instead of sealed by a MAC: nobody's cacerts
  const hasMac = !pfx.isAtEnd;
  const entries: { alias: string; certDer: Uint8Array }[] = [];
  for (const contentInfo of readMembers(createReader(authenticatedSafe))) {
    const safeContents = readContentInfo(contentInfo);
    if (safeContents === undefined) return 'encrypted';
    for (const bag of readMembers(createReader(safeContents))) {
      const found = readTrusted(bag);
      if (found === 'nameless') return 'encrypted'; // Java gives such a number that depends on the rest
      if (found !== undefined) entries.push(found);
    }
  }
  return { entries, hasMac };
}

const createReader = (bytes: Uint8Array): DerReader => new DerReader(bytes, 'the keystore');

/** The members of a SEQUENCE OF SEQUENCE that is all there is. */
function readMembers(outer: DerReader): DerReader[] {
  const members = outer.enterSequence();
  outer.assertEnd();
  const readers: DerReader[] = [];
  while (!members.isAtEnd) readers.push(members.enterSequence());
  return readers;
}

/** Plain content; undefined when it is encrypted. */
function readContentInfo(contentInfo: DerReader): Uint8Array | undefined {
  if (contentInfo.readOid() !== OID_DATA) return undefined;
  return contentInfo.enter(TAG_CONTENT).readElement(derTags.TAG_OCTET_STRING).value;
}

function readTrusted(bag: DerReader): { alias: string; certDer: Uint8Array } | 'nameless' | undefined {
  if (bag.readOid() !== OID_CERT_BAG) return undefined;
  const certBag = bag.enter(TAG_CONTENT).enterSequence();
  if (certBag.readOid() !== OID_X509_CERTIFICATE) return undefined;
  const certDer = certBag.enter(TAG_CONTENT).readElement(derTags.TAG_OCTET_STRING).value;
  const attributes = readAttributes(bag);
  if (!attributes.has(OID_TRUSTED_KEY_USAGE)) return undefined;
  const name = attributes.get(OID_FRIENDLY_NAME);
  return name === undefined ? 'nameless' : { alias: decodeBmpString(name), certDer };
}

/** The first value of each attribute. */
function readAttributes(bag: DerReader): Map<string, Uint8Array> {
  const values = new Map<string, Uint8Array>();
  if (bag.isAtEnd) return values;
  const attributes = bag.enter(derTags.TAG_SET);
  while (!attributes.isAtEnd) {
    const attribute = attributes.enterSequence();
    const oid = attribute.readOid();
    values.set(oid, attribute.enter(derTags.TAG_SET).readElement().value);
  }
  return values;
}

/** UTF-16, big end first. */
function decodeBmpString(bytes: Uint8Array): string {
  const units = Array.from(
    { length: bytes.length >> 1 },
    (_, at) => (bytes[2 * at] ?? 0) * 256 + (bytes[2 * at + 1] ?? 0),
  );
  return units.map((unit) => String.fromCharCode(unit)).join('');
}
