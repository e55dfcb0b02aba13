/**
 * @module The value `Blob` under which Windows keeps a certificate or a revocation list in the registry: a row of properties, each an identifier, a
 * reserved word, a length and so many bytes, all little-endian; the certificate itself is one of them. Not written down by
 * Microsoft for the registry, but it is the serialized form of CertSerializeCertificateStoreElement.
 */
import type { Bytes } from '@mintmark/ca-core';

/** CERT_CERT_PROP_ID and CERT_CRL_PROP_ID of wincrypt.h. */
const CERTIFICATE_PROPERTY = 32;
const CRL_PROPERTY = 33;
/** Identifier, reserved word and length. */
const HEADER_BYTES = 12;

/** DER of the certificate in a blob; undefined when there is none or the blob is cut short. */
export const readBlobCertificate = (blob: Uint8Array): Bytes | undefined => readProperty(blob, CERTIFICATE_PROPERTY);

/** DER of the revocation list in a blob; undefined as above. */
export const readBlobCrl = (blob: Uint8Array): Bytes | undefined => readProperty(blob, CRL_PROPERTY);

function readProperty(blob: Uint8Array, property: number): Bytes | undefined {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  let at = 0;
  while (at + HEADER_BYTES <= blob.length) {
    const end = at + HEADER_BYTES + view.getUint32(at + 8, true);
    if (end > blob.length) return undefined;
    if (view.getUint32(at, true) === property) return new Uint8Array(blob.subarray(at + HEADER_BYTES, end));
    at = end;
  }
  return undefined;
}
