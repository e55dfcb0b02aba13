/**
 * @module Tells that something may have changed in the folders of some files. A help to whoever looks by the clock: folders that are
 * replaced, network disks, and a system that watches no more folders go without a word.
 */
import { watch, type FSWatcher } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

type Watched = { readonly watcher: FSWatcher; readonly identity: string };

/** Never throws, never keeps the process alive. */
export class FolderWatch {
  readonly #paths: readonly string[];
  readonly #onChange: () => void;
  readonly #watched = new Map<string, Watched>();
  #isClosed = false;

  constructor(paths: readonly string[], onChange: () => void) {
    this.#paths = paths;
    this.#onChange = onChange;
  }

  /** Watches the folders as they are now, those behind symbolic links included. A replaced folder is another one. */
  async refresh(): Promise<void> {
    const folders = new Set((await Promise.all(this.#paths.map(listFolders))).flat());
    const identities = await Promise.all([...folders].map(async (path) => [path, await identify(path)] as const));
    if (this.#isClosed) return;
    const current = new Map(identities);
    for (const [folder, { identity }] of this.#watched) if (current.get(folder) !== identity) this.#drop(folder);
    for (const [folder, identity] of current) if (identity !== undefined) this.#add(folder, identity);
  }

  close(): void {
    this.#isClosed = true;
    for (const folder of this.#watched.keys()) this.#drop(folder);
  }

  #add(folder: string, identity: string): void {
    if (this.#watched.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, this.#onChange);
      watcher.on('error', () => this.#drop(folder));
      this.#watched.set(folder, { watcher, identity });
    } catch {
      // Too many watches or none for this disk: the clock is left.
    }
  }

  #drop(folder: string): void {
    this.#watched.get(folder)?.watcher.close();
    this.#watched.delete(folder);
  }
}

/** Its own folder, and that of what a symbolic link leads to. */
async function listFolders(path: string): Promise<readonly string[]> {
  try {
    return [dirname(path), dirname(await realpath(path))];
  } catch {
    return [dirname(path)];
  }
}

async function identify(folder: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(folder, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
