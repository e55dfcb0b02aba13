/**
 * @module Clients as people start them: a command for one visit, without any option that names roots. What they trust is what they have
 * by themselves and what the environment says.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { curlResolve } from '../clients/drivers/curl.ts';
import { MARKER, plainRequest, visitUrl, type Visit } from '../clients/visit.ts';
import { buildGo } from '../programs/go.ts';
import { javaCommand, jdkCommand } from '../programs/java.ts';
import { programPath } from '../programs/program.ts';
import { runOrThrow, type RunResult } from '../programs/run.ts';

export interface PlainClient {
  readonly name: string;
  readonly programs: readonly string[];
  /** How a user of this client has named a company's roots before; null where a test of its own shows it. */
  readonly ownVariable: string | null;
  /** A folder to compile in, and a CONNECT proxy for who can't be told where a name is. */
  command(
    visit: Visit,
    scene: { readonly folder: string; readonly proxy: string },
  ): Promise<readonly string[]> | readonly string[];
  readonly input?: (visit: Visit) => string;
  /** Default: the page arrived and the exit code is 0. */
  readonly isAccepted?: (result: RunResult) => boolean;
}

export const isPageShown = ({ exitCode, stdout }: RunResult): boolean => exitCode === 0 && stdout.includes(MARKER);

const source = (name: string): string => fileURLToPath(new URL(`sources/${name}`, import.meta.url));
const where = (visit: Visit): string[] => [visit.host, visit.address, String(visit.port), visit.path];

const curl: PlainClient = {
  name: 'curl',
  programs: ['curl'],
  ownVariable: 'CURL_CA_BUNDLE',
  command: (visit) => {
    const place = curlResolve(visit);
    const resolve = place === undefined ? [] : ['--resolve', place];
    return [programPath('curl'), '-q', '-sS', '--max-time', '15', '--noproxy', '*', ...resolve, visitUrl(visit)];
  },
};

const openssl: PlainClient = {
  name: 'openssl s_client',
  programs: ['openssl'],
  ownVariable: 'SSL_CERT_FILE',
  command: ({ host, address, port }) => [
    programPath('openssl'),
    's_client',
    '-connect',
    `${address}:${port}`,
    '-quiet',
    '-ign_eof',
    '-verify_return_error',
    '-verify_hostname',
    host,
    '-servername',
    host,
  ],
  input: plainRequest,
};

const wget: PlainClient = {
  name: 'wget',
  programs: ['wget'],
  ownVariable: null,
  command: (visit, { proxy }) => {
    const route = ['-e', 'use_proxy=yes', '-e', `https_proxy=${proxy}`, '-e', 'no_proxy='];
    return [programPath('wget'), '-nv', '--tries=1', '--timeout=15', '--no-hsts', '-O', '-', ...route, visitUrl(visit)];
  },
};

/** The server is no git server: what git complains about tells how far it came. */
const git: PlainClient = {
  name: 'git',
  programs: ['git'],
  ownVariable: 'GIT_SSL_CAINFO',
  command: (visit) => {
    const place = curlResolve(visit);
    const resolve = place === undefined ? [] : ['-c', `http.curloptResolve=${place}`];
    return [programPath('git'), ...resolve, 'ls-remote', visitUrl(visit)];
  },
  isAccepted: ({ output }) => /not valid: is this a git repository\?/.test(output),
};

const script = (name: string, program: string, file: string, ownVariable: string): PlainClient => ({
  name,
  programs: [program],
  ownVariable,
  command: (visit) => [programPath(program), source(file), ...where(visit)],
});

const go: PlainClient = {
  name: 'go',
  programs: ['go'],
  ownVariable: 'SSL_CERT_FILE',
  command: async (visit, { folder }) => {
    const made = join(folder, 'visit-go');
    if (!existsSync(made)) await buildGo(folder, [source('visit.go')], made);
    return [made, ...where(visit)];
  },
};

const java: PlainClient = {
  name: 'java',
  programs: ['java', 'javac'],
  ownVariable: null,
  command: async (visit, { folder }) => {
    if (!existsSync(join(folder, 'VisitOnce.class')))
      await runOrThrow(jdkCommand('javac', '-d', folder, source('VisitOnce.java')));
    return javaCommand('-cp', folder, 'VisitOnce', ...where(visit));
  },
};

export const PLAIN_CLIENTS: readonly PlainClient[] = [
  curl,
  openssl,
  wget,
  git,
  script('node', 'node', 'visit-node.mjs', 'NODE_EXTRA_CA_CERTS'),
  script('python urllib', 'python3', 'visit-urllib.py', 'SSL_CERT_FILE'),
  script('python requests', 'python3', 'visit-requests.py', 'REQUESTS_CA_BUNDLE'),
  script('ruby', 'ruby', 'visit.rb', 'SSL_CERT_FILE'),
  script('php', 'php', 'visit.php', 'SSL_CERT_FILE'),
  go,
  java,
];
