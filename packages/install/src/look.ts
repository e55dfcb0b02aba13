/** @module A look at the machine for one root: facts of the chosen stores, and what each store makes of them. */
import type { Home } from '@mintmark/ca-store';
import type { TrustAnchor } from './anchor.ts';
import { listCreated, listInstalled, readJournal, type JournalEntry } from './apply/journal.ts';
import { readFacts, type Facts, type FactsRequest } from './facts/facts.ts';
import type { Machine } from './machine/machine.ts';
import type { StoreId, StoreView } from './stores/store.ts';
import { STORES } from './stores/stores.ts';

export type Direction = FactsRequest['direction'];

/** What a look needs. `home` is undefined where there is none: then nothing is known of earlier installs. */
export type LookContext = {
  readonly machine: Machine;
  readonly home: Home | undefined;
  readonly stores: ReadonlySet<StoreId>;
};

/** Facts of the stores in the context, with what going in this direction needs. Changes nothing. */
export async function look(direction: Direction, anchor: TrustAnchor, context: LookContext): Promise<Facts> {
  const { machine, home, stores } = context;
  const journal = home === undefined ? [] : readJournal(home);
  return readFacts(machine.reader, { direction, stores, ...createRequest(anchor, journal) });
}

/** The stores that this machine has, of those in the context. */
export function viewStores(facts: Facts, anchor: TrustAnchor, { stores }: Pick<LookContext, 'stores'>): StoreView[] {
  return STORES.filter(({ id }) => stores.has(id)).flatMap((store) => store.view(facts, anchor) ?? []);
}

function createRequest(
  anchor: TrustAnchor,
  journal: readonly JournalEntry[],
): Omit<FactsRequest, 'direction' | 'stores'> {
  const knownPlaces = new Map<StoreId, string[]>();
  for (const { store, place } of listInstalled(journal)) {
    const id = store as StoreId;
    knownPlaces.set(id, [...(knownPlaces.get(id) ?? []), place]);
  }
  return {
    rootsSha256Hex: [anchor.sha256Hex],
    rootsSha1Hex: [anchor.sha1Hex],
    roots: [anchor],
    knownPlaces,
    created: listCreated(journal, anchor.sha256Hex),
  };
}
