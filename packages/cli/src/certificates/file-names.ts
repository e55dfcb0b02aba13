/** @module Where certificates go when nobody says: names made from the first name, safe on every file system. */
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { quote, type SubjectAltName } from '@mintmark/ca-core';
import { assertNoDevice, storeError, withDiskErrors } from '@mintmark/ca-store';
import type { Context, Invocation } from '../command.ts';
import { optionText } from '../parse-args.ts';

/** Absolute paths. */
export type CertificatePaths = { readonly certFile: string; readonly keyFile: string };

const BASE_MAX_CHARACTERS = 200; // file systems allow 255 bytes, suffixes included

/** First name with `*` as `_wildcard` and odd characters as `_`, `+N` for further names, `-client`. */
export function formatBaseName(names: readonly SubjectAltName[], isClient: boolean): string {
  const first = names[0]?.text ?? 'certificate';
  const safe = first
    .replaceAll('*', '_wildcard')
    .replaceAll(/[^A-Za-z0-9._@-]/g, '_')
    .slice(0, BASE_MAX_CHARACTERS);
  return `${safe}${names.length > 1 ? `+${names.length - 1}` : ''}${isClient ? '-client' : ''}`;
}

/** The folder of `--out`; the current one without it. */
export function resolveOutFolder(invocation: Invocation, { io }: Context): string {
  return resolve(io.cwd, optionText(invocation, 'out') ?? '.');
}

/** Paths of a pair by `--out`, `--cert-file` and `--key-file`. */
export function resolvePaths(invocation: Invocation, context: Context, baseName: string): CertificatePaths {
  const folder = resolveOutFolder(invocation, context);
  const path = (option: string, name: string) => {
    const chosen = optionText(invocation, option);
    return chosen === undefined ? join(folder, name) : resolve(context.io.cwd, chosen);
  };
  const certFile = path('cert-file', `${baseName}.pem`);
  const keyFile = path('key-file', `${baseName}-key.pem`);
  return { certFile, keyFile: isSamePlace(certFile, keyFile) ? certFile : keyFile };
}

/** The same file by two names, through a linked folder: it is to hold both, not the one that is written last. */
function isSamePlace(a: string, b: string): boolean {
  if (basename(a) !== basename(b)) return false;
  try {
    return realpathSync(dirname(a)) === realpathSync(dirname(b));
  } catch {
    return false; // a folder that is not there yet
  }
}

/**
 * Refuses a path that is a folder, a device or a pipe before any work is done; who reads a pipe could wait for ever.
 * @throws NOT_A_FILE, NOT_A_PLAIN_FILE
 */
export function assertFilePlaces(paths: readonly string[], { io }: Context): void {
  for (const path of paths) {
    if (withDiskErrors(path, () => io.fs.status(`${path}/.`))?.kind === 'folder')
      throw storeError('NOT_A_FILE', { path: quote(path).slice(1, -1) });
    withDiskErrors(path, () => assertNoDevice(io.fs, path));
  }
}
