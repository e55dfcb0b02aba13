/** @module Deploy hooks that hang, or that can not be noted: neither keeps anything else from its renewal. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { openHome, type Home } from '@mintmark/ca-store';
import { createTemporaryFolder, FIXED_NOW, unsyncedFileSystem as fs } from '../../../testkit/src/index.ts';
import type { Access } from '../command.ts';
import { prepareAfterRenewal } from './after-renewal.ts';
import { runDeployHook, type HookOrder } from './deploy-hook.ts';
import { readDeployHooks, saveDeployHook, type DeployHook } from './deploy-records.ts';
import type { IssuedCertificate } from './issued.ts';

const root = createTemporaryFolder();
afterAll(root.remove);

const issued = { certFile: '/x/a.pem', keyFile: null, names: ['a.test'] } as unknown as IssuedCertificate;
const context = {
  io: { env: process.env, platform: process.platform, now: () => FIXED_NOW },
  homePath: '/x',
} as unknown as Access['context'];

/** Waits until something is so, some seconds at most. */
async function until(isSo: () => boolean): Promise<boolean> {
  for (let patience = 100; patience > 0 && !isSo(); patience--) await wait(50);
  return isSo();
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a deploy hook', () => {
  it('that does not end is ended after its time, and told', async () => {
    const cwd = root.next();
    const script = `require('node:fs').writeFileSync('pid', String(process.pid)); setInterval(() => {}, 1000)`;
    const hook = { command: [process.execPath, '-e', script] as const, cwd };
    expect((await runDeployHook(hook, issued, { ...context, limitMs: 1500 })).reason).toMatch(/^did not end within /);
    const pid = Number(readFileSync(join(cwd, 'pid'), 'utf8'));
    expect(await until(() => !isAlive(pid))).toBe(true);
  });

  it('that ends in time leaves no clock running', async () => {
    const command = [process.execPath, '-e', ''] as const;
    const countTimers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = countTimers();
    expect(await runDeployHook({ command, cwd: root.next() }, issued, context)).toEqual({ command });
    expect(countTimers()).toBeLessThanOrEqual(before);
  });
});

describe('where the records can not be written', () => {
  const command = [process.execPath, '-e', ''] as const;

  /** What follows a renewal in a home whose files can't be appended to any more. */
  async function follow(order: HookOrder, former: DeployHook | null) {
    const real = openHome(fs, join(root.next(), 'home'));
    saveDeployHook(real, issued.certFile, { hook: former, now: FIXED_NOW });
    const openAppend = (): never => {
      throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
    };
    const home: Home = { path: real.path, fs: { ...fs, openAppend } };
    const access: Access = { invocation: { positionals: [], options: {} }, context };
    const after = await prepareAfterRenewal(home, { order, saved: readDeployHooks(real) }, access);
    return after.run(issued, '');
  }

  it.each<[string, HookOrder, DeployHook | null]>([
    ['a hook runs, and that it is not noted is told', { command, cwd: root.path }, null],
    ['a hook that was to be forgotten is told to stand', null, { command, cwd: root.path }],
  ])('%s', async (_what, order, former) => {
    const { hook } = await follow(order, former);
    expect(hook).toEqual({ command, reason: expect.stringContaining('no permission') as string });
  });
});
