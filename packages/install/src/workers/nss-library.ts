/**
 * @module The few functions of NSS that put a root into a database and take it out: bindings alone, no decisions.
 * Signatures from NSS's nss.h, pk11pub.h, cert.h and certdb.h; they have not changed in twenty years.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadKoffi, openLibrary, type Koffi, type Pointer } from './foreign-library.ts';
import type { LibraryHandle } from 'koffi';

/** SECSuccess of seccomon.h; every other answer is a failure. */
export const SEC_SUCCESS = 0;

/** SECItem of seccomon.h. `type` 0 is siBuffer: plain bytes. */
export type SecItem = { readonly type: 0; readonly data: Buffer; readonly len: number };

/** CERTCertTrust of certt.h: one word of flags for each use. */
export type CertTrust = { readonly sslFlags: number; readonly emailFlags: number; readonly objectSigningFlags: number };

/** NSS as it was found in one folder. Pointers are released by their `free` functions. */
export type NssLibrary = {
  readonly initialize: (configDir: string, flags: number) => number;
  readonly shutdown: () => number;
  readonly internalKeySlot: () => Pointer;
  readonly freeSlot: (slot: Pointer) => void;
  readonly needsUserInit: (slot: Pointer) => boolean;
  readonly initPin: (slot: Pointer, pin: string) => number;
  readonly needsLogin: (slot: Pointer) => boolean;
  readonly checkPassword: (slot: Pointer, password: string) => number;
  readonly defaultDatabase: () => Pointer;
  readonly findCertificate: (database: Pointer, der: SecItem) => Pointer;
  readonly newCertificate: (database: Pointer, der: SecItem) => Pointer;
  readonly freeCertificate: (certificate: Pointer) => void;
  readonly importCertificate: (slot: Pointer, certificate: Pointer, nickname: string) => number;
  readonly changeTrust: (database: Pointer, certificate: Pointer, trust: CertTrust) => number;
  readonly deleteCertificate: (certificate: Pointer) => number;
  /** The name of the last error (`SEC_ERROR_BAD_DATABASE`). */
  readonly lastError: () => string;
};

/** Loads NSS from a folder. @throws WorkerFailure when koffi or the library is missing or too strange */
export async function loadNss(folder: string): Promise<NssLibrary> {
  const koffi = await loadKoffi();
  const { nss, nspr } = openLibraries(koffi, folder);
  declareTypes(koffi);
  return { ...bindDatabase(nss), ...bindSlot(nss), ...bindCertificates(nss), lastError: bindErrors(nspr) };
}

/** What NSS stands on, before it. Each is named by its path, so that no copy of another version is taken from the system. */
const FOUNDATIONS = ['nspr4', 'plc4', 'plds4', 'nssutil3'];

function openLibraries(koffi: Koffi, folder: string): { nss: LibraryHandle; nspr: LibraryHandle } {
  const pathOf = (name: string): string => join(folder, fileNameOf(name, process.platform));
  const open = FOUNDATIONS.map((name) => [name, pathOf(name)] as const)
    .filter(([, path]) => existsSync(path))
    .map(([name, path]) => [name, openLibrary(koffi, path)] as const);
  const nss = openLibrary(koffi, pathOf('nss3'));
  // macOS and Windows builds of Firefox fold all of them into nss3; NSPR may come from the system.
  return { nss, nspr: new Map(open).get('nspr4') ?? nss };
}

/** The file name of a library by its plain name. */
export function fileNameOf(name: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return `${name}.dll`;
  return `lib${name}${platform === 'darwin' ? '.dylib' : '.so'}`;
}

function declareTypes(koffi: Koffi): void {
  koffi.struct('SECItem', { type: 'int', data: 'uint8_t *', len: 'unsigned int' });
  koffi.struct('CERTCertTrust', {
    sslFlags: 'unsigned int',
    emailFlags: 'unsigned int',
    objectSigningFlags: 'unsigned int',
  });
}

/** Prefixes of file names, which only ancient databases have, and the name of the module list. */
const NO_PREFIX = '';
const MODULE_LIST = 'secmod.db';

