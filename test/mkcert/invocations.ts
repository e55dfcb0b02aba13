/**
 * @module The table of calls that both programs are run with, and where they may differ. Every difference has a reason; what is not
 * listed here must be equal. docs/mkcert.md shows it.
 */
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Facet } from './observe.ts';
import type { Place } from './programs.ts';
import { requestPem, REQUESTS, stranger, type RequestName } from './requests.ts';

/** Why the two differ. The texts stand in docs/mkcert.md. */
export const REASONS = {
  email: "an issuer for servers and clients can vouch for no mail: a certificate for an address is a client's",
  'once-each': 'a name stands in the certificate once; the file is named as by mkcert',
  'lower-case': 'names are written as clients compare them; the file is named as typed',
  idn: 'names are mapped as browsers map them (UTS 46), so that they match',
  'never-matches': 'no client would ever match such a name',
  'is-a-flag': 'a flag behind the first name would become a name',
  'takes-more': 'it is plain what is meant',
  'no-public-suffix': "a name that belongs to everybody is nobody's to certify",
  'file-name': "what can't stand in a file name becomes _",
  'makes-folders': 'missing folders are made',
  'one-place': 'two spellings of one path are one file, which holds both, 0600',
  'private-store':
    'whoever may read the file has the key: it is 0600; and AES-256 instead of RC2-40, which OpenSSL 3 and Node read',
  'no-empty-path': 'an empty line would be taken for a path',
  'signs-too': '-install -csr installs and signs',
  'no-ca-for-requests': 'a request gets its key, its subject and its names; one that asks for more is refused',
  'weak-key': 'clients refuse RSA below 2048 bits',
  'stays-here': 'a file is named after a name only where it stays in the folder',
  'no-panic': 'a request without a usable name is refused in words',
  'keeps-strangers': 'what is no development certificate or key is not replaced',
  'tight-key': 'a key is 0600 whatever stood in its place',
  'java-apart': 'a JAVA_HOME without Java stops nothing',
  'says-so': 'what is ignored is said to be',
} as const;
export type Reason = keyof typeof REASONS;

type Given = readonly [words: string, prepare: (place: Place) => void];

export type Invocation = {
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What stands there before: said in a few words, and made. */
  readonly given?: Given;
  /** No CA is there yet. */
  readonly isFresh?: true;
  /** Facets that differ, and why. */
  readonly differs?: readonly [reason: Reason, ...facets: Facet[]];
};

const HOMELESS = { HOME: undefined, CAROOT: undefined };
const MADE: Facet[] = ['files', 'names', 'purposes', 'key', 'days'];
const REFUSED: Facet[] = ['exit', ...MADE];

const request = (name: RequestName): Given => [
  `r.csr ${REQUESTS[name].words}`,
  ({ work }) => writeFileSync(join(work, 'r.csr'), requestPem(name)),
];

const ofSomebody = (...names: readonly string[]): Given => [
  `${names.join(' and ')} of somebody else`,
  ({ work }) => {
    for (const name of names)
      writeFileSync(join(work, name), name.endsWith('-key.pem') ? stranger().keyPem : stranger().certPem, {
        mode: 0o600,
      });
  },
];

const inCaroot =
  (change: (caroot: string) => void): ((place: Place) => void) =>
  ({ caroot }) => {
    mkdirSync(caroot, { recursive: true });
    change(caroot);
  };

/** A CAROOT as a colleague gets it: the certificate alone. */
const KEYLESS: Given = [
  'rootCA.pem alone in CAROOT',
  inCaroot((caroot) => {
    for (const name of readdirSync(caroot))
      if (name !== 'rootCA.pem') rmSync(join(caroot, name), { recursive: true, force: true });
  }),
];

const USAGE: readonly Invocation[] = [
  { words: [] },
  { words: ['-help'] },
  { words: ['--help'] },
  { words: ['-h'] },
  { words: ['-version'] },
  { words: ['-help', '-version'] },
  { words: ['-x'] },
  { words: ['---x'] },
  { words: ['-=x'] },
  { words: ['-cert-file'] },
  { words: ['-install=x'] },
  { words: ['-ecdsa'], isFresh: true },
  { words: ['-CAROOT'] },
  { words: ['-CAROOT', 'localhost'] },
  { words: ['-CAROOT', '-csr', 'x'] },
  { words: ['-CAROOT=false'] },
  { words: ['-CAROOT', '-install'] },
  { words: ['-install', '-uninstall'] },
  { words: ['-CAROOT'], env: { CAROOT: '' } },
  { words: ['-CAROOT'], env: { CAROOT: undefined, XDG_DATA_HOME: '/data' } },
  { words: ['-CAROOT'], env: HOMELESS, differs: ['no-empty-path', 'exit', 'spoke'] },
  { words: ['localhost'], env: HOMELESS },
];

