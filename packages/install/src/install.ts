/**
 * @module Puts a root into the machine's stores and takes it out: facts, view, plan, apply, second look, journal. One store at
 * a time; whatever happens in one is told in its report and stops no other.
 */
import { isCaError } from '@mintmark/ca-core';
import { takeLock, type Home } from '@mintmark/ca-store';
import type { TrustAnchor } from './anchor.ts';
import { applyStep, StepFailure, type ApplyContext } from './apply/apply.ts';
import { appendJournal, listCreated, listInstalled, readJournal, type JournalEntry } from './apply/journal.ts';
import { listCorrections } from './apply/journal-corrections.ts';
import { readFacts, type Facts, type FactsRequest } from './facts/facts.ts';
import type { Machine } from './machine/machine.ts';
import { formatRoute, formatStep } from './plan/format-step.ts';
import type { Route, SecretName, Step } from './plan/steps.ts';
import { createReport, reportPlace, reportView, type PlaceReport, type StoreReport } from './report.ts';
import type { PlaceView, Store, StoreId, StoreView } from './stores/store.ts';
import { STORES } from './stores/stores.ts';

export type InstallContext = {
  readonly machine: Machine;
  /** Undefined in a dry run without a home: then nothing is known of earlier installs. */
  readonly home: Home | undefined;
  readonly stores: ReadonlySet<StoreId>;
  readonly now: () => Date;
  readonly canAsk: boolean;
  readonly askSecret: (secret: SecretName) => Promise<string | undefined>;
  /** Told before the first command that needs root: the commands, and the program that will ask. */
  readonly announceRoot: (words: {
    readonly store: string;
    readonly elevator: string;
    readonly commands: readonly string[];
  }) => void;
  readonly workerCommand: ApplyContext['workerCommand'];
};

type Direction = 'install' | 'uninstall';

const LOCK = { name: 'install-lock', timeoutMs: 120_000 };

/** Puts the root into every chosen store that the machine has. @throws HOME_LOCKED, disk codes of the home */
export const installAnchor = (anchor: TrustAnchor, context: InstallContext): Promise<StoreReport[]> =>
  changeStores('install', anchor, context);

/** Takes every trace of the root out of the chosen stores. @throws HOME_LOCKED, disk codes of the home */
export const uninstallAnchor = (anchor: TrustAnchor, context: InstallContext): Promise<StoreReport[]> =>
  changeStores('uninstall', anchor, context);

/** What `installAnchor` or `uninstallAnchor` would do, as commands; nothing is changed. */
export async function planStores(
  direction: Direction,
  anchor: TrustAnchor,
  context: InstallContext,
): Promise<StoreReport[]> {
  const facts = await look(context.stores, anchor, context);
  const elevator = facts.isRoot ? '' : (facts.elevation?.name ?? 'sudo');
  return viewAll(facts, anchor, context.stores).map((view) =>
    createReport(
      view,
      view.places.map((place) => {
        const [route] = place[direction];
        return { ...reportPlace(place), ...(route === undefined ? {} : { commands: formatRoute(route, elevator) }) };
      }),
      false,
    ),
  );
}

/** What is where, without changing anything. */
export async function inspectStores(
  anchor: TrustAnchor,
  context: Pick<InstallContext, 'machine' | 'home' | 'stores'>,
): Promise<StoreReport[]> {
  const facts = await look(context.stores, anchor, context);
  return viewAll(facts, anchor, context.stores).map(reportView);
}

function viewAll(facts: Facts, anchor: TrustAnchor, stores: ReadonlySet<StoreId>): StoreView[] {
  return STORES.filter(({ id }) => stores.has(id)).flatMap((store) => store.view(facts, anchor) ?? []);
}

async function look(
  stores: ReadonlySet<StoreId>,
  anchor: TrustAnchor,
  { machine, home }: Pick<InstallContext, 'machine' | 'home'>,
): Promise<Facts> {
  return readFacts(machine.reader, createRequest(stores, anchor, home === undefined ? [] : readJournal(home)));
}

function createRequest(
  stores: ReadonlySet<StoreId>,
  anchor: TrustAnchor,
  journal: readonly JournalEntry[],
): FactsRequest {
  const knownPlaces = new Map<StoreId, string[]>();
  for (const { store, place } of listInstalled(journal)) {
    const id = store as StoreId;
    knownPlaces.set(id, [...(knownPlaces.get(id) ?? []), place]);
  }
  return {
    stores,
    rootsSha256Hex: [anchor.sha256Hex],
    rootsSha1Hex: [anchor.sha1Hex],
    roots: [anchor],
    knownPlaces,
    created: listCreated(journal.filter(({ rootSha256Hex }) => rootSha256Hex === anchor.sha256Hex)),
  };
}

async function changeStores(
  direction: Direction,
  anchor: TrustAnchor,
  context: InstallContext,
): Promise<StoreReport[]> {
  const facts = await look(context.stores, anchor, context);
  const views = viewAll(facts, anchor, context.stores);
  const isIdle = views.every(({ places }) => places.every((place) => place[direction].length === 0));
  const corrections =
    context.home === undefined ? [] : listCorrections(direction, views.map(reportView), { anchor, home: context.home });
  // Without anything to do there is no lock to wait for and no home to change.
  if (isIdle && corrections.length === 0) return views.map(reportView);
  const { home } = context;
  const release = home === undefined ? () => {} : takeLock(home.fs, { home: home.path, ...LOCK });
  try {
    const reports = isIdle ? views.map(reportView) : await changeEach(direction, { anchor, context });
    if (home !== undefined)
      for (const entry of listCorrections(direction, reports, { anchor, home }))
        appendJournal(home, { ...entry, at: context.now().toISOString() });
    return reports;
  } finally {
    release();
  }
}

