/**
 * @module The way back from a rotation, as long as the old CA is there: its root into the stores again, its name back, the certificates
 * as they were, and the new CA out and gone. Like the way there it goes on where it was interrupted.
 */
import {
  changeHome,
  readCa,
  readKeyProtection,
  readSuccessor,
  removeSuccessor,
  restorePredecessor,
} from '@mintmark/ca-store';
import { forgetKey } from '../key-storage/forget-key.ts';
import { isOptionSet } from '../parse-args.ts';
import { hasFailed, putBackAll, type Turnover } from './reissue.ts';
import { appendLog, removeLog, rootDigest } from './rotation-log.ts';
import {
  NO_CERTIFICATES,
  NO_STORES,
  runOf,
  type RotationJob,
  type RotationOutcome,
  type Standing,
} from './rotation.ts';
import { listSharers } from './shared-root.ts';
import { bringIn, findStores, knownStores, notTrusted, stillTrusted, takeOut } from './rotation-stores.ts';

/** @throws HOME_LOCKED, the codes of keys and passphrases, disk codes */
export async function undoRotation(job: RotationJob, standing: Standing): Promise<RotationOutcome> {
  const { home, name, access } = job;
  const { incoming, outgoing, isPromoted, log } = standing;
  const isForced = isOptionSet(access.invocation, 'force');
  changeHome(home, () => appendLog(home, name, [{ event: 'undoing', rootSha256Hex: rootDigest(outgoing) }]));
  const broughtIn = isPromoted
    ? await bringIn(
        outgoing,
        knownStores([...(log?.stores ?? []), ...(await findStores(home, incoming, access))]),
        access,
      )
    : NO_STORES;
  const base = { ca: readCa(home, name), broughtIn, takenOut: NO_STORES, sharer: undefined, staying: [] };
  if (!isForced && notTrusted(broughtIn.reports).length > 0)
    return { ...base, state: 'stopped', reissue: NO_CERTIFICATES };
  if (isPromoted) changeHome(home, () => restorePredecessor(home, name));
  const ca = readCa(home, name);
  const turnover: Turnover = { run: runOf(job), caName: name, other: incoming };
  const reissue = await putBackAll(turnover, log?.kept ?? new Map());
  if (!isForced && hasFailed(reissue)) return { ...base, ca, reissue, state: 'stopped' };
  const sharer = listSharers(home, incoming)[0];
  const takenOut =
    sharer === undefined ? await takeOut(incoming, await findStores(home, incoming, access), access) : NO_STORES;
  if (!isForced && stillTrusted(takenOut.reports).length > 0)
    return { ...base, ca, reissue, takenOut, sharer, state: 'stopped' };
  const key = readKeyProtection(home, readSuccessor(home, name) ?? incoming);
  changeHome(home, () => {
    appendLog(home, name, [{ event: 'undoing', key, rootSha256Hex: rootDigest(outgoing) }]);
    removeSuccessor(home, name);
  });
  const keyLeft = await forgetKey(key, name, access);
  changeHome(home, () => removeLog(home, name));
  return { ...base, ca, takenOut, reissue, sharer, keyLeft, state: 'undone' };
}
