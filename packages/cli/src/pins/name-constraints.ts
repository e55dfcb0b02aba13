/**
 * @module Whether the name constraints of a CA certificate allow a name (RFC 5280 section 4.2.1.10). A kind that is not evaluated here
 * is refused where it is constrained. Pure.
 */
import { BlockList, isIPv6 } from 'node:net';
import { baseDomain, isDomainWithin, type SubjectAltName } from '@mintmark/ca-core';
import type { CertificateFacts } from '@mintmark/ca-core/read';

type Constraint = CertificateFacts['permitted'][number];
type Constraints = Pick<CertificateFacts, 'permitted' | 'excluded'>;

/** A kind with permitted subtrees must be in one of them; none may be in an excluded one. */
export function isNamePermitted(name: SubjectAltName, { permitted, excluded }: Constraints): boolean {
  const of = (constraints: readonly Constraint[]) => constraints.filter(({ kind }) => kind === name.kind);
  const allowed = of(permitted);
  if (name.kind === 'uri') return allowed.length + of(excluded).length === 0;
  return (
    (allowed.length === 0 || allowed.some(({ text }) => isWithin(name, text) && !isBareDomain(name, text))) &&
    !of(excluded).some(({ text }) => isWithin(name, text) || reachesInto(name, text))
  );
}

function isWithin(name: Exclude<SubjectAltName, { kind: 'uri' }>, constraint: string): boolean {
  const base = constraint.toLowerCase();
  switch (name.kind) {
    case 'dns':
      return base === '' || isDomainWithin(baseDomain(name.text), base.replace(/^\./, ''));
    case 'email':
      if (base.includes('@')) return name.text.toLowerCase() === base;
      return base.startsWith('.') ? name.domain.endsWith(base) : name.domain === base;
    case 'ip':
      return isInSubnet(name.text, base);
  }
}

/** With a dot before it, what is permitted stands below the domain: OpenSSL's reading, and the narrower one. */
const isBareDomain = ({ text }: SubjectAltName, constraint: string): boolean => `.${text}` === constraint.toLowerCase();

/** A wildcard stands for names below an excluded domain too. */
function reachesInto(name: SubjectAltName, constraint: string): boolean {
  if (name.kind === 'ip') return !IP_RANGE.test(constraint);
  return (
    name.kind === 'dns' && name.text.startsWith('*.') && isDomainWithin(constraint.toLowerCase(), baseDomain(name.text))
  );
}

const IP_RANGE = /^([0-9a-f:.]+)\/(\d{1,3})$/i;

/** A mask that is no prefix covers nothing that could be said in a word, so it permits nothing and, above, excludes all. */
function isInSubnet(address: string, range: string): boolean {
  const [, base = '', prefix = ''] = IP_RANGE.exec(range) ?? [];
  const family = (text: string) => (isIPv6(text) ? 'ipv6' : 'ipv4');
  // A list of one family also takes mapped addresses of the other, which constraints don't.
  if (base === '' || family(base) !== family(address)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(prefix), family(base));
  return list.check(address, family(address));
}
