/** @module Command-line clients with a setting for pins, libcurl, and openssl. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatAuthority } from '../../packages/ca-core/src/pin-formats/pin-format.ts';
import { programPath } from '../programs/program.ts';
import { run, runOrThrow, type RunOptions, type RunResult } from '../programs/run.ts';
import type { Emitted, PinnedClient } from './pinned-client.ts';
import { WELCOME } from './pinned-server.ts';

/** The first line that a program prints of its version. */
export const versionOf = async (...command: string[]): Promise<string> => {
  const [program = '', ...args] = command;
  const { output } = await runOrThrow([programPath(program), ...args]);
  return output.split('\n', 1)[0]?.trim() ?? '';
};

/** The same without what follows the number. */
export const shortVersionOf = async (...command: string[]): Promise<string> =>
  /^.*?\d\S*/.exec(await versionOf(...command))?.[0] ?? '';

/** What a client says about CAs, names and dates: the pin alone, or the pin on top of everything else. */
type Trust = 'pin alone' | { readonly anchorFile: string };
type Visit = (emitted: Emitted, trust: Trust) => Promise<RunResult>;

const isAlone = (trust: Trust): trust is 'pin alone' => trust === 'pin alone';
const urlOf = (emitted: Emitted, path = '/'): string => `https://${formatAuthority(emitted)}${path}`;
/** No settings of whoever runs the tests. */
const inFolder = ({ folder }: Emitted): RunOptions => ({
  cwd: folder,
  env: { HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' },
});

const curlSettings = (trust: Trust): string[] =>
  ['-q', '-sS', '--noproxy', '*'].concat(isAlone(trust) ? '-k' : ['--cacert', trust.anchorFile]);

export const visitByCurl: Visit = (emitted, trust) =>
  run([programPath('curl'), ...curlSettings(trust), '--pinnedpubkey', emitted.text, urlOf(emitted)]);

const curl: PinnedClient = {
  format: 'curl',
  client: 'curl -k',
  programs: ['curl'],
  version: () => shortVersionOf('curl', '--version'),
  visit: (emitted) => visitByCurl(emitted, 'pin alone'),
  visitAgain: (emitted) => {
    const settings = curlSettings('pin alone').slice(1);
    const [careless, pinned] = [
      ['-o', '/dev/null', urlOf(emitted, '/unpinned')],
      ['--pinnedpubkey', emitted.text, urlOf(emitted), urlOf(emitted)],
    ];
    return run([programPath('curl'), '-q', ...settings, ...careless, '--next', ...settings, ...pinned]);
  },
};

export const visitByWget: Visit = (emitted, trust) => {
  const check = isAlone(trust) ? '--no-check-certificate' : `--ca-certificate=${trust.anchorFile}`;
  const settings = ['--no-config', '--no-hsts', '--no-proxy', '-nv', '-O', '-', check];
  return run([programPath('wget'), ...settings, `--pinnedpubkey=${emitted.text}`, urlOf(emitted)], inFolder(emitted));
};

const wget: PinnedClient = {
  format: 'wget',
  client: 'wget --no-check-certificate',
  programs: ['wget'],
  version: () => shortVersionOf('wget', '--version'),
  visit: (emitted) => visitByWget(emitted, 'pin alone'),
  visitAgain: 'one connection',
};

/** @param settings what goes before the command, instead of the pin's own */
export const visitByGit = (
  emitted: Emitted,
  trust: Trust,
  settings: readonly string[] = ['-c', `http.pinnedPubkey=${emitted.text}`],
): Promise<RunResult> => {
  const check = isAlone(trust) ? 'http.sslVerify=false' : `http.sslCAInfo=${trust.anchorFile}`;
  const before = ['-c', 'http.proxy=', '-c', check, ...settings];
  return run([programPath('git'), ...before, 'ls-remote', urlOf(emitted)], inFolder(emitted));
};

const git: PinnedClient = {
  format: 'git',
  client: 'git -c http.sslVerify=false',
  programs: ['git'],
  version: () => versionOf('git', '--version'),
  visit: (emitted) => visitByGit(emitted, 'pin alone'),
  visitAgain: 'one connection',
};

/** Builds a C file beside the emitted one. @param library a linker's option; Debian has libcurl on GnuTLS as well */
export async function compile({ folder }: Emitted, source: string, library = '-lcurl'): Promise<string> {
  const program = join(folder, 'client');
  const words = ['-Wall', '-Wextra', '-Werror', '-O1', '-o', program, join(folder, source), library];
  await runOrThrow([programPath('gcc'), ...words]);
  return program;
}

/** A careless request, then the same handle pinned, then another one that shares its connections and sessions. */
const libcurlDriver = (emitted: Emitted): string => `#define main emitted_main
#include "client.c"
#undef main

static size_t ignore(char *data, size_t size, size_t count, void *user) {
  (void)data, (void)user;
  return size * count;
}

static CURLcode visit(CURL *curl) {
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, NULL);
  curl_easy_setopt(curl, CURLOPT_URL, "${urlOf(emitted)}");
  CURLcode code = pin(curl);
  return code == CURLE_OK ? curl_easy_perform(curl) : code;
}

int main(void) {
  CURLSH *share = curl_share_init();
  curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
  curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  CURL *first = curl_easy_init(), *second = curl_easy_init();
  curl_easy_setopt(first, CURLOPT_SHARE, share);
  curl_easy_setopt(second, CURLOPT_SHARE, share);
  curl_easy_setopt(first, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(first, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(first, CURLOPT_WRITEFUNCTION, ignore);
  curl_easy_setopt(first, CURLOPT_URL, "${urlOf(emitted, '/unpinned')}");
  if (curl_easy_perform(first) != CURLE_OK) return 70;
  CURLcode codes[] = {visit(second), visit(first)};
  return codes[0] != CURLE_OK || codes[1] != CURLE_OK;
}
`;

export async function visitAgainByLibcurl(emitted: Emitted, library?: string): Promise<RunResult> {
  writeFileSync(join(emitted.folder, 'again.c'), libcurlDriver(emitted));
  return run([await compile(emitted, 'again.c', library)], inFolder(emitted));
}

const libcurl: PinnedClient = {
  format: 'libcurl',
  client: 'libcurl, in C',
  programs: ['gcc', 'curl-config'],
  version: () => versionOf('curl-config', '--version'),
  visit: async (emitted) => run([await compile(emitted, 'client.c')], inFolder(emitted)),
  visitAgain: (emitted) => visitAgainByLibcurl(emitted),
};

const openssl: PinnedClient = {
  format: 'openssl',
  client: 'openssl s_client',
  programs: ['openssl', 'awk'],
  version: () => shortVersionOf('openssl', 'version'),
  visit: (emitted) => run(['/bin/sh', emitted.file ?? ''], inFolder(emitted)),
  visitAgain: 'one connection',
};

/** Its input is held open: it hangs up when that ends. */
export async function visitByGnutls(emitted: Emitted, settings: readonly string[]): Promise<RunResult> {
  const place = ['-p', String(emitted.port), emitted.host];
  const input = 'GET / HTTP/1.0\r\n\r\n';
  return run([programPath('gnutls-cli'), ...settings, ...place], { ...inFolder(emitted), input, holdInput: true });
}

/** Puts the emitted lines where gnutls-cli reads them. */
export function writeKnownHosts({ folder, text }: Emitted): void {
  mkdirSync(join(folder, '.gnutls'), { recursive: true });
  writeFileSync(join(folder, '.gnutls', 'known_hosts'), text);
}

const gnutls: PinnedClient = {
  format: 'gnutls',
  client: 'gnutls-cli --strict-tofu',
  programs: ['gnutls-cli'],
  version: () => versionOf('gnutls-cli', '--version'),
  visit: (emitted) => {
    writeKnownHosts(emitted);
    return visitByGnutls(emitted, ['--strict-tofu']);
  },
  visitAgain: 'one connection',
};

const openconnect: PinnedClient = {
  format: 'openconnect',
  client: 'openconnect --servercert',
  programs: ['openconnect'],
  version: () => shortVersionOf('openconnect', '--version'),
  visit: async (emitted) => {
    const settings = ['--non-inter', '--authenticate', '--no-proxy', '--dump-http-traffic'];
    const pin = ['--servercert', emitted.text];
    const result = await run([programPath('openconnect'), ...settings, ...pin, urlOf(emitted)], inFolder(emitted));
    // The server is no VPN, so it gives up either way: with the answer in its dump, or without having asked.
    return result.output.includes(WELCOME) ? { ...result, exitCode: 0, stdout: result.output } : result;
  },
  visitAgain: 'one connection',
};

/** The library of Debian's git and others, which can take the place of the one on OpenSSL. */
export const LIBCURL_ON_GNUTLS = '-l:libcurl-gnutls.so.4';
export const hasLibcurlOnGnutls = (): boolean =>
  ['x86_64', 'aarch64'].some((machine) => existsSync(`/usr/lib/${machine}-linux-gnu/libcurl-gnutls.so.4`));

export const TOOL_CLIENTS: readonly PinnedClient[] = [curl, wget, git, libcurl, openssl, gnutls, openconnect];
