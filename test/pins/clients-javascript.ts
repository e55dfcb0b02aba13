/** @module JavaScript outside browsers: Node with its HTTP clients, Bun, Deno. Each runs the program as printed. */
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, runOrThrow, type RunOptions, type RunResult } from '../programs/run.ts';
import { findBun, findDeno } from '../programs/runtimes.ts';
import type { Emitted, PinnedClient } from './pinned-client.ts';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Where a program runs, and whom it meets. */
export type Visit = Pick<Emitted, 'folder' | 'host' | 'port'>;

/** The words before the file. A client without its program is skipped before they are asked for. */
export type Runtime = (visit: Visit) => readonly string[];

export const inNode: Runtime = () => [process.execPath];
export const inBun: Runtime = () => [findBun() ?? 'bun'];
/** Nothing is allowed but the one connection: the program needs no more. */
export const inDeno: Runtime = ({ host, port }) => [
  findDeno() ?? 'deno',
  'run',
  '--quiet',
  '--no-prompt',
  `--allow-net=${host.includes(':') ? `[${host}]` : host}:${port}`,
];

/** Runs a module from the folder of the visit, beside which the root's own packages lie. */
export function runModule(
  runtime: Runtime,
  visit: Visit,
  { file, env = {} }: { file: string; env?: RunOptions['env'] },
): Promise<RunResult> {
  const { folder } = visit;
  if (!existsSync(join(folder, 'node_modules'))) symlinkSync(MODULES, join(folder, 'node_modules'));
  return run([...runtime(visit), file], {
    cwd: folder,
    env: { HOME: folder, DENO_DIR: join(folder, 'deno'), DENO_NO_UPDATE_CHECK: '1', ...env },
    timeoutMs: 30_000,
  });
}

/** A module that visits `/unpinned` without the pin, and text that goes on where the program ends. */
type Again = { readonly careless: string; readonly more: string };

/** The careless visit comes first, in the same process; then the printed program, unchanged, and two more requests through its parts. */
function runAgain(runtime: Runtime, { careless, more }: Again): (emitted: Emitted) => Promise<RunResult> {
  return (emitted) => {
    const url = `https://${emitted.host}:${emitted.port}/`;
    writeFileSync(join(emitted.folder, 'again.mjs'), `${emitted.text}\nconst url = '${url}';\n${more}`);
    const driver = join(emitted.folder, 'driver.mjs');
    writeFileSync(driver, `const url = '${url}';\n${careless}\nawait import('./again.mjs');\n`);
    return runModule(runtime, emitted, { file: driver });
  };
}

/** The second request may take the pooled socket; the third is told to resume the careless session and to check nothing. */
const NODE_AGAIN: Again = {
  careless: `import https from 'node:https';
await new Promise((resolve, reject) => {
  const request = https.get(url + 'unpinned', { rejectUnauthorized: false }, (response) => response.resume().on('end', resolve));
  request.on('socket', (socket) => socket.on('session', (session) => (globalThis.careless = session)));
  request.on('error', reject);
});`,
  more: `for (const options of [
  { agent },
  { agent, session: globalThis.careless, rejectUnauthorized: false, checkServerIdentity: () => undefined },
]) {
  const [response] = await once(get(url, options), 'response');
  process.stdout.write(await text(response));
}`,
};

const UNDICI_AGAIN: Again = {
  careless: `import { Agent, fetch, setGlobalDispatcher } from 'undici';
setGlobalDispatcher(new Agent({ connect: { rejectUnauthorized: false } }));
await (await fetch(url + 'unpinned')).text();`,
  more: `const read = async () => process.stdout.write(await (await fetch(url, { dispatcher })).text());
await Promise.all([read(), read(), read()]);`,
};

const AXIOS_AGAIN: Again = {
  careless: `import https from 'node:https';
import axios from 'axios';
https.globalAgent.options.rejectUnauthorized = false;
await axios.get(url + 'unpinned');`,
  more: `const read = async () => process.stdout.write((await client.get(url)).data);
await Promise.all([read(), read(), read()]);`,
};

const GOT_AGAIN: Again = {
  careless: `import got from 'got';
await got(url + 'unpinned', { https: { rejectUnauthorized: false } });`,
  more: `const read = async () => process.stdout.write(await client.get(url, { https: { rejectUnauthorized: false } }).text());
await Promise.all([read(), read(), read()]);`,
};

/** With what runs it, for tests that give it another environment or program. */
export type JavaScriptClient = PinnedClient & { readonly runtime: Runtime };

/** What a package of the root calls its version. */
export function packageVersion(name: string): string {
  const parsed = JSON.parse(readFileSync(join(MODULES, name, 'package.json'), 'utf8')) as { version: string };
  return `${name} ${parsed.version}`;
}

const nodeVersion = `Node ${process.versions.node}`;

const inNodeWith = (name: 'undici' | 'axios' | 'got', client: string, again: Again): JavaScriptClient => ({
  runtime: inNode,
  format: name,
  client,
  programs: ['node'],
  findMissing: () => (existsSync(join(MODULES, name)) ? undefined : `the package ${name}`),
  version: async () => `${nodeVersion}, ${packageVersion(name)}`,
  visit: (emitted) => runModule(inNode, emitted, { file: emitted.file ?? '' }),
  visitAgain: runAgain(inNode, again),
});

const node: JavaScriptClient = {
  runtime: inNode,
  format: 'node',
  client: 'Node, an agent of node:https',
  programs: ['node'],
  version: async () => nodeVersion,
  visit: (emitted) => runModule(inNode, emitted, { file: emitted.file ?? '' }),
  visitAgain: runAgain(inNode, NODE_AGAIN),
};

const versionOf = async (path = ''): Promise<string> => (await runOrThrow([path, '--version'])).stdout;

const bun: JavaScriptClient = {
  runtime: inBun,
  format: 'bun',
  client: 'Bun, an agent of node:https',
  programs: [],
  findMissing: () => (findBun() === undefined ? 'bun' : undefined),
  version: async () => `Bun ${(await versionOf(findBun())).trim()}`,
  visit: (emitted) => runModule(inBun, emitted, { file: emitted.file ?? '' }),
  visitAgain: runAgain(inBun, NODE_AGAIN),
};

const deno: JavaScriptClient = {
  runtime: inDeno,
  format: 'deno',
  client: 'Deno, an agent of node:https',
  programs: [],
  findMissing: () => (findDeno() === undefined ? 'deno' : undefined),
  version: async () => `Deno ${/^deno (\S+)/.exec(await versionOf(findDeno()))?.[1] ?? ''}`,
  visit: (emitted) => runModule(inDeno, emitted, { file: emitted.file ?? '' }),
  visitAgain: runAgain(inDeno, NODE_AGAIN),
};

export const JAVASCRIPT_CLIENTS: readonly JavaScriptClient[] = [
  node,
  inNodeWith('undici', 'fetch of undici with a dispatcher', UNDICI_AGAIN),
  inNodeWith('axios', 'axios with httpsAgent', AXIOS_AGAIN),
  inNodeWith('got', 'got with agent.https', GOT_AGAIN),
  bun,
  deno,
];
