/**
 * @module The first of the two steps of issuance: validate a request, build the exact bytes, lint them.
 * Pure: the time and the serial are arguments. A dry run is this step alone.
 */
import { coreError } from '../core-errors.ts';
import { formatHex, type Bytes } from '../der/bytes.ts';
import type { KeyFamily, SignatureAlgorithm } from '../keys/algorithms.ts';
import type { SubjectKey } from '../keys/subject-key.ts';
import { checkTbsCertificate } from '../lint/lint.ts';
import { encodeDistinguishedName, type DistinguishedName } from '../names/distinguished-name.ts';
import type { DnsName } from '../names/dns-name.ts';
import { isNameInScope, listScope, type Scope } from '../names/scope.ts';
import { assertNameCount, type SubjectAltName } from '../names/subject-alt-name.ts';
import { BACKDATE_SECONDS } from '../profiles/limits.ts';
import type { Profile } from '../profiles/profile.ts';
import * as extensions from '../x509/extensions.ts';
import type { Issuer } from '../x509/issuer.ts';
import { encodeTbsCertificate } from '../x509/tbs-certificate.ts';

/** What a certificate is asked for. */
export type CertificateRequest = {
  readonly subjectKey: SubjectKey;
  /** Required for every profile but root and issuer. */
  readonly names?: readonly SubjectAltName[];
  /** Default: CN with the first DNS name where it fits, else empty. Required for root and issuer. */
  readonly subject?: DistinguishedName;
  /** Whole days, from 1 to the profile's limit; default: the profile's. Cut at the issuer's end. */
  readonly validityDays?: number;
  /** The begin, to the second, for a certificate that is made in advance; default: now, less the hour of backdating. */
  readonly notBefore?: Date;
  /** For root and issuer: what they may speak for. */
  readonly scope?: Scope;
};

/** `issuer` is absent for root and self-signed. `caName` is how messages name the CA. */
export type PrepareContext = {
  readonly now: Date;
  /** 16 random bytes; the top bit is cleared here. */
  readonly serial: Uint8Array;
  readonly issuer?: Issuer;
  readonly caName?: string;
};

declare const draftBrand: unique symbol;
/** A linted certificate that lacks only its signature. */
export type CertificateDraft = {
  readonly [draftBrand]: true;
  readonly tbsDer: Bytes;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly profile: Profile;
  readonly names: readonly SubjectAltName[];
  readonly serialHex: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
};

/**
 * A draft of the certificate, ready to sign.
 * @throws NAME_OUTSIDE_SCOPE, VALIDITY_DAYS_RANGE, ISSUER_EXPIRED, NAME_EMPTY, CERTIFICATE_LINT
 */
export function prepareCertificate(
  profile: Profile,
  request: CertificateRequest,
  context: PrepareContext,
): CertificateDraft {
  const names = request.names ?? [];
  if (profile.pathLength === undefined && names.length === 0) throw coreError('NAME_EMPTY', {});
  assertNameCount(names);
  if (context.issuer !== undefined) {
    const claimed = [...names, ...readClaims(request.subject ?? [], names)];
    assertInScope(claimed, context.issuer.scope, context.caName ?? 'default');
  }
  const { notBefore, notAfter } = resolveValidity(profile, request, context);
  const serial = createSerial(context.serial);
  const signatureAlgorithm = (context.issuer?.subjectKey ?? request.subjectKey).signature;
  const subjectDer = encodeDistinguishedName(request.subject ?? defaultSubject(names));
  const tbsDer = encodeTbsCertificate({
    serial,
    signatureAlgorithmDer: signatureAlgorithm.identifierDer,
    issuerDer: context.issuer?.subjectDer ?? subjectDer,
    notBefore,
    notAfter,
    subjectDer,
    spkiDer: request.subjectKey.spkiDer,
    extensionsDer: encodeExtensions(profile, request, {
      issuer: context.issuer,
      isSubjectEmpty: subjectDer.length === 2,
    }),
  });
  const findings = checkTbsCertificate(tbsDer, { profile, issuer: context.issuer });
  if (findings.length > 0)
    throw coreError('CERTIFICATE_LINT', { findings: findings.map(({ rule, message }) => `${message} (${rule})`) });
  return {
    tbsDer,
    signatureAlgorithm,
    profile,
    names,
    serialHex: formatHex(serial),
    notBefore,
    notAfter,
  } as CertificateDraft;
}

/**
 * Names that verifiers read out of a subject and hold against name constraints: e-mail addresses, and a common name that
 * looks like a host where no DNS name stands beside it.
 */
