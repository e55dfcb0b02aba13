/**
 * @module Verifies a server's certificate up to a CA that is known by its digest alone (RFC 5280 section 6.1). Node can have
 * OpenSSL do this only for a CA that is there before the handshake. So this takes the plain chains of private CAs, and
 * refuses all that it does not know: other signature algorithms, critical extensions, kinds of names. No revocation.
 */
import type { X509Certificate } from 'node:crypto';
import { isCaError, parseCertificateView, type CertificateView } from '@mintmark/ca-core';
import { devError } from './dev-errors.ts';
import * as fields from './certificate-fields.ts';
import { findNameOutside, parseNameConstraints } from './name-constraints.ts';

type Link = { readonly certificate: X509Certificate; readonly view: CertificateView };

/**
 * `path`: the server's certificate first, the pinned CA last. Dates are not looked at.
 * @throws PINNED_CHAIN_INVALID
 */
export function assertChain(path: readonly X509Certificate[], peer: string): void {
  let reason: string | undefined;
  try {
    reason = findChainFault(path);
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
    throw devError('PINNED_CHAIN_INVALID', { peer, reason: cause.message }, { cause });
  }
  if (reason !== undefined) throw devError('PINNED_CHAIN_INVALID', { peer, reason });
}

/** @throws CaError (DER_INVALID) for a certificate that can't be read */
function findChainFault(path: readonly X509Certificate[]): string | undefined {
  const links = path.map((certificate): Link => {
    return { certificate, view: parseCertificateView(certificate.raw, 'a certificate of the chain') };
  });
  const [server, ...authorities] = links;
  if (server === undefined || authorities.length === 0) return 'there is no CA above it';
  return (
    findServerFault(server) ??
    firstFault(links, (link) => findExtensionFault(link)) ??
    firstFault(authorities, (ca, i) => findIssuerFault(ca, links.slice(0, i + 1)))
  );
}

/** `below[0]` is the server's certificate, the last of `below` the one that the CA must have signed. */
function findIssuerFault({ certificate, view }: Link, below: readonly Link[]): string | undefined {
  const child = below.at(-1);
  if (child === undefined) return 'it has signed nothing';
  if (!certificate.ca) return 'a certificate in between is not that of a CA';
  if (!child.certificate.checkIssued(certificate)) return 'a certificate names another issuer';
  if (!fields.hasKnownSignature(child.view)) return 'a signature is of a kind that is not checked here';
  if (!fields.isStrongKey(certificate.publicKey)) return 'a CA has an RSA key of less than 2048 bits';
  if (!child.certificate.verify(certificate.publicKey)) return 'a signature is not by the key of the issuer it names';
  const pathLength = fields.readPathLength(view);
  // All below but the server's own certificate are CAs.
  if (pathLength !== undefined && below.length - 1 > pathLength) return 'more CAs follow than the path length allows';
  const constraints = parseNameConstraints(view);
  if (constraints === undefined) return undefined;
  return firstFault(below, (link) => findNameOutside(link.view, link.certificate.subject, constraints));
}

function findServerFault({ certificate, view }: Link): string | undefined {
  if (!fields.isStrongKey(certificate.publicKey)) return 'it has an RSA key of less than 2048 bits';
  if (!fields.mayHandshake(view)) return 'its key usage does not allow a TLS server';
  return undefined;
}

/** The same demands on every certificate of the chain, the pinned one included. */
function findExtensionFault({ certificate, view }: Link): string | undefined {
  const unknown = fields.findUnknownCritical(view);
  if (unknown !== undefined) return `a critical extension that is not checked here: ${unknown}`;
  if (fields.hasRepeatedExtension(view)) return 'an extension stands in a certificate twice';
  // Node calls the extended key usage `keyUsage`.
  const purposes: readonly string[] | undefined = certificate.keyUsage;
  if (purposes !== undefined && !purposes.includes(fields.OID_SERVER_AUTH))
    return 'a certificate is not for TLS servers';
  return undefined;
}

function firstFault<T>(items: readonly T[], check: (item: T, i: number) => string | undefined): string | undefined {
  for (const [i, item] of items.entries()) {
    const fault = check(item, i);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
