/** @module The lock of a machine: one holder at a time, waited for, and never for ever. */
import { describe, expect, it } from 'vitest';
import { lockMachine } from './machine-lock.ts';

const name = `\0mintmark-test-${process.pid}`;

describe.runIf(process.platform === 'linux')('the lock of the machine', () => {
  it('keeps a second one out, and says so when the wait is over', async () => {
    const release = await lockMachine({ name });
    await expect(lockMachine({ name, timeoutMs: 120 })).rejects.toMatchObject({ code: 'MACHINE_BUSY' });
    release();
    (await lockMachine({ name, timeoutMs: 1000 }))();
  });

  it('lets a second one in as soon as the first is done', async () => {
    const release = await lockMachine({ name });
    const order: string[] = [];
    const takeSecond = async (): Promise<void> => {
      const releaseSecond = await lockMachine({ name, timeoutMs: 5000 });
      order.push('second');
      releaseSecond();
    };
    const second = takeSecond();
    await new Promise((resolve) => setTimeout(resolve, 120));
    order.push('first');
    release();
    await second;
    expect(order).toEqual(['first', 'second']);
  });
});
