/** @module `kill -9` in the middle of `mkcert`: no certificate beside another's key, and the next call puts everything right. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scratchFolder } from '../programs/scratch.ts';
import { checkNothingLeft, checkPairs, createScene, listWholeCas, runIn } from '../store/home-scene.ts';
import { createKiller, type Moment } from '../store/killed-command.ts';

const scratch = scratchFolder('mkcert-killed');
const ROUNDS = 8;
/** A machine that grew busier or idler since its speed was taken needs more rounds to be hit midway. */
const MAX_ROUNDS = 60;
const CALL = ['mkcert', '-ecdsa', 'a.test'];

it('killed at any instant, a first call leaves what the next one works with', async () => {
  const begun = performance.now();
  await runIn(createScene(scratch), CALL);
  const kill = createKiller(performance.now() - begun);
  const moments: Moment[] = [];
  while (moments.length < ROUNDS || (moments.length < MAX_ROUNDS && !moments.includes('midway'))) {
    const scene = createScene(scratch);
    moments.push(await kill(scene, CALL));
    checkPairs(scene);
    await runIn(scene, CALL);
    expect(checkPairs(scene)).toEqual(['a.test']);
    expect(listWholeCas(scene)).toEqual(['default']);
    checkNothingLeft(scene);
    const [root, shown] = ['cas/default/root.pem', 'rootCA.pem'].map((file) =>
      readFileSync(join(scene.home, file), 'utf8'),
    );
    expect(shown).toBe(root);
  }
  expect(moments).toContain('midway'); // else no kill hit the command while it changed the disk
});
