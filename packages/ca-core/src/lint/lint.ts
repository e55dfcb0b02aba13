/**
 * @module The linter that stands between building and signing: it reads the exact bytes that will be signed.
 * Rules of RFC 5280, RFC 8813, Apple and this house; each finding names its source.
 */
import { isEqualBytes } from '../der/bytes.ts';
import { findScopeExcess } from '../names/scope.ts';
import { LEAF_MAX_DAYS } from '../profiles/limits.ts';
import type { Profile } from '../profiles/profile.ts';
import { parseCertificateView, parseTbsView, type TbsView } from '../x509/certificate-view.ts';
import { readScope, type Issuer } from '../x509/issuer.ts';
import * as oids from '../x509/oids.ts';

/** `rule` is stable and names its source first; `message` is one line. */
export type Finding = { readonly rule: string; readonly message: string };

/** What the bytes are held against. `issuer` is undefined for a self-signed certificate. */
export type LintContext = { readonly profile: Profile; readonly issuer: Issuer | undefined };

type Rule = {
  readonly name: string;
  readonly message: string;
  readonly isBroken: (tbs: TbsView, context: LintContext) => boolean;
};

const EMPTY_SEQUENCE_BYTES = 2;
const DAY_MS = 86_400_000;

const isSubjectEmpty = (tbs: TbsView): boolean => tbs.subjectDer.length === EMPTY_SEQUENCE_BYTES;
const isCa = (context: LintContext): boolean => context.profile.pathLength !== undefined;
const extension = (tbs: TbsView, oid: string) => tbs.extensions.find((candidate) => candidate.oid === oid);

/** Critical, and byte for byte those of the root or less: what the root may not say, its issuer may not either. */
function hasConstraintsWithin(tbs: TbsView, issuer: Issuer): boolean {
  const own = extension(tbs, oids.OID_NAME_CONSTRAINTS);
  const root = extension(parseCertificateView(issuer.certDer, 'the issuer'), oids.OID_NAME_CONSTRAINTS);
  if (own?.isCritical !== true || root === undefined) return false;
  const isSame = isEqualBytes(own.value, root.value);
  return isSame || findScopeExcess(readScope(tbs, 'the certificate to be signed'), issuer.scope) === undefined;
}

const RULES: readonly Rule[] = [
  {
    name: 'rfc5280-4.1.2.2-serial',
    message: 'the serial is not a positive number of at most 20 bytes',
    isBroken: ({ serialContent: s }) =>
      s.length === 0 || s.length > 20 || (s[0] ?? 0) >= 0x80 || s.every((byte) => byte === 0),
  },
  {
    name: 'rfc5280-4.1.2.5-order',
    message: 'it ends before it begins',
    isBroken: (tbs) => tbs.notAfter <= tbs.notBefore,
  },
  {
    name: 'house-within-issuer',
    message: 'it outlives its issuer or begins before it',
    isBroken: (tbs, { issuer }) =>
      issuer !== undefined && (tbs.notAfter > issuer.notAfter || tbs.notBefore < issuer.notBefore),
  },
  {
    name: 'apple-103769-validity',
    message: `it lasts longer than ${LEAF_MAX_DAYS} days`,
    isBroken: (tbs, context) =>
      !isCa(context) &&
      !context.profile.isSelfSigned &&
      tbs.notAfter.getTime() - tbs.notBefore.getTime() > LEAF_MAX_DAYS * DAY_MS,
  },
  {
    name: 'rfc5280-4.1.2.4-issuer',
    message: 'its issuer name is not the name of the issuer',
    isBroken: (tbs, { issuer }) => !isEqualBytes(tbs.issuerDer, issuer?.subjectDer ?? tbs.subjectDer),
  },
  {
    name: 'rfc5280-4.1.2.6-ca-subject',
    message: 'a CA has an empty subject',
    isBroken: (tbs, context) => isCa(context) && isSubjectEmpty(tbs),
  },
  {
    name: 'rfc5280-4.1.2.6-distinct-subject',
    message: 'its subject is the name of its issuer',
    isBroken: (tbs, { issuer }) => issuer !== undefined && isEqualBytes(tbs.subjectDer, issuer.subjectDer),
  },
  {
    name: 'rfc5280-4.2.1.6-san',
    message:
      'the subject alternative name is missing, or critical although there is a subject, or not critical without one',
    isBroken: (tbs, context) =>
      !isCa(context) && extension(tbs, oids.OID_SUBJECT_ALT_NAME)?.isCritical !== isSubjectEmpty(tbs),
  },
  {
    name: 'rfc5280-4.2-unique-extensions',
    message: 'an extension stands twice',
    isBroken: ({ extensions }) => new Set(extensions.map(({ oid }) => oid)).size !== extensions.length,
  },
  {
    name: 'rfc5280-4.2.1.1-key-identifiers',
    message: 'a key identifier is missing (Python 3.13 and openssl -x509_strict refuse that)',
    isBroken: (tbs) =>
      extension(tbs, oids.OID_AUTHORITY_KEY_IDENTIFIER) === undefined ||
      extension(tbs, oids.OID_SUBJECT_KEY_IDENTIFIER) === undefined,
  },
  {
    name: 'rfc5280-4.2.1.9-basic-constraints',
    message: 'basicConstraints is missing or not critical',
    isBroken: (tbs) => extension(tbs, oids.OID_BASIC_CONSTRAINTS)?.isCritical !== true,
  },
  {
    name: 'rfc5280-6.1.4-path-length',
    message: 'the issuer may not sign a CA below it',
    isBroken: (_tbs, context) => isCa(context) && context.issuer !== undefined && context.issuer.pathLength === 0,
  },
  {
    name: 'rfc5280-4.2.1.10-scope',
    message: 'an issuer of a scoped CA carries no name constraints, or wider ones than its root',
    isBroken: (tbs, context) =>
      isCa(context) && context.issuer?.scope.kind === 'scoped' && !hasConstraintsWithin(tbs, context.issuer),
  },
  {
    name: 'rfc8813-3-ec-key-usage',
    message: "keyEncipherment on a key that can't encipher",
    isBroken: (tbs) => tbs.spkiDer.length < 200 && ((extension(tbs, oids.OID_KEY_USAGE)?.value[3] ?? 0) & 0x20) !== 0,
  },
];

/** Findings over the bytes to be signed; an empty list is what signing asks for. Throws DER_INVALID on malformed bytes. */
export function checkTbsCertificate(tbsDer: Uint8Array, context: LintContext): Finding[] {
  const tbs = parseTbsView(tbsDer, 'the certificate to be signed');
  return RULES.filter((rule) => rule.isBroken(tbs, context)).map(({ name, message }) => ({ rule: name, message }));
}
