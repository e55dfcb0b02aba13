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

describe.each(['bun', 'deno'] as const)('%s', (name) => {
  it('talks to the pinned server alone', async (context) => {
    const runtime = requireRuntime(context, name);
    const visit = async (own: typeof genuine) => {
      const server = await record(own, { chain: own === stranger ? [ca] : [] });
      const words = [PROGRAM, `https://localhost:${server.port}/`, genuine.keyPin];
      const env = { HOME: folder, NODE_EXTRA_CA_CERTS: trusted, DENO_CERT: trusted, DENO_NO_UPDATE_CHECK: '1' };
      const { stdout, output } = await run([runtime, ...RUNTIMES[name], ...words], { env });
      expect(stdout, output).not.toBe('');
      return { said: stdout.trim().split('\n'), received: await server.receivedInAll() };
    };
    // What Bun's fetch would do with a dispatcher is why none is made there.
    const [right, wrong] = name === 'bun' ? ['DISPATCHER_IGNORED', 'DISPATCHER_IGNORED'] : ['200', 'PIN_MISMATCH'];
    expect(await visit(genuine)).toEqual({
      said: ['visitByAgent 200', `visitByDispatcher ${right}`],
      received: expect.stringContaining(SECRET) as string,
    });
    expect(await visit(stranger)).toEqual({
      said: ['visitByAgent PIN_MISMATCH', `visitByDispatcher ${wrong}`],
      received: '',
    });
  });
});
