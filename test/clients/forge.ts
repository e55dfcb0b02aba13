/**
 * @module Signs the forgeries and their controls with an issuer's key, by OpenSSL.
 */
import type { Authority } from './authority.ts';
import { CA_EXTENSIONS } from './authority.ts';
import type { Forgery } from './forgeries.ts';
import { LEAF_EXTENSIONS, signWithOpenssl, type Signed } from './openssl-sign.ts';
import type { ServedFiles } from './throwaway-server.ts';

const THIEF = '/O=Thief';
const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;

function served(signed: Signed): ServedFiles {
  return { certFile: signed.chainFile, keyFile: signed.keyFile };
}

/** The forgery under this authority. */
export async function forge(folder: string, authority: Authority, forgery: Forgery): Promise<ServedFiles> {
  const by = forgery.subCa === undefined ? authority.issuer : await signSubCa(folder, authority, forgery.subCa);
  const altName = forgery.altName === undefined ? [] : [`subjectAltName=${forgery.altName}`];
  const subject = forgery.subject ?? THIEF;
  return served(await signWithOpenssl(folder, { by, subject, extensions: [...LEAF_EXTENSIONS, ...altName] }));
}

function signSubCa(folder: string, authority: Authority, extra: readonly string[]): Promise<Signed> {
  const extensions = [
    ...CA_EXTENSIONS,
    'basicConstraints=critical,CA:true',
    'authorityKeyIdentifier=keyid:always',
    ...extra,
  ];
  return signWithOpenssl(folder, { by: authority.issuer, subject: `${THIEF}/CN=Thief CA`, extensions });
}

/** How a certificate in scope is dated, when a thief (or a user's own script) signs it with the issuer key. */
export type Dating = 'valid' | 'expired' | 'not yet valid' | 'longer than its issuer';

function datesOf(dating: Dating, issuerNotAfter: Date): { notBefore?: Date; notAfter?: Date } {
  const ago = (ms: number): Date => new Date(Date.now() - ms);
  if (dating === 'expired') return { notBefore: ago(50 * MINUTE_MS), notAfter: ago(10 * MINUTE_MS) };
  if (dating === 'not yet valid') return { notBefore: ago(-DAY_MS), notAfter: ago(-30 * DAY_MS) };
  if (dating === 'valid') return {};
  return { notAfter: new Date(issuerNotAfter.getTime() + 100 * DAY_MS) };
}

export interface DatedRequest {
  readonly altName: string;
  readonly dating: Dating;
  readonly issuerNotAfter: Date;
}

/** A certificate in scope, signed the way the forgeries are. */
export async function signDated(folder: string, authority: Authority, request: DatedRequest): Promise<ServedFiles> {
  const extensions = [...LEAF_EXTENSIONS, `subjectAltName=${request.altName}`];
  const dates = datesOf(request.dating, request.issuerNotAfter);
  return served(await signWithOpenssl(folder, { by: authority.issuer, subject: THIEF, extensions, ...dates }));
}
