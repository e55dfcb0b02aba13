/**
 * @module What the tests of revocation check with: a CA that is two months old, a good and a revoked certificate for localhost and for
 * a client, a list of now, and lists that no client may believe.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Desk, Printed } from '../cli/desk.ts';
import { daysFromNow } from '../cli/shifted-clock.ts';

const CRL_BLOCK = /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g;

/** Absolute paths. Every list is PEM and holds the root's too, unless it says otherwise. */
export type Scene = {
  readonly root: string;
  readonly issuer: string;
  readonly good: string;
  readonly revoked: string;
  readonly goodClient: string;
  readonly revokedClient: string;
  readonly lists: {
    readonly current: string;
    /** DER, the issuer's alone. */
    readonly currentDer: string;
    /** From before the revocation, and still in its time. */
    readonly older: string;
    readonly olderAndCurrent: string;
    readonly expired: string;
    /** The serial of the revoked one was changed. */
    readonly altered: string;
    /** Of a CA with another key. */
    readonly foreign: string;
  };
};

export const keyOf = (certFile: string): string => certFile.replace(/\.pem$/, '-key.pem');

export async function setScene(desk: Desk): Promise<Scene> {
  const path = (name: string): string => desk.path(name);
  const mint = (name: string, ...words: readonly string[]): Promise<Printed> =>
    desk.json(['mint', ...words, '--cert-file', path(`${name}.pem`), '--key-file', path(`${name}-key.pem`)]);
  const longAgo = daysFromNow(desk, -60);
  await desk.json(['ca', 'create', 'default'], longAgo);
  await desk.json(['ca', 'create', 'other', '--scope', 'localhost'], longAgo);
  await desk.json(['crl', '--with-root', '--out', 'expired.pem', '--days', '20'], longAgo);
  await mint('good', 'localhost');
  await mint('revoked', 'localhost');
  await mint('good-client', '--client', 'me@app.test');
  await mint('revoked-client', '--client', 'you@app.test');
  await desk.json(['crl', '--with-root', '--out', 'older.pem']);
  await desk.json(['revoke', 'revoked.pem', 'revoked-client.pem', '--reason', 'keyCompromise']);
  await desk.json(['crl', '--with-root', '--out', 'current.pem']);
  await desk.json(['crl', '--out', 'current.crl']);
  await desk.json(['crl', '--ca', 'other', '--with-root', '--out', 'foreign.pem']);
  const ca = await desk.json(['ca', 'show']);
  writeFileSync(path('both.pem'), desk.read('older.pem') + desk.read('current.pem'));
  writeFileSync(path('altered.pem'), alterSerial(desk.read('current.pem'), path('revoked.pem'), await serials(desk)));
  return {
    root: String(ca['rootFile']),
    issuer: String(ca['issuerFile']),
    good: path('good.pem'),
    revoked: path('revoked.pem'),
    goodClient: path('good-client.pem'),
    revokedClient: path('revoked-client.pem'),
    lists: {
      current: path('current.pem'),
      currentDer: path('current.crl'),
      older: path('older.pem'),
      olderAndCurrent: path('both.pem'),
      expired: path('expired.pem'),
      altered: path('altered.pem'),
      foreign: path('foreign.pem'),
    },
  };
}

async function serials(desk: Desk): Promise<ReadonlyMap<string, string>> {
  const { certificates } = (await desk.json(['list'])) as { certificates: { certFile: string; serialHex: string }[] };
  return new Map(certificates.map(({ certFile, serialHex }) => [certFile, serialHex]));
}

/** The list as it was signed, but for one digit of a serial. */
function alterSerial(listsPem: string, certFile: string, known: ReadonlyMap<string, string>): string {
  const [first = '', ...rest] = listsPem.match(CRL_BLOCK) ?? [];
  const der = Buffer.from(first.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  const at = der.indexOf(Buffer.from(known.get(certFile) ?? '', 'hex'));
  if (at < 0) throw new Error(`${certFile} is not in the list`);
  der[at + 8] = (der[at + 8] ?? 0) ^ 1;
  const base64 = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN X509 CRL-----\n${base64.join('\n')}\n-----END X509 CRL-----`, ...rest].join('\n') + '\n';
}

/** The issuer's CA file for programs that take one issuer: its own certificate and the root. */
export function writeBundle(desk: Desk, { issuer, root }: Pick<Scene, 'issuer' | 'root'>): string {
  const file = join(desk.folder, 'cas.pem');
  writeFileSync(file, readFileSync(issuer, 'utf8') + readFileSync(root, 'utf8'));
  return file;
}
