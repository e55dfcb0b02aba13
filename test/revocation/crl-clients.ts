/**
 * @module Programs of others that hold certificates against revocation lists: verifiers of files, and clients of a running server. Each
 * says whether it accepts; that a client accepts is believed only when the server got its request.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FIRST_BUILD_MS } from '../pins/compilers.ts';
import { programPath } from '../programs/program.ts';
import { run, runOrThrow, type RunResult } from '../programs/run.ts';
import type { Scene } from './scene.ts';

const sourceFile = (name: string): string => fileURLToPath(new URL(`sources/${name}`, import.meta.url));

type Visit = {
  readonly scene: Scene;
  readonly bundle: string;
  readonly crl: string;
  readonly certFile: string;
  readonly port: number;
  /** What to ask the server for. */
  readonly path: string;
};

export type CrlClient = {
  readonly name: string;
  readonly program: string;
  /** It connects to the server, and its request shows there. */
  readonly isOnline: boolean;
  /** What it says of a revoked certificate. */
  readonly complaint: RegExp;
  /** Without a list that it can use it goes on as if there were none; default: it refuses. */
  readonly isListOptional?: true;
  readonly run: (visit: Visit) => Promise<RunResult>;
  /** Whether the program itself says yes. */
  readonly accepts: (result: RunResult) => boolean;
};

const byExitCode = ({ exitCode }: RunResult): boolean => exitCode === 0;

const opensslVerify = (depth: '-crl_check' | '-crl_check_all'): CrlClient => ({
  name: `openssl verify ${depth}`,
  program: 'openssl',
  isOnline: false,
  complaint: /certificate revoked/,
  run: ({ scene: { root, issuer }, crl, certFile }) =>
    run([
      programPath('openssl'),
      'verify',
      depth,
      '-x509_strict',
      '-CAfile',
      root,
      '-untrusted',
      issuer,
      '-CRLfile',
      crl,
      certFile,
    ]),
  accepts: byExitCode,
});

/** Of the file of lists it takes the first. */
const opensslConnect: CrlClient = {
  name: 'openssl s_client -crl_check',
  program: 'openssl',
  isOnline: true,
  complaint: /certificate revoked/,
  run: ({ scene: { root }, crl, port, path }) =>
    run(
      [
        programPath('openssl'),
        's_client',
        '-connect',
        `127.0.0.1:${port}`,
        '-servername',
        'localhost',
        '-CAfile',
        root,
        '-CRL',
        crl,
        '-crl_check',
        '-verify_return_error',
        '-quiet',
      ],
      { input: `GET ${path} HTTP/1.0\r\n\r\n`, holdInput: false },
    ),
  accepts: ({ output }) => output.includes('200 OK'),
};

const certtool: CrlClient = {
  name: 'certtool --verify',
  program: 'certtool',
  isOnline: false,
  isListOptional: true,
  complaint: /revoked/i,
  run: ({ scene: { root }, crl, certFile }) =>
    run([programPath('certtool'), '--verify', '--load-ca-certificate', root, '--load-crl', crl, '--infile', certFile]),
  accepts: byExitCode,
};

const gnutls: CrlClient = {
  name: 'gnutls-cli --x509crlfile',
  program: 'gnutls-cli',
  isOnline: true,
  complaint: /revoked/i,
  // It checks lists before it connects, and looks for who signed them among its CAs alone.
  run: ({ bundle, crl, port, path }) =>
    run([programPath('gnutls-cli'), '--x509cafile', bundle, '--x509crlfile', crl, '-p', String(port), 'localhost'], {
      input: `GET ${path} HTTP/1.0\r\n\r\n`,
    }),
  accepts: ({ output }) => output.includes('200 OK'),
};

const curl: CrlClient = {
  name: 'curl --crlfile',
  program: 'curl',
  isOnline: true,
  complaint: /revoked/,
  run: ({ scene: { root }, crl, port, path }) =>
    run([
      programPath('curl'),
      '-sS',
      '--max-time',
      '20',
      '--cacert',
      root,
      '--crlfile',
      crl,
      `https://localhost:${port}${path}`,
    ]),
  accepts: byExitCode,
};

const python = (depth: 'leaf' | 'chain'): CrlClient => ({
  name: `Python, VERIFY_CRL_CHECK_${depth.toUpperCase()}`,
  program: 'python3',
  isOnline: true,
  complaint: /certificate revoked/,
  run: ({ scene: { root }, crl, port, path }) =>
    run([programPath('python3'), '-I', sourceFile('visit_with_crl.py'), root, crl, String(port), path, depth]),
  accepts: byExitCode,
});

/** Compiled by the test file into its scratch folder. */
const GO_CHECKER = 'check-revocation';

export const goChecker = (folder: string): CrlClient => ({
  name: 'Go, x509.RevocationList',
  program: 'go',
  isOnline: false,
  complaint: /^revoked/,
  run: ({ scene: { issuer }, crl, certFile }) => run([join(folder, GO_CHECKER), 'crl', issuer, certFile, crl]),
  accepts: ({ stdout }) => stdout === 'good\n',
});

/** Debian's packages lie in a GOPATH of their own; nothing is fetched. */
export async function buildGoChecker(folder: string): Promise<void> {
  const env = {
    GO111MODULE: 'off',
    GOPATH: '/usr/share/gocode',
    GOCACHE: join(folder, 'go-cache'),
    GOENV: 'off',
    GOTOOLCHAIN: 'local',
    CGO_ENABLED: '0',
  };
  const source = join(folder, 'check_revocation.go');
  copyFileSync(sourceFile('check_revocation.go'), source);
  const command = [programPath('go'), 'build', '-o', join(folder, GO_CHECKER), source];
  await runOrThrow(command, { env, cwd: folder, timeoutMs: FIRST_BUILD_MS });
}

/** What the compiled program says, on one line. */
export async function askGo(folder: string, words: readonly string[]): Promise<string> {
  return (await runOrThrow([join(folder, GO_CHECKER), ...words])).stdout.trim();
}

export const CRL_CLIENTS: readonly CrlClient[] = [
  opensslVerify('-crl_check'),
  opensslVerify('-crl_check_all'),
  opensslConnect,
  certtool,
  gnutls,
  curl,
  python('leaf'),
  python('chain'),
];

/** Lines for one run of Java, and what it answers to each: starting it costs more than its work. */
export async function askJava(lines: readonly string[]): Promise<readonly string[]> {
  const { stdout, output } = await run([programPath('java'), sourceFile('CheckRevocation.java')], {
    input: `${lines.join('\n')}\n`,
  });
  const answers = stdout.trim().split('\n');
  if (answers.length !== lines.length) throw new Error(output);
  return answers;
}
