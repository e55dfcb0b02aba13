/** @module The pinned clients on Bun and Deno, with a stranger whose CA those runtimes trust: only the pin stands in its way. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run } from '../programs/run.ts';
import { requireRuntime } from '../programs/runtimes.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { createCertificate } from './certificates.ts';
import { record } from './recording-server.ts';
import { SECRET } from './secret.ts';

const PROGRAM = fileURLToPath(new URL('runtime-visit.ts', import.meta.url));
const RUNTIMES = {
  bun: ['run'],
  deno: ['run', '-A', '--no-lock', '--node-modules-dir=manual', '--cached-only'],
} as const;

const ca = createCertificate('trusted', { ca: true });
const genuine = createCertificate('service');
const stranger = createCertificate('stranger', { issuer: ca, names: ['localhost'], ca: false });
const folder = scratchFolder('dev-runtimes');
const trusted = join(folder, 'trusted.pem');
writeFileSync(trusted, ca.pem);
const member = createCertificate('member', { issuer: ca, names: ['localhost'] });
const memberFile = join(folder, 'member.pem');
writeFileSync(memberFile, member.pem);

/** What the program says of a server. */
async function visit(command: readonly string[], own: typeof genuine, words: readonly string[]) {
  const server = await record(own, { chain: own === genuine ? [] : [ca] });
  const env = { HOME: folder, NODE_EXTRA_CA_CERTS: trusted, DENO_CERT: trusted, DENO_NO_UPDATE_CHECK: '1' };
  const { stdout, output } = await run([...command, PROGRAM, `https://localhost:${server.port}/`, ...words], { env });
  expect(stdout, output).not.toBe('');
  return { said: stdout.trim().split('\n'), received: await server.receivedInAll() };
}

describe.each(['bun', 'deno'] as const)('%s', (name) => {
  it('talks to the pinned server alone', async (context) => {
    const runtime = requireRuntime(context, name);
    const command = [runtime, ...RUNTIMES[name]];
    // What Bun's fetch would do with a dispatcher is why none is made there.
    const [right, wrong] = name === 'bun' ? ['DISPATCHER_IGNORED', 'DISPATCHER_IGNORED'] : ['200', 'PIN_MISMATCH'];
    expect(await visit(command, genuine, [genuine.keyPin])).toEqual({
      said: ['visitByAgent 200', `visitByDispatcher ${right}`],
      received: expect.stringContaining(SECRET) as string,
    });
    expect(await visit(command, stranger, [genuine.keyPin])).toEqual({
      said: ['visitByAgent PIN_MISMATCH', `visitByDispatcher ${wrong}`],
      received: '',
    });
  });

  it('takes a CA besides the pin; the server’s own certificate in its place not on Deno', async (context) => {
    const command = [requireRuntime(context, name), ...RUNTIMES[name]];
    const byAgent = async (file: string) => {
      const { said, received } = await visit(command, member, [member.keyPin, file]);
      return [said[0], received.includes(SECRET)];
    };
    const taken = ['visitByAgent 200', true];
    expect(await byAgent(trusted)).toEqual(taken);
    const refused = [expect.stringMatching(/^visitByAgent [A-Z_]*(?:CERT|SIGNATURE)/), false];
    expect(await byAgent(memberFile)).toEqual(name === 'deno' ? refused : taken);
  });
});
