/**
 * @module A certificate and its key on disk, replaced so that no reader sees one with the other's partner.
 * Two renames are never one, so: where the key stays, only the certificate is renamed; where it changes, the old
 * certificate goes first, and a note in the home lets the next command finish what a crash left half done.
 */
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import {
  CERTIFICATE_MODE,
  KEY_MODE,
  moveIntoPlace,
  removeIfPresent,
  syncFolder,
  writeFileAtomically,
  writeTemporary,
} from './atomic-write.ts';
import { errnoOf, withDiskErrors } from './disk-error.ts';
import type { FileSystem } from './file-system.ts';

/** PEM texts and where they go. `keyPem` is absent where the key on disk stays. Equal paths make one 0600 file. */
export type Pair = {
  readonly certFile: string;
  readonly certPem: string;
  readonly keyFile: string;
  readonly keyPem?: string;
};

type Move = { readonly temporary: string; readonly path: string };
type Pending = { readonly key: Move; readonly cert: Move };

const PENDING_NAME = /^pending-[0-9a-f]{12}\.json$/;

/** Writes the pair. Call it under the home's lock. @throws disk codes; then the old files are as they were */
export function writePair(fs: FileSystem, home: string, pair: Pair): void {
  const { certFile, certPem, keyFile, keyPem } = pair;
  if (keyPem === undefined) return writeFileAtomically(fs, { path: certFile, text: certPem, mode: CERTIFICATE_MODE });
  if (certFile === keyFile) return writeFileAtomically(fs, { path: certFile, text: certPem + keyPem, mode: KEY_MODE });
  const key = { path: keyFile, temporary: writeTemporary(fs, { path: keyFile, text: keyPem, mode: KEY_MODE }) };
  const cert = { path: certFile, temporary: writeSecond(fs, { path: certFile, text: certPem }, key.temporary) };
  withDiskErrors(certFile, () => {
    if (fs.status(certFile) === undefined) movePair(fs, { key, cert });
    else replacePair(fs, home, { key, cert });
  });
}

/** The second temporary file; when it fails, the first must not stay. */
function writeSecond(fs: FileSystem, content: { path: string; text: string }, first: string): string {
  try {
    return writeTemporary(fs, { ...content, mode: CERTIFICATE_MODE });
  } catch (cause) {
    removeIfPresent(fs, first);
    throw cause;
  }
}

/** Key first: a key without certificate harms nobody, and the ledger already names it as ours. */
function movePair(fs: FileSystem, { key, cert }: Pending): void {
  try {
    moveIntoPlace(fs, key.temporary, key.path);
  } catch (cause) {
    removeIfPresent(fs, cert.temporary);
    throw cause;
  }
  moveIntoPlace(fs, cert.temporary, cert.path);
  for (const folder of new Set([dirname(key.path), dirname(cert.path)])) syncFolder(fs, folder);
}

function replacePair(fs: FileSystem, home: string, pending: Pending): void {
  const note = join(home, `pending-${randomBytes(6).toString('hex')}.json`);
  try {
    writeFileAtomically(fs, { path: note, text: `${JSON.stringify(pending)}\n`, mode: 0o600 });
  } catch (cause) {
    removeIfPresent(fs, pending.key.temporary);
    removeIfPresent(fs, pending.cert.temporary);
    throw cause;
  }
  finishReplacement(fs, pending);
  removeIfPresent(fs, note);
}

/** Every step may already have been done. */
function finishReplacement(fs: FileSystem, { key, cert }: Pending): void {
  if (fs.status(key.temporary) !== undefined) {
    removeIfPresent(fs, cert.path);
    fs.rename(key.temporary, key.path);
  }
  if (fs.status(cert.temporary) !== undefined) fs.rename(cert.temporary, cert.path);
  for (const folder of new Set([dirname(key.path), dirname(cert.path)])) syncFolder(fs, folder);
}

/** Finishes replacements that a crash interrupted. Call it under the home's lock, before anything else. */
export function recoverPending(fs: FileSystem, home: string): void {
  for (const name of fs.readFolder(home)) {
    if (!PENDING_NAME.test(name)) continue;
    const note = join(home, name);
    try {
      finishReplacement(fs, JSON.parse(Buffer.from(fs.readFile(note)).toString()) as Pending);
    } catch (cause) {
      // The folder may be gone since, with the disk it was on: there is nothing left to finish there.
      if (errnoOf(cause) !== 'ENOENT') throw cause;
    }
    removeIfPresent(fs, note);
  }
}
