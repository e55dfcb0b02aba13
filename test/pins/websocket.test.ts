/** @module The pin of ws, with the ws package: its servers speak WebSocket, so it has its own, and the same cases as all others. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scratchFolder } from '../programs/scratch.ts';
import { appendCertificate, createPinAuthority, createServed, type ServedPair } from './certificates.ts';
import { inNode, packageVersion, runModule } from './clients-javascript.ts';
import { printProgram } from './describe-programs.ts';
import { isRecording, readMeasured, writeMeasured, type Behaviour, type Measured } from './measured.ts';
import { GreetingServer } from './websocket-server.ts';

const folder = scratchFolder('pins-websocket');
const genuine = createServed(folder, 'genuine');
const issued = createServed(folder, 'issued', { by: createPinAuthority(folder, 'unknown') });
const expired = createServed(folder, 'expired', { isExpired: true });
const elsewhere = createServed(folder, 'elsewhere', { names: ['other.test'] });
const stranger = createServed(folder, 'stranger');
const attacker = appendCertificate(createServed(folder, 'attacker'), readFileSync(genuine.certFile, 'utf8'));

type Case = { readonly shows: ServedPair; readonly pinned: ServedPair };
const CASES = {
  right: { shows: genuine, pinned: genuine },
  wrong: { shows: genuine, pinned: stranger },
  issued: { shows: issued, pinned: issued },
  expired: { shows: expired, pinned: expired },
  wrongHost: { shows: elsewhere, pinned: elsewhere },
  appended: { shows: attacker, pinned: genuine },
} satisfies Record<string, Case>;

const servers = new Map<ServedPair, GreetingServer>();
const found: Record<string, Behaviour> = {};
beforeAll(async () => {
  for (const { shows } of Object.values(CASES))
    if (!servers.has(shows)) servers.set(shows, await GreetingServer.start(shows));
});
afterAll(() => Promise.all([...servers.values()].map((server) => server.stop())));
afterAll(() => {
  if (!isRecording) return;
  const client = { client: 'ws with an agent', version: `Node ${process.versions.node}, ${packageVersion('ws')}` };
  writeMeasured('websocket', { ws: { ...client, target: 'self-signed', ...found } as Measured });
});

/** Runs the printed program; with `again`, after a careless socket in the same process, and twice more through its agent. */
async function visit(name: keyof typeof CASES, again = false): Promise<Behaviour> {
  const { shows, pinned } = CASES[name];
  const server = servers.get(shows) ?? expect.fail(name);
  server.requests.length = 0;
  const where = { folder: join(folder, again ? `${name}-again` : name), host: 'localhost', port: server.port };
  const file = await printProgram('ws', pinned.certFile, `localhost:${server.port}`, where.folder);
  const { exitCode, stdout, stderr, output } = await runModule(inNode, where, {
    file: again ? writeAgain(file, where) : file,
  });
  const arrived = server.requests.filter((path) => path !== '/unpinned').length;
  const wanted = again ? 3 : 1;
  if (exitCode === 0 && arrived === wanted && stdout === 'connected\n'.repeat(wanted)) return 'accepted';
  expect({ exitCode, stdout, arrived }, output).toEqual({ exitCode: 1, stdout: '', arrived: 0 });
  expect(stderr).toMatch(/^(?:failed: the server shows [\dA-F:]{95}, not the pinned [\dA-F:]{95}\n)+$/);
  return 'refused';
}

/** Sockets are not pooled, so the way past the check would be a session: the careless socket's is offered to the pinned ones. */
function writeAgain(file: string, { folder: into, port }: { folder: string; port: number }): string {
  const url = `wss://localhost:${port}/`;
  const more = `for (const options of [{}, { session: globalThis.careless, rejectUnauthorized: false }]) {
  const other = new WebSocket('${url}', { agent: new PinnedAgent(), ...options });
  other.on('open', () => (console.log('connected'), other.close()));
  other.on('error', (error) => (console.error('failed: ' + error.message), (process.exitCode = 1)));
}`;
  writeFileSync(join(into, 'again.mjs'), `${readFileSync(file, 'utf8')}\n${more}\n`);
  const driver = join(into, 'driver.mjs');
  writeFileSync(
    driver,
    `import { connect } from 'node:tls';
import { WebSocket } from 'ws';
const keep = (socket) => socket.on('session', (session) => (globalThis.careless = session));
const careless = new WebSocket('${url}unpinned', { createConnection: (options) => keep(connect({ ...options, rejectUnauthorized: false })) });
await new Promise((done) => careless.on('message', () => careless.close()).on('close', done));
if (globalThis.careless === undefined) throw new Error('no session to come back with');
await import('./again.mjs');
`,
  );
  return driver;
}

it.for(['right', 'issued', 'expired', 'wrongHost'] as const)('is accepted: %s', async (name) => {
  expect((found[name] = await visit(name))).toBe('accepted');
  if (!isRecording) expect(readMeasured('websocket')['ws']?.[name]).toBe('accepted');
});

it.for(['wrong', 'appended'] as const)('is refused before anything is sent: %s', async (name) => {
  expect((found[name] = await visit(name))).toBe('refused');
});

it('holds when a session is resumed', async () => {
  expect((found['again'] = await visit('wrong', true))).toBe('refused');
  expect(await visit('right', true)).toBe('accepted');
});
