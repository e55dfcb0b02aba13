/** @module Bags to be put into a PKCS#12 file: certificates and sealed keys with the attributes by which readers know them. RFC 7292 section 4.2. */
import type { Bytes } from '../der/bytes.ts';
import { contextConstructed, TAG_SET } from '../der/tags.ts';
import { encodeDer, encodeOctetString, encodeOid, encodeSequence, encodeSetOf } from '../der/writer.ts';
import type { Locksmith } from './write-encryption.ts';

/** What a bag says of itself. `isTrusted` makes Java take a certificate as an anchor. */
export type BagLabels = { readonly friendlyName?: string; readonly localKeyId?: Uint8Array; readonly isTrusted?: true };

const OID_SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2'; // RFC 7292 appendix D
const OID_CERT_BAG = '1.2.840.113549.1.12.10.1.3';
const OID_X509_CERTIFICATE = '1.2.840.113549.1.9.22.1'; // RFC 2985
const OID_FRIENDLY_NAME = '1.2.840.113549.1.9.20';
const OID_LOCAL_KEY_ID = '1.2.840.113549.1.9.21';
const OID_TRUSTED_KEY_USAGE = '2.16.840.1.113894.746875.1.1'; // Oracle's; an entry without it is no anchor to Java
const OID_ANY_EXTENDED_KEY_USAGE = '2.5.29.37.0'; // RFC 5280 section 4.2.1.12
const TAG_BMP_STRING = 0x1e; // X.680 section 8.6

const explicit = (value: Uint8Array): Bytes => encodeDer(contextConstructed(0), value);

export function encodeCertificateBag(certDer: Uint8Array, labels: BagLabels): Bytes {
  const certBag = encodeSequence(encodeOid(OID_X509_CERTIFICATE), explicit(encodeOctetString(certDer)));
  return encodeSequence(encodeOid(OID_CERT_BAG), explicit(certBag), ...encodeAttributes(labels));
}

/** The key stands outside of every encrypted safe, sealed by itself, as in the files of OpenSSL, Java and Windows. */
export function encodeKeyBag(pkcs8Der: Uint8Array, labels: BagLabels, { seal }: Locksmith): Bytes {
  const { algorithm, ciphertext } = seal(pkcs8Der);
  const sealed = encodeSequence(algorithm, encodeOctetString(ciphertext));
  return encodeSequence(encodeOid(OID_SHROUDED_KEY_BAG), explicit(sealed), ...encodeAttributes(labels));
}

/** One SET, or nothing at all where there is nothing to say. */
function encodeAttributes({ friendlyName, localKeyId, isTrusted }: BagLabels): Bytes[] {
  const attributes: Bytes[] = [];
  const add = (oid: string, value: Uint8Array): void =>
    void attributes.push(encodeSequence(encodeOid(oid), encodeDer(TAG_SET, value)));
  if (friendlyName !== undefined) add(OID_FRIENDLY_NAME, encodeDer(TAG_BMP_STRING, encodeBmpText(friendlyName)));
  if (localKeyId !== undefined) add(OID_LOCAL_KEY_ID, encodeOctetString(localKeyId));
  if (isTrusted === true) add(OID_TRUSTED_KEY_USAGE, encodeOid(OID_ANY_EXTENDED_KEY_USAGE));
  return attributes.length === 0 ? [] : [encodeSetOf(...attributes)];
}

/** Big-endian UTF-16; a character beyond the BMP is two surrogates, which all readers take. */
function encodeBmpText(text: string): Bytes {
  return Uint8Array.from({ length: 2 * text.length }, (_, i) => text.charCodeAt(i >> 1) >>> (i % 2 === 0 ? 8 : 0));
}
