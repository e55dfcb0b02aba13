/**
 * @module `kill -9` in the middle of rotation: the pair matches, the spare is either sealed in its file or the key of the server, and the
 * same command again does what was left to do. That every single operation was tried is the unit tests' proof; this is the real thing.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolder } from '../programs/scratch.ts';
import { checkNothingLeft, checkPairs, createScene, errorCode, runIn, tryIn, type Scene } from './home-scene.ts';
import { createKiller, type Moment } from './killed-command.ts';

const scratch = scratchFolder('killed-rotation');
const ROUNDS = 14;
const MAX_ROUNDS = 60;

const NEW_KEY = ['renew', 'a.test.pem', '--new-key'];

function pinOf({ out }: Scene, name = 'a.test.pem'): string {
  const { publicKey } = new X509Certificate(readFileSync(join(out, name)));
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}

/** Makes the spare and tells its pin. */
async function backUp(scene: Scene): Promise<string> {
  const { stdout } = await runIn(scene, ['pin', 'a.test.pem', '--backup', 'spare.pem', '--json']);
  const { targets } = JSON.parse(stdout) as { targets: { backupSpkiSha256Base64: string }[] };
  return targets[0]?.backupSpkiSha256Base64 ?? '';
}

/** Whether the last record says that the spare has taken over. */
const isPromoted = ({ home }: Scene): boolean =>
  /"event":"promoted".*\n$/.test(
    readFileSync(join(home, 'spares.jsonl'), 'utf8')
      .split(/(?<=\n)/)
      .at(-1) ?? '',
  );

async function measure(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Rounds until enough of them were hit midway. */
async function playRounds(round: () => Promise<Moment>): Promise<void> {
  const moments: Moment[] = [];
  while (moments.length < ROUNDS || (moments.length < MAX_ROUNDS && !moments.includes('midway')))
    moments.push(await round());
  expect(moments).toContain('midway'); // else no kill hit the command while it changed the disk
}

describe('kill -9 in the middle of', () => {
  it('renew --new-key never loses the spare, and the same again promotes it', async () => {
    const scene = createScene(scratch);
    await runIn(scene, ['mint', 'a.test']);
    await backUp(scene);
    const kill = createKiller(await measure(() => runIn(scene, NEW_KEY)));
    await playRounds(async () => {
      const [before, backup] = [pinOf(scene), await backUp(scene)];
      const moment = await kill(scene, NEW_KEY);
      checkPairs(scene);
      // From its mark on the command has done its work, whether it lived to say so or not; the same again says that.
      if (isPromoted(scene)) expect(errorCode(await tryIn(scene, NEW_KEY)), moment).toBe('SPARE_USED');
      else await runIn(scene, NEW_KEY);
      expect([before, backup].indexOf(pinOf(scene)), moment).toBe(1);
      expect(existsSync(join(scene.out, 'spare.pem'))).toBe(false);
      checkNothingLeft(scene);
      return moment;
    });
  });

  it('pin --backup leaves no sealed file that nobody can open', async () => {
    const scene = createScene(scratch);
    await runIn(scene, ['mint', 'a.test']);
    const kill = createKiller(await measure(() => backUp(scene)));
    await runIn(scene, NEW_KEY);
    await playRounds(async () => {
      const moment = await kill(scene, ['pin', 'a.test.pem', '--backup', 'spare.pem']);
      const sealed = existsSync(join(scene.out, 'spare.pem')) ? readFileSync(join(scene.out, 'spare.pem'), 'utf8') : '';
      const backup = await backUp(scene);
      if (sealed !== '') expect(readFileSync(join(scene.out, 'spare.pem'), 'utf8')).toBe(sealed);
      await runIn(scene, NEW_KEY);
      expect(pinOf(scene)).toBe(backup);
      checkNothingLeft(scene);
      return moment;
    });
  });

  it('renew leaves the old certificate or the new one, for the same key', async () => {
    const scene = createScene(scratch);
    await runIn(scene, ['mint', 'a.test']);
    const pin = pinOf(scene);
    const kill = createKiller(await measure(() => runIn(scene, ['renew', 'a.test.pem'])));
    await playRounds(async () => {
      const moment = await kill(scene, ['renew', 'a.test.pem']);
      expect(checkPairs(scene)).toEqual(['a.test']);
      await runIn(scene, ['renew', 'a.test.pem']);
      expect(pinOf(scene)).toBe(pin);
      checkNothingLeft(scene);
      return moment;
    });
  });
});
