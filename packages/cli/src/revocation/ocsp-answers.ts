/** @module From the bytes of a request to the bytes of an answer: OCSP without HTTP. */
import { hash } from 'node:crypto';
import type { Bytes, Signer } from '@mintmark/ca-core';
import {
  createOcspResponder,
  encodeOcspFailure,
  issueOcspResponse,
  parseOcspRequest,
  type HashBytes,
} from '@mintmark/ca-core/revocation';
import type { StoredCa } from '@mintmark/ca-store';
import type { StatusBook } from './status-book.ts';

/** Short, so that a copy of an old answer soon serves nobody. */
const VALIDITY_SECONDS = 3600;

export type OcspAnswerer = (requestDer: Uint8Array) => Bytes;

const nodeHash: HashBytes = (algorithm, bytes) => new Uint8Array(hash(algorithm, bytes, 'buffer'));

/** Answers for one CA. A request about certificates of others alone is refused without a signature (RFC 5019 section 2.2.3). */
export function createOcspAnswerer(
  { issuer }: StoredCa,
  { signer, statusOf, now }: { signer: Signer<Bytes>; statusOf: StatusBook; now: () => Date },
): OcspAnswerer {
  const responder = createOcspResponder(issuer, nodeHash);
  return (requestDer) => {
    const request = parseOcspRequest(requestDer);
    if (request === undefined) return encodeOcspFailure('malformedRequest');
    if (!request.certIds.some((certId) => responder.isOurs(certId))) return encodeOcspFailure('unauthorized');
    const statuses = request.certIds.map((certId) =>
      responder.isOurs(certId) ? statusOf(certId.serialHex) : 'unknown',
    );
    const answer = { request, statuses, now: now(), validitySeconds: VALIDITY_SECONDS };
    return issueOcspResponse(answer, responder, { issuer, signer });
  };
}
