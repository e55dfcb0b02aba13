/**
 * @module The outside corpus (test/vectors/corpus): which files there are, what outside parsers said of each, and the bytes.
 */
import { readFileSync } from 'node:fs';

const CORPUS = new URL('../vectors/corpus/', import.meta.url);

/** What pyca/cryptography read; a fact that it could not give is absent. */
export type OutsideFacts = {
  readonly serial?: string;
  readonly version?: string;
  /** RFC 4514 text: last RDN first. */
  readonly subject?: string;
  readonly issuer?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly signatureAlgorithm?: string;
  readonly fingerprintSha256?: string;
  readonly extensions?: readonly (readonly [oid: string, isCritical: boolean])[];
  readonly san?: readonly string[];
  /** Of certificates and requests: `RSA-2048`, `EC-secp256r1` …. */
  readonly publicKey?: string;
  /** Of private keys, in the same words. */
  readonly key?: string;
  readonly signatureValid?: boolean;
  readonly attributes?: readonly string[];
};

export type CorpusFile = {
  readonly file: string;
  readonly kind: 'cert' | 'csr' | 'key';
  readonly expected: 'ok' | 'error' | 'mixed';
  readonly facts?: OutsideFacts;
  readonly password?: string;
};

const index = JSON.parse(readFileSync(new URL('index.json', CORPUS), 'utf8')) as {
  readonly files: readonly CorpusFile[];
};

export const CORPUS_FILES = index.files;

/** The files of one kind, and of one expectation if it is given. */
export function corpusFiles(kind: CorpusFile['kind'], expected?: CorpusFile['expected']): readonly CorpusFile[] {
  return CORPUS_FILES.filter((entry) => entry.kind === kind && (expected === undefined || entry.expected === expected));
}

export function corpusBytes({ file }: Pick<CorpusFile, 'file'>): Uint8Array {
  return new Uint8Array(readFileSync(new URL(file, CORPUS)));
}
