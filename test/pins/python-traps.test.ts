/** @module Python's traps, with the clients: what the printed programs are used for beyond their own request, and the usual recipes that are no pin. */
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { startConnectProxy, type ConnectProxy } from '../clients/connect-proxy.ts';
import type { RunResult } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { createServed } from './certificates.ts';
import { besideProgram, findMissingModule, type PythonFormat } from './clients-python.ts';
import { requireClient } from './require-client.ts';
import { interpret, printProgram, startRedirecting } from './describe-programs.ts';
import { PinnedServer, WELCOME } from './pinned-server.ts';

const folder = scratchFolder('python-traps');
const genuine = createServed(folder, 'genuine');
const stranger = createServed(folder, 'stranger');
const digestOf = (algorithm: string): string =>
  createHash(algorithm)
    .update(new X509Certificate(readFileSync(genuine.certFile)).raw)
    .digest('hex');
let server: PinnedServer;
let proxy: ConnectProxy;
let runs = 0;
beforeAll(async () => {
  server = await PinnedServer.start(genuine);
  proxy = await startConnectProxy();
});
afterAll(async () => {
  await proxy.close();
  await server.stop();
});

type Beside = { readonly format: PythonFormat; readonly pinned: 'right' | 'wrong'; readonly body: string };

/** Runs a few lines beside the printed program, their module `m`, which is pinned to the server or to a stranger. */
async function runBeside(context: TestContext, { format, pinned, body }: Beside): Promise<RunResult> {
  const findMissing = () => findMissingModule(format === 'python' ? 'http.client' : format);
  requireClient(context, { programs: ['python3'], findMissing });
  const { certFile } = pinned === 'right' ? genuine : stranger;
  const into = join(folder, `run-${++runs}`);
  const file = await printProgram(format, certFile, `localhost:${server.port}`, into);
  writeFileSync(join(into, 'beside.py'), besideProgram(file, { host: 'localhost', port: server.port }, body));
  server.forget();
  return interpret(join(into, 'beside.py'));
}

const expectAccepted = ({ exitCode, stdout, stderr }: RunResult): void => {
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: `${WELCOME}\n\n` });
  expect(server.requests).toEqual(['/']);
};

const expectRefused = ({ exitCode, stdout, stderr }: RunResult, reason: RegExp): void => {
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(reason);
  expect(server.requests).toEqual([]);
};

/** The same lines beside the program with the right pin, and beside the one with the wrong pin. */
async function expectPinned(context: TestContext, format: PythonFormat, body: string): Promise<void> {
  expectAccepted(await runBeside(context, { format, pinned: 'right', body }));
  expectRefused(await runBeside(context, { format, pinned: 'wrong', body }), /Fingerprint|not the pinned/);
}

describe('no SHA-256', () => {
  const spellings = [['an empty pin', ''] as const, ['a SHA-1', digestOf('sha1')] as const];

  it.for(spellings)('urllib3 by itself takes %s', async ([, pin], context) => {
    const body = `
import urllib3
pool = urllib3.HTTPSConnectionPool(HOST, PORT, cert_reqs="CERT_NONE", assert_fingerprint="${pin}")
print(pool.request("GET", "/").data.decode())`;
    expectAccepted(await runBeside(context, { format: 'urllib3', pinned: 'right', body }));
  });

  it.for(spellings)('the printed programs refuse %s before they connect', async ([, pin], context) => {
    for (const format of ['urllib3', 'requests'] as const) {
      const body = `m.PIN = "${pin}"\nm.main()`;
      expectRefused(await runBeside(context, { format, pinned: 'right', body }), /ValueError: the pin is no SHA-256/);
      expect(server.handshakes).toEqual([]);
    }
  });
});

