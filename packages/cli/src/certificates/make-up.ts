/**
 * @module What earlier commands left undone and no renewal is due to do: key stores that still hold a former certificate of a file, and
 * deploy hooks that were cut off or failed. Only files that hold what this home put there are looked at.
 */
import { isCaError } from '@mintmark/ca-core';
import { readLedger, readRevocations, type Home, type IssuedEntry } from '@mintmark/ca-store';
import type { Access } from '../command.ts';
import { digestOfFile, readKeystoreRecords, type KeystoreRecord } from '../keystore/keystore-file.ts';
import { findKnownStores, type KnownStore } from '../keystore/known-stores.ts';
import type { StoreOutcome } from '../keystore/renewed-store.ts';
import { groupDigests, runNotedHook, tryNote, type Aftermath } from './after-renewal.ts';
import { findCurrentEntries } from './current-entries.ts';
import type { HookOrder } from './deploy-hook.ts';
import {
  appendDoneHook,
  appendDueHook,
  readDeployHooks,
  readDueHooks,
  saveDeployHook,
  type DeployHook,
  type DueHook,
} from './deploy-records.ts';

/** What was made up for at one certificate that stands. */
export type MadeUp = Aftermath & { readonly entry: IssuedEntry };

type Wishes = {
  /** Of this run: where it is "none", none is run. */
  readonly order: HookOrder;
  readonly isWanted: (entry: IssuedEntry) => boolean;
};

/** Never throws for what is wrong with one store or hook. @throws disk codes for the records */
export async function makeUp(home: Home, { order, isWanted }: Wishes, access: Access): Promise<MadeUp[]> {
  const records = readKeystoreRecords(home).filter(({ certSha256Hex }) => certSha256Hex !== undefined);
  const due = order === null ? new Map<string, DueHook>() : readDueHooks(home, access.context.io.now());
  if (records.length === 0 && due.size === 0) return [];
  const ledger = readLedger(home);
  const standing = findStanding(home, ledger, { records, due }).filter(isWanted);
  const late = findLateStores(home, { standing, ledger, records });
  const saved = order === null ? new Map<string, DeployHook>() : readDeployHooks(home);
  const done: MadeUp[] = [];
  for (const entry of standing) {
    const stores = late.get(entry) ?? [];
    const waiting = due.get(entry.certFile);
    const isDue = waiting?.certSha256Hex === entry.certSha256Hex;
    if (stores.length === 0 && !isDue) continue;
    const known = saved.get(entry.certFile);
    const hook = isDue ? waiting.hook : known;
    if (hook !== undefined && JSON.stringify(hook) !== JSON.stringify(known)) {
      // It was given to the very command that was cut off.
      const now = access.context.io.now();
      tryNote(home, () => saveDeployHook(home, entry.certFile, { hook, now }));
    }
    done.push({ entry, ...(await follow(entry, { stores, hook, isDue }, { home, access })) });
  }
  return done;
}

type Found = { readonly records: readonly KeystoreRecord[]; readonly due: ReadonlyMap<string, DueHook> };

/** Entries of what stands in those files that have a store or a hook; what was revoked is spread no further. */
function findStanding(home: Home, ledger: readonly IssuedEntry[], { records, due }: Found): IssuedEntry[] {
  const inStores = new Set(records.map(({ certSha256Hex }) => certSha256Hex));
  const files = new Set(due.keys());
  for (const { certFile, certSha256Hex } of ledger) if (inStores.has(certSha256Hex)) files.add(certFile);
  const current = findCurrentEntries(
    home.fs,
    ledger.filter(({ certFile }) => files.has(certFile)),
  );
  const revoked = new Set(readRevocations(home).map(({ certSha256Hex }) => certSha256Hex));
  return [...current.values()].flatMap(({ entry, digest }) =>
    digest === entry.certSha256Hex && !revoked.has(digest) ? [entry] : [],
  );
}

type Sought = {
  readonly standing: readonly IssuedEntry[];
  readonly ledger: readonly IssuedEntry[];
  readonly records: readonly KeystoreRecord[];
};

/** Stores that hold what their certificate's file held before. */
function findLateStores(home: Home, { standing, ledger, records }: Sought): Map<IssuedEntry, KnownStore[]> {
  const former = groupDigests(ledger);
  const owners = new Map<string, IssuedEntry>();
  for (const entry of standing)
    for (const digest of former.get(entry.certFile) ?? [])
      if (digest !== entry.certSha256Hex) owners.set(digest, entry);
  const late = new Map<IssuedEntry, KnownStore[]>();
  for (const store of findKnownStores(home, records, new Set(owners.keys()))) {
    const owner = owners.get(store.certSha256Hex);
    if (owner !== undefined) late.set(owner, [...(late.get(owner) ?? []), store]);
  }
  return late;
}

type Work = { readonly stores: readonly KnownStore[]; readonly hook: DeployHook | undefined; readonly isDue: boolean };
type Place = { readonly home: Home; readonly access: Access };

/** A server reads a store that was made up for only when its hook has told it so; hence that is due before the store is there. */
async function follow(entry: IssuedEntry, { stores, hook, isDue }: Work, place: Place): Promise<Aftermath> {
  const { home, access } = place;
  const { certFile, certSha256Hex, names } = entry;
  const now = access.context.io.now();
  const keyFile = entry.keyFile ?? null;
  if (hook !== undefined && !isDue) tryNote(home, () => appendDueHook(home, certFile, { hook, certSha256Hex, now }));
  const before = digestsOf(stores, home);
  const outcomes: StoreOutcome[] = [];
  if (stores.length > 0) {
    const { renewStore } = await import('../keystore/renewed-store.ts');
    for (const store of stores) outcomes.push(renewStore(store, { certFile, keyFile, pins: { certSha256Hex } }, place));
  }
  if (hook === undefined) return { stores: outcomes };
  // What failed may have failed behind the new file.
  if (isDue || digestsOf(stores, home) !== before)
    return { stores: outcomes, hook: await runNotedHook(hook, { certFile, keyFile, names }, place) };
  tryNote(home, () => appendDoneHook(home, certFile, now)); // nothing has changed for it
  return { stores: outcomes };
}

function digestsOf(stores: readonly KnownStore[], home: Home): string {
  const digests = stores.map(({ keystoreFile }) => {
    try {
      return digestOfFile(home, keystoreFile);
    } catch (cause) {
      if (isCaError(cause)) return '';
      throw cause;
    }
  });
  return digests.join(' ');
}
