/**
 * @module The system store and the Java store that it feeds: real clients that are told nothing refuse the CA's servers, accept
 * them after `install`, still refuse what the stolen key forges, and refuse everything again after `uninstall`.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { findProgram, requirePrograms } from '../programs/program.ts';
import { subfolder } from '../programs/scratch.ts';
import { declarePrivateMachine } from './private-machine.ts';
import { findJavaClients, makeTools, SYSTEM_CLIENTS, type SystemClient, type Tools } from './system-clients.ts';
import { expectAccepted, expectRefused, inParallel, TrustScene, type Door, type Seen } from './trust-scene.ts';

const CLIENTS: readonly SystemClient[] = [...SYSTEM_CLIENTS, ...findJavaClients()];
const STORES = ['--stores', 'system,java'];
const AT_ONCE = 3;

type Phase = 'before' | 'installed' | 'uninstalled';
const seen = new Map<string, Seen>();
let scene: TrustScene;
const states: Partial<Record<Phase, string>> = {};
let leftovers: readonly string[] = ['not looked at'];

const { use } = declarePrivateMachine('system store', async (machine, folder) => {
  scene = await TrustScene.open(machine, folder);
  const clients = CLIENTS.filter(({ programs }) => programs.every((program) => findProgram(program) !== undefined));
  const tools = await makeTools(subfolder(folder, 'tools'), clients);
  await walk('before', ['honest'], clients, tools);
  states.installed = printStates(await scene.stores(['install', ...STORES]));
  await walk('installed', ['honest', 'stolen', 'forged'], clients, tools);
  states.uninstalled = printStates(await scene.stores(['uninstall', ...STORES]));
  leftovers = await scene.leftovers();
  await walk('uninstalled', ['honest'], clients, tools);
});

afterAll(() => (scene as TrustScene | undefined)?.close());

const printStates = (stores: readonly { id: string; state: string }[]): string =>
  stores.map(({ id, state }) => `${id} ${state}`).join(', ');

const keyOf = (client: SystemClient, phase: Phase, door: Door): string => `${client.name} ${phase} ${door}`;

async function walk(
  phase: Phase,
  doors: readonly Door[],
  clients: readonly SystemClient[],
  tools: Tools,
): Promise<void> {
  await inParallel(clients, AT_ONCE, async (client) => {
    for (const door of doors) seen.set(keyOf(client, phase, door), await scene.visit(client, tools, door));
  });
}

it('puts the root into every store and takes it out of every store', (context) => {
  use(context);
  expect(states.installed).toMatch(/^system trusted/);
  expect(states.installed).not.toMatch(/absent|failed|unavailable/);
  expect(states.uninstalled).toMatch(/^system absent/);
  expect(states.uninstalled).not.toMatch(/trusted|failed|unavailable/);
});

it('leaves nothing behind: files, modes, owners, links and entries are what they were', (context) => {
  use(context);
  expect(leftovers).toEqual([]);
});

describe.each(CLIENTS)('$name, told nothing', (client) => {
  const look = (context: Parameters<typeof use>[0], phase: Phase, door: Door): Seen => {
    use(context);
    requirePrograms(context, client.programs);
    return seen.get(keyOf(client, phase, door)) ?? { accepted: false, arrived: true, detail: 'no visit was made' };
  };

  it('refuses a minted certificate before install', (context) => expectRefused(look(context, 'before', 'honest')));
  it('accepts it after install', (context) => expectAccepted(look(context, 'installed', 'honest')));
  it('accepts a name in scope that the stolen key signed', (context) =>
    expectAccepted(look(context, 'installed', 'stolen')));
  it('refuses a name out of scope that the stolen key signed', (context) =>
    expectRefused(look(context, 'installed', 'forged')));
  it('refuses the minted certificate after uninstall', (context) =>
    expectRefused(look(context, 'uninstalled', 'honest')));
});
