/** @module Python and its HTTP clients: the program as printed, and once more in a process where sessions are resumed. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findProgram, programPath } from '../programs/program.ts';
import { run, runOrThrow } from '../programs/run.ts';
import type { PinnedClient } from './pinned-client.ts';

/**
 * Python keeps no sessions by itself. This makes every SSLContext come back with the last one that it was given, as a careful
 * user may have it do, and counts how often that was taken up.
 */
const RESUMING = `
import ssl, sys
held, RESUMED = {}, []

def resume(name):
    wrap = getattr(ssl.SSLContext, name)
    def wrapped(self, *args, **options):
        last = held.get(id(self))
        session = last and (last.session or getattr(last, "kept", None))
        options["session"] = session
        made = wrap(self, *args, **options)
        RESUMED.append(made)
        held[id(self)] = made
        return made
    setattr(ssl.SSLContext, name, wrapped)

resume("wrap_socket")
resume("wrap_bio")
close = ssl.SSLSocket._real_close
def keep(self):
    self.kept, self.reused = self.session, self.session_reused
    close(self)
ssl.SSLSocket._real_close = keep
def was_resumed(made):
    return made.session_reused or getattr(made, "reused", False)
`;

type Driver = {
  readonly module: string;
  /** Where the library may share a context: the process fails unless a session was resumed. */
  readonly mustResume: boolean;
  /** `m` is the printed program; HOST, PORT and BASE (without the last slash) are those of the server. */
  readonly body: string;
};

const DRIVERS = {
  python: {
    module: 'http.client',
    mustResume: true,
    body: `
import http.client
careless = http.client.HTTPSConnection(HOST, PORT, context=m.CONTEXT)
careless.request("GET", "/unpinned")
careless.getresponse().read()
careless.close()
m.main()
m.main()`,
  },
  urllib3: {
    module: 'urllib3',
    mustResume: false,
    body: `
import urllib3
urllib3.disable_warnings()
urllib3.PoolManager(cert_reqs="CERT_NONE").request("GET", BASE + "/unpinned")
pool = m.pinned_pool()
print(pool.request("GET", "/").data.decode())
print(pool.request("GET", "/").data.decode())`,
  },
  requests: {
    module: 'requests',
    mustResume: false,
    body: `
import requests, urllib3
urllib3.disable_warnings()
requests.get(BASE + "/unpinned", verify=False)
session = m.pinned_session()
print(session.get(BASE + "/").text)
print(session.get(BASE + "/").text)`,
  },
  aiohttp: {
    module: 'aiohttp',
    mustResume: true,
    body: `
import asyncio, aiohttp
async def visit(make, path, **options):
    async with make() as session:
        async with session.get(BASE + path, **options) as response:
            return await response.text()
async def go():
    await visit(aiohttp.ClientSession, "/unpinned", ssl=False)
    print(await visit(m.pinned_session, "/"))
    print(await visit(m.pinned_session, "/", ssl=False))
asyncio.run(go())`,
  },
  httpx: {
    module: 'httpx',
    mustResume: true,
    body: `
import httpx
pinned, m.CONTEXT.sslsocket_class = m.CONTEXT.sslsocket_class, ssl.SSLSocket
with httpx.Client(verify=m.CONTEXT, trust_env=False) as careless:
    careless.get(BASE + "/unpinned")
m.CONTEXT.sslsocket_class = pinned
m.main()
m.main()`,
  },
} as const satisfies Record<string, Driver>;

export type PythonFormat = keyof typeof DRIVERS;
const PYTHON_FORMAT_NAMES = Object.keys(DRIVERS) as readonly PythonFormat[];

/** A program that has the printed one as its module `m`, and what follows. */
export const besideProgram = (file: string, { host, port }: { host: string; port: number }, body: string): string =>
  `import ${basename(file, '.py')} as m
HOST, PORT, BASE = "${host}", ${port}, "https://${host}:${port}"
${body}
`;

const missing = new Map<string, string | undefined>();

export function findMissingModule(module: string): string | undefined {
  const python = findProgram('python3');
  if (python === undefined || missing.has(module)) return missing.get(module);
  const { status } = spawnSync(python, ['-c', `import ${module}`]);
  missing.set(module, status === 0 ? undefined : `the Python module ${module}`);
  return missing.get(module);
}

async function versionOf(module: string): Promise<string> {
  const own = module === 'http.client' ? '' : `import ${module}; print(", ${module}", ${module}.__version__, end="")`;
  const code = `import platform; print("Python", platform.python_version(), end="")\n${own}`;
  return (await runOrThrow([programPath('python3'), '-c', code])).stdout.replace(' ,', ',').trim();
}

const client = (format: PythonFormat): PinnedClient => {
  const { module, mustResume, body } = DRIVERS[format];
  const ending = mustResume ? 'assert sum(map(was_resumed, RESUMED)) >= 2, "no session was resumed"' : '';
  return {
    format,
    client: `Python, ${module}`,
    programs: ['python3'],
    findMissing: () => findMissingModule(module),
    version: () => versionOf(module),
    visit: ({ file = '' }) => run([programPath('python3'), file]),
    visitAgain: (emitted) => {
      const driver = join(emitted.folder, 'again.py');
      writeFileSync(driver, besideProgram(emitted.file ?? '', emitted, `${RESUMING}${body}\n${ending}`));
      return run([programPath('python3'), driver]);
    },
  };
};

export const PYTHON_CLIENTS: readonly PinnedClient[] = PYTHON_FORMAT_NAMES.map(client);
