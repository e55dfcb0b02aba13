/**
 * @module Who may sign a manifest: a CA that the user names or that this home has, by way of the certificates in the manifest; or, for
 * a self-signed server, the very key that the user pins already. RFC 5280 section 6 as far as it goes for one signature.
 */
import { X509Certificate } from 'node:crypto';
import {
  escapeControls,
  findAuthorityFault,
  findUnknownCritical,
  formatHex,
  isCaError,
  isEqualBytes,
  isNamePermitted,
  parseSubjectKey,
  type SubjectAltName,
} from '@mintmark/ca-core';
import { isIssuedBy as isSignedBy, nodeSha256 } from '@mintmark/ca-core/node';
import { isWeakSignature, parseCertificate, signatureHash, type CertificateFacts } from '@mintmark/ca-core/read';
import { findJwsFault } from './detached-jws.ts';
import { encodeCanonicalJson } from './canonical-json.ts';
import { ManifestFault, type ParsedManifest } from './manifest-shape.ts';

/** `source`: as results name it. `names` of a pinned key: what it may speak for, where that is known. */
export type Trust = {
  readonly roots: readonly { readonly facts: CertificateFacts; readonly source: 'roots' | 'home' }[];
  readonly pins: readonly {
    readonly sha256Hex: string;
    readonly source: 'pin' | 'target' | 'home';
    readonly names?: readonly string[];
  }[];
};

/** The certificate whose key signed, and why it is believed. `path`: from there to what is trusted. */
export type SignedBy = {
  readonly facts: CertificateFacts;
  readonly source: Trust['roots' | 'pins'][number]['source'];
  readonly path: readonly CertificateFacts[];
};

const fail = (reason: string): never => {
  throw new ManifestFault(reason);
};

/** @throws ManifestFault */
export function verifyManifest({ manifest, names, chain }: ParsedManifest, trust: Trust, now: Date): SignedBy {
  const { signature, ...signed } = manifest;
  const payload = encodeCanonicalJson(signed);
  const certificates = chain.map(parseChainCertificate);
  const [first] = certificates;
  // Without certificates a root signed by itself: it is one of those that are trusted.
  const signers = first === undefined ? trust.roots.map(({ facts }) => facts) : [first];
  const faults = signers.map((signer) => ({ signer, fault: findJwsFault(signature, payload, signer.spkiDer) }));
  const signer = faults.find(({ fault }) => fault === undefined)?.signer;
  if (signer === undefined) return fail(faults[0]?.fault ?? 'nobody who is trusted signed it');
  const { path, source } = findPath(first === undefined ? [signer] : certificates, trust, names);
  const isRoot = ({ certDer }: CertificateFacts): boolean =>
    trust.roots.some(({ facts }) => isEqualBytes(facts.certDer, certDer));
  path.forEach((certificate, i) => {
    assertStrong(certificate, isRoot(certificate));
    assertLink(certificate, i, { names, now, isAlone: path.length === 1 });
  });
  return { facts: signer, source, path };
}

function parseChainCertificate(der: Uint8Array): CertificateFacts {
  try {
    return parseCertificate(der, 'its chain');
  } catch {
    return fail('a certificate of its chain is malformed');
  }
}

type Path = { readonly path: readonly CertificateFacts[]; readonly source: SignedBy['source'] };

/** From the signer up to the first that is trusted. */
function findPath(chain: readonly CertificateFacts[], trust: Trust, names: readonly SubjectAltName[]): Path {
  const path: CertificateFacts[] = [];
  for (const [i, certificate] of chain.entries()) {
    path.push(certificate);
    const source = findAnchor(certificate, trust, names);
    if (source !== undefined) return { path, source };
    const above = trust.roots.find(({ facts }) => isIssuedBy(certificate, facts));
    if (above !== undefined) return { path: [...path, above.facts], source: above.source };
    const next = chain[i + 1];
    if (next !== undefined && !isIssuedBy(certificate, next))
      fail('the certificates of its chain do not belong together');
  }
  const [signer] = chain;
  return fail(
    signer?.isSelfIssued === true && !signer.isCa
      ? 'it is signed by its own key, for which nothing here vouches'
      : `it is signed by "${escapeControls(signer?.subject.map(({ value }) => value).join(', ') ?? '')}", whom nobody here trusts`,
  );
}

