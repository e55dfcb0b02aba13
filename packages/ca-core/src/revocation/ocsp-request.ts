/**
 * @module OCSP requests (RFC 6960 section 4.1) by the strict DER reader. They come from strangers, so everything is bounded. A
 * signature of the one who asks is allowed and not looked at: the answers are for everybody.
 */
import { formatHex, type Bytes } from '../der/bytes.ts';
import { DerReader } from '../der/reader.ts';
import { contextConstructed, TAG_INTEGER, TAG_NULL, TAG_OCTET_STRING, TAG_SEQUENCE } from '../der/tags.ts';
import { isCaError } from '../errors.ts';
import { formatInteger, OID_OCSP_NONCE } from './elements.ts';

/** Which certificate is asked about. */
export type OcspCertId = {
  /** The CertID as it was sent, which the answer repeats. */
  readonly der: Bytes;
  readonly hashOid: string;
  readonly issuerNameHashHex: string;
  readonly issuerKeyHashHex: string;
  /** Hex without leading zeros; a leading `-` where it is negative, which no certificate here is. */
  readonly serialHex: string;
};

export type OcspRequest = {
  readonly certIds: readonly OcspCertId[];
  /** The value of the nonce extension, which the answer repeats. */
  readonly nonce: Bytes | undefined;
};

/** Longer than any that a client sends for a chain. */
export const MAX_OCSP_REQUEST_BYTES = 8192;
const MAX_CERT_IDS = 32;
const MAX_NONCE_BYTES = 128; // RFC 9654 section 2.1
const MAX_SERIAL_BYTES = 21; // RFC 5280 section 4.1.2.2, and a sign byte
const MAX_HASH_BYTES = 64;

/** Undefined for whatever is no request that can be answered: malformed, too long, or with a critical extension that is not known. */
export function parseOcspRequest(der: Uint8Array): OcspRequest | undefined {
  if (der.length > MAX_OCSP_REQUEST_BYTES) return undefined;
  try {
    return readRequest(new DerReader(der, 'the OCSP request'));
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}

function readRequest(outer: DerReader): OcspRequest {
  const request = outer.enterSequence();
  outer.assertEnd();
  const tbs = request.enterSequence();
  if (!request.isAtEnd) request.readElement(contextConstructed(0)); // optionalSignature
  request.assertEnd();
  const version = tbs.readOptional(contextConstructed(0));
  if (version !== undefined && new DerReader(version.value, 'its version').readSmallInteger() !== 0)
    tbs.fail('unknown version');
  tbs.readOptional(contextConstructed(1)); // requestorName
  const certIds = readCertIds(tbs.enterSequence());
  const extensions = tbs.isAtEnd ? [] : readExtensions(tbs.enter(contextConstructed(2)));
  tbs.assertEnd();
  const nonces = extensions.filter(({ oid }) => oid === OID_OCSP_NONCE);
  if (nonces.length > 1) tbs.fail('two nonces');
  for (const { value } of nonces) assertNonce(value);
  return { certIds, nonce: nonces[0]?.value };
}

function readCertIds(list: DerReader): OcspCertId[] {
  const certIds: OcspCertId[] = [];
  while (!list.isAtEnd) {
    const single = list.enterSequence();
    certIds.push(readCertId(single.readElement(TAG_SEQUENCE).der));
    if (!single.isAtEnd) readExtensions(single.enter(contextConstructed(0)));
    single.assertEnd();
    if (certIds.length > MAX_CERT_IDS) list.fail('too many certificates');
  }
  if (certIds.length === 0) list.fail('no certificate');
  return certIds;
}

function readCertId(der: Bytes): OcspCertId {
  const certId = new DerReader(der, 'the CertID').enterSequence();
  const algorithm = certId.enterSequence();
  const hashOid = algorithm.readOid();
  algorithm.readOptional(TAG_NULL);
  algorithm.assertEnd();
  const [name, key] = [certId.readElement(TAG_OCTET_STRING).value, certId.readElement(TAG_OCTET_STRING).value];
  const serial = certId.readElement(TAG_INTEGER).value;
  certId.assertEnd();
  if (Math.max(name.length, key.length) > MAX_HASH_BYTES || serial.length > MAX_SERIAL_BYTES) certId.fail('too long');
  return {
    der,
    hashOid,
    issuerNameHashHex: formatHex(name),
    issuerKeyHashHex: formatHex(key),
    serialHex: formatInteger(serial) ?? certId.fail('INTEGER is not minimal'),
  };
}

function readExtensions(wrapper: DerReader): { readonly oid: string; readonly value: Bytes }[] {
  const list = wrapper.enterSequence();
  wrapper.assertEnd();
  const extensions: { oid: string; value: Bytes }[] = [];
  while (!list.isAtEnd) {
    const extension = list.enterSequence();
    const oid = extension.readOid();
    const isCritical = extension.readBooleanOrFalse();
    const { value } = extension.readElement(TAG_OCTET_STRING);
    extension.assertEnd();
    if (isCritical && oid !== OID_OCSP_NONCE) list.fail('unknown critical extension');
    extensions.push({ oid, value });
  }
  return extensions;
}

/** An OCTET STRING of 1 to 128 bytes; shorter ones are taken from clients of RFC 6960, no bytes and more are not (RFC 9654). */
function assertNonce(value: Bytes): void {
  const reader = new DerReader(value, 'the nonce');
  const nonce = reader.readElement(TAG_OCTET_STRING).value;
  reader.assertEnd();
  if (nonce.length === 0 || nonce.length > MAX_NONCE_BYTES) reader.fail('nonce of a wrong length');
}
