/**
 * @module Where the NSS of the system lies, whether it is new enough for trust of the new kind, and where p11-kit's module for
 * the system store lies.
 */
import { posix } from 'node:path';
import type { MachineReader } from '../machine/machine.ts';

const LIBRARIES = ['libnss3.so', 'libsmime3.so'];

/** Debian's names of folders, by Node's names of processors. */
const TRIPLETS: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64', arm: 'arm', ia32: 'i386' };

function libraryFolders(reader: MachineReader): string[] {
  const multiarch = reader.readFolder('/usr/lib').filter((name) => name.includes('-linux-gnu'));
  const own = TRIPLETS[process.arch] ?? process.arch;
  const [ours, others] = [true, false].map((wanted) => multiarch.filter((name) => name.startsWith(own) === wanted));
  return [
    ...(ours ?? []).map((name) => `/usr/lib/${name}`),
    '/usr/lib64',
    '/usr/lib',
    ...(others ?? []).map((name) => `/usr/lib/${name}`),
  ];
}

/** True when the folder holds the libraries that the NSS worker loads. */
export const hasNssLibraries = (reader: MachineReader, folder: string): boolean =>
  LIBRARIES.every((name) => reader.status(posix.join(folder, name)) !== undefined);

/** The folder of the system's NSS; undefined when there is none. */
export const findNssLibraryFolder = (reader: MachineReader): string | undefined =>
  reader.platform === 'linux' ? libraryFolders(reader).find((folder) => hasNssLibraries(reader, folder)) : undefined;

/** Reads trust objects of PKCS #11 3.2 since this version; nss_3_114.md of its release notes. */
const NEW_TRUST_MINOR = 114;

/** Whether this NSS sees trust of the new kind; by the version in its library, which is true when it can't be found. */
export function isNewNss(reader: MachineReader, folder: string): boolean {
  const bytes = reader.readFile(posix.join(folder, 'libnss3.so'));
  const minor = /NSS 3\.(\d+)/.exec(Buffer.from(bytes ?? []).toString('latin1'))?.[1];
  return minor === undefined || Number(minor) >= NEW_TRUST_MINOR;
}

const P11_KIT_PLACES = ['pkcs11/p11-kit-trust.so', 'p11-kit-trust.so'];

/** The PKCS #11 module that shows the system store to NSS; undefined when it is not installed. */
export const findP11KitModule = (reader: MachineReader): string | undefined =>
  libraryFolders(reader)
    .flatMap((folder) => P11_KIT_PLACES.map((place) => posix.join(folder, place)))
    .find((path) => reader.status(path) !== undefined);
