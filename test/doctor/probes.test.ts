/** @module Single probes against a throw-away server: programs with lists of their own, and one that verifies nothing. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { nodeFileSystem } from '../../packages/ca-store/src/index.ts';
import { createNodeMachine, findProbes, runProbes, startProbeServer } from '../../packages/install/src/index.ts';
import { deskMaker, type Desk } from '../cli/desk.ts';
import { requirePrograms } from '../programs/program.ts';
import { scrubbedEnvironment } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';

const newDesk = deskMaker('probes');
const desk = newDesk();
const stranger = newDesk();
const rootFile = join(desk.home, 'cas/default/root.pem');

beforeAll(async () => {
  await desk.runOrThrow(['localhost']);
  await stranger.runOrThrow(['localhost']);
});

const serverOf = (owner: Desk) =>
  startProbeServer({
    certPem: owner.read('localhost.pem'),
    keyPem: owner.read('localhost-key.pem'),
    host: 'localhost',
  });

/** Asks one program; a second server has a certificate of another home, which nobody here vouches for. */
async function ask(id: string, env: Readonly<Record<string, string>>) {
  const set = scrubbedEnvironment({ PATH: '/usr/bin:/bin', ...env });
  const machine = createNodeMachine({ env: set, platform: process.platform, fs: nodeFileSystem });
  const [server, control] = [serverOf(desk), serverOf(stranger)];
  try {
    const probes = findProbes(machine.reader, []).filter((probe) => probe.id.split(':')[0] === id);
    const [result] = await runProbes({ machine, server, control, probes: probes.slice(0, 1) });
    return result;
  } finally {
    await Promise.all([server.close(), control.close()]);
  }
}

it('Node accepts by its variable alone, and says why it refuses', async () => {
  expect(await ask('node', {})).toMatchObject({
    verdict: 'refused',
    detail: expect.stringMatching(/certificate/) as unknown,
  });
  const accepted = await ask('node', { NODE_EXTRA_CA_CERTS: rootFile });
  expect(accepted).toMatchObject({ verdict: 'accepted' });
  expect(accepted).not.toHaveProperty('isBlind');
});

it('a program that is told to verify nothing is no proof', async (context) => {
  requirePrograms(context, ['curl']);
  const HOME = subfolder(desk.folder, 'user');
  writeFileSync(join(HOME, '.curlrc'), 'insecure\n');
  expect(await ask('curl', { HOME })).toMatchObject({ verdict: 'accepted', isBlind: true });
  expect(await ask('node', { NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toMatchObject({ isBlind: true });
});

it('a proxy in the way is named, and what to type', async (context) => {
  requirePrograms(context, ['curl']);
  const HTTPS_PROXY = 'http://127.0.0.1:9';
  const root = readFileSync(rootFile, 'utf8');
  const bundle = desk.write('bundle.pem', root);
  writeFileSync(join(subfolder(desk.folder, 'proxied'), '.curlrc'), `cacert = "${bundle}"\n`);
  expect(await ask('curl', { HOME: desk.path('proxied'), HTTPS_PROXY })).toMatchObject({
    verdict: 'refused',
    detail: 'HTTPS_PROXY leads it astray; without it it accepts',
    hint: 'unset HTTPS_PROXY',
  });
});

it('a program that is not there is not asked', async () => {
  expect(await ask('no-such-program', {})).toBeUndefined();
});
