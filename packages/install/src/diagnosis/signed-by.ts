/** @module Who signed a certificate, by its signature and not by names. Computes, and looks at nothing. */
import { X509Certificate } from 'node:crypto';
import { isEqualBytes } from '@mintmark/ca-core';
import type { CertificateFacts } from '@mintmark/ca-core/read';
import type { KnownCa } from './server-sight.ts';

/** True when the public key of `by` verifies the signature of `certificate`. */
export function isSignedBy(certificate: CertificateFacts, by: CertificateFacts): boolean {
  if (!isEqualBytes(certificate.issuerDer, by.subjectDer)) return false;
  try {
    return new X509Certificate(certificate.certDer).verify(new X509Certificate(by.certDer).publicKey);
  } catch {
    return false; // a key or signature of a kind that OpenSSL does not know
  }
}

/** The CA that signed, and which of its certificates. */
export type Signing = { readonly ca: KnownCa; readonly by: CertificateFacts };

/** Undefined when none of the CAs signed it. */
export function findSigning(certificate: CertificateFacts | undefined, cas: readonly KnownCa[]): Signing | undefined {
  if (certificate === undefined) return undefined;
  for (const ca of cas) {
    const by = [ca.issuer, ca.root].find((candidate) => isSignedBy(certificate, candidate));
    if (by !== undefined) return { ca, by };
  }
  return undefined;
}

/** A CA of this home that has the name of the signer, and another key. */
export function findNamesake(certificate: CertificateFacts, cas: readonly KnownCa[]): KnownCa | undefined {
  return cas.find(({ issuer, root }) =>
    [issuer, root].some((candidate) => isEqualBytes(certificate.issuerDer, candidate.subjectDer)),
  );
}
