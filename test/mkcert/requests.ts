/** @module Certificate requests as OpenSSL makes them, harmless and otherwise, and a certificate and key that no CA of ours made. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../programs/program.ts';

type RequestSpec = { readonly words: string; readonly subject: string; readonly extensions: readonly string[] };

/** What is asked for, and in which words the table says so. */
export const REQUESTS = {
  plain: {
    words: 'for app.test',
    subject: '/CN=app.test',
    extensions: ['subjectAltName=DNS:app.test,DNS:www.app.test'],
  },
  'common-name': { words: 'with a common name alone', subject: '/CN=app.test', extensions: [] },
  ca: {
    words: 'that asks to be a CA',
    subject: '/CN=app.test',
    extensions: ['subjectAltName=DNS:app.test', 'basicConstraints=critical,CA:TRUE', 'keyUsage=keyCertSign'],
  },
  path: { words: 'for ../../evil', subject: '/CN=evil', extensions: ['subjectAltName=DNS:../../evil,DNS:evil.test'] },
  'directory-name': {
    words: 'with a directory name alone',
    subject: '/CN=app.test',
    extensions: ['subjectAltName=dirName:who', '[who]', 'CN=app.test'],
  },
  nameless: { words: 'without any name', subject: '/', extensions: [] },
  weak: { words: 'with an RSA key of 1024 bits', subject: '/CN=app.test', extensions: ['subjectAltName=DNS:app.test'] },
  person: { words: 'for John Doe', subject: '/CN=John Doe', extensions: [] },
} as const satisfies Record<string, RequestSpec>;

export type RequestName = keyof typeof REQUESTS;

type Made = {
  readonly requests: Readonly<Record<string, string>>;
  readonly stranger: { readonly certPem: string; readonly keyPem: string };
};

/** Key and requests are made once for all tests of a file. */
function makeAll(): Made {
  const folder = mkdtempSync(join(tmpdir(), 'mintmark-requests-'));
  const openssl = findProgram('openssl') ?? 'openssl';
  const run = (...words: readonly string[]): unknown =>
    execFileSync(openssl, words, { cwd: folder, stdio: 'ignore', env: { PATH: process.env['PATH'] ?? '' } });
  try {
    run('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'key.pem');
    run('req', '-x509', '-new', '-key', 'key.pem', '-subj', '/CN=stranger.test', '-days', '30', '-out', 'cert.pem');
    run('genrsa', '-out', 'weak.pem', '1024');
    const make = ({ words, subject, extensions }: RequestSpec) => {
      const config = [
        '[req]',
        'distinguished_name=dn',
        '[dn]',
        ...(extensions.length > 0 ? ['[v3]', ...extensions] : []),
      ];
      writeFileSync(join(folder, 'request.cnf'), `${config.join('\n')}\n`);
      const flags = extensions.length > 0 ? ['-reqexts', 'v3'] : [];
      const key = words === REQUESTS.weak.words ? 'weak.pem' : 'key.pem';
      run('req', '-new', '-key', key, '-subj', subject, '-config', 'request.cnf', ...flags, '-out', 'r.csr');
      return readFileSync(join(folder, 'r.csr'), 'utf8');
    };
    const entries = Object.entries(REQUESTS).map(([name, spec]) => [name, make(spec)] as const);
    const [certPem, keyPem] = ['cert.pem', 'key.pem'].map((name) => readFileSync(join(folder, name), 'utf8'));
    return { requests: Object.fromEntries(entries), stranger: { certPem: certPem ?? '', keyPem: keyPem ?? '' } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let made: Made | undefined;
const madeOnce = (): Made => (made ??= makeAll());

/** PEM of a request. */
export const requestPem = (name: RequestName): string => madeOnce().requests[name] ?? '';

/** A self-signed certificate and its key. */
export const stranger = (): Made['stranger'] => madeOnce().stranger;
