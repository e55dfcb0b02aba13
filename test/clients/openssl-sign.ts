/**
 * @module Certificates made with OpenSSL alone: what a thief does with a stolen key, and the careless CA to compare with. None of our code
 * takes part, so none of our checks can stand between the key and the forgery.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';

/** A certificate with its key, and the certificates above it that a server must send along. */
export interface Signed {
  readonly certFile: string;
  readonly keyFile: string;
  /** The certificate, then what stands between it and the root, PEM. */
  readonly chainFile: string;
}

export interface SignRequest {
  /** Who signs: undefined makes a root. */
  readonly by?: Signed;
  /** In OpenSSL's form, such as `/O=Thief/CN=bank.example.com`. */
  readonly subject: string;
  /** Lines of an OpenSSL extension section. */
  readonly extensions: readonly string[];
  /** Default: an hour ago. */
  readonly notBefore?: Date;
  /** Default: in 30 days. */
  readonly notAfter?: Date;
}

const HOUR_MS = 3_600_000;
const DEFAULT_LIFE_MS = 30 * 24 * HOUR_MS;

export const LEAF_EXTENSIONS: readonly string[] = [
  'basicConstraints=critical,CA:false',
  'keyUsage=critical,digitalSignature',
  'extendedKeyUsage=serverAuth',
  'subjectKeyIdentifier=hash',
  'authorityKeyIdentifier=keyid:always',
];

/** Signs a certificate, for a new P-256 key if none is given, in a folder of its own below `folder`. */
export async function signWithOpenssl(folder: string, request: SignRequest): Promise<Signed> {
  const place = mkdtempSync(join(folder, 'signed-'));
  const at = (name: string): string => join(place, name);
  const made = { certFile: at('cert.pem'), keyFile: at('key.pem'), chainFile: at('chain.pem') };
  writeFileSync(at('ca.cnf'), configText(place, request.extensions));
  writeFileSync(at('index.txt'), '');
  const openssl = programPath('openssl');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', made.keyFile];
  const plainSubject = ['-subj', '/O=Request', '-config', at('ca.cnf')];
  await runOrThrow([openssl, 'req', '-new', ...key, '-out', at('csr.pem'), ...plainSubject]);
  await runOrThrow([openssl, 'ca', ...caArguments(request, made, at)]);
  const above = request.by === undefined || isRoot(request.by) ? '' : readFileSync(request.by.chainFile, 'utf8');
  writeFileSync(made.chainFile, readFileSync(made.certFile, 'utf8') + above);
  return made;
}

/** `openssl ca` rather than `openssl x509`: it alone can set both ends of the validity. */
function caArguments(request: SignRequest, made: Signed, at: (name: string) => string): string[] {
  const signer = request.by;
  const begin = request.notBefore ?? new Date(Date.now() - HOUR_MS);
  const end = request.notAfter ?? new Date(Date.now() + DEFAULT_LIFE_MS);
  const key =
    signer === undefined
      ? ['-selfsign', '-keyfile', made.keyFile]
      : ['-keyfile', signer.keyFile, '-cert', signer.certFile];
  return [
    '-batch',
    '-notext',
    '-preserveDN',
    '-rand_serial',
    '-md',
    'sha256',
    '-config',
    at('ca.cnf'),
    '-in',
    at('csr.pem'),
    '-out',
    made.certFile,
    '-extensions',
    'ext',
    '-subj',
    request.subject,
    '-utf8',
    '-startdate',
    opensslTime(begin),
    '-enddate',
    opensslTime(end),
    ...key,
  ];
}

/** Roots are never sent by a server; a root here is what has no chain beside itself. */
function isRoot(signed: Signed): boolean {
  return readFileSync(signed.chainFile, 'utf8') === '';
}

/** Marks a self-signed certificate as a root: its chain is empty. */
export function asRoot(signed: Signed): Signed {
  writeFileSync(signed.chainFile, '');
  return signed;
}

function opensslTime(date: Date): string {
  return `${date
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/[-:T]/g, '')}Z`;
}

function configText(place: string, extensions: readonly string[]): string {
  const anyName = ['commonName', 'organizationName', 'organizationalUnitName', 'countryName'];
  return [
    '[ca]\ndefault_ca = default',
    `[default]\ndatabase = ${join(place, 'index.txt')}\nnew_certs_dir = ${place}\nserial = ${join(place, 'serial')}\nunique_subject = no\npolicy = any\nemail_in_dn = no`,
    `[any]\n${anyName.map((name) => `${name} = optional`).join('\n')}`,
    '[req]\ndistinguished_name = dn\nstring_mask = utf8only\n[dn]',
    `[ext]\n${extensions.join('\n')}\n`,
  ].join('\n\n');
}
