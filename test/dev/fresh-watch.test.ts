/** @module A system that tells of no changes, or has no more files to open: the clock is left, and the server lives on. */
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { scratchFolder } from '../programs/scratch.ts';
import { keep, nextIdentity, place, placeFirst, shownBy, until, waitFor } from './served-files.ts';

const scratch = scratchFolder('fresh-watch');

/** A server that was just made looks more often than by the clock. */
const PAST_THE_START_MS = 300;

/** Of the error that the system gives. */
const failing = (code: string): Error => Object.assign(new Error(code), { code });

function patch(change: () => void): void {
  change();
  syncBuiltinESMExports();
}
/** What is left of one test must not watch in the next. */
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
  patch(() => void vi.restoreAllMocks());
});

async function begin() {
  const [first, next] = [nextIdentity(), nextIdentity()];
  const files = placeFirst(scratch, first);
  const kept = await keep({ certFile: files.certFile, keyFile: files.keyFile });
  closers.push(kept.close);
  return { first, next, files, ...kept };
}

// A machine that is busy elsewhere may be late once.
it('changes that the system tells of are taken sooner than the clock would find them', { retry: 2 }, async () => {
  const { files, port } = await begin();
  const start = performance.now();
  for (let i = 0; i < 5; i++) {
    const next = nextIdentity();
    place(files, next);
    await waitFor(port, next);
  }
  // By the clock alone each takes a second.
  expect(performance.now() - start).toBeLessThan(3500);
});

describe('without a word of changes', () => {
  it.each(['ENOSPC', 'EMFILE', 'ENOSYS'])('as no folder can be watched (%s), the clock finds them', async (code) => {
    const watch = vi.spyOn(fs, 'watch');
    patch(() =>
      watch.mockImplementation(() => {
        throw failing(code);
      }),
    );
    const { files, next, port, faults } = await begin();
    await until(() => watch.mock.calls.length > 0);
    await sleep(PAST_THE_START_MS);
    place(files, next);
    await waitFor(port, next);
    expect(faults).toEqual([]);
  });

  it('as the watch fails later, the clock finds them, and the folder is watched anew', async () => {
    const watchers: (EventEmitter & { close: () => void })[] = [];
    const watch = vi.spyOn(fs, 'watch');
    patch(() =>
      watch.mockImplementation(() => {
        const watcher = Object.assign(new EventEmitter(), { close: vi.fn<() => void>() });
        watchers.push(watcher);
        return watcher as never;
      }),
    );
    const { files, next, port, faults } = await begin();
    await until(() => watchers.length > 0);
    await sleep(PAST_THE_START_MS);
    const [first] = watchers;
    first?.emit('error', failing('EMFILE'));
    place(files, next);
    await waitFor(port, next);
    expect(first?.close).toHaveBeenCalledTimes(1);
    expect([watchers.length, faults]).toEqual([2, []]);
  });
});

it('a folder that took the place of the other is watched in its stead', async () => {
  const watch = vi.spyOn(fs, 'watch');
  patch(() => {});
  const { files, next, port } = await begin();
  await until(() => watch.mock.calls.length === 1);
  const { folder } = placeFirst(scratch, next);
  fs.renameSync(files.folder, `${files.folder}-old`);
  fs.renameSync(folder, files.folder);
  await waitFor(port, next);
  await until(() => watch.mock.calls.length > 1);
  expect(watch.mock.calls.map(([path]) => path)).toEqual([files.folder, files.folder]);
});

it('so is the folder that a link leads to', async () => {
  const own = nextIdentity();
  const [files, links] = [placeFirst(scratch, own), placeFirst(scratch, own)];
  for (const name of ['certFile', 'keyFile'] as const) {
    fs.rmSync(links[name]);
    fs.symlinkSync(files[name], links[name]);
  }
  const watch = vi.spyOn(fs, 'watch');
  patch(() => {});
  const { close } = await keep({ certFile: links.certFile, keyFile: links.keyFile });
  closers.push(close);
  await until(() => watch.mock.calls.length > 1);
  expect(watch.mock.calls.map(([path]) => path).toSorted()).toEqual([files.folder, links.folder].toSorted());
});

describe('without another file to open', () => {
  it('the server goes on, tells of it, and takes the next pair when there is one', async () => {
    const { files, first, next, port, faults } = await begin();
    patch(() => vi.spyOn(promises, 'readFile').mockRejectedValue(failing('EMFILE')));
    place(files, next);
    await until(() => faults.length > 0);
    expect(await shownBy(port)).toBe(first.certPin);
    expect(faults).toMatchObject([
      { code: 'SERVED_FILE_UNREADABLE', message: expect.stringMatching(/: EMFILE$/) as string },
    ]);
    patch(() => void vi.restoreAllMocks());
    await waitFor(port, next);
  });

  it('for a moment is not worth a word', async () => {
    const { files, next, port, faults } = await begin();
    patch(() => vi.spyOn(promises, 'readFile').mockRejectedValue(failing('EMFILE')));
    place(files, next);
    await sleep(300);
    patch(() => void vi.restoreAllMocks());
    await waitFor(port, next);
    expect(faults).toEqual([]);
  });

  it('a disk that never answers holds up nobody', async () => {
    const { files, first, next, port, faults } = await begin();
    patch(() => vi.spyOn(promises, 'readFile').mockReturnValue(new Promise(() => {})));
    place(files, next);
    await sleep(400);
    expect([await shownBy(port), faults]).toEqual([first.certPin, []]);
  });
});
