/** @module TBSCertificate and Certificate encoding (RFC 5280 section 4.1). Encodes what it is told; profiles decide. */
import type { Bytes } from '../der/bytes.ts';
import { contextConstructed } from '../der/tags.ts';
import {
  encodeBitString,
  encodeDer,
  encodeSequence,
  encodeSmallInteger,
  encodeTime,
  encodeUnsignedInteger,
} from '../der/writer.ts';

/** The fields of a version 3 certificate; everything named `…Der` is already encoded. */
export type TbsCertificate = {
  /** 1 to 20 bytes, big-endian, positive. */
  readonly serial: Uint8Array;
  readonly signatureAlgorithmDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly subjectDer: Uint8Array;
  readonly spkiDer: Uint8Array;
  readonly extensionsDer: readonly Uint8Array[];
};

const VERSION_3 = encodeDer(contextConstructed(0), encodeSmallInteger(2));

/** DER of the TBSCertificate. */
export function encodeTbsCertificate(tbs: TbsCertificate): Bytes {
  return encodeSequence(
    VERSION_3,
    encodeUnsignedInteger(tbs.serial),
    tbs.signatureAlgorithmDer,
    tbs.issuerDer,
    encodeSequence(encodeTime(tbs.notBefore), encodeTime(tbs.notAfter)),
    tbs.subjectDer,
    tbs.spkiDer,
    encodeDer(contextConstructed(3), encodeSequence(...tbs.extensionsDer)),
  );
}

/** SEQUENCE { toBeSigned, algorithm, signature }: the shape of certificates, requests and CRLs alike. */
export function encodeSigned(tbsDer: Uint8Array, signatureAlgorithmDer: Uint8Array, signature: Uint8Array): Bytes {
  return encodeSequence(tbsDer, signatureAlgorithmDer, encodeBitString(signature));
}
