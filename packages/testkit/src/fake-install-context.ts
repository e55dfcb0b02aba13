/** @module What installing is told in tests: a machine in memory, no home, and nobody to ask. */
import type { InstallContext, StoreId } from '@mintmark/install';
import type { FakeMachine } from './fake-machine.ts';

/** `more` overrides. */
export function createFakeInstallContext(
  machine: FakeMachine,
  store: StoreId,
  more: Partial<InstallContext> = {},
): InstallContext {
  return {
    machine,
    home: undefined,
    stores: new Set([store]),
    now: () => new Date(0),
    canAsk: false,
    askSecret: () => Promise.resolve(undefined),
    announceRoot: () => {},
    workerCommand: ['node', 'worker'],
    ...more,
  };
}
