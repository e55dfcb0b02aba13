/**
 * @module What a CA may speak for. Written into its certificates as critical name constraints (RFC 5280 section 4.2.1.10)
 * and checked again before signing. IP addresses are unconstrained unless asked for, URIs always (see docs/scopes.md).
 */
import { coreError } from '../core-errors.ts';
import { baseDomain, parseDnsName, type NameRules } from './dns-name.ts';
import { isInRange, parseIpRange, type IpRange } from './ip-address.ts';
import { DEV_DOMAINS, isDevName } from './special-use.ts';
import type { SubjectAltName } from './subject-alt-name.ts';

/** What CAs of others leave out of what they may speak for; ours have none. `domains` cover themselves and all below. */
export type Excluded = { readonly domains: readonly string[]; readonly ips: readonly IpRange[] };

/** `domains` cover themselves and all below. An empty `ips` leaves IP addresses unconstrained. */
export type Scope =
  | { readonly kind: 'unscoped'; readonly excluded?: Excluded }
  | {
      readonly kind: 'scoped';
      readonly domains: readonly string[];
      readonly ips: readonly IpRange[];
      readonly excluded?: Excluded;
    };

// Loopback, private (RFC 1918, RFC 4193), link-local (RFC 3927, RFC 4291) and CGNAT (RFC 6598) blocks.
const PRIVATE_RANGES = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

/** What `createScope` builds from. */
export type ScopeRequest = {
  /** Domains of the user, as typed. */
  readonly domains: readonly string[];
  /** Also the dev domains; default true. */
  readonly hasDevDomains?: boolean;
  /** Constrain IP addresses to loopback, private, link-local and CGNAT blocks; default false. */
  readonly hasIpConstraints?: boolean;
};

/**
 * A scope from untrusted domains.
 * @throws SCOPE_INVALID, SCOPE_PUBLIC_SUFFIX, DNS_NAME_*
 */
export function createScope(request: ScopeRequest, rules: NameRules): Scope {
  const own = request.domains.map((domain) => parseScopeDomain(domain, rules));
  const all = [...(request.hasDevDomains === false ? [] : DEV_DOMAINS), ...own];
  const ips = request.hasIpConstraints === true ? PRIVATE_RANGES.flatMap((text) => parseIpRange(text) ?? []) : [];
  return { kind: 'scoped', domains: dropCovered(all), ips };
}

function parseScopeDomain(text: string, rules: NameRules): string {
  if (text.includes('*'))
    throw coreError('SCOPE_INVALID', { scope: text, reason: 'a domain covers what is below it without "*"' });
  if (text.includes('@'))
    throw coreError('SCOPE_INVALID', { scope: text, reason: 'it must be a domain, not an e-mail address' });
  const domain = parseDnsName(text.replace(/^\./, ''), rules);
  if (!isDevName(domain) && rules.isPublicSuffix(domain)) throw coreError('SCOPE_PUBLIC_SUFFIX', { scope: domain });
  return domain;
}

/** A domain below another one of the list adds nothing. */
function dropCovered(domains: readonly string[]): string[] {
  const unique = [...new Set(domains)];
  return unique.filter((domain) => !unique.some((other) => other !== domain && isDomainWithin(domain, other)));
}

/** True when `domain` is `ancestor` or below it. */
export function isDomainWithin(domain: string, ancestor: string): boolean {
  return domain === ancestor || domain.endsWith(`.${ancestor}`);
}

/** True when a CA of this scope may certify the name. */
export function isNameInScope(name: SubjectAltName, scope: Scope): boolean {
  if (scope.excluded !== undefined && isExcluded(name, scope.excluded)) return false;
  if (scope.kind === 'unscoped') return true;
  switch (name.kind) {
    case 'dns':
      return scope.domains.some((domain) => isDomainWithin(baseDomain(name.text), domain));
    case 'email':
      return scope.domains.some((domain) => isDomainWithin(name.domain, domain));
    case 'ip':
      return scope.ips.length === 0 || scope.ips.some((range) => isInRange(name.bytes, range));
    case 'uri':
      return true;
  }
}

