/** @module The line of each program that says how to have the rest checked too: it does what it says. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scratchFolder } from '../programs/scratch.ts';
import { createServed } from './certificates.ts';
import { PYTHON_CLIENTS } from './clients-python.ts';
import { SCRIPTING_CLIENTS } from './clients-scripting.ts';
import { interpret, printProgram } from './describe-programs.ts';
import { PinnedServer } from './pinned-server.ts';
import { requireClient } from './require-client.ts';

type Edit = readonly [from: string | RegExp, to: string];

/** What the line tells to change; FILE stands for the certificate's file, in quotes. */
const EDITS: Readonly<Record<string, readonly Edit[]>> = {
  python: [
    [/^CONTEXT = .*/m, 'CONTEXT = ssl.create_default_context(cafile=FILE)'],
    [/^CONTEXT\.(?:check|verify).*\n/gm, ''],
  ],
  urllib3: [['cert_reqs="CERT_NONE",', 'cert_reqs="CERT_REQUIRED", ca_certs=FILE,']],
  requests: [['session.verify = False', 'session.verify = FILE']],
  aiohttp: [
    ['URL, allow', 'URL, ssl=ssl.create_default_context(cafile=FILE), allow'],
    ['import sys', 'import ssl, sys'],
  ],
  httpx: [
    [/^.*# \*\n/gm, ''],
    [/^CONTEXT = .*/m, '$&\nCONTEXT.load_verify_locations(FILE)'],
  ],
  ruby: [
    ['http.verify_hostname = false', 'http.verify_hostname = true\n  http.ca_file = FILE'],
    [/->\(_ok, store\) \{ (.*) \}/, '->(ok, store) { ok && ($1) }'],
  ],
  php: [["'verify_peer' => false, 'verify_peer_name' => false", "'cafile' => FILE"]],
  'php-curl': [
    [/ +CURLOPT_SSL_VERIFYPEER.*\n/, ''],
    [/ +CURLOPT_SSL_VERIFYHOST.*/, 'CURLOPT_CAINFO => FILE,'],
  ],
};

/** These leave the name out where there is a fingerprint, and their line says so. */
const WITHOUT_NAME = ['urllib3', 'requests'];

const folder = scratchFolder('strict-programs');
const PAIRS = {
  right: createServed(folder, 'right'),
  expired: createServed(folder, 'expired', { isExpired: true }),
  wrongHost: createServed(folder, 'elsewhere', { names: ['other.test'] }),
  wrong: createServed(folder, 'wrong'),
};
const servers = new Map<string, PinnedServer>();
beforeAll(async () => {
  for (const name of ['right', 'expired', 'wrongHost'] as const)
    servers.set(name, await PinnedServer.start(PAIRS[name]));
});
afterAll(async () => void (await Promise.all([...servers.values()].map((server) => server.stop()))));

describe.each([...PYTHON_CLIENTS, ...SCRIPTING_CLIENTS])('the strict $format', (client) => {
  const { format } = client;
  it('takes the right server, and none that is wrong in one thing', async (context) => {
    requireClient(context, client);
    const visit = async (name: string, pinned: keyof typeof PAIRS, anchor: keyof typeof PAIRS): Promise<string> => {
      const server = servers.get(name) ?? expect.fail(name);
      const into = join(folder, `${format}-${name}-${pinned}-${anchor}`);
      const file = await printProgram(format, PAIRS[pinned].certFile, `localhost:${server.port}`, into);
      let text = readFileSync(file, 'utf8');
      for (const [from, to] of EDITS[format] ?? expect.fail(format)) {
        const edited = text.replace(from, to.replace('FILE', `'${PAIRS[anchor].certFile}'`));
        expect(edited, String(from)).not.toBe(text);
        text = edited;
      }
      writeFileSync(file, text);
      server.forget();
      const { exitCode, output } = await interpret(file);
      expect(output).not.toMatch(/SyntaxError|Parse error|NameError/);
      return exitCode === 0 && server.requests.length === 1
        ? 'accepted'
        : server.requests.length === 0
          ? 'refused'
          : output;
    };
    expect({
      right: await visit('right', 'right', 'right'),
      wrongPin: await visit('right', 'wrong', 'right'),
      unknownCa: await visit('right', 'right', 'wrong'),
      expired: await visit('expired', 'expired', 'expired'),
      wrongHost: await visit('wrongHost', 'wrongHost', 'wrongHost'),
    }).toEqual({
      right: 'accepted',
      wrongPin: 'refused',
      unknownCa: 'refused',
      expired: 'refused',
      wrongHost: WITHOUT_NAME.includes(format) ? 'accepted' : 'refused',
    });
  });
});
