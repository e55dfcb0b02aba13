/**
 * @module What a trust store is to the rest: a pure function from facts to a view. A view says of each place whether it
 * holds the root and how to put it in and take it out. Carrying that out is `apply`'s business.
 */
import type { TrustAnchor } from '../anchor.ts';
import type { Facts } from '../facts/facts.ts';
import type { Route } from '../plan/steps.ts';

/** Names of stores, as `--stores` takes them and as JSON prints them. */
export const STORE_IDS = [
  'system',
  'chromium',
  'firefox',
  'java',
  'windows-host',
  'homebrew-openssl',
  'git-for-windows',
  'ios-simulator',
  'android-emulator',
] as const;
export type StoreId = (typeof STORE_IDS)[number];

/** `unavailable`: there, but out of reach (no rights, read-only, wants a person); the hint says what to do. */
export type StoreState = 'trusted' | 'absent' | 'unavailable' | 'failed';

/** One anchor folder, one NSS database, one cacerts file. */
export type PlaceView = {
  /** Stable on this machine: the path, or a name where there is no path. The journal knows places by it. */
  readonly id: string;
  /** As people know it: `~/.local/share/pki/nssdb`, `OpenJDK 17`. */
  readonly label: string;
  readonly state: 'trusted' | 'absent' | 'unavailable';
  /** Why it is in that state, when that is not plain. */
  readonly detail?: string;
  /** What to type about it. */
  readonly hint?: string;
  /** Ways to put the root in, best first; each is tried until a second look finds it there. Empty when trusted or hopeless. */
  readonly install: readonly Route[];
  /** Ways to take out every trace of the root, by its SHA-256. Empty when there is none. */
  readonly uninstall: readonly Route[];
};

export type StoreView = {
  readonly id: StoreId;
  readonly name: string;
  /** Programs of this machine that read the store. */
  readonly clients: readonly string[];
  /** Never empty. */
  readonly places: readonly PlaceView[];
};

/** Undefined when the machine has no such store. Pure. */
export type Store = {
  readonly id: StoreId;
  readonly view: (facts: Facts, anchor: TrustAnchor) => StoreView | undefined;
};
