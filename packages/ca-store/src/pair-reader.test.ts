/**
 * @module A reader of the real disk while another process replaces the pair, key and all, as fast as it can.
 * The reader looks twice (certificate, key, certificate): one certificate seen twice was there all the while between, and
 * the key changes only while there is none. Two pairs take turns here, so a file is told by its inode and change time too.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { createTemporaryFolder, createThrowAwayPair, forkScript } from '../../testkit/src/index.ts';

const root = createTemporaryFolder();
afterAll(root.remove);

const REPLACEMENTS = 3000;
const pairs = [createThrowAwayPair(), createThrowAwayPair()].map(({ certPem, keyPem }) => ({ certPem, keyPem }));

const source = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

/** A file with its inode and change time; undefined while it is not there. */
function look(file: string): { text: string; identity: string } | undefined {
  try {
    const { ino, ctimeNs } = statSync(file, { bigint: true });
    return { text: readFileSync(file, 'utf8'), identity: `${ino} ${ctimeNs}` };
  } catch {
    return undefined;
  }
}

it('a reader that looks twice never gets a certificate with the key of another', async () => {
  const [home, out] = [root.next(), root.next()];
  const files = { certFile: join(out, 'a.pem'), keyFile: join(out, 'a-key.pem') };
  writeFileSync(join(root.path, 'pairs.json'), JSON.stringify(pairs.map((pair) => ({ ...pair, ...files }))));
  const code = `
    import { readFileSync } from 'node:fs';
    const { writePair } = await import(${source('pair.ts')});
    const { nodeFileSystem } = await import(${source('file-system.ts')});
    const pairs = JSON.parse(readFileSync(${JSON.stringify(join(root.path, 'pairs.json'))}, 'utf8'));
    const fs = { ...nodeFileSystem, sync: () => {} };
    for (let i = 0; i < ${REPLACEMENTS}; i++) writePair(fs, ${JSON.stringify(home)}, pairs[i % 2]);`;
  const progress = { isDone: false };
  const replacing = forkScript(join(root.path, 'replace.mjs'), code).finally(() => {
    progress.isDone = true;
  });
  const keyOf = new Map(pairs.map(({ certPem, keyPem }) => [certPem, keyPem]));
  const counts = { agreed: 0, mismatched: 0 };
  while (!progress.isDone) {
    for (let i = 0; i < 500; i++) {
      const [first, key, second] = [look(files.certFile), look(files.keyFile), look(files.certFile)];
      if (first === undefined || first.identity !== second?.identity || first.text !== second.text) continue;
      counts.agreed++;
      if (key?.text !== keyOf.get(first.text)) counts.mismatched++;
    }
    await setImmediate(); // lets the event loop see that the other process has ended
  }
  await replacing;
  expect(counts.mismatched).toBe(0);
  expect(counts.agreed).toBeGreaterThan(100);
});
