/** @module Probes of programs that fetch a page by a command line: curl, wget, git, OpenSSL. */
import { isIP } from 'node:net';
import { variablesOf } from '../diagnosis/trust-variables.ts';
import type { MachineReader } from '../machine/machine.ts';
import type { StoreId } from '../stores/store.ts';
import { PLAIN_PROBE, type Probe, type ProbeCall, type ProbeVisit } from './probe.ts';

const SECONDS = '20';

type Tool = {
  readonly id: string;
  readonly name: string;
  /** The store it reads, by platform; absent where it keeps a list of its own. */
  readonly stores: Partial<Record<'linux' | 'darwin' | 'win32', StoreId>>;
  readonly plan: (program: string, visit: ProbeVisit) => ProbeCall | undefined;
  readonly isConfigurable: boolean;
};

const TOOLS: readonly Tool[] = [
  {
    id: 'curl',
    name: 'curl',
    stores: { linux: 'system', darwin: 'system', win32: 'system' },
    isConfigurable: true,
    plan: (program, { url, host, port, address, isNeutral }) => ({
      command: [
        program,
        ...(isNeutral ? ['-q'] : []),
        '-sS',
        '-o',
        process.platform === 'win32' ? 'NUL' : '/dev/null',
        '--max-time',
        SECONDS,
        ...(address === undefined ? [] : ['--resolve', `${host}:${port}:${address}`]),
        url,
      ],
    }),
  },
  {
    id: 'wget',
    name: 'wget',
    stores: { linux: 'system' },
    isConfigurable: true,
    plan: (program, { url, address, isNeutral }) =>
      address === undefined
        ? {
            // It would keep a list of hosts in the user's folder.
            command: [
              program,
              ...(isNeutral ? ['--no-config'] : []),
              '-nv',
              '-O',
              '/dev/null',
              '--no-hsts',
              '--tries=1',
              `--timeout=${SECONDS}`,
              url,
            ],
          }
        : undefined,
  },
  {
    id: 'git',
    name: 'git',
    stores: { linux: 'system', darwin: 'system', win32: 'git-for-windows' },
    isConfigurable: true,
    plan: (program, { url, address, isNeutral }) =>
      address === undefined
        ? {
            command: [program, '-c', 'credential.helper=', 'ls-remote', url],
            env: {
              GIT_TERMINAL_PROMPT: '0',
              ...(isNeutral ? { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } : {}),
            },
          }
        : undefined,
  },
  {
    id: 'openssl',
    name: 'OpenSSL',
    stores: { linux: 'system' },
    isConfigurable: false,
    plan: (program, { host, port, path, address }) => ({
      command: [
        program,
        's_client',
        '-quiet',
        '-verify_return_error',
        '-connect',
        `${bracket(address ?? host)}:${port}`,
        ...(isIP(host) === 0 ? ['-servername', host, '-verify_hostname', host] : ['-noservername', '-verify_ip', host]),
      ],
      stdin: `GET ${path} HTTP/1.0\r\nHost: ${bracket(host)}\r\n\r\n`,
    }),
  },
];

const bracket = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);

/** Homebrew's OpenSSL reads Homebrew's own list. */
const HOMEBREW_OPENSSL = ['/opt/homebrew', '/usr/local', '/home/linuxbrew/.linuxbrew'].map(
  (prefix) => `${prefix}/opt/openssl@3/bin/openssl`,
);

export function findCommandProbes(reader: MachineReader): Probe[] {
  const found = TOOLS.flatMap((tool) => {
    const program = reader.findProgram(tool.id);
    if (program === undefined || isHomebrew(reader, program)) return [];
    const store = tool.stores[reader.platform as 'linux'];
    return [createProbe(tool, { program, store, id: tool.id, name: tool.name })];
  });
  const openssl = TOOLS.find(({ id }) => id === 'openssl');
  const homebrew = HOMEBREW_OPENSSL.find((path) => reader.status(path) !== undefined);
  if (openssl === undefined || homebrew === undefined) return found;
  const named = { id: 'homebrew-openssl', name: "Homebrew's OpenSSL", store: 'homebrew-openssl' as const };
  return [...found, createProbe(openssl, { program: homebrew, ...named })];
}

const isHomebrew = (reader: MachineReader, program: string): boolean =>
  /\/(?:Cellar|linuxbrew|homebrew)\//.test(reader.realPath(program) ?? program);

function createProbe(
  { id: toolId, plan, isConfigurable }: Tool,
  found: { readonly program: string; readonly store: StoreId | undefined; readonly id: string; readonly name: string },
): Probe {
  const { program, ...rest } = found;
  return {
    ...PLAIN_PROBE,
    ...rest,
    isConfigurable,
    variables: variablesOf(toolId),
    plan: (visit) => plan(program, visit),
  };
}
