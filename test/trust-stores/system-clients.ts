/**
 * @module Programs that find their roots by themselves, in the system's store or Java's: none is told of a CA file, a
 * certificate or an address. Names lead to loopback by the private machine's own `/etc/hosts`.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildGo } from '../programs/go.ts';
import { jdkCommand, quickJava } from '../programs/java.ts';
import { programPath } from '../programs/program.ts';
import { runOrThrow, type RunResult } from '../programs/run.ts';
import { MARKER } from '../clients/visit.ts';

/** A client as a person would start it. */
export interface SystemClient {
  readonly name: string;
  readonly programs: readonly string[];
  readonly command: (url: URL, tools: Tools) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** For programs that speak TLS alone: what is sent to the server. */
  readonly input?: (url: URL) => string;
  /** Its own word that it took the page. Default: exit code 0, and the page. */
  readonly isAccepted?: (result: RunResult) => boolean;
}

/** Programs made for the tests. */
export interface Tools {
  readonly goBinary: string;
  readonly classFolder: string;
}

const source = (name: string): string => fileURLToPath(new URL(`./sources/${name}`, import.meta.url));

const plainRequest = (url: URL): string => `GET ${url.pathname} HTTP/1.0\r\nHost: ${url.host}\r\n\r\n`;

/** The host's name comes last. */
const S_CLIENT_OPTIONS = ['-quiet', '-ign_eof', '-verify_return_error', '-verify_hostname'];

export const SYSTEM_CLIENTS: readonly SystemClient[] = [
  { name: 'curl', programs: ['curl'], command: ({ href }) => ['curl', '-q', '-sS', '--max-time', '15', href] },
  {
    name: 'wget',
    programs: ['wget'],
    command: ({ href }) => ['wget', '--no-config', '-nv', '--tries=1', '--timeout=15', '--no-hsts', '-O', '-', href],
  },
  {
    name: 'git',
    programs: ['git'],
    command: ({ href }) => ['git', 'ls-remote', href],
    env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' },
    // The server is no git server: git took its certificate when what it complains about is the repository.
    isAccepted: ({ output }) => /not valid: is this a git repository\?/.test(output),
  },
  {
    name: 'gnutls-cli',
    programs: ['gnutls-cli'],
    command: ({ hostname, port }) => ['gnutls-cli', '-p', port, hostname],
    input: plainRequest,
  },
  {
    name: 'openssl s_client',
    programs: ['openssl'],
    command: ({ hostname, host }) => ['openssl', 's_client', '-connect', host, ...S_CLIENT_OPTIONS, hostname],
    input: plainRequest,
  },
  { name: 'python urllib', programs: ['python3'], command: ({ href }) => python('urllib', href) },
  { name: 'python requests', programs: ['python3'], command: ({ href }) => python('requests', href) },
  { name: 'ruby', programs: ['ruby'], command: ({ href }) => [programPath('ruby'), source('visit-system.rb'), href] },
  { name: 'php', programs: ['php'], command: ({ href }) => ['php', '-n', '-f', source('visit-system.php'), href] },
  { name: 'go', programs: ['go'], command: ({ href }, { goBinary }) => [goBinary, href] },
];

const python = (way: string, url: string): string[] => [
  programPath('python3'),
  '-I',
  source('visit-system.py'),
  way,
  url,
];

const JVM_FOLDER = '/usr/lib/jvm';

/** One for each JDK or JRE of this machine. */
export function findJavaClients(folder = JVM_FOLDER): SystemClient[] {
  const names = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  return names
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'bin/java')))
    .map(({ name }) => javaClient(name, join(folder, name)));
}

/** A Java by its home. */
export const javaClient = (name: string, home: string): SystemClient => ({
  name: `java of ${name}`,
  programs: ['javac'],
  command: ({ href }, { classFolder }) => quickJava(join(home, 'bin/java'), '-cp', classFolder, 'VisitSystem', href),
});

/** Compiles what needs it, below `folder`. */
export async function makeTools(folder: string, clients: readonly SystemClient[]): Promise<Tools> {
  const tools = { goBinary: join(folder, 'visit-go'), classFolder: folder };
  const wanted = new Set(clients.flatMap(({ programs }) => programs));
  if (wanted.has('go')) await buildGo(folder, [source('visit-system.go')], tools.goBinary);
  if (wanted.has('javac')) await runOrThrow(jdkCommand('javac', '-d', folder, source('visit-system.java')));
  return tools;
}

export const tookPage = ({ exitCode, output }: RunResult): boolean => exitCode === 0 && output.includes(MARKER);
