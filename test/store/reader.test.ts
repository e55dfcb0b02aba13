/**
 * @module Somebody reads certificate and key all the time while they are replaced.
 * Two files can't be read at one instant, so a reader of a pair whose key changes must look twice: certificate, key,
 * certificate. When both looks see the same certificate, it was there all the time between (certificates are never put
 * back), and the key changes only while there is none; so the key read in between is its key. Where the key is kept, any
 * reader at any time gets a match, and the certificate is never missing.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { scratchFolder } from '../programs/scratch.ts';
import { createScene, runIn, type Scene } from './home-scene.ts';

const scratch = scratchFolder('reader');
const REPLACEMENTS = 12;
const LOOKS_IN_A_ROW = 200;

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** A judge that looks at each couple once: the reader must be quick to meet the instant between two renames. */
function createJudge(): (certPem: string, keyPem: string) => void {
  const judged = new Set<string>();
  return (certPem, keyPem) => {
    const couple = certPem + keyPem;
    if (judged.has(couple)) return;
    if (!new X509Certificate(certPem).checkPrivateKey(createPrivateKey(keyPem))) throw new Error('mismatch');
    judged.add(couple);
  };
}

/** Replaces the pair many times, calling `look` all the while. */
async function replaceWhile(scene: Scene, args: readonly string[], look: () => void): Promise<void> {
  const progress = { isDone: false };
  const replaceAll = async (): Promise<void> => {
    for (let i = 0; i < REPLACEMENTS; i++) await runIn(scene, args);
  };
  const replacing = replaceAll().finally(() => {
    progress.isDone = true;
  });
  while (!progress.isDone) {
    for (let i = 0; i < LOOKS_IN_A_ROW; i++) look();
    await setImmediate(); // lets the event loop see that a command has ended
  }
  await replacing;
}

it('a reader that looks twice never gets a certificate with the key of another', async () => {
  const scene = createScene(scratch);
  const [certFile, keyFile] = [join(scene.out, 'a.test.pem'), join(scene.out, 'a.test-key.pem')];
  await runIn(scene, ['mint', 'a.test']);
  const seen = new Set<string>();
  const judge = createJudge();
  await replaceWhile(scene, ['mint', 'a.test', '--new-key'], () => {
    const [first, key, second] = [read(certFile), read(keyFile), read(certFile)];
    if (first === undefined || first !== second) return;
    judge(first, key ?? 'no key');
    seen.add(first);
  });
  expect(seen.size).toBeGreaterThan(REPLACEMENTS / 2);
});

it('any reader finds a matching pair at any time while the key is kept', async () => {
  const scene = createScene(scratch);
  const [certFile, keyFile] = [join(scene.out, 'a.test.pem'), join(scene.out, 'a.test-key.pem')];
  await runIn(scene, ['mint', 'a.test']);
  const seen = new Set<string>();
  const judge = createJudge();
  await replaceWhile(scene, ['mint', 'a.test'], () => {
    const [cert, key] = [read(certFile) ?? 'no certificate', read(keyFile) ?? 'no key'];
    judge(cert, key);
    seen.add(cert);
  });
  expect(seen.size).toBeGreaterThan(REPLACEMENTS / 2);
});
