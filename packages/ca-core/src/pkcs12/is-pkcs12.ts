/** @module Tells a PKCS#12 file from certificates and keys by its first bytes, in DER, BER and PEM. */
import { decodeLatin1 } from '../der/bytes.ts';

/** What GnuTLS writes. */
export const PKCS12_LABELS = ['PKCS12'] as const;

const PEM_HEAD = /-----BEGIN PKCS12-----/;
const HEAD_BYTES = 4096;

// SEQUENCE { INTEGER of one byte, SEQUENCE { OBJECT IDENTIFIER pkcs7-data or pkcs7-signedData …, lengths in any form.
const PFX_HEAD =
  /^0(?:[\0-\x80]|\x81.|\x82..|\x83...|\x84....)\x02\x01.0(?:[\0-\x80]|\x81.|\x82..|\x83...|\x84....)\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x01\x02]/s;

/** True for what has the outline of a PKCS#12 file; whether it is whole, `readPkcs12` says. Never throws. */
export function isPkcs12(bytes: Uint8Array): boolean {
  const head = decodeLatin1(bytes.subarray(0, HEAD_BYTES));
  return PFX_HEAD.test(head) || PEM_HEAD.test(head);
}
