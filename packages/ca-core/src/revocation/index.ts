/** @module Revocation: lists (CRLs) and OCSP, made and read. Apart from the main list, because few commands load it. */
export {
  CRL_DEFAULT_DAYS,
  canSignCrls,
  issueCrl,
  prepareCrl,
  type CrlContext,
  type CrlDraft,
  type CrlRequest,
  type Revocation,
} from './crl.ts';
export { bareHex } from './elements.ts';
export { checkTbsCrl } from './lint-crl.ts';
export { MAX_OCSP_REQUEST_BYTES, parseOcspRequest, type OcspCertId, type OcspRequest } from './ocsp-request.ts';
export {
  createOcspResponder,
  encodeOcspFailure,
  issueOcspResponse,
  type HashBytes,
  type OcspFailure,
  type OcspResponder,
  type OcspStatus,
} from './ocsp-response.ts';
export { parseCrl, type Crl, type CrlEntry } from './read-crl.ts';
export { readName } from './read-name.ts';
export {
  parseRevocationReason,
  REVOCATION_REASON_NAMES,
  toRevocationReason,
  type RevocationReason,
} from './reasons.ts';
export { REVOCATION_ERRORS } from './revocation-errors.ts';
