/**
 * @module Sends programs to a server that is not ours. Nobody there tells who came, so the program's own word counts: only programs
 * whose exit code or error text is to be trusted are asked.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine } from '../machine/machine.ts';
import { explainRefusal, isAboutCertificates } from './explain-refusal.ts';
import type { Probe, ProbeResult } from './probe.ts';
import { ownTemporaries } from './run-probes.ts';
import { runInGroup, type GroupEnding } from './run-in-group.ts';

export type ServerVisit = {
  readonly machine: Pick<Machine, 'reader'>;
  readonly probes: readonly Probe[];
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** With its first slash. */
  readonly path: string;
  /** Milliseconds for each program. Default 20 000. */
  readonly timeoutMs?: number;
};

const DEFAULT_TIMEOUT_MS = 20_000;

/** Programs that end with 0 exactly when they have read a page, whatever its status. */
const BY_EXIT_CODE = ['curl', 'node', 'ruby'];

/** In the order of the probes, browsers' included; those that can't be believed are left out. */
export async function visitServer(visit: ServerVisit): Promise<ProbeResult[]> {
  const results: ProbeResult[] = [];
  for (const probe of visit.probes.filter(isBelieved)) results.push(await visitOnce(probe, visit));
  return results;
}

const isChromium = ({ isLasting, place }: Probe): boolean => isLasting && place === undefined;
const isBelieved = (probe: Probe): boolean => isChromium(probe) || BY_EXIT_CODE.includes(probe.id);

async function visitOnce(probe: Probe, { machine, host, port, path, timeoutMs }: ServerVisit): Promise<ProbeResult> {
  const { id, name, store } = probe;
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'mintmark-probe-')));
  try {
    const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
    const call = probe.plan({ url, host, port, path, scratch, isNeutral: false });
    if (call === undefined) return { id, name, store, verdict: 'not-run' };
    const ending = await runInGroup({
      command: call.command,
      env: { ...machine.reader.env, LC_ALL: 'C', LANGUAGE: 'C', ...ownTemporaries(scratch), ...call.env },
      cwd: scratch,
      timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS,
      ...(call.stdin === undefined ? {} : { stdin: call.stdin }),
    });
    return { id, name, store, ...judge(probe, ending) };
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

function judge(probe: Probe, ending: GroupEnding): Pick<ProbeResult, 'verdict' | 'detail'> {
  const detail = explainRefusal(ending, []);
  const words = detail === undefined ? {} : { detail };
  if (isAboutCertificates(ending.output)) return { verdict: 'refused', ...words };
  const isPage = ending.exitCode === 0 && !(isChromium(probe) && /net::ERR_/.test(ending.output));
  return isPage ? { verdict: 'accepted' } : { verdict: 'not-run', ...words };
}
