/** @module `crl` and `revoke` killed, on a full disk and where they may not write: whole lists, numbers that never come twice, no lost revocation. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCrl } from '../../packages/ca-core/src/revocation/index.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { checkNothingLeft, createScene, errorCode, runIn, tryIn, type Scene } from '../store/home-scene.ts';
import { mountMemoryDisk } from '../store/memory-disk.ts';
import { runForSteps } from './killed-step.ts';

const scratch = scratchFolder('crl-killed');
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

it('a list outlives kill -9 before any change to the disk, and the number of a killed one is never given again', async () => {
  const scene = createScene(scratch);
  await prepare(scene);
  await runIn(scene, COMMAND);
  let [steps, last, unfinished] = [0, readNumber(scene), 0];
  while (await runForSteps(scene, COMMAND, steps)) {
    const number = readNumber(scene);
    expect(number).toBeGreaterThanOrEqual(last);
    if (BigInt(numbersOf(scene).at(-1) ?? 0) > number) unfinished++;
    last = number;
    steps++;
  }
  expect(readNumber(scene)).toBeGreaterThan(last);
  const numbers = numbersOf(scene).map(BigInt);
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => (a < b ? -1 : 1)));
  expect(unfinished).toBeGreaterThan(2); // else no kill came between the record of the number and the list
  checkNothingLeft(scene);
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