describe('Requests', () => {
  it('holds through a proxy that the session is given', async (context) => {
    const body = `
session = m.pinned_session()
session.proxies = {"https": "${proxy.url}"}
print(session.get(BASE + "/").text)`;
    await expectPinned(context, 'requests', body);
  });

  it('speaks no http, where nothing is pinned', async (context) => {
    const body = `m.pinned_session().get("http://localhost:${server.port}/")`;
    expectRefused(await runBeside(context, { format: 'requests', pinned: 'right', body }), /InvalidSchema/);
  });

  it('with the adapter mounted for one address, as is usual, follows a redirect to a stranger', async (context) => {
    const redirecting = await startRedirecting(stranger, `https://localhost:${server.port}/`);
    const session = (make: string): string => `
import requests
${make}
print(session.get("https://localhost:${redirecting.port}/").text)`;
    const usual = session(`session = requests.Session()
session.verify = False
session.mount("https://localhost:${redirecting.port}/", m.PinnedAdapter())`);
    expectAccepted(await runBeside(context, { format: 'requests', pinned: 'wrong', body: usual }));
    const printed = session('session = m.pinned_session()');
    expectRefused(await runBeside(context, { format: 'requests', pinned: 'wrong', body: printed }), /Fingerprint/);
    expect(redirecting.requests).toEqual(['/', '/']);
    await redirecting.stop();
  });
});

describe('aiohttp', () => {
  const get = (options: string): string => `
import asyncio
async def go():
    async with m.pinned_session() as session:
        async with session.get(BASE + "/", ${options}) as response:
            print(await response.text())
asyncio.run(go())`;

  it('holds for a request that switches checks off', (context) => expectPinned(context, 'aiohttp', get('ssl=False')));

  // Newer versions compare there too: then this test goes, with the sentence of the program.
  it('3.8 does not compare behind a proxy, as the program says', async (context) => {
    const body = `import aiohttp\nassert aiohttp.__version__.startswith("3.8.")\n${get(`proxy="${proxy.url}"`)}`;
    const result = await runBeside(context, { format: 'aiohttp', pinned: 'wrong', body });
    if (result.stderr.includes('AssertionError')) context.skip('aiohttp is newer here');
    expectAccepted(result);
  });
});

describe('HTTPX', () => {
  it('holds in the asynchronous client', (context) =>
    expectPinned(
      context,
      'httpx',
      `
import asyncio, httpx
async def go():
    async with httpx.AsyncClient(verify=m.CONTEXT, trust_env=False) as client:
        print((await client.get(BASE + "/")).text)
asyncio.run(go())`,
    ));

  it('holds through a proxy', (context) =>
    expectPinned(
      context,
      'httpx',
      `
import httpx
proxy = httpx.HTTPTransport(verify=m.CONTEXT, trust_env=False, proxy=httpx.Proxy("${proxy.url}"))
with httpx.Client(mounts={"https://": proxy}, trust_env=False) as client:
    print(client.get(BASE + "/").text)`,
    ));

  it('shows the certificate to an event hook when the request has been sent', async (context) => {
    const body = `
import hashlib, httpx
def check(response):
    shown = response.extensions["network_stream"].get_extra_info("ssl_object").getpeercert(True)
    if hashlib.sha256(shown).hexdigest() != m.PIN:
        raise SystemExit("not the pinned certificate")
httpx.Client(verify=False, event_hooks={"response": [check]}).get(BASE + "/")`;
    const { exitCode, stderr } = await runBeside(context, { format: 'httpx', pinned: 'wrong', body });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: 'not the pinned certificate\n' });
    expect(server.requests).toEqual(['/']);
  });
});

describe('http.client', () => {
  it('has sent the request when a response can be looked at', async (context) => {
    const body = `
import hashlib, http.client
connection = http.client.HTTPSConnection(HOST, PORT, context=m.CONTEXT)
connection.request("GET", "/")
connection.getresponse()
if hashlib.sha256(connection.sock.getpeercert(binary_form=True)).hexdigest() != m.PIN:
    raise SystemExit("not the pinned certificate")`;
    const { exitCode, stderr } = await runBeside(context, { format: 'python', pinned: 'wrong', body });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: 'not the pinned certificate\n' });
    expect(server.requests).toEqual(['/']);
  });
});
