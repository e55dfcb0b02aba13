/** @module `ca rotate [NAME]`: a new CA in the place of the old one, with everything that hangs on it; `--undo` is the way back. */
import { isCaError } from '@mintmark/ca-core';
import { changeHome, readCa, readKeyProtection, readPredecessor, storeError, takeLock } from '@mintmark/ca-store';
import { caError } from '../ca/ca-errors.ts';
import { planRotation } from '../ca/plan-rotation.ts';
import { readLog, removeLog, rootDigest, type Turn } from '../ca/rotation-log.ts';
import {
  assertNoNewWords,
  describeEnd,
  hasNewWords,
  NO_CERTIFICATES,
  NO_STORES,
  readStanding,
  rotate,
  type Minted,
  type RotationJob,
  type RotationOutcome,
} from '../ca/rotation.ts';
import { undoRotation } from '../ca/undo-rotation.ts';
import { DEFAULT_CA, readableHome } from '../certificates/choose-ca.ts';
import { cliError } from '../cli-errors.ts';
import type { CommandResult, Context, Invocation } from '../command.ts';
import { forgetKey } from '../key-storage/forget-key.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { presentRotation, renderMinted, renderRotationPlan, renderStanding } from '../render/rotation.ts';

const LOCK = { name: 'rotation-lock', timeoutMs: 1000 };

/** @throws CA_NOT_FOUND, HOME_LOCKED, CONFIRMATION_NEEDED, ROTATION_*, and what its steps throw */
export async function rotateCa(invocation: Invocation, context: Context): Promise<CommandResult> {
  const name = invocation.positionals[0] ?? optionText(invocation, 'ca') ?? DEFAULT_CA;
  const [isUndo, isDryRun] = [isOptionSet(invocation, 'undo'), isOptionSet(invocation, 'dry-run')];
  for (const other of ['hold', 'dry-run'])
    if (isUndo && isOptionSet(invocation, other))
      throw cliError('OPTIONS_CONFLICT', { first: '--undo', second: `--${other}` });
  const home = readableHome(context);
  if (home === undefined) throw storeError('CA_NOT_FOUND', { caName: name });
  readCa(home, name);
  const job: RotationJob = { home, name, access: { invocation, context } };
  if (isDryRun) return renderRotationPlan(await planRotation(job), context);
  const release = takeLock(home.fs, { home: home.path, ...LOCK });
  try {
    changeHome(home, () => {}); // what a command that was cut off left between is settled first
    let isShown = false;
    const outcome = isUndo ? await undo(job) : await goOn(job, () => (isShown = true));
    return presentRotation(outcome, context, isShown && context.io.isTerminal.stdout);
  } finally {
    release();
  }
}

async function goOn(job: RotationJob, onShown: () => void): Promise<RotationOutcome> {
  const { home, name } = job;
  const standing = readStanding(home, name);
  if (standing !== undefined) assertNoNewWords(job);
  else {
    const turn = readLog(home, name)?.turn;
    if (turn?.event === 'ending') {
      const done = await finish(job, turn, 'rotated');
      if (isAboutThis(job, turn, done)) return done;
    }
    if (turn?.event === 'undoing') await finish(job, turn, 'undone');
  }
  return telling(job, () => rotate(job, (minted) => confirmEnd(job, minted, onShown)));
}

async function undo(job: RotationJob): Promise<RotationOutcome> {
  const { home, name } = job;
  const standing = readStanding(home, name);
  if (standing !== undefined) return telling(job, () => undoRotation(job, standing));
  const turn = readLog(home, name)?.turn;
  if (turn?.event === 'undoing') return finish(job, turn, 'undone');
  throw caError('ROTATION_NONE', { caName: name });
}

/** New words mean a new one, and so does another CA that was given the name since. */
function isAboutThis({ access }: RotationJob, { rootSha256Hex }: Turn, { ca }: RotationOutcome): boolean {
  const isAbout = rootSha256Hex === rootDigest(ca) && !hasNewWords(access);
  if (isAbout) access.context.say('It had been cut off at its very end. To begin another rotation, say it again.\n\n');
  return isAbout;
}

/** All was done but the last of it: the CA is gone, and what it had outside of the home may be there still. */
async function finish(
  { home, name, access }: RotationJob,
  { key }: Turn,
  state: RotationOutcome['state'],
): Promise<RotationOutcome> {
  const keyLeft = key === undefined ? undefined : await forgetKey(key, name, access);
  changeHome(home, () => removeLog(home, name));
  const nothing = {
    broughtIn: NO_STORES,
    takenOut: NO_STORES,
    reissue: NO_CERTIFICATES,
    sharer: undefined,
    staying: [],
  };
  return { state, ca: readCa(home, name), keyLeft, ...nothing };
}

/** An error in the middle is no end: what to type is said beside it. */
async function telling(job: RotationJob, work: () => Promise<RotationOutcome>): Promise<RotationOutcome> {
  const { home, name, access } = job;
  try {
    return await work();
  } catch (cause) {
    if (isCaError(cause) && readStanding(home, name) !== undefined)
      access.context.say(
        `The rotation is under way: mintmark ca rotate ${name} goes on with it, with --undo it goes back.\n\n`,
      );
    throw cause;
  }
}

/** `onShown`: called where the facts were printed before the question. */
async function confirmEnd(
  { home, name, access: { invocation, context } }: RotationJob,
  minted: Minted,
  onShown: () => void,
): Promise<boolean> {
  if (isOptionSet(invocation, 'yes')) return true;
  if (!context.canAsk) throw cliError('CONFIRMATION_NEEDED', { what: describeEnd(name) });
  const { askConfirmation } = await import('../terminal/ask.ts');
  const { kind } = readKeyProtection(home, readPredecessor(home, name) ?? readCa(home, name));
  const end = kind === 'token' ? 'forget its key, which stays in its token' : 'delete its key';
  const facts = renderMinted(minted, { ...context, style: context.talkStyle });
  context.say(facts === '' ? '' : `${facts}\n`);
  onShown();
  return askConfirmation(`${renderStanding(minted.reissue)} Take the old root out and ${end}, with no way back?`);
}
