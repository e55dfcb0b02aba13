/**
 * @module The rotation of a CA: a new one beside the old, its root into the stores, the name to the new one, every certificate anew, the old
 * root out of the stores, the old CA and its key gone. In this order nothing breaks in between. Each step may be done again, and what
 * stands on disk says how far it came, so that the same command goes on after any interruption.
 */
import { isEqualBytes, type KeyType } from '@mintmark/ca-core';
import { formatPrivateKey } from '@mintmark/ca-core/node';
import {
  addSuccessor,
  changeHome,
  createCa,
  hasCaKey,
  openSigner,
  promoteSuccessor,
  readCa,
  readKeyProtection,
  readPredecessor,
  readSuccessor,
  removeIfPresent,
  removePredecessor,
  storeError,
  type Home,
  type StoredCa,
} from '@mintmark/ca-store';
import type { StoreId } from '@mintmark/install';
import type { RenewalRun } from '../certificates/renewal.ts';
import { cliError } from '../cli-errors.ts';
import type { Access } from '../command.ts';
import { forgetKey } from '../key-storage/forget-key.ts';
import { assertPlaceable, placeKey } from '../key-storage/place-key.ts';
import { takeBackOnFailure } from '../key-storage/take-back.ts';
import type { TokenRecord } from '../key-storage/token-record.ts';
import { isOptionSet } from '../parse-args.ts';
import { createPassphrase } from '../passphrase.ts';
import { caError } from './ca-errors.ts';
import { readKeepFile, writeKept } from './kept-root-key.ts';
import {
  findOthers,
  hasFailed,
  makeUpOwed,
  reissueAll,
  renewalAccess,
  type Reissue,
  type Turnover,
} from './reissue.ts';
import { appendLog, beginLog, readLog, removeLog, rootDigest, type RotationLog } from './rotation-log.ts';
import {
  bringIn,
  findStores,
  knownStores,
  notTrusted,
  planDeparture,
  stillTrusted,
  takeOut,
  type StoresDone,
} from './rotation-stores.ts';
import { listSharers } from './shared-root.ts';
import { planSuccessor } from './successor.ts';

/** One run of `ca rotate`. */
export type RotationJob = { readonly home: Home; readonly name: string; readonly access: Access };

/** The two CAs of a rotation that is under way: which one has the name is said by where they are. */
export type Standing = {
  readonly incoming: StoredCa;
  readonly outgoing: StoredCa;
  /** The new CA has the name already. */
  readonly isPromoted: boolean;
  readonly log: RotationLog | undefined;
};

/** `stopped`: some of it could not be done, and it is still under way; `held`: as told. */
export type RotationState = 'rotated' | 'held' | 'stopped' | 'undone';

export type RotationOutcome = {
  readonly state: RotationState;
  /** What has the name now. */
  readonly ca: StoredCa;
  readonly broughtIn: StoresDone;
  readonly takenOut: StoresDone;
  readonly reissue: Reissue;
  /** Another CA below the root that would go, which therefore stays in the stores. */
  readonly sharer: string | undefined;
  /** Stores that hold the old root still, where others put it. */
  readonly staying: readonly StoreId[];
  /** The key of the CA that is gone, where it lies in a token and stays there. */
  readonly keyLeft?: TokenRecord | undefined;
};

/** Undefined where no rotation is under way. */
export function readStanding(home: Home, name: string): Standing | undefined {
  const [current, successor, predecessor] = [
    readCa(home, name),
    readSuccessor(home, name),
    readPredecessor(home, name),
  ];
  const log = readLog(home, name);
  if (predecessor !== undefined) return { incoming: current, outgoing: predecessor, isPromoted: true, log };
  if (successor !== undefined) return { incoming: successor, outgoing: current, isPromoted: false, log };
  return undefined;
}

export const runOf = ({ home, name, access }: RotationJob): RenewalRun => ({
  home,
  access: renewalAccess(access, name),
  signers: new Map(),
  newKeys: new Map(),
});

