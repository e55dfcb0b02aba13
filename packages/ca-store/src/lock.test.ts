/** @module One command at a time in a home: waiting, giving up, and telling a dead holder's lock from a living one's. */
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createFixedClock,
  createTemporaryFolder,
  DEAD_PROCESS_ID,
  expectCode,
  forkScript,
  listFiles,
  unsyncedFileSystem as disk,
} from '../../testkit/src/index.ts';
import { withLock } from './lock.ts';

const root = createTemporaryFolder();
afterAll(root.remove);

const MINUTE_MS = 60_000;
const PARENT = process.ppid; // some living process that is not this one

/** A home locked by `holder`, whose lock is `ageMs` old. */
function lockedHome(holder: string, ageMs = 0): string {
  const home = root.next();
  const lock = join(home, 'lock');
  writeFileSync(lock, holder);
  const seconds = (Date.now() - ageMs) / 1000;
  utimesSync(lock, seconds, seconds);
  return home;
}

/** Waits a second of a clock that runs a hundred times as fast. */
const tryLock = (home: string): string =>
  withLock(disk, { home, timeoutMs: 1000, nowMs: createFixedClock(100).nowMs }, () => 'worked');

describe('a lock', () => {
  it('names its holder while work is done, and is gone after it', () => {
    const home = root.next();
    const seen = withLock(disk, { home }, () => readFileSync(join(home, 'lock'), 'utf8'));
    expect(seen).toBe(`${process.pid} ${hostname()}\n`);
    expect(listFiles(home)).toEqual([]);
  });

  it('is gone after work that fails', () => {
    const home = root.next();
    const work = () => {
      throw new TypeError('broken');
    };
    expect(() => withLock(disk, { home }, work)).toThrow('broken');
    expect(listFiles(home)).toEqual([]);
  });

  it('of a living process is waited for, then reported with its holder', () => {
    const home = lockedHome(`${PARENT} ${hostname()}\n`);
    const error = expectCode(() => tryLock(home), 'HOME_LOCKED');
    expect(error.message).toContain(`process ${PARENT} ${hostname()}`);
    expect(listFiles(home)).toEqual(['lock']);
  });

  it('that another has taken over is not removed by its former holder', () => {
    const home = root.next();
    withLock(disk, { home }, () => writeFileSync(join(home, 'lock'), `${PARENT} ${hostname()}\n`));
    expect(listFiles(home)).toEqual(['lock']);
  });

  it('keeps a second locker out until the first is done', async () => {
    const home = root.next();
    const log = join(home, 'log');
    const locker = new URL('lock.ts', import.meta.url).href;
    const code = `
      const { withLock } = await import(${JSON.stringify(locker)});
      const { nodeFileSystem } = await import(${JSON.stringify(new URL('file-system.ts', import.meta.url).href)});
      const { appendFileSync } = await import('node:fs');
      const nap = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      for (let i = 0; i < 10; i++) withLock(nodeFileSystem, { home: ${JSON.stringify(home)} }, () => {
        appendFileSync(${JSON.stringify(log)}, 'in ' + process.pid + '\\n'); nap();
        appendFileSync(${JSON.stringify(log)}, 'out ' + process.pid + '\\n');
      });`;
    await Promise.all([1, 2, 3].map((n) => forkScript(join(root.path, `locker-${n}.mjs`), code)));
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(60);
    for (let i = 0; i < lines.length; i += 2) expect(lines[i + 1]).toBe(lines[i]?.replace('in', 'out'));
  });
});

describe('a lock is broken', () => {
  it('when its holder is dead', () => {
    const home = lockedHome(`${DEAD_PROCESS_ID} ${hostname()}\n`);
    expect(tryLock(home)).toBe('worked');
    expect(listFiles(home)).toEqual([]);
  });

  it('when its holder died while it broke another', () => {
    const home = lockedHome(`${DEAD_PROCESS_ID} ${hostname()}\n`);
    writeFileSync(join(home, 'lock.break'), `${DEAD_PROCESS_ID} ${hostname()}\n`);
    expect(tryLock(home)).toBe('worked');
    expect(listFiles(home)).toEqual([]);
  });

  it('when a power cut has emptied it', () => {
    expect(tryLock(lockedHome(''))).toBe('worked');
  });

  it('when it has our own number and is older than we are, as after the restart of a container', () => {
    expect(tryLock(lockedHome(`${process.pid} ${hostname()}\n`, 60 * MINUTE_MS))).toBe('worked');
  });

  it('when no work takes that long, whoever has its number now', () => {
    expect(tryLock(lockedHome(`${PARENT} ${hostname()}\n`, 11 * MINUTE_MS))).toBe('worked');
  });

  it('when it is of another host and two minutes old', () => {
    expect(tryLock(lockedHome('7 elsewhere\n', 3 * MINUTE_MS))).toBe('worked');
  });
});

describe('a lock is kept', () => {
  it('when it is of another host and fresh, even if its number is nobody here', () => {
    expectCode(() => tryLock(lockedHome(`${DEAD_PROCESS_ID} elsewhere\n`)), 'HOME_LOCKED');
  });

  it('when it has our own number but was made since we began, as by another container on the same home', () => {
    expectCode(() => tryLock(lockedHome(`${process.pid} ${hostname()}\n`)), 'HOME_LOCKED');
  });

  it('while a living process is breaking it', () => {
    const home = lockedHome(`${DEAD_PROCESS_ID} ${hostname()}\n`);
    writeFileSync(join(home, 'lock.break'), `${PARENT} ${hostname()}\n`);
    expectCode(() => tryLock(home), 'HOME_LOCKED');
    expect(listFiles(home)).toEqual(['lock', 'lock.break']);
  });
});
