/**
 * @module What browsers take in the places that they have for a known certificate or key, with the browsers. Neither place keeps a
 * server out that the browser trusts anyway, and Chromium's is no pin at all: it is measured here, apart from the pins.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { trustInNss } from '../clients/drivers/nss.ts';
import { mintmarkOrThrow } from '../programs/mintmark.ts';
import { requirePrograms } from '../programs/program.ts';
import type { RunResult } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { createPinAuthority, createServed } from './certificates.ts';
import { chromium, firefox } from './clients-browsers.ts';
import { describeClients } from './describe-clients.ts';
import { isRecording, readMeasured, writeMeasured, type Behaviour, type Measured } from './measured.ts';
import { PinnedServer, WELCOME } from './pinned-server.ts';
import { createScene, type CaseName, type Meeting } from './scene.ts';

describeClients('browsers', [firefox]);

const scene = createScene('browsers');
let meetings: ReadonlyMap<CaseName, Meeting> = new Map();
beforeAll(async () => {
  meetings = await scene.meetings('self-signed');
});
afterAll(() => scene.close());

function judge(result: RunResult, { requests }: PinnedServer, wanted = 1): Behaviour {
  const arrived = requests.filter((path) => path === '/').length;
  const wasRead = result.stdout.split(WELCOME).length - 1 === wanted;
  if (result.exitCode === 0 && arrived === wanted && wasRead) return 'accepted';
  if (result.exitCode !== 0 && arrived === 0 && /certificate|ERR_CERT/i.test(result.stderr)) return 'refused';
  throw new Error(`neither accepted nor refused: ${JSON.stringify(requests)}\n${result.output}`);
}

it('Firefox finds an IPv6 address in its file', async (context) => {
  requirePrograms(context, firefox.programs);
  const { server, pinnedFile } = meetings.get('wrongHost') ?? expect.fail('no case');
  const emitted = await scene.emit('firefox', { server, pinnedFile });
  const words = ['pin', pinnedFile, '--format', 'firefox', '--host', `[::1]:${server.port}`];
  const { stdout } = await mintmarkOrThrow(words, { home: join(emitted.folder, 'home') });
  const file = emitted.file ?? expect.fail('no file');
  server.forget();
  expect(judge(await firefox.visit({ ...emitted, host: '::1' }), server)).toBe('refused');
  writeFileSync(file, stdout);
  expect(judge(await firefox.visit({ ...emitted, host: '::1' }), server)).toBe('accepted');
});

describe('Chromium with the key in its list', () => {
  const CASES = {
    right: 'accepted',
    /** A chain without the key is judged as without the list: here, a stranger's self-signed certificate. */
    wrong: 'refused',
    issued: 'accepted',
    expired: 'accepted',
    wrongHost: 'accepted',
    /** The thief holds another key, and shows the listed certificate behind its own. */
    appended: 'accepted',
    forged: 'accepted',
  } as const satisfies Record<CaseName, Behaviour>;
  const seen: Record<string, string> = {};

  const meet = async (context: TestContext, name: CaseName, visit: typeof chromium.visit, wanted = 1) => {
    requirePrograms(context, chromium.programs);
    const meeting = meetings.get(name) ?? expect.fail(`no case ${name}`);
    const emitted = await scene.emit('chromium', meeting);
    meeting.server.forget();
    return judge(await visit(emitted), meeting.server, wanted);
  };

  it.for(Object.entries(CASES) as [CaseName, Behaviour][])('%s is %s', async ([name, expected], context) => {
    seen[name] = await meet(context, name, chromium.visit);
    expect(seen[name]).toBe(expected);
  });

  it('a server that was let in without checks stays in, with the key and without', async (context) => {
    const { visitAgain } = chromium;
    if (visitAgain === 'one connection') return expect.fail('a browser comes back');
    // It comes back on the connection that it kept, or with its session.
    for (const name of ['right', 'wrong'] as const) expect(await meet(context, name, visitAgain, 2)).toBe('accepted');
    seen['again'] = 'accepted';
  });

  it('what was measured is written down', async (context) => {
    requirePrograms(context, chromium.programs);
    if (!isRecording)
      return expect(readMeasured('browsers')['chromium']).toMatchObject({ ...CASES, again: 'accepted' });
    const { client } = chromium;
    const measured = { client, target: 'self-signed', version: await chromium.version(), ...seen };
    writeMeasured('browsers', { chromium: measured as Measured });
  });
});

describe('a server with another key, whose CA the browser trusts', () => {
  const folder = scratchFolder('pins-trusted');
  const trusted = createPinAuthority(folder, 'trusted');
  const stranger = createServed(folder, 'stranger');
  let server: PinnedServer | undefined;
  beforeAll(async () => {
    server = await PinnedServer.start(createServed(folder, 'leaf', { by: trusted }));
  });
  afterAll(() => server?.stop());

  it.for([
    ['Chromium', chromium, '.local/share/pki/nssdb'],
    ['Firefox', firefox, 'profile'],
  ] as const)('is let in all the same by %s', async ([, { format, visit, programs }, database], context) => {
    requirePrograms(context, [...programs, 'certutil']);
    const there = server ?? expect.fail('no server');
    const emitted = await scene.emit(format, { server: there, pinnedFile: stranger.certFile });
    there.forget();
    expect(judge(await visit(emitted), there)).toBe('refused');
    await trustInNss(join(emitted.folder, database), trusted.rootFile);
    there.forget();
    expect(judge(await visit(emitted), there)).toBe('accepted');
  });
});
