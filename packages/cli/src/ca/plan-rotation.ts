/** @module What a rotation would do, without doing any of it. */
import { KEY_TYPE_FACTS, parseKeyType, type Scope } from '@mintmark/ca-core';
import { createCa, previewCa, readCa, type StoredCa } from '@mintmark/ca-store';
import { planStores, type StoreId, type StoreReport } from '@mintmark/install';
import { assertPlaceable } from '../key-storage/place-key.ts';
import { anchorOf } from '../trust/choose-roots.ts';
import { findOthers, type Found } from './reissue.ts';
import { findStores, planDeparture, storesContext } from './rotation-stores.ts';
import { assertNoNewWords, assertRotatable, placeAsBefore, readStanding, runOf, type RotationJob } from './rotation.ts';
import { listSharers } from './shared-root.ts';
import { planSuccessor } from './successor.ts';

/** `isUnderWay`: it was begun already, and this is what is left of it. */
export type RotationPlan = {
  readonly caName: string;
  readonly isUnderWay: boolean;
  readonly scope: Scope;
  readonly keyLabel: string;
  readonly notAfter: Date;
  readonly stores: readonly StoreId[];
  readonly broughtIn: readonly StoreReport[];
  readonly takenOut: readonly StoreReport[];
  readonly certificates: Found;
  readonly sharer: string | undefined;
  /** Stores that would hold the old root still, where others put it. */
  readonly staying: readonly StoreId[];
};

/** @throws as beginning it would */
export async function planRotation(job: RotationJob): Promise<RotationPlan> {
  const { home, name, access } = job;
  const standing = readStanding(home, name);
  if (standing !== undefined) assertNoNewWords(job);
  const outgoing = standing?.outgoing ?? readCa(home, name);
  const certificates = findOthers({ run: runOf(job), caName: name, other: outgoing });
  const { incoming, keyLabel } =
    standing === undefined
      ? await previewSuccessor(job, outgoing, certificates)
      : { incoming: standing.incoming, keyLabel: standing.incoming.issuer.subjectKey.label };
  const sharer = listSharers(home, outgoing)[0];
  const stores = await findStores(home, outgoing, access);
  const { leaving, staying } = await planDeparture(home, outgoing, access);
  const plan = (direction: 'install' | 'uninstall', ca: StoredCa, ids: readonly StoreId[]) =>
    ids.length === 0 ? [] : planStores(direction, anchorOf(ca), storesContext(ids, access, true));
  return {
    caName: name,
    isUnderWay: standing !== undefined,
    scope: incoming.issuer.scope,
    keyLabel,
    notAfter: incoming.issuer.notAfter,
    stores,
    broughtIn: await plan('install', incoming, stores),
    takenOut: sharer === undefined ? await plan('uninstall', outgoing, leaving) : [],
    certificates,
    sharer,
    staying,
  };
}

/** Its keys are thrown away, so they are of the kind that is made at once. */
async function previewSuccessor(job: RotationJob, old: StoredCa, { choices }: Found) {
  const { home, name, access } = job;
  assertRotatable(job, old, choices.length > 0);
  const entries = choices.map(({ entry }) => entry);
  const plan = await planSuccessor(old, entries, access);
  await assertPlaceable(placeAsBefore(job, old, plan.keyType));
  const { files } = createCa({ ...plan, keyType: parseKeyType('ecdsa-p256') });
  return { incoming: previewCa(home, name, files), keyLabel: KEY_TYPE_FACTS[plan.keyType].label };
}
