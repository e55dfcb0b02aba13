/**
 * @module OCSP responses (RFC 6960 section 4.2), signed by the issuer itself. It delegates to no other certificate: that needs the
 * purpose ocspSigning, which clients that nest purposes refuse below an issuer for serverAuth and clientAuth.
 */
import { coreError } from '../core-errors.ts';
import type { Bytes } from '../der/bytes.ts';
import { formatHex } from '../der/bytes.ts';
import { contextConstructed, contextPrimitive } from '../der/tags.ts';
import { encodeDer, encodeOctetString, encodeOid, encodeSequence } from '../der/writer.ts';
import type { Signer } from '../keys/signer.ts';
import { readKeyBits } from '../keys/subject-key.ts';
import type { Issuer } from '../x509/issuer.ts';
import { encodeSigned } from '../x509/tbs-certificate.ts';
import type { Revocation } from './crl.ts';
import {
  encodeEnumerated,
  encodeGeneralizedTime,
  encodePlainExtension,
  floorToSecond,
  OID_OCSP_BASIC,
  OID_OCSP_NONCE,
} from './elements.ts';
import type { OcspCertId, OcspRequest } from './ocsp-request.ts';
import { REVOCATION_REASONS } from './reasons.ts';

/** `unknown`: never issued, as far as the responder knows. */
export type OcspStatus = 'good' | 'unknown' | Pick<Revocation, 'revokedAt' | 'reason'>;

/** Answers without a signature, by number (RFC 6960 section 4.2.1). */
const OCSP_FAILURES = { malformedRequest: 1, internalError: 2, tryLater: 3, unauthorized: 6 } as const;
export type OcspFailure = keyof typeof OCSP_FAILURES;

/** Hashes by which a CertID may name its issuer. */
const OCSP_HASHES = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
} as const; // RFC 3279 section 2.1, RFC 5754 section 2
type OcspHash = (typeof OCSP_HASHES)[keyof typeof OCSP_HASHES];

/** Hashes bytes; injected, as the platforms differ. */
export type HashBytes = (algorithm: OcspHash, bytes: Uint8Array) => Bytes;

/** What a responder knows of its issuer. */
export type OcspResponder = {
  /** Whether the CertID is about a certificate of this issuer. */
  readonly isOurs: (certId: OcspCertId) => boolean;
  /** The ResponderID: SHA-1 of the issuer's key bits. */
  readonly idDer: Bytes;
};

export function createOcspResponder(issuer: Issuer, hash: HashBytes): OcspResponder {
  const keyBits = readKeyBits(issuer.subjectKey.spkiDer);
  const hashes = new Map(
    Object.entries(OCSP_HASHES).map(([oid, name]) => [
      oid,
      { name: formatHex(hash(name, issuer.subjectDer)), key: formatHex(hash(name, keyBits)) },
    ]),
  );
  return {
    isOurs: ({ hashOid, issuerNameHashHex, issuerKeyHashHex }) => {
      const own = hashes.get(hashOid);
      return own !== undefined && own.name === issuerNameHashHex && own.key === issuerKeyHashHex;
    },
    idDer: encodeDer(contextConstructed(2), encodeOctetString(hash('sha1', keyBits))),
  };
}

/** What is to be said: a status for each certificate of the request, in its order. */
export type OcspAnswer = {
  readonly request: OcspRequest;
  readonly statuses: readonly OcspStatus[];
  readonly now: Date;
  /** How long the answer holds. */
  readonly validitySeconds: number;
};

/** DER of a signed response. @throws SIGNATURE_ALGORITHM_MISMATCH */
export function issueOcspResponse(
  { request, statuses, now, validitySeconds }: OcspAnswer,
  { idDer }: OcspResponder,
  { issuer, signer }: { readonly issuer: Issuer; readonly signer: Signer<Bytes> },
): Bytes {
  const { signature } = issuer.subjectKey;
  if (signer.algorithm.name !== signature.name)
    throw coreError('SIGNATURE_ALGORITHM_MISMATCH', { draft: signature.name, signer: signer.algorithm.name });
  const thisUpdate = floorToSecond(now);
  const times = [
    encodeGeneralizedTime(thisUpdate),
    encodeDer(contextConstructed(0), encodeGeneralizedTime(new Date(thisUpdate.getTime() + validitySeconds * 1000))),
  ];
  const answers = request.certIds.map(({ der }, i) =>
    encodeSequence(der, encodeStatus(statuses[i] ?? 'unknown', thisUpdate), ...times),
  );
  const extensions =
    request.nonce === undefined
      ? []
      : [encodeDer(contextConstructed(1), encodeSequence(encodePlainExtension(OID_OCSP_NONCE, request.nonce)))];
  const tbsDer = encodeSequence(idDer, encodeGeneralizedTime(thisUpdate), encodeSequence(...answers), ...extensions);
  const basic = encodeSigned(tbsDer, signature.identifierDer, signer.sign(tbsDer));
  const bytes = encodeSequence(encodeOid(OID_OCSP_BASIC), encodeOctetString(basic));
  return encodeSequence(encodeEnumerated(0), encodeDer(contextConstructed(0), bytes));
}

/** DER of a response that only says why there is none. */
export const encodeOcspFailure = (failure: OcspFailure): Bytes =>
  encodeSequence(encodeEnumerated(OCSP_FAILURES[failure]));

function encodeStatus(status: OcspStatus, thisUpdate: Date): Bytes {
  if (status === 'good') return encodeDer(contextPrimitive(0));
  if (status === 'unknown') return encodeDer(contextPrimitive(2));
  const code = REVOCATION_REASONS[status.reason];
  const revokedAt = floorToSecond(status.revokedAt > thisUpdate ? thisUpdate : status.revokedAt);
  return encodeDer(
    contextConstructed(1),
    encodeGeneralizedTime(revokedAt),
    ...(code === 0 ? [] : [encodeDer(contextConstructed(0), encodeEnumerated(code))]),
  );
}
