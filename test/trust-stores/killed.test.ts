/**
 * @module Install and uninstall killed (SIGKILL, with everything they started) at instants all over their run, with the system's
 * own tools and their Java hook at work: whatever is left then, the next install completes and the next uninstall cleans up.
 */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { declarePrivateMachine } from './private-machine.ts';
import { BUNDLE, stateOf, TrustScene } from './trust-scene.ts';

const STORES = ['--stores', 'system,java'];
/** Moments of a run, in parts of the time that it takes when it is let be. */
const MOMENTS = [0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const CERTS = '/etc/ssl/certs';
const KEYSTORE = '/etc/ssl/certs/java/cacerts';
let keystoreCopy = '';
/** Work that Debian's hook has put down for later: what is to be done once dpkg is whole again. */
const PENDING = '/var/lib/ca-certificates-java/';

let scene: TrustScene;
const usualMs = { install: 0, uninstall: 0 };
type Verb = keyof typeof usualMs;

const { use } = declarePrivateMachine('killed', async (machine, folder) => {
  scene = await TrustScene.open(machine, folder, { roots: 10 });
  keystoreCopy = join(folder, 'cacerts-before');
  await machine.run(['cp', '-p', KEYSTORE, keystoreCopy]);
  for (const verb of ['install', 'uninstall'] as const) {
    const begun = performance.now();
    await scene.mintmark([verb, ...STORES]);
    usualMs[verb] = performance.now() - begun;
  }
});
afterAll(() => (scene as TrustScene | undefined)?.close());

async function runAndKill(verb: Verb, moment: number): Promise<void> {
  await scene.mintmark([verb, ...STORES], { timeoutMs: Math.round(usualMs[verb] * moment) });
  await makeKeystoreAnew();
}

/** A keystore made anew holds the few roots of this machine alone, and is compared by what it says of ours. */
let isKeystoreNew = false;

/** Java's own tool writes in place, so a kill may leave half a file; then what our row says is typed, and the rest goes on. */
async function makeKeystoreAnew(): Promise<void> {
  const [java] = (await scene.stores(['install', '--stores', 'java', '--dry-run'])).filter(({ id }) => id === 'java');
  const [, command] = /^make it anew: (.+)$/.exec(String(java?.hint)) ?? [];
  if (command === undefined) return;
  for (const words of command.split(' && ')) await scene.run(words.split(' '));
  isKeystoreNew = true;
}

const runState = async (verb: Verb): Promise<string> => {
  const stores = await scene.stores([verb, ...STORES]);
  return `${String(stateOf(stores, 'system'))} ${String(stateOf(stores, 'java'))}`;
};

/**
 * A killed dpkg leaves Debian's Java package half configured until a person runs what apt then tells them to, and its hook keeps
 * a list of work for the next run. Both belong to Debian; once they are done nothing of ours may come back.
 */
async function expectNothingLeft(): Promise<void> {
  if (isKeystoreNew) await scene.run(['cp', '-p', keystoreCopy, KEYSTORE]);
  isKeystoreNew = false;
  const left = await scene.leftovers();
  expect(left.filter((line) => !line.startsWith(`new: ${PENDING}`))).toEqual([]);
  if ((await scene.run(['dpkg', '--audit'])).stdout !== '') {
    const healed = await scene.run(['dpkg', '--configure', '-a']);
    expect(healed.exitCode, healed.output).toBe(0);
  }
  if (left.length > 0) await scene.run(['update-ca-certificates']);
  expect(await scene.leftovers()).toEqual([]);
}

/** Moments that are too short to hit: what is left then is made by hand. */
describe('what a killed run of the system tool leaves', () => {
  it('a link without its hash: the next install makes it', async (context) => {
    const machine = use(context);
    await scene.mintmark(['install', ...STORES]);
    await machine.runOrThrow(['find', CERTS, '-lname', 'mintmark-*', '-delete']);
    expect(await scene.isTrustedByOpenssl()).toEqual({ byBundle: true, byFolder: false });
    expect(await runState('install')).toBe('trusted trusted');
    expect(await scene.isTrustedByOpenssl()).toEqual({ byBundle: true, byFolder: true });
    expect(await runState('uninstall')).toBe('absent absent');
    await expectNothingLeft();
  });

  it("half a list of Java's: the row says how it is made anew", async (context) => {
    const machine = use(context);
    await machine.runOrThrow(['truncate', '--size=1000', KEYSTORE]);
    expect(await runState('install')).toBe('trusted unavailable');
    await makeKeystoreAnew();
    expect(await runState('install')).toBe('trusted trusted');
    expect(await runState('uninstall')).toBe('absent absent');
    await expectNothingLeft();
  });

  it('half a bundle, which the tool would add to: the next run begins anew', async (context) => {
    const machine = use(context);
    const half = (): void => machine.write(`${BUNDLE}.new`, machine.read(BUNDLE).slice(0, 10_000));
    half();
    expect(await runState('install')).toBe('trusted trusted');
    expect(machine.read(BUNDLE).split(machine.read(BUNDLE).slice(0, 1000))).toHaveLength(2);
    half();
    expect(await runState('uninstall')).toBe('absent absent');
    await expectNothingLeft();
  });
});

describe.for(MOMENTS)('killed after %d of the usual time', (moment) => {
  it('an install is completed by the next one, and a killed uninstall by the next', async (context) => {
    use(context);
    await runAndKill('install', moment);
    expect(await runState('install')).toBe('trusted trusted');
    expect(await scene.isTrustedByOpenssl()).toEqual({ byBundle: true, byFolder: true });
    await runAndKill('uninstall', moment);
    expect(await runState('uninstall')).toBe('absent absent');
    await expectNothingLeft();
  });

  it('an install is taken out by the next uninstall', async (context) => {
    use(context);
    await runAndKill('install', moment);
    expect(await runState('uninstall')).toBe('absent absent');
    await expectNothingLeft();
  });
});
