/** @module Reading what others made: certificates and requests through PKI.js. Loads a large parser; import it lazily. */
export { parseCertificate, parseCertificates, type CertificateFacts } from './certificate-facts.ts';
export { parseCsr, parseCsrFile, type CsrFacts } from './csr-facts.ts';
export { acceptCsr, type AcceptCsrOptions, type AcceptedCsr } from './accept-csr.ts';
export { describePublicKey } from './public-key-facts.ts';
export { formatAttributes, type AttributeFacts, type GeneralNameFacts } from './name-facts.ts';
export { describeSignature, isWeakSignature, signatureHash } from './signature-facts.ts';
