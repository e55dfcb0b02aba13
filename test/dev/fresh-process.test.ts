/** @module The process around the server: it ends when there is nothing left to do, no fault ends it, and other runtimes. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { repositoryPath } from '../docs/pages.ts';
import { run } from '../programs/run.ts';
import { requireRuntime } from '../programs/runtimes.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { chainPem, nextIdentity, placeFirst } from './served-files.ts';

const PROGRAM = fileURLToPath(new URL('fresh-program.ts', import.meta.url));
const NODE = [process.execPath, repositoryPath('node_modules/tsx/dist/cli.mjs')];
const DENO_WORDS = ['run', '-A', '--no-lock', '--node-modules-dir=manual', '--cached-only'];
const scratch = scratchFolder('fresh-process');

/** Runs the program to its end; a process that is kept alive would run out of time. */
async function play(command: readonly string[], mode: string) {
  const [first, next] = [nextIdentity(), nextIdentity()];
  const { certFile, keyFile, folder } = placeFirst(scratch, first);
  writeFileSync(`${certFile}.next`, chainPem(next));
  writeFileSync(`${keyFile}.next`, next.keyPem);
  const env = { HOME: folder, DENO_NO_UPDATE_CHECK: '1' };
  const { exitCode, stdout, stderr } = await run([...command, PROGRAM, mode, certFile, keyFile], {
    timeoutMs: 15_000,
    env,
  });
  return { exitCode, said: stdout.trim().split('\n'), stderr, first: first.certPin, next: next.certPin };
}

describe.concurrent('in Node', () => {
  it('a server that never listens keeps no process alive', async () => {
    expect(await play(NODE, 'idle')).toMatchObject({ exitCode: 0, said: ['done'], stderr: '' });
  });

  it('nor does one that was closed', async () => {
    const { exitCode, said, first } = await play(NODE, 'closed');
    expect([exitCode, said]).toEqual([0, [first, first, 'done']]);
  });

  it('a fault that nobody asked for is a warning', async () => {
    const { exitCode, said, stderr, first, next } = await play(NODE, 'silent');
    expect([exitCode, said]).toEqual([0, [first, next, 'done']]);
    expect(stderr).toMatch(
      /\[SERVED_FILE_UNREADABLE\] CertificateWarning: the server can't read .*server\.pem: it is not there/,
    );
    expect(stderr.match(/CertificateWarning/g)).toHaveLength(1);
  });

  it('callbacks that throw end nothing', async () => {
    const { exitCode, said, stderr, first, next } = await play(NODE, 'throwing');
    expect([exitCode, said]).toEqual([0, [first, next, 'done']]);
    expect(stderr).toMatch(/rejected by onRenewed[^]*thrown by onFault/);
  });
});

describe.concurrent('in other runtimes', () => {
  it('Deno takes the new certificate', async (context) => {
    const { exitCode, said, first, next, stderr } = await play(
      [requireRuntime(context, 'deno'), ...DENO_WORDS],
      'renew',
    );
    expect([exitCode, said], stderr).toEqual([0, [first, next, 'done']]);
  });

  it('Bun, which can change no certificate, says so', async (context) => {
    const { said } = await play([requireRuntime(context, 'bun'), 'run'], 'renew');
    expect(said).toEqual([expect.stringMatching(/^TypeError: the certificate of this server can not be changed/)]);
  });
});
