/** @module A certificate and its key out of files, taken only where they belong together. */
import { createHash, X509Certificate, type KeyObject } from 'node:crypto';
import { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket, type SecureContextOptions } from 'node:tls';
import {
  CERTIFICATE_LABELS,
  findBlocks,
  formatPem,
  isCaError,
  PRIVATE_KEY_LABELS,
  type CaError,
} from '@mintmark/ca-core';
import { openPrivateKey } from '@mintmark/ca-core/node';
import { devError } from './dev-errors.ts';
import type { FileContents, ServedFiles } from './served-files.ts';

/** What `setSecureContext` takes, and the server's own certificate. */
export type ServedPair = {
  readonly identity: Pick<SecureContextOptions, 'cert' | 'key' | 'pfx' | 'passphrase'>;
  readonly certificate: X509Certificate;
};

/** Tells one state of the files from another. */
export function digestContents(contents: FileContents): string {
  const hash = createHash('sha256');
  for (const [path, bytes] of contents) hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  return hash.digest('hex');
}

/** @throws SERVED_PAIR_MISMATCH, SERVED_FILES_UNUSABLE */
export function parseServedPair(files: ServedFiles, contents: FileContents): ServedPair {
  try {
    const { source } = files;
    return source.certFile === undefined
      ? parsePkcs12(contents.get(source.p12File) ?? Buffer.alloc(0), readPassphrase(files, contents))
      : parsePem(files, contents, source);
  } catch (cause) {
    if (isCaError(cause) && cause.code === 'SERVED_PAIR_MISMATCH') throw cause;
    throw toUnusable(files, cause);
  }
}

/** What OpenSSL or a parser says against the files. */
export function toUnusable({ paths }: ServedFiles, cause: unknown): CaError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return devError('SERVED_FILES_UNUSABLE', { files: paths, reason }, { cause });
}

type PemSource = { readonly certFile: string; readonly keyFile: string };

/** OpenSSL gets the very blocks that were compared, since it may pick others out of a file with several. */
function parsePem(files: ServedFiles, contents: FileContents, { certFile, keyFile }: PemSource): ServedPair {
  const blocks = findBlocks(contents.get(certFile) ?? Buffer.alloc(0), certFile, {
    labels: CERTIFICATE_LABELS,
    wanted: 'a certificate',
  });
  const certificates = blocks.map(({ der }) => new X509Certificate(der));
  const [certificate] = certificates;
  const key = readKey(files, contents, keyFile);
  // OpenSSL itself takes an EC certificate beside an RSA key, and then has neither.
  if (certificate?.checkPrivateKey(key) !== true) throw devError('SERVED_PAIR_MISMATCH', { certFile, keyFile });
  const cert = certificates.map(({ raw }) => formatPem('CERTIFICATE', raw)).join('');
  return { identity: { cert, key: key.export({ type: 'pkcs8', format: 'pem' }) }, certificate };
}

function readKey(files: ServedFiles, contents: FileContents, keyFile: string): KeyObject {
  const [block] = findBlocks(contents.get(keyFile) ?? Buffer.alloc(0), keyFile, {
    labels: PRIVATE_KEY_LABELS,
    wanted: 'a private key',
  });
  if (block === undefined) throw new Error('no private key');
  return openPrivateKey(block, { what: keyFile, ...readPassphrase(files, contents) });
}

function readPassphrase({ passphrase, passphraseFile }: ServedFiles, contents: FileContents): { passphrase?: string } {
  if (passphraseFile === undefined) return passphrase === undefined ? {} : { passphrase };
  return { passphrase: contents.get(passphraseFile)?.toString('utf8').split(/\r?\n/)[0] ?? '' };
}

/** OpenSSL picks the certificate of the key. A file that is half there fails its MAC. */
function parsePkcs12(pfx: Buffer, secret: { passphrase?: string }): ServedPair {
  const identity = { pfx, ...secret };
  const socket = new TLSSocket(new Nowhere(), { isServer: true, secureContext: createSecureContext(identity) });
  const certificate = socket.getX509Certificate();
  socket.destroy();
  if (certificate === undefined) throw new Error('there is no certificate of a private key in it');
  return { identity, certificate };
}

/** Only a socket tells which certificate OpenSSL would serve. */
class Nowhere extends Duplex {
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
}
