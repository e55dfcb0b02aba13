/** @module Reads certificate requests made by anyone (PKCS#10, RFC 2986, through PKI.js) into plain facts. It describes; `acceptCsr` judges. */
import { CertificationRequest, Extensions, type Attribute } from 'pkijs';
import { coreError } from '../core-errors.ts';
import type { Bytes } from '../der/bytes.ts';
import { CSR_LABELS, findBlocks, type PemBlock } from '../pem/pem.ts';
import { OID_EXTENSION_REQUEST } from '../x509/oids.ts';
import { readExtensions, type ExtensionFacts } from './extension-facts.ts';
import { parseGuarded } from './guard.ts';
import { readAttributes, type AttributeFacts } from './name-facts.ts';
import { describePublicKey } from './public-key-facts.ts';
import { describeSignature } from './signature-facts.ts';

export type CsrFacts = ExtensionFacts & {
  readonly csrDer: Bytes;
  readonly tbsDer: Bytes;
  readonly signature: Bytes;
  readonly spkiDer: Bytes;
  readonly version: number;
  readonly subject: readonly AttributeFacts[];
  readonly keyLabel: string;
  readonly signatureAlgorithmOid: string;
  readonly signatureLabel: string;
  /** OIDs of the attributes, in order. */
  readonly attributeOids: readonly string[];
};

/** The one request of a file, PEM or DER. @throws PEM_NOT_FOUND, PEM_SEVERAL, CSR_INVALID, DER_INVALID, INPUT_* */
export function parseCsrFile(bytes: Uint8Array, what: string): CsrFacts {
  const blocks = findBlocks(bytes, what, { labels: CSR_LABELS, wanted: 'a certificate request' });
  if (blocks.length > 1) throw coreError('PEM_SEVERAL', { what, wanted: 'certificate requests', count: blocks.length });
  const [block] = blocks as [PemBlock];
  return parseCsr(block.der, what);
}

/** @throws CSR_INVALID, DER_INVALID */
export function parseCsr(der: Uint8Array, what: string): CsrFacts {
  return parseGuarded(der, what, { parse: readCsr, toError: (reason) => coreError('CSR_INVALID', { what, reason }) });
}

function readCsr(der: Bytes): CsrFacts {
  const csr = CertificationRequest.fromBER(der);
  const spkiDer = new Uint8Array(csr.subjectPublicKeyInfo.toSchema().toBER(false));
  const attributes = csr.attributes ?? [];
  return {
    csrDer: der,
    tbsDer: new Uint8Array(csr.tbsView),
    signature: new Uint8Array(csr.signatureValue.valueBlock.valueHexView),
    spkiDer,
    version: csr.version,
    subject: readAttributes(csr.subject),
    keyLabel: describePublicKey(spkiDer),
    signatureAlgorithmOid: csr.signatureAlgorithm.algorithmId,
    signatureLabel: describeSignature(csr.signatureAlgorithm.algorithmId),
    attributeOids: attributes.map(({ type }) => type),
    ...readRequestedExtensions(attributes),
  };
}

function readRequestedExtensions(attributes: readonly Attribute[]): ExtensionFacts {
  const requests = attributes.filter(({ type }) => type === OID_EXTENSION_REQUEST);
  const extensions = requests.flatMap(({ values }) =>
    (values as unknown[]).flatMap((schema) => new Extensions({ schema }).extensions),
  );
  return readExtensions(extensions);
}
