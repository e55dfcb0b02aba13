/**
 * @module Sends programs to the throw-away server and says of each whether it accepted the certificate. A request that arrived is
 * the proof; a connection without one is a refusal; without any connection nothing was learnt.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findCatchingProxies } from '../diagnosis/proxies.ts';
import type { Machine } from '../machine/machine.ts';
import { explainRefusal } from './explain-refusal.ts';
import type { Probe, ProbeResult, ProbeVerdict } from './probe.ts';
import type { Invitation, ProbeServer } from './probe-server.ts';
import { runInGroup, type GroupEnding } from './run-in-group.ts';

export type ProbeRun = {
  readonly machine: Pick<Machine, 'reader'>;
  readonly server: ProbeServer;
  readonly probes: readonly Probe[];
  /** Milliseconds for each program, four times as many for a slow one. Default 30 000. */
  readonly timeoutMs?: number;
  /** A server whose certificate nobody vouches for: who accepts that one too verifies nothing. */
  readonly control?: ProbeServer;
  /** Without the user's variables and settings: proves the store rather than the day's work. */
  readonly isNeutral?: boolean;
  /** Told each result as it comes. */
  readonly onResult?: (result: ProbeResult) => void;
};

const AT_ONCE = 2;
const DEFAULT_TIMEOUT_MS = 30_000;
const SLOW_FACTOR = 4;
/** A browser that refused may still come by the other address. */
const GRACE_MS = 1500;

/** In the order of the probes. Never rejects for a program's sake. */
export async function runProbes(run: ProbeRun): Promise<ProbeResult[]> {
  const results = new Map<Probe, ProbeResult>();
  // A slow one is begun first, so that the quick ones pass it by.
  const left = [...run.probes].sort((a, b) => Number(b.isSlow) - Number(a.isSlow));
  const takeTurns = async (): Promise<void> => {
    for (let probe = left.shift(); probe !== undefined; probe = left.shift()) {
      const result = await judge(probe, run);
      results.set(probe, result);
      run.onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, takeTurns));
  return run.probes.flatMap((probe) => results.get(probe) ?? []);
}

async function judge(probe: Probe, run: ProbeRun): Promise<ProbeResult> {
  const { id, name, store, place } = probe;
  const common = { id, name, store, ...(place === undefined ? {} : { place }) };
  const bending = listBending(probe, run);
  const outcome = await visit(probe, { run, server: run.server, unset: run.isNeutral === true ? bending : [] });
  if (outcome.verdict === 'accepted') {
    return (await isBlind(probe, run)) ? { ...common, ...BLIND } : { ...common, verdict: 'accepted' };
  }
  if (run.isNeutral !== true && bending.length > 0) {
    const again = await visit(probe, { run, server: run.server, unset: bending });
    if (again.verdict === 'accepted')
      return { ...common, verdict: 'refused', detail: describeBending(bending), hint: `unset ${bending.join(' ')}` };
  }
  return { ...common, ...outcome };
}

const BLIND: Pick<ProbeResult, 'verdict' | 'detail' | 'isBlind'> = {
  verdict: 'accepted',
  detail: 'it verifies nothing: a certificate that nobody vouches for was taken too',
  isBlind: true,
};

const describeBending = (names: readonly string[]): string =>
  `${names.join(' and ')} ${names.length === 1 ? 'leads' : 'lead'} it astray; without ${names.length === 1 ? 'it' : 'them'} it accepts`;

/** Variables that are set and could be the cause. */
function listBending({ variables }: Probe, { machine, server }: ProbeRun): string[] {
  const { env } = machine.reader;
  return [...variables.filter((name) => (env[name] ?? '') !== ''), ...findCatchingProxies(env, server.host)];
}

async function isBlind(probe: Probe, run: ProbeRun): Promise<boolean> {
  if (run.control === undefined || (!probe.isConfigurable && run.isNeutral !== true)) return false;
  const unset = run.isNeutral === true ? listBending(probe, run) : [];
  return (await visit(probe, { run, server: run.control, unset })).verdict === 'accepted';
}

type Visit = { readonly run: ProbeRun; readonly server: ProbeServer; readonly unset: readonly string[] };
type Outcome = { readonly verdict: ProbeVerdict; readonly detail?: string };

async function visit(probe: Probe, { run, server, unset }: Visit): Promise<Outcome> {
  const invitation = await server.invite();
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'mintmark-probe-')));
  try {
    const { url, port, path } = invitation;
    const isNeutral = run.isNeutral === true;
    const address = isLoopbackName(server.host) ? {} : { address: '127.0.0.1' };
    const call = probe.plan({ url, host: server.host, port, path, scratch, isNeutral, ...address });
    if (call === undefined) return { verdict: 'not-run', detail: `it can't be told where ${server.host} is` };
    writeFiles(scratch, call.files ?? {});
    const ending = await runInGroup({
      command: call.command,
      env: {
        ...run.machine.reader.env,
        LC_ALL: 'C',
        LANGUAGE: 'C',
        ...ownTemporaries(scratch),
        ...takeAway(unset),
        ...call.env,
      },
      cwd: scratch,
      timeoutMs: (run.timeoutMs ?? DEFAULT_TIMEOUT_MS) * (probe.isSlow ? SLOW_FACTOR : 1),
      until: probe.isLasting ? Promise.race([invitation.arrival, outlast(invitation)]) : invitation.arrival,
      ...(call.stdin === undefined ? {} : { stdin: call.stdin }),
    });
    return decide(invitation, ending);
  } finally {
    await invitation.close();
    // A browser that was just ended may still be writing.
    rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

const isLoopbackName = (host: string): boolean => ['localhost', '127.0.0.1', '::1'].includes(host);

const takeAway = (names: readonly string[]): Record<string, undefined> =>
  Object.fromEntries(names.map((name) => [name, undefined]));

async function outlast({ refusal }: Invitation): Promise<void> {
  await refusal;
  await new Promise((later) => setTimeout(later, GRACE_MS));
}

/** A socket's path has 104 to 108 bytes (unix(7)), of which Chromium's own names take 46. */
const ROOM_FOR_SOCKETS = 55;

/** What an ended browser leaves goes with the scratch folder, where its sockets' paths have room there. */
export const ownTemporaries = (scratch: string): Record<string, string> =>
  Buffer.byteLength(scratch) <= ROOM_FOR_SOCKETS ? { TMPDIR: scratch } : {};

function writeFiles(scratch: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(scratch, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, content, { mode: 0o600 });
  }
}

function decide(invitation: Invitation, ending: GroupEnding): Outcome {
  if (invitation.hasArrived()) return { verdict: 'accepted' };
  const verdict = invitation.connectionCount() > 0 ? 'refused' : 'not-run';
  const detail = explainRefusal(ending, invitation.alerts());
  return { verdict, ...(detail === undefined ? {} : { detail }) };
}
