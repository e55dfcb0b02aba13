/**
 * @module The few functions of crypt32.dll that list, add and remove certificates of a system store: bindings alone.
 * @see https://learn.microsoft.com/windows/win32/api/wincrypt/
 */
import { loadKoffi, openLibrary, type Koffi, type Pointer } from './foreign-library.ts';

/** crypt32 and the last error of its thread. */
export type Crypt32Library = {
  readonly openStore: (flags: number, name: string) => Pointer;
  readonly closeStore: (store: Pointer) => void;
  /** Adds, keeping one that is there; the new context is not handed out, because a context that stays open keeps it from being saved. */
  readonly addCertificate: (store: Pointer, certDer: Buffer) => boolean;
  /** The next context, or null at the end; frees the one it is given. */
  readonly nextCertificate: (store: Pointer, previous: Pointer) => Pointer;
  readonly readCertificate: (context: Pointer) => Uint8Array;
  readonly duplicateCertificate: (context: Pointer) => Pointer;
  /** Frees the context too, whether it succeeds or not. */
  readonly deleteCertificate: (context: Pointer) => boolean;
  readonly lastError: () => number;
};

const CERT_STORE_PROV_SYSTEM_W = 10; // wincrypt.h
const X509_ASN_ENCODING = 1; // wincrypt.h
const CERT_STORE_ADD_USE_EXISTING = 2; // wincrypt.h; REPLACE_EXISTING is denied for what Group Policy put there

/** Loads crypt32. @throws WorkerFailure outside Windows or without koffi */
export async function loadCrypt32(): Promise<Crypt32Library> {
  const koffi = await loadKoffi();
  const crypt32 = openLibrary(koffi, 'crypt32.dll');
  const lastError = openLibrary(koffi, 'kernel32.dll').func('uint32_t __stdcall GetLastError(void)');
  const open = crypt32.func(
    'void *__stdcall CertOpenStore(uintptr_t provider, uint32_t encoding, uintptr_t cryptProv, uint32_t flags, const char16_t *name)',
  );
  const close = crypt32.func('int __stdcall CertCloseStore(void *store, uint32_t flags)');
  const add = crypt32.func(
    'int __stdcall CertAddEncodedCertificateToStore(void *store, uint32_t encoding, const uint8_t *cert, uint32_t length, uint32_t disposition, void *context)',
  );
  return {
    openStore: (flags, name) => open(CERT_STORE_PROV_SYSTEM_W, 0, 0, flags, name) as Pointer,
    closeStore: (store) => void close(store, 0),
    addCertificate: (store, certDer) =>
      Number(add(store, X509_ASN_ENCODING, certDer, certDer.length, CERT_STORE_ADD_USE_EXISTING, null)) !== 0,
    lastError: () => Number(lastError()),
    ...bindContexts(koffi, crypt32),
  };
}

function bindContexts(koffi: Koffi, crypt32: ReturnType<typeof openLibrary>) {
  const context = koffi.struct('CERT_CONTEXT', {
    dwCertEncodingType: 'uint32_t',
    pbCertEncoded: 'void *',
    cbCertEncoded: 'uint32_t',
    pCertInfo: 'void *',
    hCertStore: 'void *',
  });
  const next = crypt32.func('void *__stdcall CertEnumCertificatesInStore(void *store, void *previous)');
  const duplicate = crypt32.func('void *__stdcall CertDuplicateCertificateContext(void *context)');
  const remove = crypt32.func('int __stdcall CertDeleteCertificateFromStore(void *context)');
  return {
    nextCertificate: (store: Pointer, previous: Pointer) => next(store, previous) as Pointer,
    readCertificate: (pointer: Pointer) => {
      const { pbCertEncoded, cbCertEncoded } = koffi.decode(pointer, context) as {
        readonly pbCertEncoded: Pointer;
        readonly cbCertEncoded: number;
      };
      return Uint8Array.from(koffi.decode(pbCertEncoded, 'uint8_t', cbCertEncoded) as ArrayLike<number>);
    },
    duplicateCertificate: (pointer: Pointer) => duplicate(pointer) as Pointer,
    deleteCertificate: (pointer: Pointer) => Number(remove(pointer)) !== 0,
  };
}
