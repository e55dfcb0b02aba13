/** @module `crl` and `revoke` killed, on a full disk and where they may not write: whole lists, numbers that never come twice, no lost revocation. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCrl } from '../../packages/ca-core/src/revocation/index.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { checkNothingLeft, createScene, errorCode, runIn, tryIn, type Scene } from '../store/home-scene.ts';
import { createKiller, type Moment } from '../store/killed-command.ts';
import { mountMemoryDisk } from '../store/memory-disk.ts';

const scratch = scratchFolder('crl-killed');
const ROUNDS = 3;
const MAX_ROUNDS = 30;
const COMMAND = ['crl', '--out', 'ca.crl'];

const numbersOf = ({ home }: Scene): readonly string[] =>
  readFileSync(join(home, 'crls.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { number: string }).number);

/** The number of the list on disk, which must be whole. */
function readNumber({ out }: Scene): bigint {
  const { numberHex, entries } = parseCrl(readFileSync(join(out, 'ca.crl')), 'ca.crl');
  expect(entries).toHaveLength(1);
  return BigInt(`0x${numberHex ?? ''}`);
}

async function prepare(scene: Scene): Promise<void> {
  await runIn(scene, ['mint', 'a.test']);
  await runIn(scene, ['revoke', 'a.test.pem']);
}

it('a list outlives kill -9 whole, and the number of a killed one is never given again', async () => {
  const scene = createScene(scratch);
  await prepare(scene);
  await runIn(scene, COMMAND);
  const start = performance.now();
  await runIn(scene, COMMAND);
  const kill = createKiller(performance.now() - start);
  const moments: Moment[] = [];
  let last = readNumber(scene);
  while (moments.length < ROUNDS || (moments.length < MAX_ROUNDS && !moments.includes('midway'))) {
    moments.push(await kill(scene, COMMAND));
    expect(readNumber(scene)).toBeGreaterThanOrEqual(last);
    await runIn(scene, COMMAND);
    expect(readNumber(scene)).toBeGreaterThan(last);
    last = readNumber(scene);
    const numbers = numbersOf(scene);
    expect(new Set(numbers).size).toBe(numbers.length);
    checkNothingLeft(scene);
  }
  expect(moments).toContain('midway'); // else no kill hit the command while it changed the disk
});

describe('where nothing can be written', () => {
  it('the old list stays, and a revocation that is not recorded is not told as done', async (context) => {
    const disk = await mountMemoryDisk(context, join(scratch, 'full'));
    const scene = { ...createScene(scratch), home: join(disk.path, 'home') };
    mkdirSync(scene.home, { mode: 0o700 });
    await prepare(scene);
    await runIn(scene, ['mint', 'b.test']);
    await runIn(scene, COMMAND);
    const before = readFileSync(join(scene.out, 'ca.crl'));
    disk.fill(0);
    expect(errorCode(await tryIn(scene, ['revoke', 'b.test.pem']))).toBe('NO_SPACE');
    expect(errorCode(await tryIn(scene, COMMAND))).toBe('NO_SPACE');
    expect(readFileSync(join(scene.out, 'ca.crl'))).toEqual(before);
    disk.empty();
    await runIn(scene, ['revoke', 'b.test.pem']);
    await runIn(scene, COMMAND);
    expect(parseCrl(readFileSync(join(scene.out, 'ca.crl')), 'ca.crl').entries).toHaveLength(2);
    expect(existsSync(join(scene.home, 'revocations.jsonl'))).toBe(true);
  });
});
