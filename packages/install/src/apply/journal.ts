/**
 * @module The journal in the home: what was put into which place of the machine. It says what to undo that a look at the
 * machine alone can't tell (folders that we made, places no search finds any more) and, without any look, whether a CA is
 * installed at all. Losing it loses nothing that can't be found by SHA-256.
 */
import { appendRecords, readRecords, type Home } from '@mintmark/ca-store';

const JOURNAL_FILE = 'installed.jsonl';

/**
 * `installing` stands before the first change, `installed` after the second look. Digests are lower-case hex, times ISO 8601
 * UTC. `created`: folders and files that were not there before.
 */
export type JournalEntry = {
  readonly event: 'installing' | 'installed' | 'uninstalled';
  readonly at: string;
  readonly ca: string;
  readonly rootSha256Hex: string;
  /** PEM of the root, for taking it out after its CA is gone. With `installing`, and with `installed` where the root was found in place. */
  readonly rootPem?: string;
  readonly store: string;
  readonly place: string;
  readonly route?: string;
  readonly created?: readonly string[];
};

/** Call it under the lock of installing. @throws disk codes */
export function appendJournal(home: Home, entry: JournalEntry): void {
  appendRecords(home, JOURNAL_FILE, [entry]);
}

/** All entries that can be read, oldest first. @throws disk codes */
export function readJournal(home: Home): JournalEntry[] {
  return readRecords(home, JOURNAL_FILE).filter(isEntry);
}

function isEntry(record: object): record is JournalEntry {
  const entry = record as Partial<JournalEntry>;
  return (
    (entry.event === 'installing' || entry.event === 'installed' || entry.event === 'uninstalled') &&
    typeof entry.rootSha256Hex === 'string' &&
    typeof entry.store === 'string' &&
    typeof entry.place === 'string' &&
    typeof entry.ca === 'string' &&
    (entry.rootPem === undefined || typeof entry.rootPem === 'string') &&
    (entry.created === undefined || Array.isArray(entry.created))
  );
}

/** What may still be in place: the last word about each root in each place, where that is not `uninstalled`. */
export function listInstalled(entries: readonly JournalEntry[]): JournalEntry[] {
  const last = new Map<string, JournalEntry>();
  for (const entry of entries) last.set(`${entry.rootSha256Hex} ${entry.store} ${entry.place}`, entry);
  return [...last.values()].filter(({ event }) => event !== 'uninstalled');
}

/** True when some place of this machine was seen to hold the root and nothing took it out since. Reads one small file. */
export function isInstalledAnywhere(home: Home, rootSha256Hex: string): boolean {
  return listInstalled(readJournal(home)).some(
    (entry) => entry.rootSha256Hex === rootSha256Hex && entry.event === 'installed',
  );
}

/**
 * Folders and files that installs made in the places that hold, or may hold, this root. Whichever root came first made them;
 * whichever goes last takes them along.
 */
export function listCreated(entries: readonly JournalEntry[], rootSha256Hex: string): Set<string> {
  const places = new Map<string, { roots: Set<string>; created: Set<string> }>();
  for (const { event, store, place, created = [], rootSha256Hex: root } of entries) {
    const key = `${store} ${place}`;
    const state = places.get(key) ?? { roots: new Set(), created: new Set() };
    places.set(key, state);
    if (event === 'uninstalled') state.roots.delete(root);
    else state.roots.add(root);
    for (const path of created) state.created.add(path);
    if (state.roots.size === 0) places.delete(key);
  }
  const mine = [...places.values()].filter(({ roots }) => roots.has(rootSha256Hex));
  return new Set(mine.flatMap(({ created }) => [...created]));
}
