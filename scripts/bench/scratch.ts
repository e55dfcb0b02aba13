/** @module The scratch folder of one bench: everything is made in it, and nothing of it stays. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FATAL_SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Runs work with the path of a new folder that is removed afterwards, also when the bench is interrupted. */
export async function withScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'mintmark-bench-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  for (const [signal, code] of Object.entries(FATAL_SIGNALS)) process.once(signal, () => process.exit(code));
  try {
    return await work(folder);
  } finally {
    remove();
  }
}

/** Makes a folder below another one and returns its path. */
export function newFolder(parent: string, name: string): string {
  const path = join(parent, name);
  mkdirSync(path);
  return path;
}
