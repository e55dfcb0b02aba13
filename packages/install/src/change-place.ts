/**
 * @module One place of one store: routes tried in their order, each believed only by a second look, each change in the
 * journal before it is made.
 */
import { isCaError } from '@mintmark/ca-core';
import type { TrustAnchor } from './anchor.ts';
import { applyStep, StepFailure, type ApplyContext } from './apply/apply.ts';
import { appendJournal, type JournalEntry } from './apply/journal.ts';
import type { Facts } from './facts/facts.ts';
import { look, type Direction, type LookContext } from './look.ts';
import { formatRoute, formatStep } from './plan/format-step.ts';
import type { Route, SecretName, Step } from './plan/steps.ts';
import { reportPlace, type PlaceReport } from './report.ts';
import type { PlaceView, Store, StoreView } from './stores/store.ts';

/** Clock, and whom to ask and tell. */
export type InstallContext = LookContext & {
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

/** A place, its store, and the facts that its plan was made from. */
export type PlaceJob = {
  readonly anchor: TrustAnchor;
  readonly context: InstallContext;
  readonly store: Store;
  readonly view: StoreView;
  readonly place: PlaceView;
  readonly facts: Facts;
  readonly rights: Rights;
};

/** Shared by all places of a run. */
export type Rights = { isDenied: boolean };

/** Tries one route after the other until a second look finds the place as it should be. */
export async function changePlace(direction: Direction, job: PlaceJob): Promise<PlaceReport> {
  const faults: Fault[] = [];
  for (const route of job.place[direction]) {
    const outcome = await tryRoute(direction, route, job);
    if (!('fault' in outcome)) return outcome;
    faults.push(outcome.fault);
    // Whoever said no is not asked again, here or in the stores that follow.
    if (outcome.fault.kind === 'no-rights' && needsRoot(route)) job.rights.isDenied = true;
    const cleanUp = (route.cleanUp ?? []).filter(({ root }) => root !== true || !job.rights.isDenied);
    for (const step of cleanUp) await applyStep(step, createApplyContext(job)).catch(() => {});
    if (outcome.fault.kind === 'declined') break;
  }
  return reportFailure(direction, job, faults);
}

const needsRoot = ({ steps }: Route): boolean => steps.some(({ root }) => root === true);

type Fault = { readonly text: string; readonly kind: StepFailure['kind'] };

async function tryRoute(direction: Direction, route: Route, job: PlaceJob): Promise<PlaceReport | { fault: Fault }> {
  const fault = (reason: string, kind: Fault['kind'] = 'failed') => ({
    fault: { text: `${route.name}: ${reason}`, kind },
  });
  if (job.rights.isDenied && !job.facts.isRoot && needsRoot(route))
    return fault('it needs root, which was refused', 'no-rights');
  try {
    await applyRoute(direction, route, job);
    const after = await lookAgain(direction, job);
    if (!isDone(direction, after)) return fault(after?.detail ?? 'it ran, and a second look finds nothing changed');
    record(job, { event: direction === 'install' ? 'installed' : 'uninstalled', route: route.name });
    const { id, label } = job.place;
    return { ...(after === undefined ? { id, label, state: 'absent' } : reportPlace(after)), route: route.name };
  } catch (cause) {
    if (isCaError(cause)) throw cause; // the home itself: nothing more can be recorded
    const reason = cause instanceof Error ? cause.message : String(cause);
    return fault(reason, cause instanceof StepFailure ? cause.kind : 'failed');
  }
}

async function lookAgain(
  direction: Direction,
  { store, place, anchor, context }: PlaceJob,
): Promise<PlaceView | undefined> {
  const facts = await look(direction, anchor, { ...context, stores: new Set([store.id]) });
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
  const made = steps.flatMap((step) => [
    ...(step.kind === 'write-file' || step.kind === 'make-folder' ? [step.path] : []),
    ...(step.creates ?? []),
  ]);
  return made.filter((path) => context.machine.reader.status(path) === undefined);
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

/** Where only a right or a secret is missing, the store is out of reach and not broken: the person may have what it takes. */
function reportFailure(direction: Direction, { place, facts }: PlaceJob, faults: readonly Fault[]): PlaceReport {
  const [route] = place[direction];
  const lacks = (kind: Fault['kind']): boolean => faults.some((fault) => fault.kind === kind);
  const detail = faults.map(({ text }) => text).join('; ');
  if (lacks('no-rights')) {
    const commands = route === undefined ? [] : formatRoute(route, facts.elevation?.name ?? 'sudo');
    return { ...reportPlace(place), state: 'unavailable', detail, hint: 'run these as root', commands };
  }
  const state = lacks('no-secret') ? 'unavailable' : 'failed';
  return { ...reportPlace(place), state, detail, hint: place.hint ?? `see each step: mintmark ${direction} --dry-run` };
}
