/**
 * @module Name constraints of a CA, held against a certificate below it (RFC 5280 section 4.2.1.10). DNS names and IP addresses
 * are compared, and URIs are free where no constraint speaks of them; where there are constraints, a name of another kind is
 * refused, and so are constraints of another kind.
 */
import { derTags, DerReader, isDomainWithin, type CertificateView } from '@mintmark/ca-core';
import { findExtensionValue, OID_NAME_CONSTRAINTS, OID_SUBJECT_ALT_NAME } from './certificate-fields.ts';

const { contextConstructed, contextPrimitive } = derTags;

// GeneralName, RFC 5280 section 4.2.1.6. Constraints on URIs and e-mail addresses can stand, as such names are refused then.
const EMAIL = contextPrimitive(1);
const DNS = contextPrimitive(2);
const URI = contextPrimitive(6);
const IP = contextPrimitive(7);
const KNOWN_KINDS: readonly number[] = [EMAIL, DNS, URI, IP];

type Name = { readonly tag: number; readonly value: Uint8Array };
export type NameConstraints = { readonly permitted: readonly Name[]; readonly excluded: readonly Name[] };

/** Undefined: the CA may speak for any name. @throws DER_INVALID, also for what is well-formed and not understood */
export function parseNameConstraints(view: CertificateView): NameConstraints | undefined {
  const value = findExtensionValue(view, OID_NAME_CONSTRAINTS);
  if (value === undefined) return undefined;
  const outer = new DerReader(value, 'name constraints');
  const fields = outer.enterSequence();
  outer.assertEnd();
  const [permitted, excluded] = [readSubtrees(fields, 0), readSubtrees(fields, 1)];
  fields.assertEnd();
  return { permitted, excluded };
}

function readSubtrees(fields: DerReader, n: number): readonly Name[] {
  const element = fields.readOptional(contextConstructed(n));
  if (element === undefined) return [];
  const list = new DerReader(element.value, 'name constraints');
  const names: Name[] = [];
  while (!list.isAtEnd) {
    const subtree = list.enterSequence();
    const { tag, value } = subtree.readElement();
    subtree.assertEnd(); // a minimum or maximum
    if (!KNOWN_KINDS.includes(tag)) list.fail('constraints on a kind of name that is not checked here');
    if (tag === IP && value.length !== 8 && value.length !== 32)
      list.fail('a constraint on addresses of a wrong length');
    names.push({ tag, value });
  }
  return names;
}

/** Why a certificate does not lie within the constraints; undefined when it does. @throws DER_INVALID */
export function findNameOutside(
  view: CertificateView,
  subject: string | undefined,
  { permitted, excluded }: NameConstraints,
): string | undefined {
  // OpenSSL holds e-mail addresses of the subject against constraints, too.
  if (/emailAddress=/i.test(subject ?? '')) return 'a subject has an e-mail address, which is not checked here';
  for (const name of readAltNames(view)) {
    if (name.tag === URI && ![...permitted, ...excluded].some(({ tag }) => tag === URI)) continue;
    if (name.tag !== DNS && name.tag !== IP) return 'a name is of a kind that is not checked here';
    if (name.tag === DNS && !isPlainDns(name.value)) return 'a name is not a DNS name';
    const allowed = permitted.filter(({ tag }) => tag === name.tag);
    const isAllowed = allowed.length === 0 || allowed.some((base) => isWithin(name, base));
    if (!isAllowed || excluded.some((base) => isTouched(name, base)))
      return 'a name lies outside of what its CA may speak for';
  }
  return undefined;
}

function readAltNames(view: CertificateView): readonly Name[] {
  const value = findExtensionValue(view, OID_SUBJECT_ALT_NAME);
  if (value === undefined) return [];
  const list = new DerReader(value, 'subject alternative names').enterSequence();
  const names: Name[] = [];
  while (!list.isAtEnd) names.push(list.readElement());
  return names;
}

const textOf = (value: Uint8Array): string => Buffer.from(value).toString('latin1').toLowerCase();
const isPlainDns = (value: Uint8Array): boolean => /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(textOf(value));

function isWithin(name: Name, base: Name): boolean {
  if (name.tag !== base.tag) return false;
  return name.tag === IP
    ? isAddressWithin(name.value, base.value)
    : isDnsWithin(textOf(name.value), textOf(base.value));
}

/** A wildcard is also excluded when it covers names of an excluded domain. */
function isTouched(name: Name, base: Name): boolean {
  if (isWithin(name, base)) return true;
  const domain = textOf(name.value);
  return name.tag === DNS && base.tag === DNS && domain.startsWith('*.')
    ? isDnsWithin(textOf(base.value), domain.slice(2))
    : false;
}

/** An empty base is every name; one that begins with a dot is what lies below it alone, as OpenSSL has it. */
function isDnsWithin(name: string, base: string): boolean {
  if (base === '') return true;
  return base.startsWith('.') ? name.endsWith(base) : isDomainWithin(name, base);
}

/** The base is an address and its mask, of the same family as the address. */
function isAddressWithin(address: Uint8Array, base: Uint8Array): boolean {
  if (base.length !== 2 * address.length) return false;
  return address.every((byte, i) => ((byte ^ (base[i] ?? 0)) & (base[address.length + i] ?? 0xff)) === 0);
}