function findAnchor(
  certificate: CertificateFacts,
  { roots, pins }: Trust,
  names: readonly SubjectAltName[],
): SignedBy['source'] | undefined {
  const root = roots.find(({ facts }) => isEqualBytes(facts.certDer, certificate.certDer));
  if (root !== undefined) return root.source;
  const digests = [certificate.certDer, certificate.spkiDer].map((der) => formatHex(nodeSha256(der)));
  const pin = pins.find(({ sha256Hex }) => digests.includes(sha256Hex));
  if (pin?.names !== undefined && names.some(({ text }) => pin.names?.includes(text) !== true))
    return fail('it speaks for names that the pinned certificate does not have');
  return pin?.source;
}

/** By name and by signature. */
function isIssuedBy(certificate: CertificateFacts, issuer: CertificateFacts): boolean {
  if (!isEqualBytes(certificate.issuerDer, issuer.subjectDer)) return false;
  try {
    return isSignedBy(new X509Certificate(certificate.certDer), new X509Certificate(issuer.certDer));
  } catch {
    return false; // a certificate that OpenSSL can't read
  }
}

/** Its key usage is a server's, so OpenSSL's `checkIssued` would not have it for an issuer. */
export function isSelfSigned({ certDer, isSelfIssued }: CertificateFacts): boolean {
  try {
    const certificate = new X509Certificate(certDer);
    return isSelfIssued && certificate.verify(certificate.publicKey);
  } catch {
    return false;
  }
}

/** Whoever can break a key or make two certificates of one digest signs in another's name. A root's own signature says nothing. */
function assertStrong({ spkiDer, signatureAlgorithmOid }: CertificateFacts, isRoot: boolean): void {
  try {
    parseSubjectKey(spkiDer, nodeSha256);
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
    fail('a certificate of its signer has a weak key, or one that is not known here');
  }
  // Unknown ones too, and RSA-PSS, whose hash stands elsewhere.
  if (!isRoot && (isWeakSignature(signatureAlgorithmOid) || signatureHash(signatureAlgorithmOid) === null))
    fail('a certificate of its signer has a weak signature, or one that is not known here');
}

// What is looked at here or says nothing about who may sign: RFC 5280 section 4.2.1.
const KNOWN_EXTENSIONS = [14, 15, 17, 19, 30, 31, 32, 35, 37].map((arc) => `2.5.29.${arc}`);

type LinkContext = { readonly names: readonly SubjectAltName[]; readonly now: Date; readonly isAlone: boolean };

/** One certificate of the path; `below` is how many stand under it. */
function assertLink(certificate: CertificateFacts, below: number, { names, now, isAlone }: LinkContext): void {
  if (certificate.notBefore > now || certificate.notAfter < now)
    fail('a certificate of its signer has expired or not begun');
  if (findUnknownCritical(certificate, KNOWN_EXTENSIONS) !== undefined)
    fail('a certificate of its signer has a critical extension that is not known');
  if (!certificate.isCa && isAlone && below === 0) return assertOwnNames(certificate, names);
  const fault = findAuthorityFault(certificate, below);
  if (fault === 'no-ca') fail('its signer is no CA');
  const isForServers = ['serverAuth', 'anyExtendedKeyUsage'].some((one) => certificate.purposes.includes(one));
  if (certificate.purposes.length > 0 && !isForServers) fail('its signer may not speak for servers');
  if (fault === 'path-length') fail('the chain of its signer is too long');
  if (!names.every((name) => isNamePermitted(name, certificate)))
    fail('it speaks for names outside of the scope of its signer');
}

/** A server's own key speaks for the server's own names. */
function assertOwnNames(certificate: CertificateFacts, names: readonly SubjectAltName[]): void {
  if (!isSelfSigned(certificate)) fail('its signer is no CA');
  const own = certificate.names.map(({ text }) => text);
  if (names.some(({ text }) => !own.includes(text)))
    fail('it speaks for names that the certificate of its signer does not have');
}