async function changeEach(direction: Direction, job: Job): Promise<StoreReport[]> {
  const reports: StoreReport[] = [];
  for (const store of STORES.filter(({ id }) => job.context.stores.has(id))) {
    const report = await changeStore(direction, store, job);
    if (report !== undefined) reports.push(report);
  }
  return reports;
}

type Job = { readonly anchor: TrustAnchor; readonly context: InstallContext };

/** Facts are read anew: stores before this one, or another process, may have changed it. */
async function changeStore(direction: Direction, store: Store, job: Job): Promise<StoreReport | undefined> {
  const facts = await look(new Set([store.id]), job.anchor, job.context);
  const view = store.view(facts, job.anchor);
  if (view === undefined) return undefined;
  const places: PlaceReport[] = [];
  let isChanged = false;
  for (const place of view.places) {
    if (place[direction].length === 0) {
      places.push(reportPlace(place));
      continue;
    }
    isChanged = true;
    places.push(await changePlace(direction, { store, view, place, facts, ...job }));
  }
  return createReport(view, places, isChanged);
}

type PlaceJob = Job & {
  readonly store: Store;
  readonly view: StoreView;
  readonly place: PlaceView;
  readonly facts: Facts;
};

/** Tries one route after the other until a second look finds the place as it should be. */
async function changePlace(direction: Direction, job: PlaceJob): Promise<PlaceReport> {
  const { place } = job;
  const faults: string[] = [];
  let isRightsMissing = false;
  let isDeclined = false;
  for (const route of place[direction]) {
    try {
      await applyRoute(direction, route, job);
      const after = await lookAgain(job);
      if (isDone(direction, after)) {
        record(job, { event: direction === 'install' ? 'installed' : 'uninstalled', route: route.name });
        return { ...reportPlace(after ?? { ...job.place, state: 'absent' }), route: route.name };
      }
      faults.push(`${route.name}: ${after?.detail ?? 'it ran, and a second look finds nothing changed'}`);
    } catch (cause) {
      if (isCaError(cause)) throw cause; // the home itself: nothing more can be recorded
      isDeclined = cause instanceof StepFailure && cause.kind === 'declined';
      isRightsMissing ||= cause instanceof StepFailure && cause.kind === 'no-rights';
      faults.push(`${route.name}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
    for (const step of route.cleanUp ?? []) await applyStep(step, createApplyContext(job)).catch(() => {});
    if (isDeclined) break;
  }
  return reportFailure(direction, job, { faults, isRightsMissing });
}

async function lookAgain({ store, place, anchor, context }: PlaceJob): Promise<PlaceView | undefined> {
  const facts = await look(new Set([store.id]), anchor, context);
  return store.view(facts, anchor)?.places.find(({ id }) => id === place.id);
}

/** A place that is gone altogether holds nothing. */
function isDone(direction: Direction, after: PlaceView | undefined): boolean {
  if (direction === 'install') return after?.state === 'trusted';
  return after === undefined || (after.state !== 'trusted' && after.uninstall.length === 0);
}

async function applyRoute(direction: Direction, route: Route, job: PlaceJob): Promise<void> {
  announce(route.steps, job);
  if (direction === 'install')
    record(job, { event: 'installing', route: route.name, rootPem: job.anchor.certPem, created: foresee(route, job) });
  const context = createApplyContext(job);
  for (const step of route.steps) await applyStep(step, context);
}

/** What the steps will make that is not there yet. Written down before: a crash must not lose it. */
function foresee({ steps }: Route, { context }: PlaceJob): string[] {
  return steps.flatMap((step) =>
    (step.kind === 'write-file' || step.kind === 'make-folder') &&
    context.machine.reader.status(step.path) === undefined
      ? [step.path]
      : [],
  );
}

function announce(steps: readonly Step[], { view, facts, context }: PlaceJob): void {
  const elevated = steps.filter(({ root }) => root === true);
  if (facts.isRoot || facts.elevation === undefined || elevated.length === 0) return;
  const commands = elevated.map((step) => formatStep(step, ''));
  context.announceRoot({ store: view.name, elevator: facts.elevation.name, commands });
}

function createApplyContext({ facts, context }: PlaceJob): ApplyContext {
  const { machine, canAsk, askSecret, workerCommand } = context;
  return { machine, canAsk, askSecret, workerCommand, isRoot: facts.isRoot, elevation: facts.elevation };
}

function record(
  { anchor, store, place, context }: PlaceJob,
  entry: Pick<JournalEntry, 'event' | 'route' | 'rootPem' | 'created'>,
): void {
  if (context.home === undefined) return;
  const where = { ca: anchor.caName, rootSha256Hex: anchor.sha256Hex, store: store.id, place: place.id };
  appendJournal(context.home, { ...entry, at: context.now().toISOString(), ...where });
}

/** Without rights the commands are handed over, for who has them. */
function reportFailure(
  direction: Direction,
  { place, facts }: PlaceJob,
  { faults, isRightsMissing }: { faults: readonly string[]; isRightsMissing: boolean },
): PlaceReport {
  const [route] = place[direction];
  const commands = route === undefined ? [] : formatRoute(route, facts.elevation?.name ?? 'sudo');
  const detail = faults.join('; ');
  if (isRightsMissing)
    return { ...reportPlace(place), state: 'unavailable', detail, hint: 'run these as root', commands };
  return {
    ...reportPlace(place),
    state: 'failed',
    detail,
    hint: place.hint ?? `see each step: mintmark ${direction} --dry-run`,
  };
}
