/**
 * @module What follows when one certificate was renewed: its key stores are made anew, then its deploy hook runs, so that a server that
 * reloads finds all of it. Nothing here takes the renewal back.
 */
import { isCaError } from '@mintmark/ca-core';
import { changeHome, readLedger, type Home } from '@mintmark/ca-store';
import type { Access } from '../command.ts';
import { readKeystoreRecords } from '../keystore/keystore-file.ts';
import { findKnownStores } from '../keystore/known-stores.ts';
import type { StoreOutcome } from '../keystore/renewed-store.ts';
import type { HookOrder, HookOutcome } from './deploy-hook.ts';
import { saveDeployHook, type DeployHook } from './deploy-records.ts';
import type { IssuedCertificate } from './issued.ts';

export type Aftermath = { readonly stores: readonly StoreOutcome[]; readonly hook?: HookOutcome };

export type AfterRenewal = {
  /** The hook that a renewal of this file runs. */
  readonly hookOf: (certFile: string) => DeployHook | undefined;
  /** `before`: SHA-256 of the certificate that was renewed. What goes wrong is in what it returns. */
  readonly run: (issued: IssuedCertificate, before: string) => Promise<Aftermath>;
};

/** Reads once what all certificates of a run need. */
export async function prepareAfterRenewal(
  home: Home,
  { order, saved }: { readonly order: HookOrder; readonly saved: ReadonlyMap<string, DeployHook> },
  access: Access,
): Promise<AfterRenewal> {
  const records = readKeystoreRecords(home).filter(({ certSha256Hex }) => certSha256Hex !== undefined);
  const ledger = records.length === 0 ? [] : readLedger(home);
  const hookOf = (certFile: string): DeployHook | undefined =>
    order === undefined ? saved.get(certFile) : (order ?? undefined);
  const renewStores = async (issued: IssuedCertificate, before: string): Promise<StoreOutcome[]> => {
    if (records.length === 0) return [];
    // A store that a renewal could not reach holds an older one.
    const former = ledger.filter(({ certFile }) => certFile === issued.certFile).map((entry) => entry.certSha256Hex);
    const stores = findKnownStores(home, records, new Set([before, ...former]));
    if (stores.length === 0) return [];
    const { renewStore } = await import('../keystore/renewed-store.ts');
    return stores.map((store) => renewStore(store, issued, { home, access }));
  };
  return {
    hookOf,
    run: async (issued, before) => {
      const stores = await renewStores(issued, before);
      const hook = hookOf(issued.certFile);
      if (order === undefined && hook === undefined) return { stores };
      const now = access.context.io.now();
      const fault = order === undefined ? undefined : trySave(home, issued.certFile, { hook: order, now });
      const former = saved.get(issued.certFile);
      if (hook === undefined)
        return fault === undefined || former === undefined
          ? { stores }
          : { stores, hook: { command: former.command, ...fault } };
      const { runDeployHook } = await import('./deploy-hook.ts');
      return { stores, hook: { ...fault, ...(await runDeployHook(hook, issued, access.context)) } };
    },
  };
}

/** The renewal stands, so what hinders the record is told with the hook. */
function trySave(
  home: Home,
  certFile: string,
  what: { readonly hook: DeployHook | null; readonly now: Date },
): { readonly reason: string } | undefined {
  try {
    changeHome(home, () => saveDeployHook(home, certFile, what));
    return undefined;
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
    return { reason: `the records still say what they said: ${cause.message}` };
  }
}
