/** @module A small disk in memory (Linux tmpfs) that can be filled up or made read-only. Only root may mount. */
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';
import { findProgram } from '../programs/program.ts';
import { run } from '../programs/run.ts';

type MemoryDisk = {
  readonly path: string;
  /** Leaves so many blocks free; every small file takes one. */
  readonly fill: (freeBlocks: number) => void;
  readonly empty: () => void;
  readonly makeReadOnly: () => Promise<void>;
};

const BLOCKS = 64;
const BLOCK_BYTES = 4096;
const FILLER = 'filler';

/** Mounts a disk until the test ends. Skips the test, saying why, where mounting is not allowed. */
export async function mountMemoryDisk(context: TestContext, path: string): Promise<MemoryDisk> {
  const mount = findProgram('mount');
  if (process.platform !== 'linux' || mount === undefined) return context.skip('needs mount(8) of Linux');
  mkdirSync(path, { recursive: true });
  const options = `size=${BLOCKS * BLOCK_BYTES},mode=0755`;
  const mounted = await run([mount, '-t', 'tmpfs', '-o', options, 'mintmark-test', path]);
  if (mounted.exitCode !== 0) return context.skip(`mount is not permitted here: ${mounted.output.trim()}`);
  onTestFinished(async () => {
    await run([findProgram('umount') ?? 'umount', path]);
  });
  return {
    path,
    fill: (freeBlocks) => {
      const { bavail, bsize } = statfsSync(path);
      writeFileSync(join(path, FILLER), Buffer.alloc(Math.max(0, bavail - freeBlocks) * bsize));
    },
    empty: () => rmSync(join(path, FILLER), { force: true }),
    makeReadOnly: async () => {
      const remounted = await run([mount, '-o', 'remount,ro', path]);
      if (remounted.exitCode !== 0) context.skip(`remounting is not permitted here: ${remounted.output.trim()}`);
    },
  };
}
