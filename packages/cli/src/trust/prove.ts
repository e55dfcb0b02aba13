/** @module Handshakes for `doctor` and `install`: a throw-away server with a certificate of the CA, and who accepts it. */
import type { StoredCa } from '@mintmark/ca-store';
import {
  findProbes,
  proveStores,
  runProbes,
  startProbeServer,
  type InstallContext,
  type ProbeResult,
  type StoreReport,
} from '@mintmark/install';
import { createEphemeralPair, createStrangerPair } from '../certificates/ephemeral.ts';
import type { Access } from '../command.ts';
import { optionText } from '../parse-args.ts';

export type Proof = {
  readonly reports: readonly StoreReport[];
  /** Every client found, with `isLive`; else empty. */
  readonly clients: readonly ProbeResult[];
  /** Why nothing could be proven. */
  readonly reason?: string;
};

export type ProofRequest = {
  readonly ca: StoredCa;
  readonly install: Pick<InstallContext, 'machine' | 'stores'>;
  readonly reports: readonly StoreReport[];
  /** Ask every client found (with `--stores`: of those stores), as the user would run it, beside one for each store. */
  readonly isLive: boolean;
};

/** Proves the trusted stores, and asks every client where that is wanted. Changes nothing on the machine. */
export async function proveByHandshake(request: ProofRequest, access: Access): Promise<Proof> {
  const { ca, install, reports, isLive } = request;
  const { machine } = install;
  const isAnyTrusted = reports.some(({ state }) => state === 'trusted');
  if (!isAnyTrusted && !isLive) return { reports, clients: [] };
  const pair = await createEphemeralPair(ca, access);
  if ('reason' in pair) return { reports, clients: [], reason: pair.reason };
  const server = startProbeServer(pair);
  const control = startProbeServer(createStrangerPair(pair.host, access.context.io.now()));
  try {
    const proven = await proveStores(reports, { machine, server, control });
    if (!isLive) return { reports: proven, clients: [] };
    const asked = optionText(access.invocation, 'stores') === undefined ? undefined : install.stores;
    const found = findProbes(machine.reader, proven);
    const probes = found.filter(({ store }) => asked === undefined || (store !== undefined && asked.has(store)));
    if (access.context.isTalking) access.context.say(`Asking ${probes.length} programs for a handshake …\n\n`);
    return { reports: proven, clients: await runProbes({ machine, server, control, probes }) };
  } finally {
    await Promise.all([server.close(), control.close()]);
  }
}
