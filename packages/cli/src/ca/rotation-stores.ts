/** @module The stores of this machine in a rotation: where the old root is, the new one in, the old one out. */
import { formatHex, isCaError } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { Home, StoredCa } from '@mintmark/ca-store';
import {
  inspectStores,
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
import { isOwnMake } from './successor.ts';

/** Stores that hold the CA's root, as the journal says. */
function listStores(home: Home, ca: StoredCa): StoreId[] {
  const digest = formatHex(nodeSha256(ca.rootDer));
  const installed = listInstalled(readJournal(home)).filter(({ rootSha256Hex }) => rootSha256Hex === digest);
  return knownStores(installed.map(({ store }) => store));
}

/** Stores in which the CA's root is seen: the journal may be lost, and others may have put it there. */
async function seeStores(ca: StoredCa, access: Access): Promise<StoreId[]> {
  const reports = await inspectStores(anchorOf(ca), createInstallContext(access, { isDryRun: true }));
  return reports.filter(({ places }) => places.some(({ state }) => state === 'trusted')).map(({ id }) => id);
}

/** Stores whose programs may trust the CA now. */
export const findStores = async (home: Home, ca: StoredCa, access: Access): Promise<StoreId[]> =>
  knownStores([...listStores(home, ca), ...(await seeStores(ca, access))]);

/** `leaving`: where the root is to go from. `staying`: where it is by the hands of others, who may need it there. */
export type Departure = { readonly leaving: readonly StoreId[]; readonly staying: readonly StoreId[] };

/** What Mintmark made goes wherever it is; what a company or mkcert made, from where this home put it. */
export async function planDeparture(home: Home, ca: StoredCa, access: Access): Promise<Departure> {
  const [placed, seen] = [listStores(home, ca), await seeStores(ca, access)];
  if (isOwnMake(ca)) return { leaving: knownStores([...placed, ...seen]), staying: [] };
  return { leaving: placed, staying: seen.filter((id) => !placed.includes(id)) };
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