function readClaims(subject: DistinguishedName, names: readonly SubjectAltName[]): SubjectAltName[] {
  const hasDnsName = names.some(({ kind }) => kind === 'dns');
  return subject.flatMap(({ type, value }): SubjectAltName[] => {
    const domain = value.slice(value.lastIndexOf('@') + 1).toLowerCase() as DnsName;
    if (type === 'emailAddress') return [{ kind: 'email', text: value, domain }];
    return type === 'CN' && !hasDnsName && value.includes('.') && !value.includes('@')
      ? [{ kind: 'dns', text: domain }]
      : [];
  });
}

function assertInScope(names: readonly SubjectAltName[], scope: Scope, caName: string): void {
  const outside = names.find((name) => !isNameInScope(name, scope));
  if (outside === undefined) return;
  const domain = outside.kind === 'email' ? outside.domain : outside.text.replace(/^\*\./, '');
  const command =
    outside.kind === 'ip'
      ? 'make a CA without IP constraints: mintmark ca create NAME'
      : `mintmark ca create ${/^[^.]+/.exec(domain)?.[0] ?? 'other'} --scope ${domain}`;
  throw coreError('NAME_OUTSIDE_SCOPE', { name: outside.text, caName, scope: listScope(scope), command });
}

const SECOND_MS = 1000;
const DAY_MS = 86_400 * SECOND_MS;

function resolveValidity(profile: Profile, request: CertificateRequest, { now, issuer }: PrepareContext) {
  const days = request.validityDays ?? profile.defaultDays;
  if (!Number.isInteger(days) || days < 1 || days > profile.maxDays) {
    throw coreError('VALIDITY_DAYS_RANGE', { days, maxDays: profile.maxDays, profile: profile.name });
  }
  if (issuer !== undefined && issuer.notAfter <= now) {
    throw coreError('ISSUER_EXPIRED', { notAfter: issuer.notAfter.toISOString().slice(0, 10) });
  }
  const begin = request.notBefore?.getTime() ?? now.getTime() - BACKDATE_SECONDS * SECOND_MS;
  const startMs = Math.floor(begin / SECOND_MS) * SECOND_MS;
  const notBefore = new Date(Math.max(startMs, issuer?.notBefore.getTime() ?? startMs));
  // A validity period includes its last second (RFC 5280 section 4.1.2.5), so N days end one second early.
  const endMs = startMs + days * DAY_MS - SECOND_MS;
  const notAfter = new Date(Math.min(endMs, issuer?.notAfter.getTime() ?? endMs));
  return { notBefore, notAfter };
}

/** Positive, not zero, and of full length, so that it encodes in as many bytes as were drawn. */
function createSerial(random: Uint8Array): Uint8Array {
  const serial = Uint8Array.from(random);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

const COMMON_NAME_MAX_CHARACTERS = 64; // RFC 5280 appendix A.1 ub-common-name

/** GnuTLS and OpenSSL check a CN against name constraints when no DNS name stands beside it, so only a DNS name is used. */
function defaultSubject(names: readonly SubjectAltName[]): DistinguishedName {
  const first = names.find((name) => name.kind === 'dns');
  return first === undefined || first.text.length > COMMON_NAME_MAX_CHARACTERS
    ? []
    : [{ type: 'CN', value: first.text }];
}

type ExtensionContext = { readonly issuer: Issuer | undefined; readonly isSubjectEmpty: boolean };

function encodeExtensions(
  profile: Profile,
  { subjectKey, names = [], scope }: CertificateRequest,
  { issuer, isSubjectEmpty }: ExtensionContext,
): Uint8Array[] {
  return [
    ...encodeProfileExtensions(profile, subjectKey.family),
    ...(scope?.kind === 'scoped' ? [extensions.encodeNameConstraints(scope)] : []),
    ...(names.length === 0 ? [] : [extensions.encodeSubjectAltName(names, isSubjectEmpty)]),
    extensions.encodeSubjectKeyIdentifier(subjectKey.keyIdentifier),
    extensions.encodeAuthorityKeyIdentifier(issuer?.keyIdentifier ?? subjectKey.keyIdentifier),
  ];
}

const profileExtensions = new WeakMap<Profile, Map<KeyFamily, readonly Uint8Array[]>>();

/** What a profile says of every certificate with a key of this family, encoded once. */
function encodeProfileExtensions(profile: Profile, family: KeyFamily): readonly Uint8Array[] {
  const known = profileExtensions.get(profile) ?? new Map<KeyFamily, readonly Uint8Array[]>();
  profileExtensions.set(profile, known);
  const encoded = known.get(family) ?? [
    extensions.encodeBasicConstraints(
      profile.pathLength === undefined ? undefined : { pathLength: profile.pathLength },
    ),
    extensions.encodeKeyUsage(profile.keyUsage(family)),
    ...(profile.purposes.length === 0 ? [] : [extensions.encodeExtKeyUsage(profile.purposes)]),
  ];
  known.set(family, encoded);
  return encoded;
}
