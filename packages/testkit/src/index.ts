/** @module What tests of several packages share: a clock that stands still, disks that fail on demand, checks of what is left. */
export { createFixedClock, FIXED_NOW } from './fixed-clock.ts';
export { createFaultyFileSystem, type Fault } from './faulty-file-system.ts';
export { eachOperation, type FaultRun } from './each-operation.ts';
export { Stop } from './stop.ts';
export { asProcess, DEAD_PROCESS_ID } from './process-identity.ts';
export { expectCode } from './expect-code.ts';
export { readDiskPair, type DiskPair } from './disk-pair.ts';
export { listFiles } from './list-files.ts';
export { createThrowAwayPair, type ThrowAwayPair } from './throw-away-pair.ts';
export { createTemporaryFolder, unsyncedFileSystem } from './temporary-folder.ts';
export { forkScript } from './fork-script.ts';
export { createFakeMachine, type FakeEntry, type FakeMachine, type FakeProgram } from './fake-machine.ts';
export { createThrowAwayAnchor } from './throw-away-anchor.ts';
export { createFakeWindows, registryIdOf, type FakeBehaviour, type FakeWindows } from './fake-windows.ts';
export { createSelfSigned, createThrowAwayCa, type ThrowAwayCa } from './throw-away-server.ts';
export { createFakeCertutil, encodeNssDatabase, encodeSqlite } from './fake-nss.ts';
export { createFakeInstallContext } from './fake-install-context.ts';