export const NO_STORES: StoresDone = { reports: [] };
export const NO_CERTIFICATES: Reissue = { done: [], left: [], madeUp: [] };

/**
 * Begins a rotation, or goes on with one.
 * @param confirm asked before there is no way back, with what was done until then
 * @throws CONFIRMATION_NEEDED, ROTATION_*, the codes of CAs, keys and passphrases, disk codes
 */
export async function rotate(
  job: RotationJob,
  confirm: (minted: Minted) => Promise<boolean>,
): Promise<RotationOutcome> {
  const { home, name, access } = job;
  const run = runOf(job);
  const underWay = readStanding(home, name);
  if (underWay !== undefined) assertConfirmable(job);
  const standing = underWay ?? (await begin(job, run));
  const { incoming, outgoing, log } = standing;
  const isForced = isOptionSet(access.invocation, 'force');
  const stores = knownStores([...(log?.stores ?? []), ...(await findStores(home, outgoing, access))]);
  const broughtIn = await bringIn(incoming, stores, access);
  const base = { ca: readCa(home, name), broughtIn, takenOut: NO_STORES, sharer: undefined, staying: [] };
  if (!isForced && notTrusted(broughtIn.reports).length > 0)
    return { ...base, state: 'stopped', reissue: NO_CERTIFICATES };
  if (!standing.isPromoted) changeHome(home, () => promoteSuccessor(home, name));
  const ca = readCa(home, name);
  const reissue = await reissueUntilNone({ run, caName: name, other: outgoing });
  const minted = { ...base, ca, reissue };
  if (!isForced && hasFailed(reissue)) return { ...minted, state: 'stopped' };
  if (isOptionSet(access.invocation, 'hold') || !(await confirm(minted))) return { ...minted, state: 'held' };
  return end(job, outgoing, minted);
}

/** Some may be minted by the old CA, in another process that read it just before, while this one is at it. */
async function reissueUntilNone(turnover: Turnover): Promise<Reissue> {
  const done: Reissue['done'][number][] = [];
  for (;;) {
    const round = await reissueAll(turnover);
    done.push(...round.done);
    if (round.done.length === 0) return makeUpOwed(turnover, { done, left: round.left });
  }
}

export type Minted = Omit<RotationOutcome, 'state'>;

async function end({ home, name, access }: RotationJob, outgoing: StoredCa, minted: Minted): Promise<RotationOutcome> {
  const prior = readPredecessor(home, name); // it has moved since it was read, and whoever answers may take hours
  if (prior === undefined || !isEqualBytes(prior.rootDer, outgoing.rootDer))
    throw caError('ROTATION_NONE', { caName: name });
  const sharer = listSharers(home, prior)[0];
  const { leaving, staying } = await planDeparture(home, prior, access);
  const takenOut = sharer === undefined ? await takeOut(prior, leaving, access) : NO_STORES;
  const outcome = { ...minted, takenOut, sharer, staying };
  const isStopped = stillTrusted(takenOut.reports).length > 0 && !isOptionSet(access.invocation, 'force');
  if (isStopped) return { ...outcome, state: 'stopped' };
  const key = readKeyProtection(home, prior);
  changeHome(home, () => {
    appendLog(home, name, [{ event: 'ending', key, rootSha256Hex: rootDigest(minted.ca) }]);
    removePredecessor(home, name);
  });
  const keyLeft = await forgetKey(key, name, access);
  changeHome(home, () => removeLog(home, name));
  return { ...outcome, keyLeft, state: 'rotated' };
}

