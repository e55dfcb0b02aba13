/** @module The public list of ca-store: homes, CAs on disk, certificate pairs, the ledger. */
export { STORE_ERRORS, storeError } from './store-errors.ts';
export { nodeFileSystem, type FileStatus, type FileSystem } from './file-system.ts';
export { errnoOf, toDiskError, withDiskErrors } from './disk-error.ts';
export {
  CERTIFICATE_MODE,
  KEY_MODE,
  removeIfPresent,
  sweepTemporaries,
  writeFileAtomically,
  type FileContent,
} from './atomic-write.ts';
export { takeLock, withLock, type LockOptions } from './lock.ts';
export {
  changeHome,
  isHomePresent,
  makeFolders,
  openHome,
  resolveHomePath,
  type Home,
  type HomeEnvironment,
} from './home.ts';
export { writePair, type Pair } from './pair.ts';
export { appendLedger, isInLedger, readLedger, type IssuedEntry } from './ledger.ts';
export { appendRecords, readRecords } from './records.ts';
export { appendSpareRecord, readSpareRecords, type SpareRecord } from './spares.ts';
export {
  addCa,
  CA_KEY_FILE,
  CA_TOKEN_FILE,
  caPath,
  listCaNames,
  previewCa,
  readCa,
  readIfPresent,
  removeCa,
  ROOT_CRL_FILE,
  type CaFiles,
  type StoredCa,
} from './ca-folder.ts';
export { hasCaKey, isCaKeyEncrypted, openSigner, readCaKeyPem } from './ca-key.ts';
export { createCa, type CaCeremony, type CaPlan, type Parent } from './create-ca.ts';
