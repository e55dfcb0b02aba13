/**
 * @module Puts a root into an NSS database and takes it out, by the NSS that the database's own browser uses. In a process of
 * its own, because NSS keeps the state of one database in global variables and its locks until the process ends.
 */
import type { Pointer } from './foreign-library.ts';
import { loadNss, SEC_SUCCESS, type CertTrust, type NssLibrary, type SecItem } from './nss-library.ts';
import { certificateOf, textOf, WORKER_EXIT, WorkerFailure, wordOf, type TaskFields } from './task.ts';

/** Flags of nss.h. The list of modules (pkcs11.txt) may name libraries of smart cards, which this work has no need to load. */
const NSS_INIT_NO_MODULE_LIST = 0x04;
const NSS_INIT_NO_ROOTS = 0x10;
const NSS_INIT_OPTIMIZE_SPACE = 0x20;

/** certdb.h: a CA (VALID_CA) whose word counts for TLS servers (TRUSTED_CA); not for TLS clients (TRUSTED_CLIENT_CA, 0x80). */
const CERTDB_VALID_CA = 0x08;
const CERTDB_TRUSTED_CA = 0x10;
const TRUSTED_FOR_SERVERS: CertTrust = {
  sslFlags: CERTDB_VALID_CA | CERTDB_TRUSTED_CA,
  emailFlags: 0,
  objectSigningFlags: 0,
};

/** What one run works on. */
type Session = {
  readonly nss: NssLibrary;
  readonly slot: Pointer;
  readonly database: Pointer;
  readonly der: SecItem;
  readonly folder: string;
};

/** Carries out a task of the nss worker. @throws WorkerFailure */
export async function runNssTask(task: TaskFields): Promise<void> {
  const action = wordOf(task, 'action', ['add', 'remove']);
  const folder = textOf(task, 'databaseFolder');
  const { certDer } = certificateOf(task);
  const der: SecItem = { type: 0, data: certDer, len: certDer.length };
  process.umask(0o077); // a new database holds key material
  const nss = await loadNss(textOf(task, 'libraryFolder'));
  openDatabase(nss, folder, task['isNew'] === true);
  const slot = nss.internalKeySlot();
  const session: Session = { nss, slot, database: nss.defaultDatabase(), der, folder };
  try {
    if (action === 'add') addRoot(session, task);
    else removeRoot(session);
  } finally {
    if (slot !== null) nss.freeSlot(slot);
    nss.shutdown();
  }
}

function openDatabase(nss: NssLibrary, folder: string, isNew: boolean): void {
  // A new database gets its list of modules, as certutil would make it.
  const flags = NSS_INIT_NO_ROOTS | NSS_INIT_OPTIMIZE_SPACE | (isNew ? 0 : NSS_INIT_NO_MODULE_LIST);
  if (nss.initialize(`sql:${folder}`, flags) !== SEC_SUCCESS)
    throw new WorkerFailure(`cannot open the NSS database in ${folder}: ${nss.lastError()}`);
}

function addRoot(session: Session, task: TaskFields): void {
  const { nss, slot, database, der, folder } = session;
  unlock(session, typeof task['secret'] === 'string' ? task['secret'] : undefined);
  const known = nss.findCertificate(database, der);
  const certificate = known ?? nss.newCertificate(database, der);
  if (certificate === null) throw new WorkerFailure(`NSS does not take the certificate: ${nss.lastError()}`);
  try {
    if (nss.importCertificate(slot, certificate, textOf(task, 'nickname')) !== SEC_SUCCESS)
      throw new WorkerFailure(`cannot write to the NSS database in ${folder}: ${nss.lastError()}`);
    if (nss.changeTrust(database, certificate, TRUSTED_FOR_SERVERS) === SEC_SUCCESS) return;
    const reason = nss.lastError();
    // Stored but not trusted is worse than not there: it would look done.
    if (known === null) nss.deleteCertificate(certificate);
    throw new WorkerFailure(`cannot set the trust in the NSS database in ${folder}: ${reason}`);
  } finally {
    nss.freeCertificate(certificate);
  }
}

/** Trust is signed with a key that the primary password guards: without it nothing may be written at all. */
function unlock({ nss, slot, folder }: Session, secret: string | undefined): void {
  if (nss.needsUserInit(slot)) {
    if (nss.initPin(slot, '') !== SEC_SUCCESS)
      throw new WorkerFailure(`cannot set up the NSS database in ${folder}: ${nss.lastError()}`);
    return;
  }
  if (!nss.needsLogin(slot)) return;
  if (secret === undefined)
    throw new WorkerFailure(`the NSS database in ${folder} needs its primary password`, WORKER_EXIT.needsSecret);
  if (nss.checkPassword(slot, secret) !== SEC_SUCCESS)
    throw new WorkerFailure(`the primary password of ${folder} is another`, WORKER_EXIT.needsSecret);
}

/** One entry is usual; a database that was merged from others may hold more. */
const MAX_ENTRIES = 16;

/** Needs no password. Nothing there is no fault. */
function removeRoot({ nss, database, der, folder }: Session): void {
  for (let entry = 0; entry < MAX_ENTRIES; entry++) {
    const certificate = nss.findCertificate(database, der);
    if (certificate === null) return;
    const removed = nss.deleteCertificate(certificate);
    const reason = nss.lastError();
    nss.freeCertificate(certificate);
    if (removed !== SEC_SUCCESS)
      throw new WorkerFailure(`cannot remove it from the NSS database in ${folder}: ${reason}`);
  }
  throw new WorkerFailure(`the NSS database in ${folder} still holds it after ${MAX_ENTRIES} removals`);
}
