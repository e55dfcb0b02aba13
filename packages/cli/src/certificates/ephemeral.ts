/**
 * @module Certificates for a handshake with our own programs' clients: made in memory, for a day, entered nowhere, never on disk.
 */
import {
  formatPem,
  isCaError,
  isNameInScope,
  issueCertificate,
  parseKeyType,
  parseSubjectAltNames,
  prepareCertificate,
  PROFILES,
  type Bytes,
  type Issuer,
  type Signer,
  type SubjectAltName,
} from '@mintmark/ca-core';
import { createNodeSigner, createPrivateKeyOfType, createSerialBytes, formatPrivateKey } from '@mintmark/ca-core/node';
import { hasCaKey, readKeyProtection, type StoredCa } from '@mintmark/ca-store';
import type { Access } from '../command.ts';
import { optionText } from '../parse-args.ts';
import { unlockSigner } from './open-ca.ts';

/** `certPem` holds leaf and issuer; `host` is the name to visit. */
export type EphemeralPair = { readonly certPem: string; readonly keyPem: string; readonly host: string };

/** Why no certificate could be made, as it follows `not proven: `. */
export type NoPair = { readonly reason: string };

const KEY_TYPE = parseKeyType('ecdsa-p256');
const VALIDITY_DAYS = 1;
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1'];
const RULES = { isPublicSuffix: () => false };

/** A server's pair by the CA, for this machine's own names as far as its scope goes. Asks for a passphrase only on a terminal. */
export async function createEphemeralPair(
  ca: StoredCa,
  { invocation, context }: Access,
): Promise<EphemeralPair | NoPair> {
  const home = context.home();
  if (!hasCaKey(home, ca)) return { reason: `the key of CA "${ca.name}" is not here` };
  const names = listNames(ca);
  const [host] = names;
  if (host === undefined) return { reason: `CA "${ca.name}" may speak for no name of this machine` };
  const canOpen = context.canAsk || optionText(invocation, 'passphrase-file') !== undefined;
  if (readKeyProtection(home, ca).kind === 'passphrase' && !canOpen)
    return { reason: `the key of CA "${ca.name}" is encrypted` };
  try {
    const signer = await unlockSigner(ca, { invocation, context });
    const { certPem, keyPem } = issue(names, context.io.now(), { issuer: ca.issuer, caName: ca.name, signer });
    return { certPem: certPem + ca.chainPem, keyPem, host: host.text };
  } catch (cause) {
    if (!isCaError(cause) || cause.code === 'KEY_PASSPHRASE_WRONG') throw cause;
    return { reason: cause.message };
  }
}

/** This machine's names, else the first domain of the scope. */
function listNames({ issuer }: StoredCa): SubjectAltName[] {
  const own = parseSubjectAltNames(LOOPBACK_NAMES, RULES).filter((name) => isNameInScope(name, issuer.scope));
  if (own.length > 0) return own;
  const [domain] = issuer.scope.kind === 'scoped' ? issuer.scope.domains : [];
  return domain === undefined ? [] : parseSubjectAltNames([domain], RULES);
}

/** A pair that nobody vouches for, for the same host: who accepts it verifies nothing. */
export function createStrangerPair(host: string, now: Date): EphemeralPair {
  return { ...issue(parseSubjectAltNames([host], RULES), now), host };
}

type Authority = { readonly issuer: Issuer; readonly caName: string; readonly signer: Signer<Bytes> };

function issue(
  names: readonly SubjectAltName[],
  now: Date,
  authority?: Authority,
): Pick<EphemeralPair, 'certPem' | 'keyPem'> {
  const key = createPrivateKeyOfType(KEY_TYPE);
  const draft = prepareCertificate(
    authority === undefined ? PROFILES['self-signed'] : PROFILES.server,
    { subjectKey: key.subjectKey, names, validityDays: VALIDITY_DAYS },
    {
      now,
      serial: createSerialBytes(),
      ...(authority === undefined ? {} : { issuer: authority.issuer, caName: authority.caName }),
    },
  );
  const certDer = issueCertificate(draft, authority?.signer ?? createNodeSigner(key));
  return { certPem: formatPem('CERTIFICATE', certDer), keyPem: formatPrivateKey(key) };
}
