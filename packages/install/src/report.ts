/** @module What became of each store, as people and programs are told. */
import type { PlaceView, StoreId, StoreState, StoreView } from './stores/store.ts';

export type PlaceReport = {
  readonly id: string;
  readonly label: string;
  readonly state: StoreState;
  /** The route that was taken in this run, if any. */
  readonly route?: string;
  readonly detail?: string;
  readonly hint?: string;
  /** Commands of a dry run, or those that only root may run. */
  readonly commands?: readonly string[];
  /** Of a dry run: some of its commands are root's alone, and this process is not root. Absent when it needs nothing. */
  readonly needsRoot?: boolean;
};

export type StoreReport = {
  readonly id: StoreId;
  readonly name: string;
  readonly clients: readonly string[];
  /** The worst of its places, failures before absences. */
  readonly state: StoreState;
  /** The client that made a handshake in this run; undefined when none did. */
  readonly provenBy?: string;
  readonly places: readonly PlaceReport[];
  /** Something was changed in this run. */
  readonly isChanged: boolean;
};

const WORST_FIRST: readonly StoreState[] = ['failed', 'absent', 'unavailable', 'trusted'];

/** A store is as good as its worst place; places out of reach count only where no other is left. */
function worstState(places: readonly Pick<PlaceReport, 'state'>[]): StoreState {
  const states = new Set(places.map(({ state }) => state));
  if (states.has('trusted')) states.delete('unavailable');
  return WORST_FIRST.find((state) => states.has(state)) ?? 'unavailable';
}

/** A view that nothing was done to. */
export function reportView(view: StoreView): StoreReport {
  return createReport(view, view.places.map(reportPlace), false);
}

export function createReport(view: StoreView, places: readonly PlaceReport[], isChanged: boolean): StoreReport {
  const { id, name, clients } = view;
  return { id, name, clients, state: worstState(places), places, isChanged };
}

export function reportPlace({ id, label, state, detail, hint }: PlaceView): PlaceReport {
  return { id, label, state, ...(detail === undefined ? {} : { detail }), ...(hint === undefined ? {} : { hint }) };
}