const CERTIFICATES: readonly Invocation[] = [
  { words: ['localhost'], isFresh: true },
  { words: ['localhost', '127.0.0.1', '::1'] },
  { words: ['-ecdsa', 'localhost'] },
  { words: ['--ecdsa=true', 'localhost'] },
  { words: ['-ecdsa=0', 'localhost'] },
  { words: ['-client', 'localhost'] },
  { words: ['-client', '-ecdsa', 'a.test', 'b.test'] },
  { words: ['-ecdsa', 'user@example.test'], differs: ['email', 'purposes'] },
  { words: ['-ecdsa', '-client', 'user@example.test'], differs: ['email', 'purposes'] },
  { words: ['-ecdsa', 'user@example.test', 'localhost'], differs: ['email', 'purposes'] },
  { words: ['-ecdsa', 'a+b@example.test', 'localhost'], differs: ['email', 'purposes'] },
  { words: ['-ecdsa', '*.app.test'] },
  { words: ['-ecdsa', '*.app.test', 'app.test'] },
  { words: ['-ecdsa', '*.test'] },
  { words: ['-ecdsa', '127.0.0.1'] },
  { words: ['-ecdsa', '::1'] },
  { words: ['-ecdsa', '10.0.0.1', '192.168.1.1'] },
  { words: ['-ecdsa', 'localhost', 'spiffe://example.test/service'] },
  { words: ['-ecdsa', 'example.com'] },
  { words: ['-ecdsa', 'example.com', '*.example.org', 'app.test'] },
  { words: ['-ecdsa', 'under_score.test'] },
  { words: ['-ecdsa', '--', 'localhost'] },
  { words: ['-ecdsa', '-install=false', 'localhost'] },
  { words: ['-ecdsa', 'my-host'] },
  { words: ['-ecdsa', 'bücher.example'] },
  { words: ['-ecdsa', 'BÜCHER.example'], differs: ['idn', 'files', 'names'] },
  { words: ['-ecdsa', 'App.Test'], differs: ['lower-case', 'names'] },
  { words: ['-ecdsa', 'a.test', 'a.test'], differs: ['once-each', 'names'] },
  { words: ['-ecdsa', '[::1]'], differs: ['takes-more', ...REFUSED] },
  { words: ['-ecdsa', 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6'], differs: ['takes-more', ...REFUSED] },
  { words: ['-ecdsa', 'https://example.test/page'], differs: ['file-name', ...REFUSED] },
  { words: ['localhost', '-ecdsa'], differs: ['is-a-flag', ...REFUSED] },
  { words: ['-ecdsa', '--', '-client'], differs: ['is-a-flag', ...REFUSED] },
  { words: ['-ecdsa', '-'], differs: ['never-matches', ...REFUSED] },
  { words: ['-ecdsa', 'a..b'], differs: ['never-matches', ...REFUSED] },
  { words: ['-ecdsa', `${'a'.repeat(70)}.test`], differs: ['never-matches', ...REFUSED] },
  { words: ['-ecdsa', '256.1.1.1'], differs: ['never-matches', ...REFUSED] },
  { words: ['-ecdsa', '*.com'], differs: ['no-public-suffix', ...REFUSED] },
  { words: ['-ecdsa', 'com'], differs: ['no-public-suffix', ...REFUSED] },
  ...['', 'a b', 'x.', '.x', '*', 'localhost:8080', 'fe80::1%eth0', '192.168.0.0/16'].map((name) => ({
    words: [name],
  })),
];

const FILES: readonly Invocation[] = [
  { words: ['-ecdsa', '-cert-file=c.pem', '--key-file', 'k.pem', 'localhost'] },
  { words: ['-ecdsa', '-cert-file', 'c.pem', 'localhost'] },
  { words: ['-ecdsa', '-key-file', 'k.pem', 'localhost'] },
  { words: ['-ecdsa', '-cert-file', 'a.pem', '-cert-file', 'b.pem', 'localhost'] },
  { words: ['-ecdsa', '-cert-file', '', 'localhost'] },
  { words: ['-ecdsa', '-cert-file', 'a.pem', '-key-file', 'a.pem', 'localhost'] },
  {
    words: ['-ecdsa', '-cert-file', './a.pem', '-key-file', 'a.pem', 'localhost'],
    differs: ['one-place', ...MADE],
  },
  { words: ['-ecdsa', '-cert-file', 'sub/c.pem', 'localhost'], differs: ['makes-folders', ...REFUSED] },
  { words: ['-pkcs12', 'localhost'], differs: ['private-store', 'files', 'p12'] },
  { words: ['-pkcs12', '-p12-file', 'b.p12', 'localhost'], differs: ['private-store', 'files', 'p12'] },
  { words: ['-pkcs12', '-client', '-ecdsa', 'a.test', 'b.test'], differs: ['private-store', 'files', 'p12'] },
  { words: ['-pkcs12', '-ecdsa', '-cert-file', 'c.pem', 'localhost'], differs: ['private-store', 'files', 'p12'] },
  { words: ['-ecdsa', '-p12-file', 'b.p12', 'localhost'] },
  {
    words: ['-ecdsa', 'localhost'],
    given: ofSomebody('localhost.pem', 'localhost-key.pem'),
    differs: ['keeps-strangers', ...REFUSED],
  },
  {
    words: ['-ecdsa', 'localhost'],
    given: ofSomebody('localhost-key.pem'),
    differs: ['keeps-strangers', ...REFUSED],
  },
  {
    words: ['-ecdsa', '-pkcs12', 'localhost'],
    given: ofSomebody('localhost.p12'),
    differs: ['keeps-strangers', ...REFUSED, 'p12'],
  },
  {
    words: ['-ecdsa', 'localhost'],
    given: [
      'an empty localhost-key.pem of mode 0644',
      ({ work }) => {
        writeFileSync(join(work, 'localhost-key.pem'), '');
        chmodSync(join(work, 'localhost-key.pem'), 0o644);
      },
    ],
    differs: ['tight-key', 'files'],
  },
];

const REQUESTED: readonly Invocation[] = [
  { words: ['-csr', 'r.csr'], given: request('plain') },
  { words: ['-csr', 'r.csr', '-cert-file', 'c.pem'], given: request('plain') },
  { words: ['-csr=r.csr', '-key-file', 'k.pem'], given: request('plain') },
  { words: ['-csr', 'r.csr'], given: request('common-name') },
  { words: ['-install', '-csr', 'r.csr'], given: request('plain'), differs: ['signs-too', ...MADE] },
  { words: ['-csr', 'r.csr'], given: request('ca'), differs: ['no-ca-for-requests', ...REFUSED] },
  { words: ['-csr', 'r.csr'], given: request('path'), differs: ['stays-here', ...REFUSED] },
  { words: ['-csr', 'r.csr'], given: request('directory-name'), differs: ['no-panic', 'exit'] },
  { words: ['-csr', 'r.csr'], given: request('person'), differs: ['never-matches', ...REFUSED] },
  { words: ['-csr', 'r.csr'], given: request('nameless'), differs: ['never-matches', ...REFUSED] },
  { words: ['-csr', 'r.csr'], given: request('weak'), differs: ['weak-key', ...REFUSED] },
  {
    words: ['-csr', 'r.csr', '-cert-file', 'r.csr'],
    given: request('plain'),
    differs: ['keeps-strangers', ...REFUSED],
  },
  { words: ['-csr', 'missing.csr'] },
  { words: ['-csr', 'localhost.pem'], given: ofSomebody('localhost.pem') },
  { words: ['-csr', 'r.csr', '-ecdsa'] },
  { words: ['-csr', 'r.csr', '-client'] },
  { words: ['-csr', 'r.csr', '-pkcs12'] },
  { words: ['-csr', 'r.csr', 'localhost'] },
];

const TRUST: readonly Invocation[] = [
  { words: ['-install'], isFresh: true },
  { words: ['-install', '-ecdsa', 'localhost'] },
  { words: ['-uninstall'], differs: ['says-so', 'spoke'] },
  { words: ['-uninstall', 'localhost'], differs: ['says-so', 'spoke'] },
  { words: ['-ecdsa', 'localhost'], env: { TRUST_STORES: 'system' } },
  {
    words: ['-ecdsa', 'localhost'],
    env: { TRUST_STORES: 'java', JAVA_HOME: '/usr' },
    differs: ['java-apart', ...REFUSED],
  },
  { words: ['localhost'], given: KEYLESS },
  { words: ['-install'], given: KEYLESS },
  {
    words: ['localhost'],
    isFresh: true,
    given: ['an empty rootCA.pem in CAROOT', inCaroot((caroot) => writeFileSync(join(caroot, 'rootCA.pem'), ''))],
  },
];

export const INVOCATIONS: readonly Invocation[] = [...USAGE, ...CERTIFICATES, ...FILES, ...REQUESTED, ...TRUST];

/** The sections of the page, in their order. */
export const SECTIONS = [
  ['Help and folders', USAGE],
  ['Certificates', CERTIFICATES],
  ['Files', FILES],
  ['Requests', REQUESTED],
  ['Trust', TRUST],
] as const;

/** The call as it is typed, with what it is given; unique. */
export function titleOf({ words, env = {}, given, isFresh }: Invocation): string {
  const variables = Object.entries(env).map(([name, value]) =>
    value === undefined ? `-u ${name}` : `${name}=${value}`,
  );
  const command = ['mkcert', ...words.map(quoteWord)].join(' ');
  const prefix = variables.length === 0 ? '' : `env ${variables.join(' ')} `;
  const notes = [...(isFresh === true ? ['no CA yet'] : []), ...(given === undefined ? [] : [given[0]])];
  return `${prefix}${command}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}

const quoteWord = (word: string): string => (/^[\w./:=@+-]+$/.test(word) ? word : `'${word}'`);
