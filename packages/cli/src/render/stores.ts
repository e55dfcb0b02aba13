/** @module The rows of install, uninstall and doctor: one for each store, what read it, how it stands, and what is yours to do. */
import { escapeControls } from '@mintmark/ca-core';
import type { StoreReport } from '@mintmark/install';
import type { Context } from '../command.ts';
import type { Style } from '../terminal/style.ts';

export type StoreJson = {
  readonly id: string;
  readonly name: string;
  readonly ca: string;
  readonly state: StoreReport['state'];
  readonly proven: boolean;
  readonly detail: string | null;
  readonly hint: string | null;
  readonly clients: readonly string[];
  readonly places: StoreReport['places'];
};

/** A store as `--json` prints it. */
export function describeStore(report: StoreReport, caName: string): StoreJson {
  const { id, name, state, clients, places, provenBy } = report;
  const told = places.find((place) => place.state === state && place.detail !== undefined) ?? places[0];
  return {
    id,
    name,
    ca: caName,
    state,
    proven: provenBy !== undefined,
    detail: provenBy === undefined ? (told?.detail ?? null) : `proven by ${provenBy}`,
    hint: places.find(({ hint }) => hint !== undefined)?.hint ?? null,
    clients,
    places,
  };
}

/** How a store is spoken of once the work is over. */
export type StateWords = (report: StoreReport) => string;

/** Rows of all stores, in columns, each followed by what its places need. */
export function renderStores(reports: readonly StoreReport[], words: StateWords, context: Context): string {
  const rows = reports.map((report) => ({ report, middle: describePlaces(report), state: words(report) }));
  const nameWidth = Math.max(...rows.map(({ report }) => report.name.length)) + 3;
  const middleWidth = Math.max(...rows.map(({ middle }) => middle.length)) + 3;
  const lines = rows.map(({ report, middle, state }) => {
    const cells = `${report.name.padEnd(nameWidth)}${middle.padEnd(middleWidth)}`;
    return `  ${signOf(report, context.style)} ${cells}${paintState(report, context.style)(state)}\n${renderTrouble(report, context)}`;
  });
  return lines.join('');
}

const signOf = ({ state }: StoreReport, { signs, green, red, yellow }: Style): string =>
  state === 'failed' ? red(signs.failed) : state === 'unavailable' ? yellow(signs.next) : green(signs.ok);

const paintState = ({ state, provenBy }: StoreReport, { green, red, yellow }: Style): ((text: string) => string) => {
  if (state === 'failed') return red;
  if (state === 'unavailable') return yellow;
  return provenBy === undefined ? (text) => text : green;
};

const MIDDLE_MAX = 44;

/** Programs where the store is the system's, else the places themselves. */
function describePlaces({ id, clients, places }: StoreReport): string {
  if (id === 'system' && clients.length > 0) return shorten(clients);
  if (id === 'firefox' && places.length > 1) return `${places.length} profiles`;
  return shorten(places.map(({ label }) => escapeControls(label)));
}

function shorten(words: readonly string[]): string {
  const all = words.join(', ');
  const [first = ''] = words;
  return all.length <= MIDDLE_MAX ? all : `${first} and ${words.length - 1} more`;
}

/** Why and what to type, for each place that is not as it should be. */
function renderTrouble({ places, state }: StoreReport, { style }: Context): string {
  const troubled = places.filter((place) => place.state === 'failed' || place.state === 'unavailable');
  const isOnlyOne = places.length === 1;
  return troubled
    .map((place) => {
      const where = isOnlyOne || state === 'unavailable' ? '' : `${escapeControls(place.label)}: `;
      const why =
        place.detail === undefined ? '' : `      ${style.dim('why')}  ${escapeControls(where + place.detail)}\n`;
      const fix = place.hint === undefined ? '' : `      ${style.dim('fix')}  ${escapeControls(place.hint)}\n`;
      return why + fix + (place.commands ?? []).map((command) => `           ${escapeControls(command)}\n`).join('');
    })
    .join('');
}

/** A dry run: the commands of each store. */
export function renderPlan(reports: readonly StoreReport[], { style }: Context): string {
  const lines = reports.flatMap((report) => [
    `  ${report.name}\n`,
    ...report.places.flatMap((place) => {
      const commands = place.commands ?? [];
      const state =
        { trusted: 'trusted', absent: 'nothing there' }[place.state as string] ?? place.detail ?? place.state;
      if (commands.length === 0) return [`    ${style.dim(`${escapeControls(place.label)}: ${state}`)}\n`];
      return commands.map((command) => `    ${escapeControls(command)}\n`);
    }),
  ]);
  return lines.join('');
}
