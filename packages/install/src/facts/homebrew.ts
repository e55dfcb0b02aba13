/**
 * @module Homebrew's OpenSSL, on macOS and Linux: a folder of certificates beside a bundle that `brew` writes anew at times.
 * Homebrew's own words on it: place .pem files in `etc/openssl@3/certs` and run `c_rehash`.
 */
import { posix } from 'node:path';
import type { MachineReader } from '../machine/machine.ts';
import { certificateSha256Hexes } from './certificates.ts';
import type { FactsRequest } from './facts.ts';

export type HomebrewOpenssl = {
  /** `openssl@3` */
  readonly formula: string;
  /** `/opt/homebrew/etc/openssl@3` */
  readonly folder: string;
  readonly isCertsFolderPresent: boolean;
  /** Files of the certs folder with a wanted root; `isLinked` when OpenSSL finds it by its hash. */
  readonly files: readonly {
    readonly path: string;
    readonly sha256Hex: string;
    readonly isAlone: boolean;
    readonly isLinked: boolean;
  }[];
  /** SHA-256 (hex) of the wanted roots in the bundle, which holds what the keychain trusted when it was made. */
  readonly bundled: ReadonlySet<string>;
  /** Programs that make the links by hash, each with its arguments. */
  readonly rehashCommands: readonly (readonly [program: string, ...args: string[]])[];
  /** Makes the bundle anew. */
  readonly brew: string | undefined;
  readonly isWritable: boolean;
};

export type HomebrewFacts = { readonly openssls: readonly HomebrewOpenssl[] };

const PREFIXES = ['/opt/homebrew', '/usr/local', '/home/linuxbrew/.linuxbrew'];
const FORMULAS = ['openssl@3', 'openssl@1.1', 'openssl'];
/** What OpenSSL looks for: the hash of the subject and a number. */
const HASH_LINK = /^[0-9a-f]{8}\.\d+$/;

/** Undefined when Homebrew has no OpenSSL here. Starts nothing. */
export function readHomebrewFacts(reader: MachineReader, request: FactsRequest): HomebrewFacts | undefined {
  if (reader.platform !== 'darwin' && reader.platform !== 'linux') return undefined;
  const prefixes = [reader.env['HOMEBREW_PREFIX'] ?? '', ...PREFIXES].filter((prefix) => posix.isAbsolute(prefix));
  const found = new Map<string, HomebrewOpenssl>();
  for (const prefix of prefixes)
    for (const formula of FORMULAS) {
      const openssl = readOpenssl(reader, request, { prefix: posix.resolve(prefix), formula });
      const key = openssl && (reader.realPath(openssl.folder) ?? openssl.folder);
      if (openssl !== undefined && key !== undefined && !found.has(key)) found.set(key, openssl);
    }
  return found.size === 0 ? undefined : { openssls: [...found.values()] };
}

function readOpenssl(
  reader: MachineReader,
  request: FactsRequest,
  { prefix, formula }: { prefix: string; formula: string },
): HomebrewOpenssl | undefined {
  const folder = posix.join(prefix, 'etc', formula);
  const bin = posix.join(prefix, 'opt', formula, 'bin');
  const certs = posix.join(folder, 'certs');
  // `/usr/local/etc/openssl` alone may be anybody's.
  const isThere = (path: string): boolean => reader.realPath(path) !== undefined;
  if (!isThere(folder) || !isThere(posix.join(bin, 'openssl'))) return undefined;
  const bundle = certificateSha256Hexes(reader.readFile(posix.join(folder, 'cert.pem')) ?? new Uint8Array());
  const brew = posix.join(prefix, 'bin/brew');
  const isCertsFolderPresent = isThere(certs);
  return {
    formula,
    folder,
    isCertsFolderPresent,
    files: readFiles(reader, certs, request),
    bundled: new Set(request.rootsSha256Hex.filter((sha256Hex) => bundle.includes(sha256Hex))),
    rehashCommands: [
      ...(isThere(posix.join(bin, 'c_rehash')) ? [[posix.join(bin, 'c_rehash'), certs] as const] : []),
      [posix.join(bin, 'openssl'), 'rehash', certs],
    ],
    brew: isThere(brew) ? brew : undefined,
    isWritable: reader.isWritable(isCertsFolderPresent ? certs : folder),
  };
}

function readFiles(reader: MachineReader, certs: string, request: FactsRequest): HomebrewOpenssl['files'] {
  const names = reader.readFolder(certs);
  const linked = new Set(
    names.filter((name) => HASH_LINK.test(name)).map((name) => reader.realPath(posix.join(certs, name))),
  );
  return names.flatMap((name) => {
    const path = posix.join(certs, name);
    if (reader.status(path)?.kind !== 'file') return [];
    const held = new Set(certificateSha256Hexes(reader.readFile(path) ?? new Uint8Array()));
    return [...held]
      .filter((sha256Hex) => request.rootsSha256Hex.includes(sha256Hex))
      .map((sha256Hex) => ({
        path,
        sha256Hex,
        isAlone: held.size === 1,
        isLinked: HASH_LINK.test(name) || linked.has(reader.realPath(path)),
      }));
  });
}
