/** @module The public list of ca-store: homes, CAs on disk, certificate pairs, the ledger. */
export { STORE_ERRORS, storeError } from './store-errors.ts';
export { nodeFileSystem, type FileStatus, type FileSystem } from './file-system.ts';
export { errnoOf, toDiskError, withDiskErrors } from './disk-error.ts';
export {
  assertNoDevice,
  CERTIFICATE_MODE,
  KEY_MODE,
  removeIfPresent,
  stageFile,
  sweepTemporaries,
  writeFileAtomically,
  type FileContent,
  type StagedFile,
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
export { appendLedger, isInLedger, LEDGER_FILE, readLedger, type IssuedEntry } from './ledger.ts';
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
  readPredecessor,
  readSuccessor,
  removeCa,
  ISSUER_CRL_FILE,
  ROOT_CRL_FILE,
  type CaFiles,
  type StoredCa,
} from './ca-folder.ts';
export {
  hasCaKey,
  isCaKeyEncrypted,
  markKeyPem,
  openCaKey,
  openSigner,
  readCaKeyPem,
  readKeyProtection,
  resealCaKey,
  type KeyProtection,
} from './ca-key.ts';
export { appendCrlRecord, nextCrlNumber, readCrlRecords, type CrlRecord } from './crls.ts';
export {
  appendRevocations,
  issuerKeyHex,
  isKeyCompromised,
  readRevocations,
  REVOCATIONS_FILE,
  type RevocationRecord,
} from './revocations.ts';
export { createCa, type CaCeremony, type CaPlan, type Parent } from './create-ca.ts';
export {
  addSuccessor,
  promoteSuccessor,
  removePredecessor,
  removeSuccessor,
  restorePredecessor,
} from './succession.ts';
