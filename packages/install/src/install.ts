/**
 * @module Puts a root into the machine's stores and takes it out: facts, view, plan, apply, second look, journal. One store at
 * a time; whatever happens in one is told in its report and stops no other.
 */
import { takeLock } from '@mintmark/ca-store';
import type { TrustAnchor } from './anchor.ts';
import { appendJournal } from './apply/journal.ts';
import { listCorrections } from './apply/journal-corrections.ts';
import { changePlace, type InstallContext, type Rights } from './change-place.ts';
import { look, viewStores, type Direction, type LookContext } from './look.ts';
import { formatRoute } from './plan/format-step.ts';
import { createReport, reportPlace, reportView, type PlaceReport, type StoreReport } from './report.ts';
import type { Store, StoreView } from './stores/store.ts';
import { STORES } from './stores/stores.ts';

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
  const facts = await look(direction, anchor, context);
  const elevator = facts.isRoot ? '' : (facts.elevation?.name ?? 'sudo');
  return viewStores(facts, anchor, context).map((view) =>
    createReport(
      view,
      view.places.map((place) => {
        const [route] = place[direction];
        const isWork = route !== undefined && route.steps.length > 0;
        if (!isWork) return reportPlace(place);
        const needsRoot = !facts.isRoot && route.steps.some(({ root }) => root === true);
        return {
          ...reportPlace(place),
          commands: formatRoute(route, elevator),
          ...(needsRoot ? { needsRoot } : {}),
        };
      }),
      false,
    ),
  );
}

/** What is where, without changing anything. */
export async function inspectStores(anchor: TrustAnchor, context: LookContext): Promise<StoreReport[]> {
  const facts = await look('install', anchor, context);
  return viewStores(facts, anchor, context).map(reportView);
}

async function changeStores(
  direction: Direction,
  anchor: TrustAnchor,
  context: InstallContext,
): Promise<StoreReport[]> {
  const facts = await look(direction, anchor, context);
  const views = viewStores(facts, anchor, context);
  const isIdle = views.every(({ places }) => places.every((place) => place[direction].length === 0));
  const corrections =
    context.home === undefined ? [] : listCorrections(direction, views.map(reportView), { anchor, home: context.home });
  // Without anything to do there is no lock to wait for and no home to change.
  if (isIdle && corrections.length === 0) return views.map(reportView);
  const { home } = context;
  const release = home === undefined ? () => {} : takeLock(home.fs, { home: home.path, ...LOCK });
  try {
    const done = isIdle
      ? views.map(reportView)
      : await changeAlone(direction, { anchor, context, rights: { isDenied: false } });
    const reports = done.map((report) => noteChange(report, views));
    if (home !== undefined)
      for (const entry of listCorrections(direction, reports, { anchor, home }))
        appendJournal(home, { ...entry, at: context.now().toISOString() });
    return reports;
  } finally {
    release();
  }
}

/** A store may change by the hands of another, as Java's does by the system's. */
function noteChange(report: StoreReport, before: readonly StoreView[]): StoreReport {
  const view = before.find(({ id }) => id === report.id);
  const was = view === undefined ? undefined : reportView(view).state;
  return was === report.state ? report : { ...report, isChanged: true };
}

/** Homes have locks of their own, and no system's tool has one: two at once would write one bundle. */
async function changeAlone(direction: Direction, job: Job): Promise<StoreReport[]> {
  const release = await job.context.machine.writer.lock();
  try {
    return await changeEach(direction, job);
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

type Job = { readonly anchor: TrustAnchor; readonly context: InstallContext; readonly rights: Rights };

/** Facts are read anew: stores before this one, or another process, may have changed it. */
async function changeStore(direction: Direction, store: Store, job: Job): Promise<StoreReport | undefined> {
  const facts = await look(direction, job.anchor, { ...job.context, stores: new Set([store.id]) });
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
