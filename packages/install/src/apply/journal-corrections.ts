/**
 * @module Where the journal and the machine disagree because somebody else was at work: a root that was there already, or one
 * that was taken out by hand. What is seen wins.
 */
import type { Home } from '@mintmark/ca-store';
import type { TrustAnchor } from '../anchor.ts';
import type { StoreReport } from '../report.ts';
import { listInstalled, readJournal, type JournalEntry } from './journal.ts';

type Correction = Omit<JournalEntry, 'at'>;

/** After a look in this direction: roots found where the journal knows none, or gone from where it knows one. */
export function listCorrections(
  direction: 'install' | 'uninstall',
  reports: readonly StoreReport[],
  { anchor, home }: { anchor: TrustAnchor; home: Home },
): Correction[] {
  const { caName, sha256Hex, certPem } = anchor;
  const known = listInstalled(readJournal(home)).filter(({ rootSha256Hex }) => rootSha256Hex === sha256Hex);
  const places = reports.flatMap(({ id: store, places }) =>
    places.map(({ id: place, state }) => ({ store, place, state })),
  );
  const common = { ca: caName, rootSha256Hex: sha256Hex, route: 'found' };
  if (direction === 'install') {
    const isKnown = ({ store, place }: { store: string; place: string }): boolean =>
      known.some((entry) => entry.store === store && entry.place === place && entry.event === 'installed');
    return places
      .filter((found) => found.state === 'trusted' && !isKnown(found))
      .map(({ store, place }) => ({ ...common, event: 'installed', store, place, rootPem: certPem }));
  }
  const looked = new Set<string>(reports.map(({ id }) => id));
  return known
    .filter(({ store, place }) => {
      const found = places.find((other) => other.store === store && other.place === place);
      return looked.has(store) && (found === undefined || found.state === 'absent');
    })
    .map(({ store, place }) => ({ ...common, event: 'uninstalled', store, place }));
}
