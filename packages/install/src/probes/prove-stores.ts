/**
 * @module Proves trusted stores by a handshake: for each, the quickest program of this machine that reads it; for Firefox and Java
 * each profile and each list. A store that nobody here reads stays as it was.
 */
import type { Machine } from '../machine/machine.ts';
import type { StoreReport } from '../report.ts';
import { findProbes } from './find-probes.ts';
import type { Probe, ProbeResult } from './probe.ts';
import type { ProbeServer } from './probe-server.ts';
import { runProbes } from './run-probes.ts';

export type ProofOptions = {
  readonly machine: Pick<Machine, 'reader'>;
  /** Serves a certificate of the CA whose root is in the stores. */
  readonly server: ProbeServer;
  /** Nobody vouches for its certificate: who accepts it proves nothing. */
  readonly control?: ProbeServer;
  /** Milliseconds for each program. Default 30 000. */
  readonly timeoutMs?: number;
};

/** How many programs are tried for one place before it stays unproven. */
const TRIES = 3;

/** The reports with `provenBy` where every trusted place of the store was seen to work. */
export async function proveStores(reports: readonly StoreReport[], options: ProofOptions): Promise<StoreReport[]> {
  const probes = findProbes(options.machine.reader, reports).filter(({ isSlow }) => !isSlow);
  const tasks = reports.filter(({ state }) => state === 'trusted').flatMap((report) => listTasks(report, probes));
  await runInRounds(tasks, options);
  return reports.map((report) => {
    const provenBy = nameProof(tasks.filter(({ store }) => store === report.id));
    return provenBy === undefined ? report : { ...report, provenBy };
  });
}

/** One thing to prove, and the programs that could. */
type Task = { readonly store: string; readonly candidates: readonly Probe[]; proof?: string };

function listTasks({ id, places }: StoreReport, probes: readonly Probe[]): Task[] {
  const readers = probes.filter(({ store }) => store === id);
  if (!readers.some(({ place }) => place !== undefined)) return [{ store: id, candidates: readers.slice(0, TRIES) }];
  return places
    .filter(({ state }) => state === 'trusted')
    .map((place) => ({
      store: id,
      candidates: readers.filter((reader) => reader.place === place.id).slice(0, TRIES),
    }));
}

/** First choices together, then second ones for what is left. */
async function runInRounds(tasks: readonly Task[], options: ProofOptions): Promise<void> {
  for (let round = 0; round < TRIES; round++) {
    const open = tasks.filter(({ proof }) => proof === undefined).flatMap((task) => pair(task, round));
    if (open.length === 0) return;
    const results = await runProbes({ ...options, probes: open.map(({ probe }) => probe), isNeutral: true });
    open.forEach(({ task }, i) => {
      const result: ProbeResult | undefined = results[i];
      if (result?.verdict === 'accepted' && result.isBlind !== true) task.proof = result.name;
    });
  }
}

function pair(task: Task, round: number): { task: Task; probe: Probe }[] {
  const probe = task.candidates[round];
  return probe === undefined ? [] : [{ task, probe }];
}

/** All of a store's tasks must be proven. */
function nameProof(tasks: readonly Task[]): string | undefined {
  const proofs = tasks.map(({ proof }) => proof);
  if (proofs.length === 0 || proofs.includes(undefined)) return undefined;
  return [...new Set(proofs)].join(', ');
}