function bindDatabase(nss: LibraryHandle) {
  const initialize = nss.func(
    'int NSS_Initialize(const char *configdir, const char *certPrefix, const char *keyPrefix, const char *secmodName, uint32_t flags)',
  );
  const shutdown = nss.func('int NSS_Shutdown(void)');
  const defaultDatabase = nss.func('void *CERT_GetDefaultCertDB(void)');
  return {
    initialize: (configDir: string, flags: number) =>
      Number(initialize(configDir, NO_PREFIX, NO_PREFIX, MODULE_LIST, flags)),
    shutdown: () => Number(shutdown()),
    defaultDatabase: () => defaultDatabase() as Pointer,
  };
}

function bindSlot(nss: LibraryHandle) {
  const needsUserInit = nss.func('int PK11_NeedUserInit(void *slot)');
  const needsLogin = nss.func('int PK11_NeedLogin(void *slot)');
  const initPin = nss.func('int PK11_InitPin(void *slot, const char *securityPin, const char *userPin)');
  const checkPassword = nss.func('int PK11_CheckUserPassword(void *slot, const char *password)');
  const internalKeySlot = nss.func('void *PK11_GetInternalKeySlot(void)');
  const freeSlot = nss.func('void PK11_FreeSlot(void *slot)');
  return {
    internalKeySlot: () => internalKeySlot() as Pointer,
    freeSlot: (slot: Pointer) => void freeSlot(slot),
    needsUserInit: (slot: Pointer) => Number(needsUserInit(slot)) !== 0,
    needsLogin: (slot: Pointer) => Number(needsLogin(slot)) !== 0,
    initPin: (slot: Pointer, pin: string) => Number(initPin(slot, null, pin)),
    checkPassword: (slot: Pointer, password: string) => Number(checkPassword(slot, password)),
  };
}

const NO_KEY = 0; // CK_INVALID_HANDLE: the certificate belongs to no key of ours
const NO = 0; // PR_FALSE
const YES = 1; // PR_TRUE

function bindCertificates(nss: LibraryHandle) {
  const find = nss.func('void *CERT_FindCertByDERCert(void *handle, SECItem *derCert)');
  const create = nss.func(
    'void *CERT_NewTempCertificate(void *handle, SECItem *derCert, const char *nickname, int isPerm, int copyDer)',
  );
  const free = nss.func('void CERT_DestroyCertificate(void *cert)');
  const importInto = nss.func(
    'int PK11_ImportCert(void *slot, void *cert, unsigned long key, const char *nickname, int includeTrust)',
  );
  const changeTrust = nss.func('int CERT_ChangeCertTrust(void *handle, void *cert, CERTCertTrust *trust)');
  const remove = nss.func('int SEC_DeletePermCertificate(void *cert)');
  return {
    findCertificate: (database: Pointer, der: SecItem) => find(database, der) as Pointer,
    newCertificate: (database: Pointer, der: SecItem) => create(database, der, null, NO, YES) as Pointer,
    freeCertificate: (certificate: Pointer) => void free(certificate),
    importCertificate: (slot: Pointer, certificate: Pointer, nickname: string) =>
      Number(importInto(slot, certificate, NO_KEY, nickname, NO)),
    changeTrust: (database: Pointer, certificate: Pointer, trust: CertTrust) =>
      Number(changeTrust(database, certificate, trust)),
    deleteCertificate: (certificate: Pointer) => Number(remove(certificate)),
  };
}

/** NSPR stands in the system's folder where NSS is a browser's own; the loader has it by then, and finds its names through NSS. */
function bindErrors(nspr: LibraryHandle): () => string {
  try {
    const lastError = nspr.func('int PR_GetError(void)');
    const nameOf = nspr.func('const char *PR_ErrorToName(int code)');
    return () => {
      const code = Number(lastError());
      return String(nameOf(code) ?? `error ${code}`);
    };
  } catch {
    return () => 'NSS gave no reason';
  }
}
