/** @module What the environment is made from, as it stands on the machine: certificates and texts by path, each read once. */
import { join } from 'node:path';
import type { MachineReader } from '../machine/machine.ts';
import { parseCertificates } from './bundle.ts';
import type { Places } from './settings.ts';

export type Sources = Places & {
  /** Undefined for what is missing, may not be read, or is no regular file. */
  readonly readBytes: (path: string) => Uint8Array | undefined;
  readonly readText: (path: string) => string | undefined;
  /** Certificates of a file or of the files in a folder; empty when there is none to be had. */
  readonly readCertificates: (path: string) => readonly Uint8Array[];
  readonly isThere: (path: string) => boolean;
};

/** A folder as OpenSSL reads it, or as distributions keep it. */
const CERTIFICATE_FILE = /\.(?:pem|crt|cer)$|^[0-9a-f]{8}\.\d+$/i;

export function createSources(reader: MachineReader): Sources {
  const found = new Map<string, readonly Uint8Array[]>();
  const isFile = (path: string): boolean => reader.status(reader.realPath(path) ?? path)?.kind === 'file'; // a pipe would wait
  const readBytes = (path: string): Uint8Array | undefined => (isFile(path) ? reader.readFile(path) : undefined);
  const readFolder = (path: string): Uint8Array[] =>
    reader
      .readFolder(path)
      .filter((name) => CERTIFICATE_FILE.test(name))
      .flatMap((name) => parseCertificates(readBytes(join(path, name)) ?? new Uint8Array()));
  return {
    platform: reader.platform,
    env: reader.env,
    userFolder: reader.userFolder,
    readBytes,
    readText: (path) => {
      const bytes = readBytes(path);
      return bytes === undefined ? undefined : Buffer.from(bytes).toString();
    },
    readCertificates: (path) => {
      const bytes = readBytes(path);
      const certificates = found.get(path) ?? (bytes === undefined ? readFolder(path) : parseCertificates(bytes));
      found.set(path, certificates);
      return certificates;
    },
    isThere: (path) => reader.realPath(path) !== undefined,
  };
}
