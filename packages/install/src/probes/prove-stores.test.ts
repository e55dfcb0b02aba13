/** @module What counts as proof of a store: a handshake of a program that would have refused another certificate. */
import { describe, expect, it } from 'vitest';
import { createFakeMachine } from '../../../testkit/src/index.ts';
import type { StoreReport } from '../report.ts';
import { findProbes } from './find-probes.ts';
import type { Invitation, ProbeServer } from './probe-server.ts';
import { proveStores } from './prove-stores.ts';
import { runProbes } from './run-probes.ts';

const report = (id: StoreReport['id']): StoreReport => ({
  id,
  name: id,
  clients: [],
  state: 'trusted',
  places: [{ id: '/place', label: '/place', state: 'trusted' }],
  isChanged: false,
});

/** Without sockets: whoever is sent to it counts as arrived, or as turned away. The programs themselves do not exist. */
const createServer = (accepts: boolean): ProbeServer => ({
  host: 'localhost',
  invite: () => Promise.resolve(createInvitation(accepts)),
  close: () => Promise.resolve(),
});

const createInvitation = (accepts: boolean): Invitation => ({
  port: 1,
  path: '/x',
  url: 'https://localhost:1/x',
  arrival: new Promise(() => {}),
  refusal: new Promise(() => {}),
  hasArrived: () => accepts,
  connectionCount: () => 1,
  alerts: () => [],
  close: () => Promise.resolve(),
});

const CLIENTS = [
  { store: 'system', program: '/nowhere/curl', name: 'curl' },
  { store: 'chromium', program: '/nowhere/chromium', name: 'Chromium' },
  { store: 'system', program: '/nowhere/php', name: 'PHP' },
] as const;

const machineWith = (program: string) => createFakeMachine({ programs: { [program]: () => {} } });

describe.for(CLIENTS)('$name', ({ store, program, name }) => {
  const machine = machineWith(program);
  const server = createServer(true);

  it('proves a store when it refuses what nobody vouches for', async () => {
    const [proven] = await proveStores([report(store)], { machine, server, control: createServer(false) });
    expect(proven).toMatchObject({ provenBy: name });
  });

  it('proves nothing when it accepts everything', async () => {
    const [unproven] = await proveStores([report(store)], { machine, server, control: createServer(true) });
    expect(unproven).toEqual(report(store));
  });
});

// PHP has no setting that makes it blind, so a full run spares the second visit.
it.for(CLIENTS.filter(({ name }) => name !== 'PHP'))(
  '$name is known as blind by its results',
  async ({ program, name }) => {
    const machine = machineWith(program);
    const probes = findProbes(machine.reader, []).filter((probe) => probe.name === name);
    const results = await runProbes({ machine, server: createServer(true), control: createServer(true), probes });
    expect(results).toMatchObject([{ name, isBlind: true }]);
  },
);
