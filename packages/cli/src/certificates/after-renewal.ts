/**
 * @module What follows when one certificate was renewed: its key stores are made anew, then its deploy hook runs, so that a server that
 * reloads finds all of it. Nothing here takes the renewal back; what is cut off is made up for by `make-up.ts`.
 */
import { isCaError } from '@mintmark/ca-core';
import { changeHome, readLedger, type Home, type IssuedEntry } from '@mintmark/ca-store';
import type { Access } from '../command.ts';
import { readKeystoreRecords } from '../keystore/keystore-file.ts';
import { findKnownStores } from '../keystore/known-stores.ts';
import type { StoreOutcome } from '../keystore/renewed-store.ts';
import type { HookOrder, HookOutcome } from './deploy-hook.ts';
import { appendDoneHook, appendDueHook, saveDeployHook, type DeployHook } from './deploy-records.ts';
import type { IssuedCertificate } from './issued.ts';

export type Aftermath = { readonly stores: readonly StoreOutcome[]; readonly hook?: HookOutcome };

export type AfterRenewal = {
  /** The hook that a renewal of this file runs. */
  readonly hookOf: (certFile: string) => DeployHook | undefined;
  /** Notes that its hook is to run. Call it under the home's lock, before the certificate is put in place. */
  readonly noteDue: (entry: Pick<IssuedEntry, 'certFile' | 'certSha256Hex'>) => void;
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
  const former = groupDigests(records.length === 0 ? [] : readLedger(home));
  const now = (): Date => access.context.io.now();
  const hookOf = (certFile: string): DeployHook | undefined =>
    order === undefined ? saved.get(certFile) : (order ?? undefined);
  const renewStores = async (issued: IssuedCertificate, before: string): Promise<StoreOutcome[]> => {
    if (records.length === 0) return [];
    // A store that a renewal could not reach holds an older one.
    const stores = findKnownStores(home, records, new Set([before, ...(former.get(issued.certFile) ?? [])]));
    if (stores.length === 0) return [];
    const { renewStore } = await import('../keystore/renewed-store.ts');
    return stores.map((store) => renewStore(store, issued, { home, access }));
  };
  const trySaveOrder = (certFile: string): Fault | undefined => {
    if (order === undefined || isSame(saved.get(certFile), order)) return undefined;
    return tryNote(home, () => saveDeployHook(home, certFile, { hook: order, now: now() }));
  };
  return {
    hookOf,
    noteDue: ({ certFile, certSha256Hex }) => {
      const hook = hookOf(certFile);
      if (hook !== undefined) noteDueHook(home, certFile, { hook, certSha256Hex, now: now() });
    },
    run: async (issued, before) => {
      const stores = await renewStores(issued, before);
      const { certFile } = issued;
      const fault = trySaveOrder(certFile);
      const hook = hookOf(certFile);
      if (hook !== undefined)
        return { stores, hook: { ...fault, ...(await runNotedHook(hook, issued, { home, access })) } };
      const command = saved.get(certFile)?.command;
      return fault === undefined || command === undefined ? { stores } : { stores, hook: { command, ...fault } };
    },
  };
}

/** By certificate file: SHA-256 of each certificate that it ever was to hold. */
export function groupDigests(ledger: readonly IssuedEntry[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { certFile, certSha256Hex } of ledger) {
    const own = groups.get(certFile);
    if (own === undefined) groups.set(certFile, [certSha256Hex]);
    else own.push(certSha256Hex);
  }
  return groups;
}

const isSame = (known: DeployHook | undefined, order: DeployHook | null): boolean =>
  JSON.stringify(known ?? null) === JSON.stringify(order);

/** A note that can't be written keeps nothing from its renewal. Call it under the home's lock. */
function noteDueHook(home: Home, certFile: string, due: Parameters<typeof appendDueHook>[2]): void {
  try {
    appendDueHook(home, certFile, due);
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
  }
}

/** Runs a hook that was noted as due. One that fails stays due. */
export async function runNotedHook(
  hook: DeployHook,
  issued: Pick<IssuedCertificate, 'certFile' | 'keyFile' | 'names'>,
  { home, access: { context } }: { readonly home: Home; readonly access: Access },
): Promise<HookOutcome> {
  const { runDeployHook } = await import('./deploy-hook.ts');
  const outcome = await runDeployHook(hook, issued, context);
  if (outcome.reason !== undefined) return outcome;
  return { ...outcome, ...tryNote(home, () => appendDoneHook(home, issued.certFile, context.io.now())) };
}

type Fault = { readonly reason: string };

/** Takes the lock. The renewal stands, so what hinders the record is told with the hook. */
export function tryNote(home: Home, note: () => void): Fault | undefined {
  try {
    changeHome(home, note);
    return undefined;
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
    return { reason: `the records still say what they said: ${cause.message}` };
  }
}
