/** @module Traps of Ruby and PHP, with the programs: the usual recipes that are no pin, spare keys, and what can't be pinned. */
import { X509Certificate, createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PIN_FORMATS, type PinFormatName } from '../../packages/ca-core/src/pin-formats/index.ts';
import { createSubject } from '../../packages/ca-core/src/pin-formats/sample-subject.ts';
import { mintmark } from '../programs/mintmark.ts';
import { requirePrograms } from '../programs/program.ts';
import type { RunResult } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { createPinAuthority, createServed } from './certificates.ts';
import { PYTHON_CLIENTS } from './clients-python.ts';
import { RUBY_SHARED_SESSION, SCRIPTING_CLIENTS } from './clients-scripting.ts';
import { interpret, printProgram } from './describe-programs.ts';
import { PinnedServer, WELCOME } from './pinned-server.ts';
import { requireClient } from './require-client.ts';

const folder = scratchFolder('scripting-traps');
const genuine = createServed(folder, 'genuine');
const stranger = createServed(folder, 'stranger');
let server: PinnedServer;
let prints = 0;
beforeAll(async () => void (server = await PinnedServer.start(genuine)));
afterAll(() => server.stop());

const print = (format: string, { certFile } = stranger): Promise<string> => {
  server.forget();
  return printProgram(format, certFile, `localhost:${server.port}`, join(folder, `print-${++prints}`));
};

/** Changes the printed program, as somebody might. */
const change = (file: string, from: string, to: string): void => {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
};

const requestsOf = (): readonly string[] => server.requests.filter((path) => path !== '/unpinned');
const expectAccepted = ({ exitCode, stdout, stderr }: RunResult): void => {
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: `${WELCOME}\n` });
  expect(requestsOf()).toEqual(['/']);
};
const expectRefused = ({ exitCode, stdout, stderr }: RunResult): void => {
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 1, stdout: '' });
  expect(requestsOf()).toEqual([]);
};

describe('Ruby', () => {
  const SECOND = 'return http if pinned?(http.peer_cert)';

  it('by the callback alone refuses a stranger, and by VERIFY_NONE with the callback takes everybody', async (context) => {
    requirePrograms(context, ['ruby']);
    const file = await print('ruby');
    change(file, SECOND, 'return http');
    expectRefused(await interpret(file));
    change(file, 'VERIFY_PEER', 'VERIFY_NONE');
    expectAccepted(await interpret(file));
  });

  it('asks no callback when it resumes a session: the second comparison is what refuses', async (context) => {
    requirePrograms(context, ['ruby']);
    const file = await print('ruby');
    const beside = join(dirname(file), 'beside.rb');
    writeFileSync(
      beside,
      `require ${JSON.stringify(file)}\n${RUBY_SHARED_SESSION}\nputs open_pinned(HOST, PORT).get("/").body\n`,
    );
    const refused = await interpret(beside);
    expectRefused(refused);
    expect(refused.stderr).toContain('in a resumed session');
    change(file, SECOND, 'return http');
    server.forget();
    expectAccepted(await interpret(beside));
    expect(server.handshakes).toEqual([false, true]);
  });

  // On localhost Ruby takes no proxy of the environment in any case, so the setting itself is looked at.
  it('leaves the proxy of the environment alone', async (context) => {
    requirePrograms(context, ['ruby']);
    const file = await print('ruby', genuine);
    const beside = join(dirname(file), 'beside.rb');
    writeFileSync(beside, `require ${JSON.stringify(file)}\nputs open_pinned(HOST, PORT).proxy_from_env?\n`);
    expect(await interpret(beside)).toMatchObject({ exitCode: 0, stdout: 'false\n' });
  });
});

describe('PHP', () => {
  it.for(['PIN', "''", '[]'])('takes nobody when peer_fingerprint is %s instead of the array', async (pin, context) => {
    requirePrograms(context, ['php']);
    const file = await print('php', genuine);
    change(file, "['sha256' => PIN]", pin);
    expectRefused(await interpret(file));
  });
});

describe('spare keys', () => {
  it.for(SCRIPTING_CLIENTS.filter(({ format }) => PIN_FORMATS[format].object === 'public-key'))(
    '$format takes the key that the pins name second',
    async (client, context) => {
      requireClient(context, client);
      const { format } = client;
      const [first, spare] = [spkiSha256(stranger.certFile), spkiSha256(genuine.certFile)];
      expectRefused(await runProgram(format, [first, first]));
      expectAccepted(await runProgram(format, [first, spare]));
    },
  );

  const runProgram = (
    format: PinFormatName,
    [current, backup]: readonly [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>],
  ) => {
    const { snippet } = PIN_FORMATS[format];
    const subject = createSubject({
      pins: { spkiSha256: current },
      backupSpkiSha256: backup,
      server: { host: 'localhost', port: server.port },
    });
    const into = join(folder, `print-${++prints}`);
    mkdirSync(into);
    const file = join(into, snippet?.fileName ?? 'none');
    writeFileSync(file, snippet?.text(subject) ?? '');
    server.forget();
    return interpret(file);
  };

  const spkiSha256 = (certFile: string): Uint8Array<ArrayBuffer> => {
    const { publicKey } = new X509Certificate(readFileSync(certFile));
    return Uint8Array.from(
      createHash('sha256')
        .update(publicKey.export({ type: 'spki', format: 'der' }))
        .digest(),
    );
  };
});

describe("a CA's certificate", () => {
  it.each([...PYTHON_CLIENTS, ...SCRIPTING_CLIENTS])('is nothing to pin $format by', async ({ format }) => {
    const { issuerFile } = createPinAuthority(folder, `ca-${format}`);
    const { exitCode, stdout, stderr } = await mintmark(['pin', issuerFile, '--format', format], {
      home: join(folder, 'home'),
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(`mintmark pin HOST:PORT --format ${format}`);
  });
});
