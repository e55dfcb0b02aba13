/**
 * @module Puts a root into the Windows root store of the user or of the machine, takes it out, and lists what is there by SHA-256.
 * Windows itself asks the user before the user's store changes; nothing can or should suppress that.
 */
import { formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import { loadCrypt32, type Crypt32Library } from './crypt32-library.ts';
import type { Pointer } from './foreign-library.ts';
import { certificateOf, WORKER_EXIT, WorkerFailure, wordOf, type TaskFields } from './task.ts';

/** wincrypt.h: CERT_SYSTEM_STORE_CURRENT_USER and CERT_SYSTEM_STORE_LOCAL_MACHINE. */
const LOCATIONS = { CurrentUser: 0x1_0000, LocalMachine: 0x2_0000 } as const;
const CERT_STORE_READONLY = 0x8000; // wincrypt.h
const STORE_NAME = 'ROOT';

/** Carries out a task of the crypt32 worker; `list` returns a JSON array of lower-case SHA-256. @throws WorkerFailure */
export async function runCrypt32Task(task: TaskFields): Promise<string | void> {
  const action = wordOf(task, 'action', ['add', 'remove', 'list']);
  const location = wordOf(task, 'location', ['CurrentUser', 'LocalMachine']);
  const certificate = action === 'list' ? undefined : certificateOf(task);
  if (process.platform !== 'win32') throw new WorkerFailure('crypt32 exists on Windows only');
  const library = await loadCrypt32();
  const store = library.openStore(LOCATIONS[location] | (action === 'list' ? CERT_STORE_READONLY : 0), STORE_NAME);
  if (store === null) throw createFailure(`cannot open ${location}\\Root`, library.lastError());
  try {
    if (certificate === undefined) return JSON.stringify(listStore(library, store));
    if (action === 'add') addToStore(library, store, { ...certificate, location });
    else removeFromStore(library, store, { ...certificate, location });
  } finally {
    library.closeStore(store);
  }
}

type Entry = { readonly certDer: Buffer; readonly sha256Hex: string; readonly location: string };

/** SHA-256 of each certificate, in the store's order. */
export function listStore(library: Crypt32Library, store: Pointer): string[] {
  const hashes: string[] = [];
  forEachCertificate(library, store, (_context, sha256Hex) => hashes.push(sha256Hex));
  return hashes;
}

function forEachCertificate(
  library: Crypt32Library,
  store: Pointer,
  visit: (context: Pointer, sha256Hex: string) => void,
): void {
  let context = library.nextCertificate(store, null);
  while (context !== null) {
    visit(context, formatHex(nodeSha256(library.readCertificate(context))));
    context = library.nextCertificate(store, context);
  }
}

function addToStore(library: Crypt32Library, store: Pointer, { certDer, location }: Entry): void {
  if (!library.addCertificate(store, certDer))
    throw createFailure(`cannot add to ${location}\\Root`, library.lastError());
}

/** Removes every match. Deleting consumes a context, so the walk goes on with its own while copies are deleted. */
export function removeFromStore(library: Crypt32Library, store: Pointer, { sha256Hex, location }: Entry): void {
  const matches: Pointer[] = [];
  forEachCertificate(library, store, (context, found) => {
    if (found === sha256Hex) matches.push(library.duplicateCertificate(context));
  });
  const faults = matches.flatMap((context) => (library.deleteCertificate(context) ? [] : [library.lastError()]));
  if (faults[0] !== undefined) throw createFailure(`cannot remove from ${location}\\Root`, faults[0]);
}

const ERROR_CANCELLED = 1223; // winerror.h

/** winerror.h; as an HRESULT the same number stands in the low half. */
const KNOWN_ERRORS: Readonly<Record<number, string>> = {
  5: 'access denied, it needs an elevated prompt',
  [ERROR_CANCELLED]: 'the question of Windows was answered with No, or nobody was there to answer it',
};

const plainCode = (code: number): number => (code >>> 16 === 0x8007 ? code & 0xffff : code);

/** A Windows error in words, and with the exit code that tells a No from a fault. */
export function createFailure(what: string, code: number): WorkerFailure {
  const reason = KNOWN_ERRORS[plainCode(code)] ?? `error 0x${code.toString(16).padStart(8, '0')}`;
  const exitCode = plainCode(code) === ERROR_CANCELLED ? WORKER_EXIT.declined : WORKER_EXIT.failed;
  return new WorkerFailure(`${what}: ${reason}`, exitCode);
}
