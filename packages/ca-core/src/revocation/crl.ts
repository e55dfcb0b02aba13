/**
 * @module Revocation lists, in the two steps of certificates: `prepareCrl` validates, builds and lints the exact bytes, `issueCrl`
 * signs them. RFC 5280 section 5, version 2, whole lists only: no deltas, no distribution points.
 */
import { coreError } from '../core-errors.ts';
import type { Bytes } from '../der/bytes.ts';
import { contextConstructed } from '../der/tags.ts';
import { encodeDer, encodeSequence, encodeSmallInteger, encodeTime } from '../der/writer.ts';
import { DerReader } from '../der/reader.ts';
import type { SignatureAlgorithm } from '../keys/algorithms.ts';
import type { Signer } from '../keys/signer.ts';
import { findExtension, parseCertificateView } from '../x509/certificate-view.ts';
import { encodeAuthorityKeyIdentifier } from '../x509/extensions.ts';
import type { Issuer } from '../x509/issuer.ts';
import { KEY_USAGE_BITS, OID_KEY_USAGE } from '../x509/oids.ts';
import { encodeSigned } from '../x509/tbs-certificate.ts';
import {
  bareHex,
  encodeEnumerated,
  encodeHexInteger,
  encodePlainExtension,
  floorToSecond,
  OID_CRL_NUMBER,
  OID_REASON_CODE,
} from './elements.ts';
import { checkTbsCrl, compareSerials } from './lint-crl.ts';
import { REVOCATION_REASONS, type RevocationReason } from './reasons.ts';
import { revocationError } from './revocation-errors.ts';

/** One revoked certificate. `serialHex` is unsigned, with or without leading zeros. */
export type Revocation = { readonly serialHex: string; readonly revokedAt: Date; readonly reason: RevocationReason };

export type CrlRequest = {
  readonly revocations: readonly Revocation[];
  /** Higher than that of every list before. */
  readonly number: bigint;
  /** Whole days from 1 to 36500, cut at the issuer's end; default: until then. */
  readonly validityDays?: number;
};

/** `caName` is how messages name the CA. */
export type CrlContext = { readonly now: Date; readonly issuer: Issuer; readonly caName: string };

declare const draftBrand: unique symbol;
/** A linted list that lacks only its signature. */
export type CrlDraft = {
  readonly [draftBrand]: true;
  readonly tbsDer: Bytes;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly number: bigint;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly revocations: readonly Revocation[];
};

export const CRL_DEFAULT_DAYS = 30;
const CRL_MAX_DAYS = 36_500;
const DAY_MS = 86_400_000;

/** @throws CRL_NOT_ALLOWED, CRL_DAYS_RANGE, ISSUER_EXPIRED, CRL_LINT */
export function prepareCrl(request: CrlRequest, { now, issuer, caName }: CrlContext): CrlDraft {
  if (!canSignCrls(issuer)) throw revocationError('CRL_NOT_ALLOWED', { what: `CA "${caName}"` });
  const thisUpdate = floorToSecond(now);
  const nextUpdate = resolveEnd(request.validityDays, thisUpdate, issuer);
  const revocations = sortRevocations(request.revocations, thisUpdate);
  const signatureAlgorithm = issuer.subjectKey.signature;
  const tbsDer = encodeSequence(
    encodeSmallInteger(1), // version 2
    signatureAlgorithm.identifierDer,
    issuer.subjectDer,
    encodeTime(thisUpdate),
    encodeTime(nextUpdate),
    ...(revocations.length === 0 ? [] : [encodeSequence(...revocations.map(encodeRevocation))]),
    encodeDer(
      contextConstructed(0),
      encodeSequence(
        encodeAuthorityKeyIdentifier(issuer.keyIdentifier),
        encodePlainExtension(OID_CRL_NUMBER, encodeHexInteger(request.number.toString(16))),
      ),
    ),
  );
  const findings = checkTbsCrl(tbsDer, issuer);
  if (findings.length > 0)
    throw revocationError('CRL_LINT', { findings: findings.map(({ rule, message }) => `${message} (${rule})`) });
  return { tbsDer, signatureAlgorithm, number: request.number, thisUpdate, nextUpdate, revocations } as CrlDraft;
}

/** A certificate without keyUsage may do everything (RFC 5280 section 4.2.1.3). */
export function canSignCrls({ certDer }: Issuer): boolean {
  const extension = findExtension(parseCertificateView(certDer, 'the issuer'), OID_KEY_USAGE);
  if (extension === undefined) return true;
  const [, bits = 0] = new DerReader(extension.value, 'the issuer').readElement().value;
  return (bits & (0x80 >> KEY_USAGE_BITS.cRLSign)) !== 0;
}

function resolveEnd(days: number | undefined, thisUpdate: Date, { notAfter }: Issuer): Date {
  if (notAfter <= thisUpdate) throw coreError('ISSUER_EXPIRED', { notAfter: notAfter.toISOString().slice(0, 10) });
  if (days === undefined) return notAfter;
  if (!Number.isInteger(days) || days < 1 || days > CRL_MAX_DAYS)
    throw revocationError('CRL_DAYS_RANGE', { days, maxDays: CRL_MAX_DAYS });
  return new Date(Math.min(thisUpdate.getTime() + days * DAY_MS, notAfter.getTime()));
}

/**
 * By serial, each once: the first revocation counts. A time to come, by a clock that was set back since, becomes that of the list:
 * verifiers may take a certificate for good until then.
 */
function sortRevocations(revocations: readonly Revocation[], thisUpdate: Date): readonly Revocation[] {
  const bySerial = new Map<string, Revocation>();
  for (const { serialHex, revokedAt, reason } of revocations) {
    const serial = bareHex(serialHex);
    if (bySerial.has(serial)) continue;
    bySerial.set(serial, { serialHex: serial, revokedAt: revokedAt > thisUpdate ? thisUpdate : revokedAt, reason });
  }
  return [...bySerial.values()].sort((a, b) => compareSerials(a.serialHex, b.serialHex));
}

function encodeRevocation({ serialHex, revokedAt, reason }: Revocation): Bytes {
  const code = REVOCATION_REASONS[reason];
  return encodeSequence(
    encodeHexInteger(serialHex),
    encodeTime(revokedAt),
    ...(code === 0 ? [] : [encodeSequence(encodePlainExtension(OID_REASON_CODE, encodeEnumerated(code)))]),
  );
}

/** DER of the list; a promise exactly when the signer is asynchronous. @throws SIGNATURE_ALGORITHM_MISMATCH */
export function issueCrl(draft: CrlDraft, signer: Signer<Bytes>): Bytes;
export function issueCrl(draft: CrlDraft, signer: Signer): Promise<Bytes> | Bytes;
export function issueCrl({ tbsDer, signatureAlgorithm }: CrlDraft, signer: Signer): Promise<Bytes> | Bytes {
  if (signer.algorithm.name !== signatureAlgorithm.name)
    throw coreError('SIGNATURE_ALGORITHM_MISMATCH', { draft: signatureAlgorithm.name, signer: signer.algorithm.name });
  const finish = (signature: Bytes): Bytes => encodeSigned(tbsDer, signatureAlgorithm.identifierDer, signature);
  const signature = signer.sign(tbsDer);
  return signature instanceof Uint8Array ? finish(signature) : signature.then(finish);
}