async function begin(job: RotationJob, run: RenewalRun): Promise<Standing> {
  const { home, name, access } = job;
  const old = readCa(home, name);
  const { choices } = findOthers({ run, caName: name, other: old });
  assertRotatable(job, old, choices.length > 0);
  const plan = await planSuccessor(
    old,
    choices.map(({ entry }) => entry),
    access,
  );
  assertConfirmable(job);
  const words = placeAsBefore(job, old, plan.keyType);
  await assertPlaceable(words);
  const keepFile = readKeepFile(access);
  const stores = await findStores(home, old, access);
  const passphrase = await createPassphrase(words.invocation, access.context, `the new key of CA "${name}"`);
  if (keepFile !== undefined && passphrase === undefined)
    throw cliError('PASSPHRASE_NEEDED', { what: 'a root key that is kept' });
  const place = await placeKey(name, passphrase, words);
  const incoming = await takeBackOnFailure(place, () => {
    const secret = place.passphrase === undefined ? {} : { passphrase: place.passphrase };
    const { files, rootKey } = createCa({ ...plan, keyType: place.keyType, ...secret, ...place.issuer });
    return changeHome(home, () => {
      const kept = rootKey === undefined ? undefined : formatPrivateKey(rootKey, passphrase);
      if (keepFile !== undefined && kept !== undefined) writeKept(keepFile, kept, home);
      try {
        beginLog(home, { at: plan.now.toISOString(), ca: name, stores });
        return addSuccessor(home, name, place.finish(files));
      } catch (cause) {
        removeLog(home, name);
        if (keepFile !== undefined) removeIfPresent(home.fs, keepFile);
        throw cause;
      }
    });
  });
  if (place.issuer === undefined) run.signers.set(name, openSigner(home, incoming, place.passphrase));
  return { incoming, outgoing: old, isPromoted: false, log: readLog(home, name) };
}

const PLACES = ['token', 'secret-store', 'passphrase-file', 'passphrase'] as const;

/**
 * The new key goes where the words say, else where the old one is: under a passphrase again, or under one that the secret store keeps.
 * Which key of which token it should be has to be said. The old passphrase or PIN is not needed.
 * @throws ROTATION_KEY_ELSEWHERE
 */
export function placeAsBefore({ home, name, access }: RotationJob, old: StoredCa, keyType: KeyType): Access {
  const { invocation, context } = access;
  const { options } = invocation;
  const isSaid = PLACES.some((place) => options[place] !== undefined);
  const { kind } = readKeyProtection(home, old);
  if (kind === 'token' && !isSaid) throw caError('ROTATION_KEY_ELSEWHERE', { caName: name });
  const again = { passphrase: 'passphrase', 'secret-store': 'secret-store', token: '', plain: '', absent: '' }[kind];
  const isTaken = options['token'] !== undefined && options['key'] === undefined;
  return {
    invocation: {
      ...invocation,
      options: {
        ...options,
        ...(isSaid || again === '' ? {} : { [again]: true }),
        ...(isTaken ? {} : { key: keyType }),
      },
    },
    context,
  };
}

/** A colleague's CA has no key here and has signed nothing here; one whose key was lost has. @throws CA_KEY_MISSING */
export function assertRotatable({ home, name }: RotationJob, ca: StoredCa, hasSigned: boolean): void {
  if (!hasCaKey(home, ca) && !hasSigned) throw storeError('CA_KEY_MISSING', { caName: name });
}

export const describeEnd = (name: string): string =>
  `rotating CA "${name}" ends the old one for good (with --hold it stops before that)`;

/** Nobody is asked half-way who could not answer. @throws CONFIRMATION_NEEDED */
function assertConfirmable({ name, access: { invocation, context } }: RotationJob): void {
  if (isOptionSet(invocation, 'yes') || isOptionSet(invocation, 'hold') || context.canAsk) return;
  throw cliError('CONFIRMATION_NEEDED', { what: describeEnd(name) });
}

const BEGINNING_OPTIONS = [
  'scope',
  'unscoped',
  'constrain-ips',
  'key',
  'days',
  'subject',
  'keep-root-key',
  'token',
  'secret-store',
] as const;

export const hasNewWords = ({ invocation }: Access): boolean =>
  BEGINNING_OPTIONS.some((option) => invocation.options[option] !== undefined);

/** What the new CA is was said when the rotation began. @throws ROTATION_UNDER_WAY */
export function assertNoNewWords({ name, access }: RotationJob): void {
  if (hasNewWords(access)) throw caError('ROTATION_UNDER_WAY', { caName: name });
}
