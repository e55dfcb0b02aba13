/** @module PKCS#10 requests (RFC 2986) with the names in an extensionRequest (RFC 2985 section 5.4.2). */
import type { Bytes } from '../der/bytes.ts';
import { contextConstructed } from '../der/tags.ts';
import { encodeDer, encodeOid, encodeSequence, encodeSetOf, encodeSmallInteger } from '../der/writer.ts';
import type { Signer } from '../keys/signer.ts';
import { encodeDistinguishedName, type DistinguishedName } from '../names/distinguished-name.ts';
import { assertNameCount, type SubjectAltName } from '../names/subject-alt-name.ts';
import { encodeSubjectAltName } from '../x509/extensions.ts';
import { OID_EXTENSION_REQUEST } from '../x509/oids.ts';
import { encodeSigned } from '../x509/tbs-certificate.ts';

export type CsrRequest = { readonly subject: DistinguishedName; readonly names: readonly SubjectAltName[] };

/** DER of a CertificationRequest, signed by the key it asks a certificate for. @throws NAMES_TOO_MANY */
export function createCsr(request: CsrRequest, signer: Signer<Bytes>): Bytes {
  assertNameCount(request.names);
  const extensions = encodeSequence(encodeSubjectAltName(request.names, request.subject.length === 0));
  const attribute = encodeSequence(encodeOid(OID_EXTENSION_REQUEST), encodeSetOf(extensions));
  const info = encodeSequence(
    encodeSmallInteger(0),
    encodeDistinguishedName(request.subject),
    signer.publicKeySpki,
    encodeDer(contextConstructed(0), attribute),
  );
  return encodeSigned(info, signer.algorithm.identifierDer, signer.sign(info));
}
