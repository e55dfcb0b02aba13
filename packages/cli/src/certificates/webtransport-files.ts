/** @module The two pairs of files of a WebTransport server: the one in use, and the next, with `-next` in its names. */
import { join, parse } from 'node:path';
import { readLedger, type Home, type IssuedEntry } from '@mintmark/ca-store';
import { findCurrentEntries } from './current-entries.ts';
import type { CertificatePaths } from './file-names.ts';

/** `a.pem` and `a-key.pem` become `a-next.pem` and `a-next-key.pem`; one file for both stays one. */
export function nextPaths({ certFile, keyFile }: CertificatePaths): CertificatePaths {
  return { certFile: nextPath(certFile), keyFile: nextPath(keyFile) };
}

function nextPath(path: string): string {
  const { dir, name, ext } = parse(path);
  const [, base = name, suffix = ''] = /^(.+?)(-key)?$/.exec(name) ?? [];
  return join(dir, `${base}-next${suffix}${ext}`);
}

const DAY_MS = 86_400_000;
const MAX_DAYS = 14; // W3C WebTransport, custom certificate requirements

/** True for both certificates of such a pair: they follow each other by a schedule that clients rely on. */
export function isRolled(entry: IssuedEntry, current: readonly IssuedEntry[]): boolean {
  if (!isShort(entry)) return false;
  const partners = current.filter((other) => other.certFile !== entry.certFile && isShort(other));
  return partners.some(
    ({ certFile }) => nextPath(certFile) === entry.certFile || nextPath(entry.certFile) === certFile,
  );
}

/** The entry of a certificate file that holds one of such a pair. */
export function findRolled(home: Home, certFile: string): IssuedEntry | undefined {
  // Only short ones are looked at, of which there are few, however much was issued.
  const current = [...findCurrentEntries(home.fs, readLedger(home).filter(isShort)).values()];
  const standing = current.flatMap(({ entry, digest }) => (entry.certSha256Hex === digest ? [entry] : []));
  const entry = standing.find((one) => one.certFile === certFile);
  return entry !== undefined && isRolled(entry, standing) ? entry : undefined;
}

const isShort = ({ profile, notBefore, notAfter }: IssuedEntry): boolean =>
  profile === 'self-signed' && Date.parse(notAfter) - Date.parse(notBefore) <= MAX_DAYS * DAY_MS;
