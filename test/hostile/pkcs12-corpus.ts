/** @module The outside PKCS#12 files (test/vectors/pkcs12): which there are, what pyca/cryptography read, and the bytes. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../vectors/pkcs12/', import.meta.url);

/** Subject as RFC 4514 text; serial as hex. */
export type OutsideCertificate = {
  readonly serial: string;
  readonly subject: string;
  readonly friendlyName: string | null;
};

export type Pkcs12File = {
  readonly file: string;
  readonly expected: 'ok' | 'error' | 'mixed';
  readonly password: string;
  /** The first key in words (`RSA-2048`), the certificate that belongs to it, and all others. */
  readonly facts?: {
    readonly key: string | null;
    readonly cert: OutsideCertificate | null;
    readonly others: readonly OutsideCertificate[];
  };
};

const index = JSON.parse(readFileSync(new URL('index.json', FOLDER), 'utf8')) as {
  readonly files: readonly Pkcs12File[];
};

export const PKCS12_FILES = index.files;

export const pkcs12Path = ({ file }: Pick<Pkcs12File, 'file'>): string => fileURLToPath(new URL(file, FOLDER));

export const pkcs12Bytes = (entry: Pick<Pkcs12File, 'file'>): Uint8Array =>
  new Uint8Array(readFileSync(pkcs12Path(entry)));
