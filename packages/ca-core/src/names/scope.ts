/**
 * @module What a CA may speak for. Written into its certificates as critical name constraints (RFC 5280 section 4.2.1.10)
 * and checked again before signing. IP addresses are unconstrained unless asked for, URIs always (see docs/scopes.md).
 */
import { coreError } from '../core-errors.ts';
import { baseDomain, parseDnsName, type NameRules } from './dns-name.ts';
import { isInRange, parseIpRange, type IpRange } from './ip-address.ts';
import { DEV_DOMAINS, isDevName } from './special-use.ts';
import type { SubjectAltName } from './subject-alt-name.ts';

/** `domains` cover themselves and all below. An empty `ips` leaves IP addresses unconstrained. */
export type Scope =
  | { readonly kind: 'unscoped' }
  | { readonly kind: 'scoped'; readonly domains: readonly string[]; readonly ips: readonly IpRange[] };

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
