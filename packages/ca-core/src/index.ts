/**
 * @module The public list of ca-core: names, keys, profiles, issuance, requests and pins. Bytes in, bytes out; the clock,
 * randomness, hashing and signing are arguments.
 */
export {
  CaError,
  createErrorFactory,
  escapeControls,
  isCaError,
  quote,
  quoteWord,
  type ErrorDefinition,
  type ErrorDetails,
  type ErrorTable,
} from './errors.ts';
export { CORE_ERRORS, coreError } from './core-errors.ts';
export { formatBase64, formatHex, isEqualBytes, parseHex, type Bytes } from './der/bytes.ts';
export { assertDerBudget } from './der/budget.ts';
export { DerReader } from './der/reader.ts';
export * as derTags from './der/tags.ts';
export * as derWriter from './der/writer.ts';
export {
  CERTIFICATE_LABELS,
  CSR_LABELS,
  findBlocks,
  formatPem,
  MAX_INPUT_BYTES,
  parsePem,
  parsePemOrDer,
  PRIVATE_KEY_LABELS,
  type PemBlock,
} from './pem/pem.ts';
export { baseDomain, parseDnsName, type DnsName, type NameRules } from './names/dns-name.ts';
export { formatIpAddress, parseIpAddress, type IpAddress, type IpRange } from './names/ip-address.ts';
export { isNamePermitted, type NameConstraints } from './names/name-constraints.ts';
export {
  dropRepeats,
  parseSubjectAltName,
  parseSubjectAltNames,
  type SubjectAltName,
} from './names/subject-alt-name.ts';
export {
  attributeTypeOfOid,
  createNameAttribute,
  formatDistinguishedName,
  parseDistinguishedName,
  type DistinguishedName,
  type NameAttribute,
} from './names/distinguished-name.ts';
export {
  createScope,
  findScopeExcess,
  isDomainWithin,
  isNameInScope,
  listScope,
  narrowScope,
  type Scope,
} from './names/scope.ts';
export { DEV_DOMAINS, isDevName } from './names/special-use.ts';
export {
  KEY_TYPE_FACTS,
  KEY_TYPES,
  parseKeyType,
  type KeyFamily,
  type KeyType,
  type SignatureAlgorithm,
} from './keys/algorithms.ts';
export { parseSubjectKey, type Sha256, type SubjectKey } from './keys/subject-key.ts';
export type { SignatureVerifier, Signer } from './keys/signer.ts';
export {
  createEngineKey,
  createEngineSigner,
  exportEngineKey,
  type CryptoEngine,
  type EngineKey,
} from './keys/webcrypto.ts';
export { parseCertificateView, type CertificateView } from './x509/certificate-view.ts';
export { parseIssuer, type Issuer } from './x509/issuer.ts';
export { findAuthorityFault, findUnknownCritical } from './x509/link-facts.ts';
export { PROFILES, type Profile, type ProfileName } from './profiles/profile.ts';
export { LEAF_DEFAULT_DAYS, LEAF_MAX_DAYS, SERIAL_BYTES, WEBTRANSPORT_DAYS } from './profiles/limits.ts';
export { checkTbsCertificate, type Finding } from './lint/lint.ts';
export {
  prepareCertificate,
  type CertificateDraft,
  type CertificateRequest,
  type PrepareContext,
} from './issue/prepare.ts';
export { issueCertificate } from './issue/issue.ts';
export { createCsr, type CsrRequest } from './issue/create-csr.ts';
export { createPins, formatColonHex, formatSpkiPin, type Pins } from './pins/pins.ts';
export { decodeSpelledPin, parsePin, type PinObject, type SpelledPin } from './pins/parse-pin.ts';
