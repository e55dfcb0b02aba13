/** @module The certificates that a server showed, and their digests. */
import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { derTags, DerReader, formatBase64, formatColonHex, formatHex, type Bytes } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';

/** Longer chains are cut: no honest one comes near. */
const CHAIN_MAX = 8;

/**
 * The server's own certificate, then those that it sent along, as far as their names link up. Empty when none was shown in
 * this handshake. Not by `getPeerX509Certificate`: on Node 20 it takes the chain away from whoever asks next.
 */
export function readPeerChain(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  const seen = new Set<DetailedPeerCertificate>();
  // Node returns an empty object, typed as a full one, where there is no certificate.
  let next: Partial<DetailedPeerCertificate> | null | undefined = socket.getPeerCertificate(true);
  while (isCertificate(next) && !seen.has(next) && chain.length < CHAIN_MAX) {
    seen.add(next);
    chain.push(new X509Certificate(next.raw));
    next = next.issuerCertificate;
  }
  return chain;
}

const isCertificate = (value: Partial<DetailedPeerCertificate> | null | undefined): value is DetailedPeerCertificate =>
  value?.raw !== undefined;

/** @throws DER_INVALID */
const createDigests = ({ raw }: X509Certificate): { certificate: Bytes; publicKey: Bytes } => ({
  certificate: nodeSha256(raw),
  publicKey: nodeSha256(readSpki(raw)),
});

/** True when one of the digests, in lower-case hex, is the certificate's or its key's. */
export function isPinned(certificate: X509Certificate, digests: ReadonlySet<string>): boolean {
  const own = createDigests(certificate);
  return digests.has(formatHex(own.certificate)) || digests.has(formatHex(own.publicKey));
}

/** How messages show a certificate. */
export function describeCertificate(certificate: X509Certificate): { shownKey: string; shownCertificate: string } {
  const { certificate: digest, publicKey } = createDigests(certificate);
  return { shownKey: `sha256//${formatBase64(publicKey)}`, shownCertificate: formatColonHex(digest) };
}

/**
 * The subjectPublicKeyInfo as it stands in the certificate, of any version: what every other client hashes. A key that was
 * exported again may be encoded otherwise.
 */
function readSpki(certDer: Uint8Array): Bytes {
  const tbs = new DerReader(certDer, "the server's certificate").enterSequence().enterSequence();
  tbs.readOptional(derTags.contextConstructed(0)); // version
  tbs.readElement(derTags.TAG_INTEGER); // serialNumber
  // signature, issuer, validity, subject
  for (let i = 0; i < 4; i++) tbs.readElement(derTags.TAG_SEQUENCE);
  return tbs.readElement(derTags.TAG_SEQUENCE).der;
}
