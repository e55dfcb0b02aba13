/**
 * @module The revocation lists of a CA and whether Windows has them, as its registry tells. Schannel refuses a chain that it finds no
 * list for (CRYPT_E_NO_REVOCATION_CHECK); it looks into the store of intermediate CAs, where certutil puts lists, and asks for no URL
 * then. The lists lie beside the root's file: its own, and that of the issuer.
 */
import { posix, win32 } from 'node:path';
import { findBlocks, formatHex, isCaError } from '@mintmark/ca-core';
import { nodeSha1, nodeSha256 } from '@mintmark/ca-core/node';
import { parseCrl } from '@mintmark/ca-core/revocation';
import type { TrustAnchor } from '../anchor.ts';
import type { MachineReader } from '../machine/machine.ts';
import { readBlobCrl } from '../windows/registry-blob.ts';
import { parseRegBinary } from '../windows/reg-output.ts';
import type { FactsRequest } from './facts.ts';
import type { WindowsLocation } from './windows-roots.ts';

/** A list that lies beside a root. Hex is upper-case, as Windows writes it; `issuerHex` is that of the issuer's name. */
export type WindowsCrl = CrlDigests & { readonly file: string };
type CrlDigests = { readonly sha1Hex: string; readonly sha256Hex: string; readonly issuerHex: string };

export type WindowsCrls = {
  /** The lists of each root, by the root's SHA-256: none where one is missing, for only all of them are of use. */
  readonly wanted: ReadonlyMap<string, readonly WindowsCrl[]>;
  /** Lists of these roots in the store: those that are wanted, and others that the journal tells of. */
  readonly held: readonly HeldCrl[];
};
type HeldCrl = { readonly location: WindowsLocation; readonly sha1Hex: string; readonly issuerHex: string };

const LOCATIONS: Readonly<Record<WindowsLocation, string>> = {
  CurrentUser: 'HKCU\\Software\\Microsoft\\SystemCertificates\\CA\\CRLs',
  LocalMachine: 'HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\CA\\CRLs',
};

/** Where Windows keeps a list; the journal knows it by this. */
export const crlKey = (location: WindowsLocation, sha1Hex: string): string => `${LOCATIONS[location]}\\${sha1Hex}`;

export async function readWindowsCrls(reader: MachineReader, request: FactsRequest, reg: string): Promise<WindowsCrls> {
  const wanted = new Map(request.roots.map((root) => [root.sha256Hex, readCrlsBeside(reader, root)]));
  const asked = [
    ...[...wanted.values()]
      .flat()
      .flatMap(({ sha1Hex, sha256Hex }) =>
        (['CurrentUser', 'LocalMachine'] as const).map((location) => ({ location, sha1Hex, sha256Hex })),
      ),
    ...readJournaled(request.created),
  ];
  const found = await Promise.all(
    asked.map(async ({ location, sha1Hex, sha256Hex }) => {
      const command = [reg, 'query', crlKey(location, sha1Hex), '/v', 'Blob'] as const;
      const held = readBlob((await reader.query({ command })).stdout);
      const isIt = held !== undefined && [undefined, held.sha256Hex].includes(sha256Hex);
      return isIt ? [{ location, sha1Hex, issuerHex: held.issuerHex }] : [];
    }),
  );
  const held = new Map(found.flat().map((one) => [crlKey(one.location, one.sha1Hex), one]));
  return { wanted, held: [...held.values()] };
}

const FILES = ['root.crl', 'issuer.crl'];

/** Where the root signs by itself, the one list of the issuer is all. */
function readCrlsBeside(reader: MachineReader, { certFile, subjectDer }: TrustAnchor): WindowsCrl[] {
  const { dirname, join } = reader.platform === 'win32' ? win32 : posix;
  const folder = dirname(certFile);
  const crls = FILES.flatMap((name) => readCrl(reader, join(folder, name)) ?? []);
  const issuer = crls.find(({ file }) => file.endsWith('issuer.crl'));
  const isOneLevel = issuer?.issuerHex === upperHex(subjectDer);
  return crls.length === FILES.length || isOneLevel ? crls : [];
}

function readCrl(reader: MachineReader, file: string): WindowsCrl | undefined {
  const bytes = reader.readFile(file);
  if (bytes === undefined) return undefined;
  try {
    const [block] = findBlocks(bytes, file, { labels: ['X509 CRL'], wanted: 'a revocation list' });
    return { file, ...describe(block?.der ?? new Uint8Array()) };
  } catch (cause) {
    if (isCaError(cause)) return undefined; // a damaged file is none
    throw cause;
  }
}

/** @throws CRL_INVALID, DER_INVALID */
const describe = (der: Uint8Array): CrlDigests => ({
  sha1Hex: upperHex(nodeSha1(der)),
  sha256Hex: upperHex(nodeSha256(der)),
  issuerHex: upperHex(parseCrl(der, 'a revocation list').issuerDer),
});

const upperHex = (bytes: Uint8Array): string => formatHex(bytes).toUpperCase();

/** Keys that earlier installs made; a list that was replaced since has no file any more. */
function readJournaled(created: ReadonlySet<string>) {
  return [...created].flatMap((path) => {
    const [, key = '', sha1Hex = ''] = /^(.*)\\([0-9A-F]{40})$/.exec(path) ?? [];
    const location = (['CurrentUser', 'LocalMachine'] as const).find((one) => LOCATIONS[one] === key);
    return location === undefined ? [] : [{ location, sha1Hex, sha256Hex: undefined }];
  });
}

function readBlob(stdout: string): CrlDigests | undefined {
  const blob = parseRegBinary(stdout, 'Blob');
  const der = blob === undefined ? undefined : readBlobCrl(blob);
  try {
    return der === undefined ? undefined : describe(der);
  } catch (cause) {
    if (isCaError(cause)) return undefined; // whatever it is, it is none of ours
    throw cause;
  }
}
