/**
 * @module Verifies a server's certificate up to a CA that is known by its digest alone (RFC 5280 section 6.1). Node can have
 * OpenSSL do this only for a CA that is there before the handshake. So this takes the plain chains of private CAs, and
 * refuses all that it does not know: other signature algorithms, critical extensions, kinds of names. No revocation.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { DerReader } from '../der/reader.ts';
import { isNamePermitted, parseCertifiedNames, type NameConstraints } from '../names/name-constraints.ts';
import { findExtension, parseCertificateView, type CertificateView } from '../x509/certificate-view.ts';
import {
  findAuthorityFault,
  findUnknownCritical,
  readKeyUsage,
  readLinkFacts,
  type AuthorityFault,
} from '../x509/link-facts.ts';
import * as oids from '../x509/oids.ts';

type Link = { readonly certificate: X509Certificate; readonly view: CertificateView };
const WHAT = 'a certificate of the chain';

/**
 * Why the chain is not to be believed; undefined when it is. `path`: the server's certificate first, the trusted CA last. Dates
 * are not looked at.
 * @throws DER_INVALID for a certificate that can't be read
 */
export function findServerChainFault(path: readonly X509Certificate[]): string | undefined {
  const links = path.map((certificate): Link => {
    return { certificate, view: parseCertificateView(certificate.raw, WHAT) };
  });
  const [server, ...authorities] = links;
  if (server === undefined || authorities.length === 0) return 'there is no CA above it';
  return (
    findServerFault(server) ??
    firstFault(links, (link) => findExtensionFault(link)) ??
    firstFault(authorities, (ca, i) => findIssuerFault(ca, links.slice(0, i + 1)))
  );
}

const AUTHORITY_WORDS: Readonly<Record<AuthorityFault, string>> = {
  'no-ca': 'a certificate in between is not that of a CA',
  'path-length': 'more CAs follow than the path length allows',
};

/** `below[0]` is the server's certificate, the last of `below` the one that the CA must have signed. */
function findIssuerFault({ certificate, view }: Link, below: readonly Link[]): string | undefined {
  const child = below.at(-1);
  if (child === undefined) return 'it has signed nothing';
  // OpenSSL also finds no CA in one with an extension that it can't read.
  if (!certificate.ca) return AUTHORITY_WORDS['no-ca'];
  if (!child.certificate.checkIssued(certificate)) return 'a certificate names another issuer';
  if (!hasKnownSignature(child.view)) return 'a signature is of a kind that is not checked here';
  if (!isStrongKey(certificate.publicKey)) return 'a CA has an RSA key of less than 2048 bits';
  if (!isIssuedBy(child.certificate, certificate)) return 'a signature is not by the key of the issuer it names';
  const facts = readLinkFacts(view, WHAT);
  // All below but the server's own certificate are CAs.
  const fault = findAuthorityFault(facts, below.length - 1);
  if (fault !== undefined) return AUTHORITY_WORDS[fault];
  if (findExtension(view, oids.OID_NAME_CONSTRAINTS) === undefined) return undefined;
  return firstFault(below, (link) => findNameOutside(link, facts));
}

/** By name and by signature. False for keys and signatures that OpenSSL does not know. */
export function isIssuedBy(child: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return child.checkIssued(issuer) && child.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

const UNDERSTOOD = [
  oids.OID_KEY_USAGE,
  oids.OID_BASIC_CONSTRAINTS,
  oids.OID_SUBJECT_ALT_NAME,
  oids.OID_NAME_CONSTRAINTS,
  oids.OID_EXT_KEY_USAGE,
];
const HANDSHAKE_USAGES = ['digitalSignature', 'keyEncipherment', 'keyAgreement']; // what OpenSSL takes for a TLS server

function findServerFault({ certificate, view }: Link): string | undefined {
  if (!isStrongKey(certificate.publicKey)) return 'it has an RSA key of less than 2048 bits';
  const keyUsage = readKeyUsage(view, WHAT);
  const mayHandshake = keyUsage.length === 0 || keyUsage.some((usage) => HANDSHAKE_USAGES.includes(usage));
  return mayHandshake ? undefined : 'its key usage does not allow a TLS server';
}

/** The same demands on every certificate of the chain, the trusted one included. */
function findExtensionFault({ certificate, view }: Link): string | undefined {
  const unknown = findUnknownCritical(view, UNDERSTOOD);
  if (unknown !== undefined) return `a critical extension that is not checked here: ${unknown}`;
  if (new Set(view.extensions.map(({ oid }) => oid)).size < view.extensions.length)
    return 'an extension stands in a certificate twice';
  // Node calls the extended key usage `keyUsage`.
  const purposes: readonly string[] | undefined = certificate.keyUsage;
  if (purposes !== undefined && !purposes.includes(oids.KEY_PURPOSES.serverAuth))
    return 'a certificate is not for TLS servers';
  return undefined;
}

const PLAIN_DNS = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i;

/** Where there are constraints, a name that can't be held against them is refused. @throws DER_INVALID */
function findNameOutside({ certificate, view }: Link, constraints: NameConstraints): string | undefined {
  // OpenSSL holds e-mail addresses of the subject against constraints, too.
  if (/emailAddress=/i.test(certificate.subject)) return 'a subject has an e-mail address, which is not checked here';
  const value = findExtension(view, oids.OID_SUBJECT_ALT_NAME)?.value;
  for (const name of value === undefined ? [] : parseCertifiedNames(value, WHAT)) {
    const isPermitted = name !== undefined && isNamePermitted(name, constraints);
    if (name === undefined || name.kind === 'email' || (name.kind === 'uri' && !isPermitted))
      return 'a name is of a kind that is not checked here';
    if (name.kind === 'dns' && !PLAIN_DNS.test(name.text)) return 'a name is not a DNS name';
    if (!isPermitted) return 'a name lies outside of what its CA may speak for';
  }
  return undefined;
}

/** Signatures over SHA-2 whose parameters say nothing else. RSASSA-PSS may name any hash in its parameters. */
const KNOWN_SIGNATURES: ReadonlySet<string> = new Set([
  '1.2.840.10045.4.3.2', // ecdsa-with-SHA256, RFC 5758 section 3.2
  '1.2.840.10045.4.3.3', // ecdsa-with-SHA384
  '1.2.840.10045.4.3.4', // ecdsa-with-SHA512
  '1.2.840.113549.1.1.11', // sha256WithRSAEncryption, RFC 4055 section 5
  '1.2.840.113549.1.1.12', // sha384WithRSAEncryption
  '1.2.840.113549.1.1.13', // sha512WithRSAEncryption
  '1.3.101.112', // Ed25519, RFC 8410 section 3
]);

const hasKnownSignature = ({ signatureAlgorithmDer }: CertificateView): boolean =>
  KNOWN_SIGNATURES.has(new DerReader(signatureAlgorithmDer, WHAT).enterSequence().readOid());

const RSA_MIN_BITS = 2048; // CA/Browser Forum Baseline Requirements section 6.1.5

const isStrongKey = ({ asymmetricKeyDetails }: KeyObject): boolean =>
  (asymmetricKeyDetails?.modulusLength ?? RSA_MIN_BITS) >= RSA_MIN_BITS;

function firstFault<T>(items: readonly T[], check: (item: T, i: number) => string | undefined): string | undefined {
  for (const [i, item] of items.entries()) {
    const fault = check(item, i);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
