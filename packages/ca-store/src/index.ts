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
  caPath,
  hasCaKey,
  isCaKeyEncrypted,
  listCaNames,
  openSigner,
  previewCa,
  readCa,
  readCaKeyPem,
  readIfPresent,
  removeCa,
  type CaFiles,
  type StoredCa,
} from './ca-folder.ts';
export { createCa, type CaCeremony, type CaPlan } from './create-ca.ts';
