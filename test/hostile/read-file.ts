/** @module Any corpus file through the parser of its kind, as the program itself would read it. */
import { createPublicKey } from 'node:crypto';
import { findBlocks, PRIVATE_KEY_LABELS } from '../../packages/ca-core/src/index.ts';
import { openPrivateKey, parsePrivateKey } from '../../packages/ca-core/src/node/index.ts';
import { describePublicKey, parseCertificates, parseCsrFile } from '../../packages/ca-core/src/read/index.ts';
import type { CorpusFile } from './corpus.ts';

/** Reads bytes as this kind of file. @throws CaError, and by promise nothing else */
export function readAs({ kind, file, password }: CorpusFile, bytes: Uint8Array): unknown {
  if (kind === 'cert') return parseCertificates(bytes, file);
  if (kind === 'csr') return parseCsrFile(bytes, file);
  return describeKey(bytes, file, password);
}

/** The kind of a private key, opened to be looked at and not to be used. @throws CaError */
export function describeKey(bytes: Uint8Array, what: string, passphrase?: string): string {
  const [block] = findBlocks(bytes, what, { labels: PRIVATE_KEY_LABELS, wanted: 'a private key' });
  if (block === undefined) throw new TypeError('no block and no error');
  const key = openPrivateKey(block, { what, ...(passphrase === undefined ? {} : { passphrase }) });
  return describePublicKey(createPublicKey(key).export({ type: 'spki', format: 'der' }));
}

/** The kind of a private key, opened to sign with it. @throws CaError */
export function useKey(bytes: Uint8Array, what: string, passphrase?: string): string {
  return parsePrivateKey(bytes, { what, ...(passphrase === undefined ? {} : { passphrase }) }).subjectKey.label;
}
