/**
 * @module Public suffixes by the Mozilla list (through tldts), with its private part: `github.io` counts.
 * A subpath of its own, because the list is large and most commands never need it.
 */
import { parse } from 'tldts';
import type { NameRules } from '../names/dns-name.ts';

const OPTIONS = { allowPrivateDomains: true, extractHostname: false, validateHostname: false } as const;

/** True when the list names the domain itself as a suffix. A single label the list doesn't know (`corp`) is not one. */
export function isPublicSuffix(domain: string): boolean {
  const result = parse(domain, OPTIONS);
  return result.publicSuffix === domain && (result.isIcann === true || result.isPrivate === true);
}

/** The domain a registrant holds: `a.b.co.uk` gives `b.co.uk`. A name the list doesn't cover stands for itself. */
export function registrableDomain(domain: string): string {
  const result = parse(domain, OPTIONS);
  const isListed = result.isIcann === true || result.isPrivate === true;
  return (isListed ? result.domain : undefined) ?? domain;
}

/** The rules for parsing names that rest on the list. */
export const publicSuffixRules: NameRules = { isPublicSuffix };
