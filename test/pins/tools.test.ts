/** @module Pins of command-line tools, with the tools; what lies beside a pin, and recipes that hold none. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PIN_FORMATS } from '../../packages/ca-core/src/pin-formats/index.ts';
import { createSubject } from '../../packages/ca-core/src/pin-formats/sample-subject.ts';
import { mintmark } from '../programs/mintmark.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run, runOrThrow, type RunResult } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { createPinAuthority } from './certificates.ts';
import {
  compile,
  hasLibcurlOnGnutls,
  LIBCURL_ON_GNUTLS,
  TOOL_CLIENTS,
  visitAgainByLibcurl,
  visitByCurl,
  visitByGit,
  visitByGnutls,
  visitByWget,
  writeKnownHosts,
} from './clients-tools.ts';
import { describeClients } from './describe-clients.ts';
import type { Emitted } from './pinned-client.ts';
import { WELCOME } from './pinned-server.ts';
import { createScene, type CaseName, type Meeting } from './scene.ts';
import { printFor, withSpare } from './print-again.ts';

describeClients('tools', TOOL_CLIENTS);

const scene = createScene('tools-beside');
const folder = scratchFolder('tools-ca');
let meetings: ReadonlyMap<CaseName, Meeting> = new Map();
beforeAll(async () => {
  meetings = await scene.meetings('self-signed');
});
afterAll(() => scene.close());
const meeting = (name: CaseName): Meeting => meetings.get(name) ?? expect.fail(`no case ${name}`);

const emit = async (format: string, name: CaseName): Promise<Emitted> => {
  const emitted = await scene.emit(format, meeting(name));
  meeting(name).server.forget();
  return emitted;
};
const expectAccepted = (result: RunResult): void => {
  expect(result.stdout).toContain(WELCOME);
  expect(result.exitCode, result.output).toBe(0);
};
const expectRefused = (result: RunResult, name: CaseName): void => {
  expect(result.exitCode, result.output).not.toBe(0);
  expect(meeting(name).server.requests).toEqual([]);
};

describe.each([
  ['curl', visitByCurl],
  ['wget', visitByWget],
  ['git', visitByGit],
] as const)('%s with the certificate as its anchor', (format, visit) => {
  it.for([
    ['accepts', 'the right pin', 'right', 'right'],
    ['refuses', 'a wrong pin of a server that is otherwise trusted', 'wrong', 'right'],
    ['refuses', 'an expired certificate', 'expired', 'expired'],
    ['refuses', 'another host', 'wrongHost', 'wrongHost'],
  ] as const)('%s %s', async ([outcome, , name, anchor], context) => {
    requirePrograms(context, [format]);
    const result = await visit(await emit(format, name), { anchorFile: meeting(anchor).pinnedFile });
    if (outcome === 'accepts') expectAccepted(result);
    else expectRefused(result, name);
  });
});

describe('the spare key', () => {
  it.for(TOOL_CLIENTS.filter(({ format }) => format !== 'openconnect'))(
    '$format accepts the server that has moved to it',
    async (client, context) => {
      requirePrograms(context, client.programs);
      const emitted = withSpare(await emit(client.format, 'right'), meeting('wrong').pinnedFile);
      expectAccepted(await client.visit(emitted));
    },
  );

  it('in a configuration file of git needs the quotes that `git config` writes', async (context) => {
    requirePrograms(context, ['git']);
    const emitted = withSpare(await emit('git', 'right'), meeting('wrong').pinnedFile);
    const file = join(emitted.folder, '.gitconfig');
    await runOrThrow([programPath('git'), 'config', '--file', file, 'http.pinnedPubkey', emitted.text]);
    expectAccepted(await visitByGit(emitted, 'pin alone', []));
    writeFileSync(file, `[http]\n\tpinnedPubkey = ${emitted.text}\n`);
    meeting('right').server.forget();
    expectRefused(await visitByGit(emitted, 'pin alone', []), 'right');
  });
});

describe('a CA', () => {
  it.each(TOOL_CLIENTS)('is no pin of $format, which compares what the server itself shows', async ({ format }) => {
    const { rootFile } = createPinAuthority(folder, format);
    const result = await mintmark(['pin', rootFile, '--format', format], { home: join(folder, 'home') });
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toContain('PIN_FORMAT_UNSUITABLE');
  });
});

describe('the line that says how to have the rest checked too', () => {
  const ON_TOP: Readonly<Record<'libcurl' | 'openssl', readonly (readonly [RegExp, string])[]>> = {
    libcurl: [
      [/^.*SSL_VERIFYHOST.*\n/m, ''],
      [/CURLOPT_SSL_VERIFYPEER, 0L/, 'CURLOPT_CAINFO, "server.pem"'],
    ],
    openssl: [
      [/3 1 1 /g, '1 1 1 '],
      [/-dane_ee_no_namechecks/, '-CAfile server.pem'],
    ],
  };
  const visitEdited = async (format: keyof typeof ON_TOP, name: CaseName, anchor: CaseName): Promise<RunResult> => {
    const emitted = await emit(format, name);
    const file = emitted.file ?? '';
    const edit = (text: string, [from, to]: readonly [RegExp, string]): string => {
      const edited = text.replace(from, to);
      expect(edited).not.toBe(text);
      return edited;
    };
    // Comments first: they tell the edits in the same words.
    const bare = emitted.text.replaceAll(/^(?:#(?!!|include)|\/\/) .*\n/gm, '');
    writeFileSync(file, ON_TOP[format].reduce(edit, bare));
    writeFileSync(join(emitted.folder, 'server.pem'), readFileSync(meeting(anchor).pinnedFile));
    const program = format === 'openssl' ? ['/bin/sh', file] : [await compile(emitted, 'client.c')];
    return run(program, { cwd: emitted.folder });
  };

  it.for(['libcurl', 'openssl'] as const)('does what it says: %s', async (format, context) => {
    requirePrograms(context, format === 'openssl' ? ['openssl', 'awk'] : ['gcc', 'curl-config']);
    expectAccepted(await visitEdited(format, 'right', 'right'));
    expectRefused(await visitEdited(format, 'wrong', 'right'), 'wrong');
    expectRefused(await visitEdited(format, 'expired', 'expired'), 'expired');
    expectRefused(await visitEdited(format, 'wrongHost', 'wrongHost'), 'wrongHost');
  });
});

describe('libcurl on GnuTLS', () => {
  it('holds as well, with sessions and connections shared', async (context) => {
    requirePrograms(context, ['gcc', 'curl-config']);
    if (!hasLibcurlOnGnutls()) context.skip('libcurl3-gnutls is not installed');
    expectAccepted(await visitAgainByLibcurl(await emit('libcurl', 'right'), LIBCURL_ON_GNUTLS));
    const emitted = await emit('libcurl', 'wrong');
    expect((await visitAgainByLibcurl(emitted, LIBCURL_ON_GNUTLS)).exitCode).toBe(1);
    expect(meeting('wrong').server.requests).toEqual(['/unpinned']);
  });
});

describe('openssl s_client', () => {
  it('without -verify_return_error reports a wrong pin and sends the request all the same', async (context) => {
    requirePrograms(context, ['openssl', 'awk']);
    const emitted = await emit('openssl', 'wrong');
    const file = emitted.file ?? '';
    writeFileSync(file, emitted.text.replace(' -verify_return_error -connect', ' -connect'));
    const result = await run(['/bin/sh', file]);
    expect(result.stderr).toContain('no matching DANE TLSA records');
    expectAccepted(result);
  });
});

describe('gnutls-cli', () => {
  const decide = ({ folder: home, host, port }: Emitted, answer: string): Promise<RunResult> =>
    run([programPath('gnutls-cli'), '--tofu', '-p', String(port), host], { input: answer, env: { HOME: home } });
  const readKnownHosts = (emitted: Emitted): string =>
    readFileSync(join(emitted.folder, '.gnutls', 'known_hosts'), 'utf8');

  it('writes the same line when it is told to trust the server', async (context) => {
    requirePrograms(context, ['gnutls-cli']);
    const emitted = await emit('gnutls', 'right');
    await decide(emitted, 'y\n');
    expect(readKnownHosts(emitted)).toBe(emitted.text);
  });

  it('with --tofu asks, and keeps another key for who says yes; with --strict-tofu not even --insecure helps', async (context) => {
    requirePrograms(context, ['gnutls-cli']);
    const emitted = await emit('gnutls', 'wrong');
    writeKnownHosts(emitted);
    expectRefused(await visitByGnutls(emitted, ['--strict-tofu', '--insecure']), 'wrong');
    expect(readKnownHosts(emitted)).toBe(emitted.text);
    expect((await decide(emitted, 'y\n')).output).toContain('different key');
    expect(readKnownHosts(emitted)).toMatch(/^(?:\|g0\|localhost\|.*\n){2}$/);
  });

  it.for([443, 465, 636, 853, 993, 995, 5061, 5432, 5671, 6697, 8080, 8081, 8443, 8883])(
    'finds the line of port %i by the name that this machine gives it',
    async (port, context) => {
      requirePrograms(context, ['getent']);
      const named = await run([programPath('getent'), 'services', `${port}/tcp`]);
      const service = named.exitCode === 0 ? (named.stdout.split(/\s/, 1)[0] ?? '') : String(port);
      const pins = { spkiSha256: new Uint8Array(32) };
      const lines = PIN_FORMATS.gnutls.snippet?.text(createSubject({ pins, server: { host: 'app.test', port } }));
      expect(lines).toContain(`|g0|app.test|${service}|0|`);
      expect(lines).toContain(`|g0|app.test|${port}|0|`);
    },
  );
});

describe('an IPv6 address', () => {
  it.for(TOOL_CLIENTS.filter(({ format }) => format !== 'openconnect'))(
    'is no trouble to $format',
    async (client, context) => {
      requirePrograms(context, client.programs);
      const emitted = await emit(client.format, 'right');
      expectAccepted(await client.visit(printFor({ ...emitted, host: '::1' })));
    },
  );
});
