/** @module The files that a server's certificate comes from: the options as people write them, and what is on disk at a moment. */
import { readFileSync, statSync, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAX_INPUT_BYTES } from '@mintmark/ca-core';
import { devError } from './dev-errors.ts';

/** A path, or a `file:` URL as `new URL('server.pem', import.meta.url)` makes it. */
export type FilePath = string | URL;

/** PEM files of the chain and its key, which may be one and the same; or one PKCS#12 file that holds both. */
export type CertificateFiles =
  | { readonly certFile: FilePath; readonly keyFile: FilePath; readonly p12File?: undefined }
  | { readonly p12File: FilePath; readonly certFile?: undefined; readonly keyFile?: undefined };

/** Where the key or the PKCS#12 file is encrypted. Of a file the first line counts, with every blank in it. */
export type PassphraseOptions = {
  readonly passphrase?: string | undefined;
  readonly passphraseFile?: FilePath | undefined;
};

export const FILE_KEYS = ['certFile', 'keyFile', 'p12File', 'passphrase', 'passphraseFile'] as const;

/** Absolute paths, so that a change of the working folder changes nothing. */
export type ServedFiles = {
  readonly source:
    | { readonly certFile: string; readonly keyFile: string }
    | { readonly p12File: string; readonly certFile?: never };
  readonly passphrase: string | undefined;
  readonly passphraseFile: string | undefined;
  /** Each once. */
  readonly paths: readonly string[];
};

/** What stood in the files, by path. */
export type FileContents = ReadonlyMap<string, Buffer>;

/** @throws TypeError when they don't name one pair */
export function parseServedFiles(options: CertificateFiles & PassphraseOptions): ServedFiles {
  const source = parseSource(options);
  const { passphrase } = options;
  if (passphrase !== undefined && typeof passphrase !== 'string') throw new TypeError('passphrase must be text');
  if (passphrase !== undefined && options.passphraseFile !== undefined)
    throw new TypeError('give passphrase or passphraseFile, not both');
  const passphraseFile =
    options.passphraseFile === undefined ? undefined : parsePath('passphraseFile', options.passphraseFile);
  const paths = [...Object.values(source), ...(passphraseFile === undefined ? [] : [passphraseFile])];
  return { source, passphrase, passphraseFile, paths: [...new Set(paths)] };
}

function parseSource({ certFile, keyFile, p12File }: CertificateFiles): ServedFiles['source'] {
  const isPem = certFile !== undefined && keyFile !== undefined;
  if (p12File !== undefined && certFile === undefined && keyFile === undefined)
    return { p12File: parsePath('p12File', p12File) };
  if (!isPem || p12File !== undefined) throw new TypeError('either certFile and keyFile are needed, or p12File');
  return { certFile: parsePath('certFile', certFile), keyFile: parsePath('keyFile', keyFile) };
}

function parsePath(name: string, path: unknown): string {
  if (path instanceof URL) return fileURLToPath(path);
  if (typeof path !== 'string' || path === '') throw new TypeError(`${name} must be the path of a file`);
  return resolve(path);
}

/** Waits for no disk but this once, when the server is made. @throws SERVED_FILE_UNREADABLE */
export function readServedFiles({ paths }: ServedFiles): FileContents {
  return new Map(
    paths.map((path) => {
      try {
        assertReadable(statSync(path));
        return [path, readFileSync(path)];
      } catch (cause) {
        throw toUnreadable(path, cause);
      }
    }),
  );
}

/** The same, while the server does its work; a disk may be slow. @throws SERVED_FILE_UNREADABLE */
export async function readServedFilesLater({ paths }: ServedFiles): Promise<FileContents> {
  const read = async (path: string): Promise<[string, Buffer]> => {
    try {
      assertReadable(await stat(path));
      return [path, await readFile(path)];
    } catch (cause) {
      throw toUnreadable(path, cause);
    }
  };
  return new Map(await Promise.all(paths.map(read)));
}

/** A pipe would be waited for, and a huge file fill the memory. */
function assertReadable(status: Stats): void {
  if (!status.isFile()) throw new Error('it is no file');
  if (status.size > MAX_INPUT_BYTES) throw new Error(`it is larger than ${MAX_INPUT_BYTES} bytes`);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  EACCES: 'this process may not read it',
  EPERM: 'this process may not read it',
};

function toUnreadable(file: string, cause: unknown): Error {
  const { code, message }: NodeJS.ErrnoException = cause instanceof Error ? cause : new Error(String(cause));
  const reason = code === undefined ? message : (REASONS[code] ?? code);
  return devError('SERVED_FILE_UNREADABLE', { file, reason }, { cause });
}
