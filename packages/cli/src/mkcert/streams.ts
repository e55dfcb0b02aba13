/**
 * @module Outputs that are no files: `-cert-file /dev/stdout`, a pipe of the shell's `>(…)`. They are written to; a file put in their
 * place would take the device away from everybody.
 */
import { statSync, writeFileSync, writeSync } from 'node:fs';
import { isAbsolute, sep } from 'node:path';
import { toDiskError, type FileSystem, type IssuedEntry } from '@mintmark/ca-store';

const DEVICE_FOLDERS = ['dev', 'proc'].map((name) => `${sep}${name}${sep}`);

/** @param path absolute */
export function isStream(fs: FileSystem, path: string): boolean {
  const status = isAbsolute(path) ? fs.status(path) : undefined;
  if (status === undefined || status.kind === 'file' || status.kind === 'folder') return false;
  if (status.kind === 'other') return true;
  return DEVICE_FOLDERS.some((folder) => path.startsWith(folder)) || isSpecial(path);
}

/** What is behind a link. */
function isSpecial(path: string): boolean {
  try {
    const stats = statSync(path);
    return !stats.isFile() && !stats.isDirectory();
  } catch {
    return false; // it leads nowhere: the link is replaced
  }
}

/**
 * The entry as the ledger keeps it. What went into a stream lies nowhere (`certFile` is empty then): who looks after the files of the
 * ledger would wait at the end of a pipe for ever.
 */
export function withoutStreams(fs: FileSystem, { certFile, keyFile, ...entry }: IssuedEntry): IssuedEntry {
  const isKeyOnDisk = keyFile !== undefined && !isStream(fs, keyFile);
  return { ...entry, certFile: isStream(fs, certFile) ? '' : certFile, ...(isKeyOnDisk ? { keyFile } : {}) };
}

/** A stream of this process by its other name; a socket can't be opened by its path. */
const OWN_STREAM = /^\/(?:dev|proc\/self)\/(?:fd\/(\d+)|(stdout)|(stderr))$/;

/** @throws disk codes */
export function writeStream(path: string, text: string | Uint8Array): void {
  const [isOwn, number, stdout] = OWN_STREAM.exec(path) ?? [];
  try {
    if (isOwn === undefined) writeFileSync(path, text);
    else writeFully(number === undefined ? (stdout === undefined ? STDERR : STDOUT) : Number(number), text);
  } catch (cause) {
    throw toDiskError(cause, path);
  }
}

const STDOUT = 1;
const STDERR = 2;

function writeFully(fd: number, text: string | Uint8Array): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let offset = 0; offset < bytes.length;) offset += writeSync(fd, bytes, offset);
}
