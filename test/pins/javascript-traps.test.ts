/**
 * @module What people paste instead, and why it is no pin: each recipe lets the wrong server have the request, here, with this
 * Node, Bun and Deno. When one of these fails, its client has learnt to hold, and what the printed programs say of it is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, type TestContext } from 'vitest';
import { formatColonHex, parsePin } from '../../packages/ca-core/src/index.ts';
import { createPrivateKeyOfType } from '../../packages/ca-core/src/node/index.ts';
import { mintmark, mintmarkOrThrow } from '../programs/mintmark.ts';
import type { RunResult } from '../programs/run.ts';
import { requireRuntime } from '../programs/runtimes.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { createPinAuthority, createServed } from './certificates.ts';
import { inBun, inDeno, inNode, runModule, type Runtime } from './clients-javascript.ts';
import { PinnedServer, WELCOME } from './pinned-server.ts';

const folder = scratchFolder('javascript-traps');
const authority = createPinAuthority(folder, 'genuine-ca');
const wrong = createServed(folder, 'wrong');
/** Names the genuine issuer, and is signed by a key that the attacker has. */
const forged = createServed(folder, 'forged', {
  by: { ...authority, key: createPrivateKeyOfType('ecdsa-p256') },
});
let wrongServer: PinnedServer;
let forgedServer: PinnedServer;
let runs = 0;

beforeAll(async () => {
  wrongServer = await PinnedServer.start(wrong);
  const rootPem = readFileSync(authority.rootFile, 'utf8');
  forgedServer = await PinnedServer.start({ ...forged, chainPem: forged.chainPem + rootPem });
});
beforeEach(() => {
  wrongServer.forget();
  forgedServer.forget();
});
afterAll(() => Promise.all([wrongServer.stop(), forgedServer.stop()]));

/** `url` stands before the recipe. */
function paste(runtime: Runtime, recipe: string, { port } = wrongServer): Promise<RunResult> {
  const into = subfolder(folder, `run-${++runs}`);
  const file = join(into, 'recipe.mjs');
  writeFileSync(file, `const url = 'https://localhost:${port}/';\nconst PIN = 'AA:BB';\n${recipe}`);
  return runModule(runtime, { folder: into, host: 'localhost', port }, { file });
}

/** The request is answered although nothing about the server is right. */
async function expectServed(running: Promise<RunResult>, server = wrongServer): Promise<void> {
  const { exitCode, stdout, output } = await running;
  expect({ exitCode, requests: server.requests.at(-1) }, output).toEqual({ exitCode: 0, requests: '/' });
  expect(stdout).toContain(WELCOME);
}

/** A verdict that is always no, and a request of node:https. */
const NODE_PARTS = `import { once } from 'node:events';
import { Agent, get } from 'node:https';
import { text } from 'node:stream/consumers';
const checkServerIdentity = () => new Error('the pin says no');
const read = async (path, options) => text((await once(get(url + path, options), 'response'))[0]);
`;

const RECIPES: readonly { what: string; runtime: Runtime; needs?: 'bun' | 'deno'; recipe: string }[] = [
  {
    what: 'Node: checkServerIdentity under rejectUnauthorized: false',
    runtime: inNode,
    recipe: `${NODE_PARTS}console.log(await read('', { rejectUnauthorized: false, checkServerIdentity }));`,
  },
  {
    what: 'Deno: checkServerIdentity of node:https under rejectUnauthorized: false',
    runtime: inDeno,
    needs: 'deno',
    recipe: `${NODE_PARTS}console.log(await read('', { rejectUnauthorized: false, checkServerIdentity }));`,
  },
  {
    what: 'undici: connect.checkServerIdentity under rejectUnauthorized: false',
    runtime: inNode,
    recipe: `import { Agent, fetch } from 'undici';
const checkServerIdentity = () => new Error('the pin says no');
const dispatcher = new Agent({ connect: { rejectUnauthorized: false, checkServerIdentity } });
console.log(await (await fetch(url, { dispatcher })).text());`,
  },
  {
    what: 'got: https.checkServerIdentity under https.rejectUnauthorized: false',
    runtime: inNode,
    recipe: `import got from 'got';
const checkServerIdentity = () => new Error('the pin says no');
console.log(await got(url, { https: { rejectUnauthorized: false, checkServerIdentity } }).text());`,
  },
  {
    what: 'Bun: tls.checkServerIdentity of fetch under tls.rejectUnauthorized: false',
    runtime: inBun,
    needs: 'bun',
    recipe: `const checkServerIdentity = () => new Error('the pin says no');
console.log(await (await fetch(url, { tls: { rejectUnauthorized: false, checkServerIdentity } })).text());`,
  },
];

