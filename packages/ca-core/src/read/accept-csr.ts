/**
 * @module The strict gate between a stranger's request and a signature. Only the public key, the subject and the names
 * are taken; a request that asks for more power than a leaf has is refused rather than quietly corrected.
 */
import { coreError } from '../core-errors.ts';
import { isCaError } from '../errors.ts';
import { parseSubjectKey, type Sha256, type SubjectKey } from '../keys/subject-key.ts';
import type { SignatureVerifier } from '../keys/signer.ts';
import { createNameAttribute, type DistinguishedName, type NameAttribute } from '../names/distinguished-name.ts';
import type { NameRules } from '../names/dns-name.ts';
import { dropRepeats, parseSubjectAltName, type SubjectAltName } from '../names/subject-alt-name.ts';
import * as oids from '../x509/oids.ts';
import type { CsrFacts } from './csr-facts.ts';
import type { AttributeFacts, GeneralNameFacts } from './name-facts.ts';
import { isWeakSignature, signatureHash } from './signature-facts.ts';

/** What may go into a certificate. `omitted` says in words what was left out of the subject. */
export type AcceptedCsr = {
  readonly subjectKey: SubjectKey;
  readonly subject: DistinguishedName;
  readonly names: readonly SubjectAltName[];
  readonly omitted: readonly string[];
};

export type AcceptCsrOptions = {
  readonly what: string;
  readonly sha256: Sha256;
  readonly verify: SignatureVerifier;
  readonly rules: NameRules;
};

/**
 * @throws CSR_SIGNATURE_*, CSR_ASKS_FOR_CA, CSR_EXTENSION_UNKNOWN, CSR_NAME_UNSUPPORTED, PUBLIC_KEY_*, DN_INVALID and
 * the codes of names. `names` may come back empty; the caller adds its own or refuses with CSR_NO_NAMES.
 */
export function acceptCsr(csr: CsrFacts, options: AcceptCsrOptions): AcceptedCsr {
  const subjectKey = parseSubjectKey(csr.spkiDer, options.sha256);
  assertPossession(csr, options);
  assertModest(csr, options.what);
  const requested = csr.names.map((name) => parseRequestedName(name, options));
  const names = dropRepeats(requested.length > 0 ? requested : readCommonNames(csr.subject, options.rules));
  return { subjectKey, names, ...acceptSubject(csr.subject, names, options.rules) };
}

function assertPossession(csr: CsrFacts, { what, verify }: AcceptCsrOptions): void {
  const { signatureAlgorithmOid: oid, spkiDer, tbsDer, signature, signatureLabel } = csr;
  if (isWeakSignature(oid)) throw coreError('CSR_SIGNATURE_WEAK', { what, algorithm: signatureLabel });
  const hash = signatureHash(oid);
  if (hash === null) throw coreError('CSR_SIGNATURE_UNSUPPORTED', { what, algorithm: signatureLabel });
  if (!verify({ spkiDer, hash, tbsDer, signature })) throw coreError('CSR_SIGNATURE_INVALID', { what });
}

// What a request may carry; all but the names is ignored. Anything else is refused when it is critical.
const KNOWN_EXTENSIONS: readonly string[] = [
  oids.OID_SUBJECT_ALT_NAME,
  oids.OID_BASIC_CONSTRAINTS,
  oids.OID_KEY_USAGE,
  oids.OID_EXT_KEY_USAGE,
  oids.OID_SUBJECT_KEY_IDENTIFIER,
];

function assertModest(csr: CsrFacts, what: string): void {
  if (csr.version !== 0)
    throw coreError('CSR_INVALID', {
      what,
      reason: `version ${csr.version + 1}, only version 1 exists (RFC 2986 section 4.1)`,
    });
  const seen = new Set(csr.extensions.map(({ oid }) => oid));
  if (seen.size !== csr.extensions.length)
    throw coreError('CSR_INVALID', { what, reason: 'an extension stands twice' });
  if (csr.isCa || csr.keyUsage.includes('keyCertSign') || csr.keyUsage.includes('cRLSign'))
    throw coreError('CSR_ASKS_FOR_CA', { what });
  const unknown = csr.extensions.find(({ oid, isCritical }) => isCritical && !KNOWN_EXTENSIONS.includes(oid));
  if (unknown !== undefined) throw coreError('CSR_EXTENSION_UNKNOWN', { what, oid: unknown.oid });
}

function parseRequestedName(name: GeneralNameFacts, { what, rules }: AcceptCsrOptions): SubjectAltName {
  // A person's stray space is trimmed; in a request it is another name.
  if (name.text.trim() !== name.text)
    throw coreError('CSR_NAME_UNSUPPORTED', { what, kind: `${name.kind} name with a space at its end` });
  const parsed =
    name.kind === 'dns' || name.kind === 'ip' || name.kind === 'email' || name.kind === 'uri'
      ? parseSubjectAltName(name.text, rules)
      : undefined;
  // A dNSName that reads as an address, or a URI in an e-mail field, is a trick on whoever reads less closely.
  if (parsed === undefined || parsed.kind !== name.kind)
    throw coreError('CSR_NAME_UNSUPPORTED', { what, kind: `${name.kind} name` });
  return parsed;
}

/** Old requests name their host in the CN alone; it counts when it is a host name or an address. */
function readCommonNames(subject: readonly AttributeFacts[], rules: NameRules): SubjectAltName[] {
  return subject
    .filter(({ type }) => type === 'CN')
    .flatMap(({ value }) => {
      const name = tryParseHost(value, rules);
      return name === undefined ? [] : [name];
    });
}

function tryParseHost(text: string, rules: NameRules): SubjectAltName | undefined {
  try {
    const name = parseSubjectAltName(text, rules);
    return name.kind === 'dns' || name.kind === 'ip' ? name : undefined;
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}

/**
 * The subject without what would mislead: a common name that looks like a host and is none of the names, or any common
 * name when no DNS name stands beside it (GnuTLS refuses those under name constraints).
 */
function acceptSubject(
  attributes: readonly AttributeFacts[],
  names: readonly SubjectAltName[],
  rules: NameRules,
): Pick<AcceptedCsr, 'subject' | 'omitted'> {
  const subject: NameAttribute[] = [];
  const omitted: string[] = [];
  const hasDnsName = names.some(({ kind }) => kind === 'dns');
  for (const { type, value } of attributes) {
    const known = knownType(type);
    const host = type === 'CN' ? tryParseHost(value, rules) : undefined;
    const isMisleading =
      type === 'CN' && (!hasDnsName || (host !== undefined && !names.some(({ text }) => text === host.text)));
    // Verifiers hold it against the e-mail constraints when no e-mail name stands beside it (RFC 5280 section 4.2.1.10).
    const isStrayEmail = type === 'emailAddress' && !names.some(({ kind, text }) => kind === 'email' && text === value);
    if (known === undefined || isMisleading || isStrayEmail) omitted.push(`${type}=${value}`);
    else subject.push(createNameAttribute(known, host?.kind === 'dns' ? host.text : value));
  }
  return { subject, omitted };
}

/** Facts hold the short name already; an OID stays an OID and is unknown. */
const knownType = (type: string): NameAttribute['type'] | undefined =>
  /^\d/.test(type) ? undefined : (type as NameAttribute['type']);
