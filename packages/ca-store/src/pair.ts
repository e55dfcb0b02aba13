/**
 * @module A certificate and its key on disk, replaced so that no reader sees one with the other's partner.
 * Two renames are never one, so: where the key stays, only the certificate is renamed; where it changes, the old files are
 * set aside before the new ones move in, and a note in the home lets the next command settle what a crash left half done.
 */
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import {
  CERTIFICATE_MODE,
  discard,
  KEY_MODE,
  removeIfPresent,
  syncFolder,
  writeFileAtomically,
  writeTemporary,
} from './atomic-write.ts';
import { errnoOf, withDiskErrors } from './disk-error.ts';
import type { FileSystem } from './file-system.ts';
import { parsePending, type Move, type Pending } from './pending-note.ts';
import { storeError } from './store-errors.ts';

/** PEM texts and where they go. `keyPem` is absent where the key on disk stays. Equal paths make one 0600 file. */
export type Pair = {
  readonly certFile: string;
  readonly certPem: string;
  readonly keyFile: string;
  readonly keyPem?: string;
};

const PENDING_NAME = /^pending-[0-9a-f]{12}\.json$/;

/** Writes the pair. Call it under the home's lock. @throws disk codes; then the old files are as they were */
export function writePair(fs: FileSystem, home: string, pair: Pair): void {
  const { certFile, certPem, keyFile, keyPem } = pair;
  if (keyPem === undefined) return writeFileAtomically(fs, { path: certFile, text: certPem, mode: CERTIFICATE_MODE });
  if (certFile === keyFile) return writeFileAtomically(fs, { path: certFile, text: certPem + keyPem, mode: KEY_MODE });
  const key = writeTemporary(fs, { path: keyFile, text: keyPem, mode: KEY_MODE });
  try {
    const cert = writeTemporary(fs, { path: certFile, text: certPem, mode: CERTIFICATE_MODE });
    withDiskErrors(certFile, () =>
      placePair(fs, home, { key: planMove(fs, key, keyFile), cert: planMove(fs, cert, certFile) }),
    );
  } catch (cause) {
    discard(fs, key);
    throw cause;
  }
}

/** Set-aside files have names that no sweep removes: while a note lives, they may be the only copy. */
function planMove(fs: FileSystem, temporary: string, path: string): Move {
  const kind = fs.status(path)?.kind;
  if (kind === 'folder') throw storeError('NOT_A_FILE', { path });
  if (kind === undefined) return { temporary, path };
  return { temporary, path, backup: join(dirname(path), `.mintmark-old-${randomBytes(6).toString('hex')}.tmp`) };
}
