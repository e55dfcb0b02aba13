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
import { storeError } from './store-errors.ts';

/** PEM texts and where they go. `keyPem` is absent where the key on disk stays. Equal paths make one 0600 file. */
export type Pair = {
  readonly certFile: string;
  readonly certPem: string;
  readonly keyFile: string;
  readonly keyPem?: string;
};

/** `backup`: where the old file waits while the new ones move in; absent where there was none. */
type Move = { readonly temporary: string; readonly path: string; readonly backup?: string };
type Pending = { readonly key: Move; readonly cert: Move };

const PENDING_NAME = /^pending-[0-9a-f]{12}\.json$/;

/** Writes the pair. Call it under the home's lock. @throws disk codes; then the old files are as they were */
export function writePair(fs: FileSystem, home: string, pair: Pair): void {
  const { certFile, certPem, keyFile, keyPem } = pair;
  if (keyPem === undefined) return writeFileAtomically(fs, { path: certFile, text: certPem, mode: CERTIFICATE_MODE });
  if (certFile === keyFile) return writeFileAtomically(fs, { path: certFile, text: certPem + keyPem, mode: KEY_MODE });
  const key = planMove(fs, keyFile, writeTemporary(fs, { path: keyFile, text: keyPem, mode: KEY_MODE }));
  try {
    const cert = planMove(fs, certFile, writeTemporary(fs, { path: certFile, text: certPem, mode: CERTIFICATE_MODE }));
    withDiskErrors(certFile, () => placePair(fs, home, { key, cert }));
  } catch (cause) {
    discard(fs, key.temporary);
    throw cause;
  }
}

/** Backups have names that no sweep removes: while a note lives, they may be the only copy. */
function planMove(fs: FileSystem, path: string, temporary: string): Move {
  try {
    const kind = withDiskErrors(path, () => fs.status(path))?.kind;
    if (kind === 'folder') throw storeError('NOT_A_FILE', { path });
    if (kind === undefined) return { temporary, path };
    return { temporary, path, backup: join(dirname(path), `.mintmark-old-${randomBytes(6).toString('hex')}.tmp`) };
  } catch (cause) {
    discard(fs, temporary);
    throw cause;
  }
}

/** Where nothing is replaced, no note is needed: a key without certificate harms nobody, and the ledger names it as ours. */
function placePair(fs: FileSystem, home: string, pending: Pending): void {
  const isReplacing = pending.key.backup !== undefined || pending.cert.backup !== undefined;
  const note = isReplacing ? join(home, `pending-${randomBytes(6).toString('hex')}.json`) : undefined;
  try {
    if (note !== undefined)
      writeFileAtomically(fs, { path: note, text: `${JSON.stringify(pending)}\n`, mode: KEY_MODE });
    moveIn(fs, pending);
  } catch (cause) {
    undo(fs, pending, note);
    throw cause;
  }
  try {
    syncFolders(fs, pending);
  } finally {
    tidyUp(fs, pending, note);
  }
}

/** What can't be removed now is left to the next command, which the note tells of it. */
function tidyUp(fs: FileSystem, pending: Pending, note: string | undefined): void {
  try {
    removeBackups(fs, pending);
    if (note !== undefined) removeIfPresent(fs, note);
  } catch {
    // See above: the pair is in place, so the command has done its work.
  }
}

/** Old certificate out, old key out, new key in, new certificate in. The steps before a crash may be repeated. */
function moveIn(fs: FileSystem, { key, cert }: Pending): void {
  if (isPresent(fs, key.temporary)) {
    for (const { path, backup } of [cert, key])
      if (backup !== undefined && isPresent(fs, path)) fs.rename(path, backup);
    fs.rename(key.temporary, key.path);
  }
  fs.rename(cert.temporary, cert.path);
}

/** Takes a half-done move back. When the disk lets it not, the note stays and the next command settles it. */
function undo(fs: FileSystem, pending: Pending, note: string | undefined): void {
  try {
    moveOut(fs, pending);
    if (note !== undefined) removeIfPresent(fs, note);
  } catch {
    return;
  }
  for (const { temporary } of [pending.key, pending.cert]) discard(fs, temporary);
}

/** The old files back in their places, the key first. */
function moveOut(fs: FileSystem, { key, cert }: Pending): void {
  if (key.backup === undefined && !isPresent(fs, key.temporary)) removeIfPresent(fs, key.path);
  for (const { path, backup } of [key, cert])
    if (backup !== undefined && isPresent(fs, backup)) fs.rename(backup, path);
}

const isPresent = (fs: FileSystem, path: string): boolean => fs.status(path) !== undefined;

function syncFolders(fs: FileSystem, { key, cert }: Pending): void {
  for (const folder of new Set([dirname(key.path), dirname(cert.path)])) syncFolder(fs, folder);
}

function removeBackups(fs: FileSystem, { key, cert }: Pending): void {
  for (const { backup } of [key, cert]) if (backup !== undefined) removeIfPresent(fs, backup);
}

/** Settles replacements that a crash interrupted. Call it under the home's lock, before anything else. */
export function recoverPending(fs: FileSystem, home: string): void {
  for (const name of fs.readFolder(home)) {
    if (!PENDING_NAME.test(name)) continue;
    const note = join(home, name);
    const pending = parsePending(fs.readFile(note));
    try {
      if (pending !== undefined) settle(fs, pending);
    } catch (cause) {
      if (errnoOf(cause) === undefined) throw cause;
      // A folder that is read-only or out of reach for now is no reason to refuse other work. One that is gone stays gone.
      if (errnoOf(cause) !== 'ENOENT') continue;
    }
    removeIfPresent(fs, note);
  }
}

/** Forward when all that is needed is still there; back when another home's sweep took a temporary file away. */
function settle(fs: FileSystem, pending: Pending): void {
  const { key, cert } = pending;
  if (isPresent(fs, cert.temporary) && (isPresent(fs, key.temporary) || isMovedIn(fs, key))) moveIn(fs, pending);
  else if (!isPresent(fs, cert.path)) moveOut(fs, pending);
  syncFolders(fs, pending);
  removeBackups(fs, pending);
  for (const { temporary } of [key, cert]) discard(fs, temporary);
}

const isMovedIn = (fs: FileSystem, { path, backup }: Move): boolean =>
  isPresent(fs, path) && (backup === undefined || isPresent(fs, backup));

/** The note as it was written; undefined for one that a damaged disk has spoiled. */
function parsePending(bytes: Uint8Array): Pending | undefined {
  try {
    const { key, cert } = JSON.parse(Buffer.from(bytes).toString()) as Partial<Pending>;
    const isMove = (move?: Move) => typeof move?.temporary === 'string' && typeof move.path === 'string';
    return key !== undefined && cert !== undefined && isMove(key) && isMove(cert) ? { key, cert } : undefined;
  } catch {
    return undefined;
  }
}
