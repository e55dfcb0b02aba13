/** @module The public list of install: roots into trust stores, out of them, and what is where. */
export { createAnchor, type TrustAnchor } from './anchor.ts';
export { INSTALL_ERRORS } from './install-errors.ts';
export { inspectStores, installAnchor, planStores, uninstallAnchor, type InstallContext } from './install.ts';
export type {
  EntryStatus,
  Machine,
  MachineReader,
  MachineWriter,
  ProgramCall,
  ProgramResult,
} from './machine/machine.ts';
export { createNodeMachine } from './machine/node-machine.ts';
export type { PlaceReport, StoreReport } from './report.ts';
export { STORE_IDS, type StoreId, type StoreState } from './stores/store.ts';
export { parseStoreIds } from './stores/stores.ts';
