/** @module What stands where a certificate and its key belong, and that the two never contradict each other. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';

/** PEM texts; undefined for a file that is not there. */
export type DiskPair = { readonly certPem: string | undefined; readonly keyPem: string | undefined };

const LOOSE_BITS = 0o077;

/**
 * Reads the pair with eyes of its own (node:crypto, not our parsers).
 * @throws Error when a file is torn, the two don't match, or others could read the key
 */
export function readDiskPair(certFile: string, keyFile: string): DiskPair {
  const [certPem, keyPem] = [readText(certFile), readText(keyFile)];
  if (keyPem !== undefined && (lstatSync(keyFile).mode & LOOSE_BITS) !== 0)
    throw new Error(`${keyFile} has a loose mode`);
  const texts = JSON.stringify([certPem, keyPem]);
  if (!judged.has(texts) && !isMatch(certPem, keyPem)) throw new Error(`${certFile} and ${keyFile} don't match`);
  judged.add(texts);
  return { certPem, keyPem };
}

/** Texts that were found to match. Parsing costs a millisecond, and thousands of disks hold the same few pairs. */
const judged = new Set<string>();

function isMatch(certPem: string | undefined, keyPem: string | undefined): boolean {
  const cert = certPem === undefined ? undefined : new X509Certificate(certPem);
  const key = keyPem === undefined ? undefined : createPrivateKey(keyPem);
  return cert === undefined || key === undefined || cert.checkPrivateKey(key);
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}
