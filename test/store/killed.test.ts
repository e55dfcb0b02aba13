/**
 * @module `kill -9` in the middle of every command that writes: no certificate beside another's key, no half a CA, and the
 * next command does its work and clears up. That every single operation was tried is the unit tests' proof; this is the real thing.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFiles } from '../../packages/testkit/src/index.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { checkNothingLeft, checkPairs, createScene, listWholeCas, runIn, type Scene } from './home-scene.ts';
import { createKiller, type Moment } from './killed-command.ts';

const scratch = scratchFolder('killed');
const ROUNDS = 24;
/** A machine that grew busier or idler since its speed was taken needs more rounds to be hit midway. */
const MAX_ROUNDS = 72;
const MANY = Array.from({ length: 40 }, (_, i) => `host-${i}.test`);

type Trial = {
  readonly title: string;
  readonly args: readonly string[];
  /** Commands before each round. Without `isFresh`, rounds go on in one home. */
  readonly before: readonly (readonly string[])[];
  readonly isFresh: boolean;
  /** The next command; default: the same again. */
  readonly next?: readonly string[];
  readonly check?: (scene: Scene) => void;
};

const hasPair =
  (...names: readonly string[]) =>
  (scene: Scene): void =>
    expect(checkPairs(scene)).toEqual([...names].sort());

const TRIALS: readonly Trial[] = [
  { title: 'a first mint', args: ['mint', 'a.test'], before: [], isFresh: true, check: hasPair('a.test') },
  {
    title: 'a mint that keeps the key',
    args: ['mint', 'a.test'],
    before: [],
    isFresh: false,
    check: hasPair('a.test'),
  },
  {
    title: 'a mint with a new key',
    args: ['mint', 'a.test', '--new-key'],
    before: [],
    isFresh: false,
    next: ['mint', 'a.test'],
    check: hasPair('a.test'),
  },
  {
    title: 'a mint of forty',
    args: ['mint', '--names-from', 'names.txt'],
    before: [['ca', 'create']],
    isFresh: true,
    check: hasPair(...MANY),
  },
  {
    title: 'a mint of forty with new keys',
    args: ['mint', '--names-from', 'names.txt', '--new-key'],
    before: [],
    isFresh: false,
    next: ['mint', 'a.test'],
    check: (scene) => expect(checkPairs(scene).length).toBeGreaterThanOrEqual(1),
  },
  { title: 'self-signed', args: ['self-signed', 'a.test'], before: [], isFresh: true, check: hasPair('a.test') },
  {
    title: 'ca create',
    args: ['ca', 'create', 'second'],
    before: [],
    isFresh: true,
    next: ['mint', 'a.test'],
    check: (scene) => expect(listWholeCas(scene)).toSatisfy((cas: string[]) => cas.length === 1),
  },
  {
    title: 'ca remove',
    args: ['ca', 'remove', 'second', '--yes'],
    before: [['ca', 'create', 'second']],
    isFresh: true,
    next: ['mint', 'a.test'],
    check: (scene) => {
      const keys = listFiles(scene.home).filter((file) => file.endsWith('issuer-key.pem'));
      expect(keys).toEqual(listWholeCas(scene).map((name) => `cas/${name}/issuer-key.pem`));
    },
  },
];

async function prepare(trial: Trial, scene: Scene): Promise<void> {
  if (trial.args.includes('names.txt') && !existsSync(join(scene.out, 'names.txt')))
    writeFileSync(join(scene.out, 'names.txt'), `${MANY.join('\n')}\n`);
  for (const args of trial.before) await runIn(scene, args);
}

/** How long the command takes when nobody kills it, in milliseconds. */
async function measure(trial: Trial, scene: Scene): Promise<number> {
  await prepare(trial, scene);
  const start = performance.now();
  await runIn(scene, trial.args);
  return performance.now() - start;
}

async function playRound(trial: Trial, scene: Scene, kill: ReturnType<typeof createKiller>): Promise<Moment> {
  await prepare(trial, scene);
  const moment = await kill(scene, trial.args);
  checkPairs(scene);
  listWholeCas(scene);
  await runIn(scene, trial.next ?? trial.args);
  checkPairs(scene);
  checkNothingLeft(scene);
  trial.check?.(scene);
  return moment;
}

describe('kill -9 in the middle of', () => {
  it.each(TRIALS)('$title leaves matching files that the next command works with', async (trial) => {
    let scene = createScene(scratch);
    const kill = createKiller(await measure(trial, scene));
    const moments: Moment[] = [];
    while (moments.length < ROUNDS || (moments.length < MAX_ROUNDS && !moments.includes('midway'))) {
      if (trial.isFresh) scene = createScene(scratch);
      moments.push(await playRound(trial, scene, kill));
    }
    expect(moments).toContain('midway'); // else no kill hit the command while it changed the disk
  });
});
