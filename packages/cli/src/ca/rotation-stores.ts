/** @module The stores of this machine in a rotation: where the old root is, the new one in, the old one out. */
import { formatHex, isCaError } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { Home, StoredCa } from '@mintmark/ca-store';
import {
  installAnchor,
  STORE_IDS,
  uninstallAnchor,
  type InstallContext,
  type StoreId,
  type StoreReport,
} from '@mintmark/install';
import { listInstalled, readJournal } from '@mintmark/install/journal';
import type { Access } from '../command.ts';
import { anchorOf } from '../trust/choose-roots.ts';
import { createInstallContext } from '../trust/install-context.ts';

/** Stores that hold the CA's root, as the journal says. */
export function listStores(home: Home, ca: StoredCa): StoreId[] {
  const digest = formatHex(nodeSha256(ca.rootDer));
  const installed = listInstalled(readJournal(home)).filter(({ rootSha256Hex }) => rootSha256Hex === digest);
  return knownStores(installed.map(({ store }) => store));
}

export const knownStores = (ids: readonly string[]): StoreId[] => STORE_IDS.filter((id) => ids.includes(id));

/** `reason`: why no handshake was made. */
export type StoresDone = { readonly reports: readonly StoreReport[]; readonly reason?: string };

export function storesContext(stores: readonly StoreId[], access: Access, isDryRun = false): InstallContext {
  return { ...createInstallContext(access, { isDryRun }), stores: new Set(stores) };
}

/** Puts the root in, and has a client of each store that it came into make a handshake. @throws HOME_LOCKED, disk codes */
export async function bringIn(ca: StoredCa, stores: readonly StoreId[], access: Access): Promise<StoresDone> {
  if (stores.length === 0) return { reports: [] };
  const install = storesContext(stores, access);
  const reports = await installAnchor(anchorOf(ca), install);
  if (!reports.some(({ isChanged, state }) => isChanged && state === 'trusted')) return { reports };
  try {
    const { proveByHandshake } = await import('../trust/prove.ts');
    return await proveByHandshake({ ca, install, reports, isLive: false }, access);
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
    return { reports, reason: cause.message }; // the root is where it should be: a proof that fails changes nothing of it
  }
}

/** @throws HOME_LOCKED, disk codes */
export async function takeOut(ca: StoredCa, stores: readonly StoreId[], access: Access): Promise<StoresDone> {
  if (stores.length === 0) return { reports: [] };
  return { reports: await uninstallAnchor(anchorOf(ca), storesContext(stores, access)) };
}

/** Stores where the root is not, for whatever reason. */
export const notTrusted = (reports: readonly StoreReport[]): readonly StoreReport[] =>
  reports.filter(({ state }) => state !== 'trusted');

/** Stores where the root still is, or may be. */
export const stillTrusted = (reports: readonly StoreReport[]): readonly StoreReport[] =>
  reports.filter(
    ({ state, places }) =>
      state === 'trusted' || state === 'failed' || places.some(({ commands }) => commands !== undefined),
  );
