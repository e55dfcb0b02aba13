/**
 * @module Facts of certificates on disk, read by Node's own parser and by OpenSSL, never by the code under test.
 */
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { programPath } from '../programs/program.ts';
import { runOrThrow, type RunOptions } from '../programs/run.ts';

/** The certificates of a PEM file, in order. */
export function readCertificates(path: string): readonly X509Certificate[] {
  const blocks = readFileSync(path, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  return (blocks ?? []).map((block) => new X509Certificate(block));
}

/** The first certificate of a file. @throws Error when there is none */
export function readLeaf(path: string): X509Certificate {
  const [leaf] = readCertificates(path);
  if (leaf === undefined) throw new Error(`no certificate in ${path}`);
  return leaf;
}

/** The names of a certificate as Node prints them: `DNS:localhost, IP Address:127.0.0.1`. */
export function namesOf(path: string): string {
  return readLeaf(path).subjectAltName ?? '';
}

/** Whether the private key belongs to the certificate. Plain keys only. */
export function isPair(certFile: string, keyFile: string): boolean {
  // By way of the private key: of a file without one, createPublicKey would take the certificate's.
  const fromKey = createPublicKey(createPrivateKey(readFileSync(keyFile))).export({ type: 'spki', format: 'der' });
  return fromKey.equals(readLeaf(certFile).publicKey.export({ type: 'spki', format: 'der' }));
}

export const openssl = (args: readonly string[], options: RunOptions = {}) =>
  runOrThrow([programPath('openssl'), ...args], options);

/** Days from begin to end, both seconds included (RFC 5280 section 4.1.2.5). */
export function daysOf(certificate: X509Certificate): number {
  const milliseconds = Date.parse(certificate.validTo) - Date.parse(certificate.validFrom) + 1000;
  return milliseconds / 86_400_000;
}
