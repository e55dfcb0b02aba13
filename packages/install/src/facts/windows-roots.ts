/**
 * @module The root stores of one Windows: what lies in its registry, read by reg.exe, which starts in a tenth of PowerShell's
 * time and never asks. Serves Windows itself and the host of WSL.
 */
import { formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { MachineReader } from '../machine/machine.ts';
import { readBlobCertificate } from '../windows/registry-blob.ts';
import { parseRegBinary } from '../windows/reg-output.ts';
import type { FactsRequest } from './facts.ts';

export type WindowsLocation = 'CurrentUser' | 'LocalMachine';

/** Absolute paths; undefined where the edition lacks the program (Nano Server has no PowerShell of this kind). */
export type WindowsPrograms = {
  readonly reg: string;
  readonly powershell: string | undefined;
  readonly certutil: string | undefined;
};

export type WindowsRoots = {
  readonly programs: WindowsPrograms;
  /** False when reg.exe could not be run: then nothing is known. */
  readonly isReadable: boolean;
  /** Each wanted root in each location that holds it, told by its own bytes. */
  readonly held: readonly { readonly location: WindowsLocation; readonly sha256Hex: string }[];
  /** This process may change the machine's own store. */
  readonly isElevated: boolean;
};

/** What is physically in each location. Certificates of Group Policy lie elsewhere, and are an administrator's business. */
const KEYS: readonly (readonly [WindowsLocation, string])[] = [
  ['CurrentUser', 'HKCU\\Software\\Microsoft\\SystemCertificates\\Root\\Certificates'],
  ['LocalMachine', 'HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\Root\\Certificates'],
];

/**
 * A key that only elevated processes may open: the hive of the service account LocalService. Unlike `net session` it needs no
 * running service, and unlike `whoami /groups` one tenth of the time; file rights say nothing reliable across versions.
 */
const ELEVATED_KEY = 'HKU\\S-1-5-19';

export async function readWindowsRoots(
  reader: MachineReader,
  request: FactsRequest,
  programs: WindowsPrograms,
): Promise<WindowsRoots> {
  const found = await Promise.all(
    KEYS.flatMap(([location, key]) =>
      request.rootsSha1Hex.map(async (sha1Hex) => {
        const path = `${key}\\${sha1Hex.toUpperCase()}`;
        const result = await reader.query({ command: [programs.reg, 'query', path, '/v', 'Blob'] });
        return { location, isRun: result.exitCode !== null, sha256Hex: sha256OfBlob(result.stdout) };
      }),
    ),
  );
  const held = found.flatMap(({ location, sha256Hex }) =>
    sha256Hex !== undefined && request.rootsSha256Hex.includes(sha256Hex) ? [{ location, sha256Hex }] : [],
  );
  // Only what is to be put in, or lies in the machine's store, makes a difference.
  const matters = held.length === 0 || held.some(({ location }) => location === 'LocalMachine');
  const isReadable = found.every(({ isRun }) => isRun);
  return { programs, isReadable, held, isElevated: isReadable && matters && (await isElevated(reader, programs.reg)) };
}

async function isElevated(reader: MachineReader, reg: string): Promise<boolean> {
  return (await reader.query({ command: [reg, 'query', ELEVATED_KEY] })).exitCode === 0;
}

/** The key is named by a SHA-1, which proves nothing: the certificate in it is hashed anew. */
function sha256OfBlob(stdout: string): string | undefined {
  const blob = parseRegBinary(stdout, 'Blob');
  const der = blob === undefined ? undefined : readBlobCertificate(blob);
  return der === undefined ? undefined : formatHex(nodeSha256(der));
}
