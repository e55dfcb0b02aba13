/** @module A home, a folder for certificates, and what is in them: pairs that must match, and nothing that was left behind. */
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { listFiles, readDiskPair } from '../../packages/testkit/src/index.ts';
import { mintmark, mintmarkOrThrow } from '../programs/mintmark.ts';
import type { RunResult } from '../programs/run.ts';

export type Scene = { readonly home: string; readonly out: string };

let count = 0;

/** Two new folders' paths below `scratch`; only `out` is made. */
export function createScene(scratch: string): Scene {
  const folder = join(scratch, `scene-${++count}`);
  const scene = { home: join(folder, 'home'), out: join(folder, 'out') };
  mkdirSync(scene.out, { recursive: true });
  return scene;
}

/** Runs a command in the scene, its certificates going to `out`. */
export const tryIn = ({ home, out }: Scene, args: readonly string[]): Promise<RunResult> =>
  mintmark(args, { home, cwd: out });

/** The same for one that must succeed. */
export const runIn = ({ home, out }: Scene, args: readonly string[]): Promise<RunResult> =>
  mintmarkOrThrow(args, { home, cwd: out });

/** The code of a command that failed as it should: exit code 1, and `error[CODE]` with a hint. */
export function errorCode({ exitCode, stderr }: RunResult): string {
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringMatching(/^error\[[A-Z_]+\]: .*\nhint: /m),
  });
  return /error\[([A-Z_]+)\]/.exec(stderr)?.[1] ?? '';
}

/** Holds every certificate in a folder against its key, as far as both are there. Returns the names of whole pairs. */
export function checkPairs({ out }: Scene): string[] {
  const keys = readdirSync(out).filter((name) => name.endsWith('-key.pem') && !name.startsWith('.'));
  return keys.flatMap((keyName) => {
    const base = keyName.slice(0, -'-key.pem'.length);
    const pair = readDiskPair(join(out, `${base}.pem`), join(out, keyName));
    return pair.certPem === undefined ? [] : [base];
  });
}

/** Nothing but homes and certificates. A dead breaker's lock may stay: it stands in nobody's way. */
export function checkNothingLeft({ home, out }: Scene): void {
  const leftovers = [...listFiles(home), ...listFiles(out)].filter((path) => /(^|\/)(\.|pending|lock$)/.test(path));
  expect(leftovers).toEqual([]);
}

/** Every CA folder has its five files, whatever else happened. */
export function listWholeCas({ home }: Scene): string[] {
  const cas = join(home, 'cas');
  const names = existsSync(cas) ? readdirSync(cas).filter((name) => !name.startsWith('.')) : [];
  const whole = ['issuer-key.pem', 'issuer.crl', 'issuer.pem', 'root.crl', 'root.pem'];
  for (const name of names) expect(listFiles(join(cas, name))).toEqual(whole);
  return names.sort();
}

/** Lets other users reach what lies below: scratch folders are closed to them. */
export function openToOthers(folder: string): void {
  chmodSync(folder, 0o711);
}
