/**
 * @module Name constraints of a CA (RFC 5280 section 4.2.1.10): read from their DER, and held against a name. What can't be evaluated
 * permits nothing and excludes everything of its kind. Pure.
 */
import { decodeLatin1 } from '../der/bytes.ts';
import { DerReader } from '../der/reader.ts';
import { contextConstructed, contextPrimitive } from '../der/tags.ts';
import { baseDomain } from './dns-name.ts';
import { formatIpOrRange, isInRange, parseIpRange, type IpRange } from './ip-address.ts';
import { isDomainExcluded, isDomainWithin, isPlainDomain } from './scope.ts';
import { GENERAL_NAME_TAG } from './subject-alt-name.ts';

/** The base of a subtree. `text` of an `ip` is CIDR; one with another mask or of another length is not evaluated. */
export type Subtree = { readonly kind: string; readonly text: string };
export type NameConstraints = { readonly permitted: readonly Subtree[]; readonly excluded: readonly Subtree[] };

/** A name as certificates hold it; a `SubjectAltName` is one. */
type ComparedName =
  | { readonly kind: 'dns'; readonly text: string }
  | { readonly kind: 'email'; readonly text: string; readonly domain: string }
  | { readonly kind: 'ip'; readonly text: string; readonly bytes: Uint8Array };
export type CertifiedName = ComparedName | { readonly kind: 'uri'; readonly text: string };

/** A kind with permitted subtrees must be in one of them; none may be in an excluded one. A constrained URI is never permitted. */
export function isNamePermitted(name: CertifiedName, { permitted, excluded }: NameConstraints): boolean {
  const of = (subtrees: readonly Subtree[]) => subtrees.filter(({ kind }) => kind === name.kind);
  const allowed = of(permitted);
  if (name.kind === 'uri') return allowed.length + of(excluded).length === 0;
  return (
    (allowed.length === 0 || allowed.some(({ text }) => isWithin(name, text) && !isBareDomain(name, text))) &&
    !of(excluded).some(({ text }) => isExcludedBy(name, text))
  );
}

function isWithin(name: ComparedName, subtree: string): boolean {
  const base = subtree.toLowerCase();
  switch (name.kind) {
    case 'dns':
      return base === '' || isDomainWithin(baseDomain(name.text.toLowerCase()), base.replace(/^\./, ''));
    case 'email':
      if (base.includes('@')) return name.text.toLowerCase() === base;
      return base.startsWith('.') ? name.domain.endsWith(base) : name.domain === base;
    case 'ip': {
      const range = parseSubnet(base);
      return range !== undefined && isInRange(name.bytes, range);
    }
  }
}

/** With a dot before it, what is permitted stands below the domain: OpenSSL's reading, and the narrower one. */
const isBareDomain = ({ text }: ComparedName, subtree: string): boolean =>
  `.${text}`.toLowerCase() === subtree.toLowerCase();

// A mailbox, the hosts below a domain, or one host: RFC 5280 section 4.2.1.10.
const MAIL_BASE = /^(?:[^@]+@|\.)?([^@]+)$/;

/** Also where the subtree can't be compared with names of its kind. */
function isExcludedBy(name: ComparedName, subtree: string): boolean {
  if (name.kind === 'dns') return isDomainExcluded(name.text, subtree);
  const isComparable =
    name.kind === 'ip' ? parseSubnet(subtree) !== undefined : isPlainDomain(MAIL_BASE.exec(subtree)?.[1] ?? '');
  return !isComparable || isWithin(name, subtree);
}

/** An address alone is no subnet but a constraint of a wrong length. */
const parseSubnet = (text: string): IpRange | undefined => (text.includes('/') ? parseIpRange(text) : undefined);

const KIND_OF_TAG: ReadonlyMap<number, CertifiedName['kind']> = new Map(
  (['email', 'dns', 'uri', 'ip'] as const).map((kind) => [contextPrimitive(GENERAL_NAME_TAG[kind]), kind]),
);

/**
 * Constraints of which nothing is left aside.
 * @throws DER_INVALID, also for what is well-formed and not understood: other kinds of names, a minimum or maximum
 */
export function parseNameConstraints(der: Uint8Array, what: string): NameConstraints {
  const outer = new DerReader(der, what);
  const fields = outer.enterSequence();
  outer.assertEnd();
  const [permitted, excluded] = [readSubtrees(fields, 0, what), readSubtrees(fields, 1, what)];
  fields.assertEnd();
  return { permitted, excluded };
}

function readSubtrees(fields: DerReader, n: number, what: string): readonly Subtree[] {
  const element = fields.readOptional(contextConstructed(n));
  if (element === undefined) return [];
  const list = new DerReader(element.value, what);
  const subtrees: Subtree[] = [];
  while (!list.isAtEnd) {
    const subtree = list.enterSequence();
    const { tag, value } = subtree.readElement();
    subtree.assertEnd(); // a minimum or maximum
    const kind = KIND_OF_TAG.get(tag);
    if (kind === undefined) return list.fail('constraints on a kind of name that is not checked here');
    if (kind === 'ip' && value.length !== 8 && value.length !== 32)
      list.fail('a constraint on addresses of a wrong length');
    subtrees.push({ kind, text: kind === 'ip' ? formatIpOrRange(value) : decodeLatin1(value) });
  }
  return subtrees;
}

/** The names of a subjectAltName extension; undefined stands for one of a kind that no constraint here speaks of. @throws DER_INVALID */
export function parseCertifiedNames(der: Uint8Array, what: string): readonly (CertifiedName | undefined)[] {
  const list = new DerReader(der, what).enterSequence();
  const names: (CertifiedName | undefined)[] = [];
  while (!list.isAtEnd) {
    const { tag, value } = list.readElement();
    const kind = KIND_OF_TAG.get(tag);
    names.push(kind === undefined ? undefined : toCertifiedName(kind, value));
  }
  return names;
}

function toCertifiedName(kind: CertifiedName['kind'], value: Uint8Array): CertifiedName {
  if (kind === 'ip') return { kind, text: formatIpOrRange(value), bytes: value };
  const text = decodeLatin1(value);
  return kind === 'email'
    ? { kind, text, domain: text.slice(text.lastIndexOf('@') + 1).toLowerCase() }
    : { kind, text };
}