it.for(RECIPES)('no pin: $what', async ({ runtime, needs, recipe }, context) => {
  if (needs !== undefined) requireRuntime(context, needs);
  await expectServed(paste(runtime, recipe));
});

it('no pin: checkServerIdentity of a request that gets a socket which another one opened', async () => {
  const ca = JSON.stringify(readFileSync(wrong.certFile, 'utf8'));
  const recipe = `${NODE_PARTS}const agent = new Agent({ keepAlive: true, ca: ${ca} });
await read('unpinned', { agent });
console.log(await read('', { agent, checkServerIdentity }));`;
  await expectServed(paste(inNode, recipe));
  expect(wrongServer.handshakes).toHaveLength(1);
});

it('no pin: checkServerIdentity of a request that resumes a session', async () => {
  const ca = JSON.stringify(readFileSync(wrong.certFile, 'utf8'));
  const recipe = `${NODE_PARTS}const agent = new Agent({ ca: ${ca} });
await read('unpinned', { agent });
console.log(await read('', { agent, checkServerIdentity }));`;
  await expectServed(paste(inNode, recipe));
  expect(wrongServer.handshakes).toEqual([false, true]);
});

it("no pin: undici's search for the fingerprint of a CA, when the forged leaf names that CA", async () => {
  const { stdout } = await mintmarkOrThrow(['pin', authority.rootFile, '--json'], { home: join(folder, 'home') });
  const { targets } = JSON.parse(stdout) as { targets: { certSha256Hex: string }[] };
  const pin = formatColonHex(parsePin(targets[0]?.certSha256Hex ?? ''));
  const recipe = `import { Agent, buildConnector, fetch } from 'undici';
const connectTls = buildConnector({ rejectUnauthorized: false });
const findRoot = (certificate) =>
  certificate.issuerCertificate === undefined || certificate.issuerCertificate.fingerprint256 === certificate.fingerprint256
    ? certificate
    : findRoot(certificate.issuerCertificate);
const connect = (options, callback) =>
  connectTls(options, (error, socket) => {
    if (error) return callback(error);
    if (findRoot(socket.getPeerCertificate(true)).fingerprint256 === '${pin}') return callback(null, socket);
    socket.destroy();
    callback(new Error('another CA'));
  });
console.log(await (await fetch(url, { dispatcher: new Agent({ connect }) })).text());`;
  await expectServed(paste(inNode, recipe, forgedServer), forgedServer);
  const honest = await paste(inNode, recipe);
  expect({ exitCode: honest.exitCode, requests: wrongServer.requests }, honest.output).toEqual({
    exitCode: 1,
    requests: [],
  });
});

it('no pin: undici in Bun, which never asks the connector', async (context: TestContext) => {
  requireRuntime(context, 'bun');
  const recipe = `import { Agent, fetch } from 'undici';
let asked = 0;
const connect = (options, callback) => callback(new Error(String(++asked)));
await fetch(url, { dispatcher: new Agent({ connect }) }).then(() => {}, () => {});
console.log('asked', asked);`;
  expect((await paste(inBun, recipe)).stdout).toBe('asked 0\n');
  expect((await paste(inNode, recipe)).stdout).toBe('asked 1\n');
});

it.for(['node', 'undici', 'axios', 'got', 'ws', 'bun', 'deno', 'electron'])(
  '--format %s refuses the pin of a CA, which no server shows as its own',
  async (format) => {
    const words = ['pin', authority.rootFile, '--format', format, '--json'];
    const { exitCode, stdout } = await mintmark(words, { home: join(folder, 'home') });
    expect(exitCode).not.toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'PIN_FORMAT_UNSUITABLE' } });
  },
);