function isExcluded(name: SubjectAltName, { domains, ips }: Excluded): boolean {
  if (name.kind === 'ip') return ips.some((range) => isInRange(name.bytes, range));
  const text = name.kind === 'dns' ? name.text : name.kind === 'email' ? name.domain : undefined;
  return text !== undefined && domains.some((excluded) => isDomainExcluded(text, excluded));
}

const PLAIN_DOMAIN = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** An empty one, one with a trailing dot or a wildcard, and whatever else a name can't be compared with, is none. */
export const isPlainDomain = (text: string): boolean => PLAIN_DOMAIN.test(text.toLowerCase());

/**
 * True when what is excluded holds the domain or a name that the wildcard stands for. What is no domain excludes everything, as the
 * empty constraint of RFC 5280 does.
 */
export function isDomainExcluded(name: string, excluded: string): boolean {
  const [text, base] = [name.toLowerCase(), excluded.toLowerCase().replace(/^\./, '')];
  const domain = baseDomain(text);
  return !isPlainDomain(base) || isDomainWithin(domain, base) || (domain !== text && isDomainWithin(base, domain));
}

/** The first domain or address range by which a scope reaches beyond another; undefined where it lies within. */
export function findScopeExcess(inner: Scope, outer: Scope): string | undefined {
  if (outer.kind === 'unscoped') return undefined;
  if (inner.kind === 'unscoped') return 'every name there is';
  const domain = inner.domains.find((one) => !outer.domains.some((other) => isDomainWithin(one, other)));
  if (domain !== undefined || outer.ips.length === 0) return domain;
  if (inner.ips.length === 0) return 'every IP address';
  return inner.ips.find((one) => !outer.ips.some((other) => isRangeWithin(one, other)))?.text;
}

/** What two scopes, one above the other, leave: names that both allow, domains in the order of the lower. */
export function narrowScope(inner: Scope, outer: Scope): Scope {
  const left = [inner.excluded, outer.excluded].filter((excluded) => excluded !== undefined);
  const [domains, ips] = [left.flatMap((one) => one.domains), left.flatMap((one) => one.ips)];
  const excluded = left.length === 0 ? {} : { excluded: { domains, ips } };
  if (inner.kind === 'unscoped') return { ...outer, ...excluded };
  if (outer.kind === 'unscoped') return { ...inner, ...excluded };
  return {
    kind: 'scoped',
    domains: meet(inner.domains, outer.domains, isDomainWithin),
    ...narrowRanges(inner.ips, outer.ips, excluded),
  };
}

/** An empty list leaves addresses free, so that two which have none in common are told by leaving out every address. */
function narrowRanges(inner: readonly IpRange[], outer: readonly IpRange[], { excluded }: { excluded?: Excluded }) {
  if (inner.length === 0 || outer.length === 0)
    return { ips: [...inner, ...outer], ...(excluded === undefined ? {} : { excluded }) };
  const ips = meet(inner, outer, isRangeWithin);
  if (ips.length > 0) return { ips, ...(excluded === undefined ? {} : { excluded }) };
  const every = ['0.0.0.0/0', '::/0'].flatMap((text) => parseIpRange(text) ?? []);
  return { ips, excluded: { domains: excluded?.domains ?? [], ips: [...(excluded?.ips ?? []), ...every] } };
}

/** Of each list what lies within the other. */
function meet<T>(inner: readonly T[], outer: readonly T[], isWithin: (one: T, other: T) => boolean): T[] {
  const lower = inner.filter((one) => outer.some((other) => isWithin(one, other)));
  const upper = outer.filter((one) => inner.some((other) => isWithin(one, other)) && !lower.includes(one));
  return [...lower, ...upper.filter((one) => !lower.some((other) => isWithin(one, other) && isWithin(other, one)))];
}

const isRangeWithin = (inner: IpRange, outer: IpRange): boolean =>
  isInRange(inner.bytes, outer) && outer.mask.every((byte, i) => ((inner.mask[i] ?? 0) & byte) === byte);

/** How messages list what a CA may speak for. */
export function listScope(scope: Scope): readonly string[] {
  const left = [...(scope.excluded?.domains ?? []), ...(scope.excluded?.ips ?? []).map(({ text }) => text)];
  if (scope.kind === 'scoped') return [...scope.domains, ...left.map((text) => `not ${text}`)];
  return [left.length === 0 ? 'every name' : `every name but those of ${left.join(', ')}`];
}
