/**
 * @module Reads a certificate made by anyone (through PKI.js) into plain facts for people and programs. RFC 5280.
 * It describes; it does not verify signatures, names or dates.
 */
import { Certificate } from 'pkijs';
import { coreError } from '../core-errors.ts';
import { formatHex, isEqualBytes, type Bytes } from '../der/bytes.ts';
import { CERTIFICATE_LABELS, findBlocks } from '../pem/pem.ts';
import { readExtensions, type ExtensionFacts } from './extension-facts.ts';
import { parseGuarded } from './guard.ts';
import { readAttributes, type AttributeFacts } from './name-facts.ts';
import { describePublicKey } from './public-key-facts.ts';
import { describeSignature } from './signature-facts.ts';

export type CertificateFacts = ExtensionFacts & {
  readonly certDer: Bytes;
  readonly spkiDer: Bytes;
  readonly tbsDer: Bytes;
  readonly signature: Bytes;
  /** 1 to 3. */
  readonly version: number;
  /** Two's complement content of the INTEGER as hex without leading zeros; a leading `-` where it is negative. */
  readonly serialHex: string;
  readonly subject: readonly AttributeFacts[];
  readonly issuer: readonly AttributeFacts[];
  readonly subjectDer: Bytes;
  readonly issuerDer: Bytes;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly keyLabel: string;
  readonly signatureAlgorithmOid: string;
  readonly signatureLabel: string;
  /** Subject and issuer are the same name. Whether it signed itself is for `verify` to say. */
  readonly isSelfIssued: boolean;
};

/** @param what how messages name the file. @throws CERTIFICATE_INVALID, DER_INVALID */
export function parseCertificate(der: Uint8Array, what: string): CertificateFacts {
  return parseGuarded(der, what, {
    parse: readCertificate,
    toError: (reason) => coreError('CERTIFICATE_INVALID', { what, reason }),
  });
}

/**
 * The certificates of a file, PEM or DER, in order.
 * @throws PEM_NOT_FOUND when there is none, CERTIFICATE_INVALID, DER_INVALID, INPUT_*
 */
export function parseCertificates(bytes: Uint8Array, what: string): CertificateFacts[] {
  const blocks = findBlocks(bytes, what, { labels: CERTIFICATE_LABELS, wanted: 'a certificate' });
  return blocks.map((block) => parseCertificate(block.der, what));
}

function readCertificate(der: Bytes): CertificateFacts {
  const certificate = Certificate.fromBER(der);
  const spkiDer = new Uint8Array(certificate.subjectPublicKeyInfo.toSchema().toBER(false));
  const subjectDer = new Uint8Array(certificate.subject.valueBeforeDecode);
  const issuerDer = new Uint8Array(certificate.issuer.valueBeforeDecode);
  return {
    certDer: der,
    spkiDer,
    tbsDer: new Uint8Array(certificate.tbsView),
    signature: new Uint8Array(certificate.signatureValue.valueBlock.valueHexView),
    version: certificate.version + 1,
    serialHex: formatSerial(certificate.serialNumber.valueBlock.valueHexView),
    subject: readAttributes(certificate.subject),
    issuer: readAttributes(certificate.issuer),
    subjectDer,
    issuerDer,
    notBefore: certificate.notBefore.value,
    notAfter: certificate.notAfter.value,
    keyLabel: describePublicKey(spkiDer),
    signatureAlgorithmOid: certificate.signatureAlgorithm.algorithmId,
    signatureLabel: describeSignature(certificate.signatureAlgorithm.algorithmId),
    isSelfIssued: isEqualBytes(subjectDer, issuerDer),
    ...readExtensions(certificate.extensions ?? []),
  };
}

/** Negative serials are against RFC 5280 section 4.1.2.2 but exist. */
function formatSerial(content: Uint8Array): string {
  const [first = 0, second = 0] = content;
  const isPadded = content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (isPadded) throw new TypeError('INTEGER is not minimal (X.690 section 8.3.2)');
  const isNegative = first >= 0x80;
  const magnitude = isNegative
    ? BigInt(`0x${formatHex(content)}`) - (1n << BigInt(content.length * 8))
    : BigInt(`0x${formatHex(content) || '0'}`);
  return magnitude.toString(16);
}
