/**
 * @module DNS names for certificates: UTS-46 mapping, length and label rules, wildcards.
 * RFC 5280 section 4.2.1.6, RFC 9549 (A-labels), RFC 6125 section 6.4.3 (wildcards). Stricter than DNS itself: no
 * underscore, no trailing dot, no name that ends in a number, because clients refuse or misread those.
 */
import { coreError } from '../core-errors.ts';
import { isDevName } from './special-use.ts';

declare const dnsNameBrand: unique symbol;
/** A lower-case A-label name without trailing dot, at most 253 bytes; may begin with `*.`. */
export type DnsName = string & { readonly [dnsNameBrand]: true };

/** What the syntax alone can't tell. */
export type NameRules = {
  /** True for a name under which anybody may register, such as `com`, `co.uk` or `github.io`. */
  readonly isPublicSuffix: (domain: string) => boolean;
};

const LABEL_MAX_BYTES = 63; // RFC 1035 section 2.3.4
const NAME_MAX_BYTES = 253; // RFC 1035 section 2.3.4: 255 octets on the wire, so 253 as text

/**
 * A DNS name from untrusted text. IDN is mapped by UTS 46: `BÜCHER.example` becomes `xn--bcher-kva.example`.
 * @throws NAME_EMPTY, NAME_HAS_PORT, NAME_HAS_PATH, DNS_NAME_*, WILDCARD_*
 */
export function parseDnsName(text: string, rules: NameRules): DnsName {
  if (text === '') throw coreError('NAME_EMPTY', {});
  assertNoPortOrPath(text);
  const isWildcard = text.startsWith('*.');
  const mapped = mapToAscii(isWildcard ? text.slice(2) : text, text);
  assertWildcardPosition(text, mapped);
  assertLabels(mapped, text);
  const name = isWildcard ? `*.${mapped}` : mapped;
  if (name.length > NAME_MAX_BYTES) {
    throw coreError('DNS_NAME_TOO_LONG', { name: text, nameBytes: name.length, maxBytes: NAME_MAX_BYTES });
  }
  if (isWildcard && !isDevName(mapped) && rules.isPublicSuffix(mapped)) {
    throw coreError('WILDCARD_PUBLIC_SUFFIX', { name: text, suffix: mapped });
  }
  return name as DnsName;
}

/** The name without its `*.`, if it has one. */
export function baseDomain(name: DnsName | string): string {
  return name.startsWith('*.') ? name.slice(2) : name;
}

function assertNoPortOrPath(text: string): void {
  const port = /^([^:/@]+):(\d{1,5})$/.exec(text);
  if (port !== null) throw coreError('NAME_HAS_PORT', { name: text, host: port[1] ?? '' });
  if (text.includes('/')) throw coreError('NAME_HAS_PATH', { name: text });
}

/** Lower-case ASCII form. Only names with other characters, or with xn-- labels, need the platform's UTS-46. */
function mapToAscii(text: string, original: string): string {
  if (/^[\u0021-\u007e]*$/.test(text)) {
    const lower = text.toLowerCase();
    if (/(^|\.)xn--/.test(lower) && mapIdn(lower) !== lower)
      throw coreError('DNS_NAME_IDN_INVALID', { name: original });
    return lower;
  }
  const forbidden = /[\u0000-\u0020\u007f:/?#@[\]\\%^|<>"'`{}]/.exec(text);
  if (forbidden !== null) throw coreError('DNS_NAME_CHARACTER', { name: original, character: forbidden[0] });
  const mapped = mapIdn(text);
  if (mapped === undefined) throw coreError('DNS_NAME_IDN_INVALID', { name: original });
  return mapped;
}

/** The URL parser applies UTS-46 (non-transitional, with bidi and joiner checks) to the host of a URL. */
function mapIdn(text: string): string | undefined {
  try {
    return new URL(`https://${text}/`).hostname;
  } catch {
    return undefined;
  }
}

function assertWildcardPosition(text: string, mapped: string): void {
  if (text === '*' || text === '*.') throw coreError('WILDCARD_BARE', {});
  if (mapped.includes('*')) throw coreError('WILDCARD_POSITION', { name: text });
}

function assertLabels(mapped: string, name: string): void {
  if (mapped.endsWith('.') && mapped.length > 1 && !mapped.endsWith('..')) {
    throw coreError('DNS_NAME_TRAILING_DOT', { name, withoutDot: mapped.slice(0, -1) });
  }
  const labels = mapped.split('.');
  for (const label of labels) assertLabel(label, name);
  // The URL standard reads a host whose last label is a number as IPv4 (ends-in-a-number checker).
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) throw coreError('DNS_NAME_ALL_NUMERIC', { name });
}

function assertLabel(label: string, name: string): void {
  if (label === '') throw coreError('DNS_NAME_EMPTY_LABEL', { name });
  if (label.length > LABEL_MAX_BYTES) {
    throw coreError('DNS_NAME_LABEL_TOO_LONG', { name, labelBytes: label.length, maxBytes: LABEL_MAX_BYTES });
  }
  if (label.includes('_')) throw coreError('DNS_NAME_UNDERSCORE', { name });
  const character = /[^a-z0-9-]/.exec(label);
  if (character !== null) throw coreError('DNS_NAME_CHARACTER', { name, character: character[0] });
  const isReservedForm = label.slice(2, 4) === '--' && !label.startsWith('xn--'); // RFC 5891 section 4.2.3.1
  if (label.startsWith('-') || label.endsWith('-') || isReservedForm)
    throw coreError('DNS_NAME_HYPHEN', { name, label });
}
