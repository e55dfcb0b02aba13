/** @module The table of ca-store's error codes: what can go wrong between a CA and the disk. */
import { createErrorFactory, quote } from '@mintmark/ca-core';

type Path = { path: string };
type Ca = { caName: string };

export const STORE_ERRORS = {
  HOME_UNKNOWN: {
    message: (_d: Record<string, never>) => 'no home folder: neither MINTMARK_HOME nor HOME is set',
    hint: () => 'say where CAs live: --home DIR, or set MINTMARK_HOME',
  },
  HOME_FOREIGN_OWNER: {
    message: (d: Path & { ownerUid: number; uid: number }) =>
      `${d.path} belongs to user ${d.ownerUid}, and you are user ${d.uid}`,
    hint: () => 'run without sudo as the owner, or use a home of your own: --home DIR',
  },
  HOME_WRITABLE_BY_OTHERS: {
    message: (d: Path) => `${d.path} can be written by everybody, so anybody could swap its CA`,
    hint: (d: Path) => `chmod 700 ${d.path}`,
  },
  HOME_LOCKED: {
    message: (d: Path & { holder: string; lockFile: string }) => `${d.path} is in use by ${d.holder}`,
    hint: (d: Path & { holder: string; lockFile: string }) =>
      `wait for it to end and try again; if nothing runs, remove ${d.lockFile}`,
  },
  NO_SPACE: {
    message: (d: Path) => `no space left on the disk for ${d.path}; nothing was changed`,
    hint: () => 'free some space and run the command again',
  },
  READ_ONLY: {
    message: (d: Path) => `${d.path} is on a read-only disk`,
    hint: () => 'use another place: --home DIR for CAs, --out DIR for certificates',
  },
  NO_PERMISSION: {
    message: (d: Path) => `no permission for ${d.path}`,
    hint: () => 'check its owner and mode, or use another place: --home DIR for CAs, --out DIR for certificates',
  },
  NOT_A_FOLDER: {
    message: (d: Path) => `${d.path} is not a folder`,
    hint: () => 'give a folder, or remove the file that stands in its place',
  },
  NOT_A_FILE: {
    message: (d: Path) => `${d.path} is a folder, not a file`,
    hint: () => 'give the path of a file',
  },
  NOT_A_PLAIN_FILE: {
    message: (d: Path) => `${d.path} is a device, a pipe or a link to one, and no file may take its place`,
    hint: () => 'give the path of a file',
  },
  FILE_NOT_FOUND: {
    message: (d: Path) => `there is no file ${d.path}`,
    hint: () => 'check the path',
  },
  FOLDER_NOT_FOUND: {
    message: (d: Path) => `there is no folder for ${d.path}`,
    hint: () => 'make the folder first',
  },
  DISK_FAILURE: {
    message: (d: Path & { reason: string }) => `${d.path}: ${d.reason}`,
    hint: () => 'check the path and the disk, then run the command again',
  },
  FILE_EXISTS: {
    message: (d: Path) => `${d.path} exists and is not known to be of this home's making, so it is not replaced`,
    hint: () => 'choose another path, or say --force',
  },
  CA_NAME_INVALID: {
    message: (d: Ca) => `${quote(d.caName)} can't be the name of a CA`,
    hint: () => 'use 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit',
    kind: 'usage',
  },
  CA_EXISTS: {
    message: (d: Ca) => `there is already a CA ${quote(d.caName)}`,
    hint: (d: Ca) => `choose another name, or remove it first: mintmark ca remove ${d.caName}`,
  },
  CA_NOT_FOUND: {
    message: (d: Ca) => `there is no CA ${quote(d.caName)}`,
    hint: (d: Ca) => `see which there are: mintmark ca list; or make it: mintmark ca create ${d.caName}`,
  },
  CA_SUBJECT_TAKEN: {
    message: (d: Ca & { other: string }) =>
      `CA ${quote(d.other)} already has this subject; clients could not tell the two apart`,
    hint: () => 'give another common name: --subject "…, CN=another name"',
  },
  CA_KEY_TAKEN: {
    message: (d: Ca & { other: string }) =>
      `CA ${quote(d.other)} already has this key; clients could not tell the two apart`,
    hint: () => 'have a new key made: with a token, leave object= and id= out',
  },
  CA_DAMAGED: {
    message: (d: Ca & { reason: string }) => `CA ${quote(d.caName)} is damaged: ${d.reason}`,
    hint: (d: Ca & { reason: string }) =>
      `restore its folder from a backup, or remove it: mintmark ca remove ${d.caName}`,
  },
  CA_KEY_MISSING: {
    message: (d: Ca) => `CA ${quote(d.caName)} has no key in this home, so it can be trusted but can't sign`,
    hint: () => 'use a CA of your own: mintmark ca list',
  },
  CA_KEY_MISMATCH: {
    message: (d: Ca) => `the key of CA ${quote(d.caName)} does not belong to its certificate`,
    hint: (d: Ca) => `restore its folder from a backup, or remove it: mintmark ca remove ${d.caName}`,
  },
  CA_NOT_AN_ISSUER: {
    message: (d: { what: string; reason: string }) => `${d.what} can't sign certificates: ${d.reason}`,
    hint: () => 'give a CA certificate (CA:TRUE) and its own key',
  },
} as const;

/** Throws of ca-store are made here. */
export const storeError = createErrorFactory(STORE_ERRORS);
