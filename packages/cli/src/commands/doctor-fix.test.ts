/** @module What `doctor --fix` leaves alone: stores that need root where nobody can be asked for it. */
import type { InstallContext, StoreReport } from '@mintmark/install';
import { expect, it } from 'vitest';
import { createFakeMachine, createThrowAwayAnchor } from '../../../testkit/src/index.ts';
import type { Access } from '../command.ts';
import { repair } from './doctor-fix.ts';

const anchor = createThrowAwayAnchor();
const reports: readonly StoreReport[] = [
  { id: 'system', name: 'Debian system store', clients: [], state: 'absent', places: [], isChanged: false },
];

/** Asked for only when something is going to be installed. */
const access: Access = {
  get invocation(): never {
    throw new Error('it goes on to install');
  },
  get context(): never {
    throw new Error('it goes on to install');
  },
};

function createInstall(uid: number, canAsk: boolean): InstallContext {
  const machine = createFakeMachine({
    uid,
    entries: { '/usr/local/share/ca-certificates': { folder: true }, '/etc/ssl/certs/ca-certificates.crt': '' },
    programs: { '/usr/sbin/update-ca-certificates': () => {}, '/usr/bin/doas': () => {} },
  });
  return {
    machine,
    home: undefined,
    stores: new Set(['system']),
    now: () => new Date(0),
    canAsk,
    askSecret: () => Promise.resolve(undefined),
    announceRoot: () => {},
    workerCommand: ['node', 'worker'],
  };
}

it('leaves a store that needs root as it is where nobody can be asked', async () => {
  const install = createInstall(1000, false);
  expect(await repair({ anchor, reports, findings: [], install }, access)).toEqual({ findings: [], reports });
});

it.each([
  ['root', 0, false],
  ['somebody who can be asked', 1000, true],
])('installs for %s', async (_who, uid, canAsk) => {
  const install = createInstall(uid, canAsk);
  await expect(repair({ anchor, reports, findings: [], install }, access)).rejects.toThrow('it goes on to install');
});
