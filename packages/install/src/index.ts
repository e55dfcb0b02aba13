/** @module The public list of install: roots into trust stores, out of them, and what is where. */
export { createAnchor, type TrustAnchor } from './anchor.ts';
export { applyStep, type ApplyContext } from './apply/apply.ts';
export { DOCKER_VARIABLES, formatDockerfile } from './environment/docker.ts';
export type { EnvironmentRequest, Skipped } from './environment/draft.ts';
export { planEnvironment, type EnvironmentPlan } from './environment/environment.ts';
export { readRuntimeRoots } from './environment/runtime-roots.ts';
export { findUnspeakable, formatVariables, SHELL_FORMS, type ShellName } from './environment/shells.ts';
export { createSources } from './environment/sources.ts';
export { writeEnvironment } from './environment/write-environment.ts';
export { INSTALL_ERRORS } from './install-errors.ts';
export type { InstallContext } from './change-place.ts';
export { inspectStores, installAnchor, planStores, uninstallAnchor } from './install.ts';
export type {
  EntryStatus,
  Machine,
  MachineReader,
  MachineWriter,
  ProgramCall,
  ProgramResult,
} from './machine/machine.ts';
export { createNodeMachine } from './machine/node-machine.ts';
export { formatStep } from './plan/format-step.ts';
export { INPUT_FILE, type RunStep, type Step, type WriteFileStep } from './plan/steps.ts';
export type { PlaceReport, StoreReport } from './report.ts';
export { STORE_IDS, type StoreId, type StoreState } from './stores/store.ts';
export { parseStoreIds } from './stores/stores.ts';
export type { Diagnosis, Finding, Repair } from './diagnosis/finding.ts';
export { diagnoseMachine, type KeyFileSight, type MachineSight } from './diagnosis/machine.ts';
export { diagnoseConnection, type ConnectionFault } from './diagnosis/network.ts';
export { checkStores, formatInstall } from './diagnosis/reach.ts';
export { diagnoseServer } from './diagnosis/server.ts';
export { findSigning } from './diagnosis/signed-by.ts';
export type { KnownCa, KnownCertificate, ServerSight, Surroundings } from './diagnosis/server-sight.ts';
export { parseCertificateMessage } from './diagnosis/certificate-message.ts';
export { findProbes } from './probes/find-probes.ts';
export type { Probe, ProbeResult, ProbeVerdict } from './probes/probe.ts';
export { startProbeServer, type ProbeServer } from './probes/probe-server.ts';
export { proveStores, type ProofOptions } from './probes/prove-stores.ts';
export { runProbes, type ProbeRun } from './probes/run-probes.ts';
export { readTrustSurroundings } from './probes/surroundings.ts';
export { visitServer } from './probes/visit-server.ts';
