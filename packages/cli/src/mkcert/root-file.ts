/**
 * @module `rootCA.pem` and `rootCA-key.pem`, as mkcert's users and the tools that call it expect them. The first holds the roots of all
 * CAs of the folder, that of the default CA first, because many readers take the first certificate alone. The second is a link to the
 * key of the default CA: the issuer's, because the root's exists no more.
 *
 * Some tools hand a copy of the folder to an mkcert of their own, which signs with the first certificate and that key (DDEV does in
 * its containers). For them the issuer comes first, before its root.
 */
import { readlinkSync, symlinkSync } from 'node:fs';
import { join, sep } from 'node:path';
import { formatPem, isEqualBytes } from '@mintmark/ca-core';
import {
  CERTIFICATE_MODE,
  errnoOf,
  readIfPresent,
  removeIfPresent,
  withDiskErrors,
  writeFileAtomically,
  type StoredCa,
} from '@mintmark/ca-store';
import type { Io } from '../io.ts';
import type { Authorities } from './authorities.ts';
import { KEY_FILE, ROOT_FILE } from './caroot.ts';
import { recordRoots } from './root-records.ts';

const CA_KEY = 'issuer-key.pem';

/** Brings both files up to date. Call it under the home's lock. @throws disk codes */
export function syncRootFile({ home, own, guest }: Authorities, isSigningPair: boolean): void {
  const [first] = own;
  if (first === undefined) return;
  const isIssuerFirst = isSigningPair && guest === undefined && first.chainPem !== '';
  const ours = [...(isIssuerFirst ? [first.issuer.certDer] : []), ...own.map(({ rootDer }) => rootDer)];
  const certificates = [...(guest?.certificates ?? []), ...ours];
  const path = join(home.path, ROOT_FILE);
  const bytes = Buffer.from(certificates.map((certDer) => formatPem('CERTIFICATE', certDer)).join(''));
  const present = readIfPresent(home.fs, path);
  recordRoots(home, ours);
  if (present === undefined || !isEqualBytes(present, bytes))
    writeFileAtomically(home.fs, { path, text: bytes, mode: CERTIFICATE_MODE });
  if (guest === undefined) linkKey({ home, own }, first);
}

/** A link and no copy: a key that gets a passphrase later must not lie about without one. */
function linkKey({ home }: Authorities, ca: StoredCa): void {
  const path = join(home.path, KEY_FILE);
  const target = join('cas', ca.name, CA_KEY);
  const isThere = (file: string): boolean => withDiskErrors(file, () => home.fs.status(file)) !== undefined;
  // A token's key is in no file.
  if (!isThere(join(ca.path, CA_KEY))) return;
  const standing = isThere(path) ? (readOwnLink(path) ?? path) : undefined;
  if (standing === target || standing === path) return;
  try {
    if (standing !== undefined) removeIfPresent(home.fs, path); // it leads to a CA that is no longer the first
    symlinkSync(target, path);
  } catch (cause) {
    // Windows lets few people make links; what asks for this file goes without there.
    if (errnoOf(cause) === undefined) throw cause;
  }
}

/** Where a link into `cas/` leads; undefined for whatever else stands there. */
function readOwnLink(path: string): string | undefined {
  try {
    const target = readlinkSync(path);
    return target.startsWith(join('cas', sep)) ? target : undefined;
  } catch {
    return undefined;
  }
}

/** True where DDEV is set up, or `MINTMARK_CAROOT_PAIR=1` asks for it. */
export function isSigningPairWanted({ env, fs }: Pick<Io, 'env' | 'fs'>): boolean {
  if (env['MINTMARK_CAROOT_PAIR'] === '1') return true;
  const { HOME: home = '', USERPROFILE: profile = '', XDG_CONFIG_HOME: config = '' } = env;
  const folders = [home || profile ? join(home || profile, '.ddev') : '', config === '' ? '' : join(config, 'ddev')];
  return folders.some((folder) => folder !== '' && isFolder(fs, `${folder}/.`));
}

function isFolder(fs: Io['fs'], path: string): boolean {
  try {
    return fs.status(path)?.kind === 'folder';
  } catch {
    return false;
  }
}
