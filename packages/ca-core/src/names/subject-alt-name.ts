/**
 * @module Subject alternative names: what one word on the command line means, and its GeneralName encoding
 * (RFC 5280 section 4.2.1.6).
 */
import { coreError } from '../core-errors.ts';
import { encodeUtf8, type Bytes } from '../der/bytes.ts';
import { contextPrimitive } from '../der/tags.ts';
import { encodeDer } from '../der/writer.ts';
import { parseDnsName, type DnsName, type NameRules } from './dns-name.ts';
import { isIpAddressLike, parseIpAddress } from './ip-address.ts';

/** One parsed name. `text` is its one canonical spelling. */
export type SubjectAltName =
  | { readonly kind: 'dns'; readonly text: DnsName }
  | { readonly kind: 'ip'; readonly text: string; readonly bytes: Bytes }
  | { readonly kind: 'email'; readonly text: string; readonly domain: DnsName }
  | { readonly kind: 'uri'; readonly text: string };

/** GeneralName context tags, RFC 5280 section 4.2.1.6. */
export const GENERAL_NAME_TAG = { email: 1, dns: 2, uri: 6, ip: 7 } as const;

/**
 * A name from untrusted text: an IP address, a URI (`scheme://…` or `urn:…`), an e-mail address, or a DNS name.
 * @throws the codes of that kind
 */
export function parseSubjectAltName(text: string, rules: NameRules): SubjectAltName {
  const trimmed = text.trim();
  if (isIpAddressLike(trimmed)) {
    const bracketPort = /^\[(.*)\]:\d+$/.exec(trimmed);
    if (bracketPort !== null) throw coreError('NAME_HAS_PORT', { name: text, host: bracketPort[1] ?? '' });
    return { kind: 'ip', ...parseIpAddress(trimmed) };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) || /^urn:/i.test(trimmed)) return parseUri(trimmed);
  if (trimmed.includes('@')) return parseEmail(trimmed, rules);
  return { kind: 'dns', text: parseDnsName(trimmed, rules) };
}

// Clients give up on certificates of hundreds of kilobytes, and OpenSSL on names times constraints beyond 2^20.
const MAX_NAMES = 2000;

/** @throws NAMES_TOO_MANY */
export function assertNameCount(names: readonly SubjectAltName[]): void {
  if (names.length > MAX_NAMES) throw coreError('NAMES_TOO_MANY', { count: names.length, maxNames: MAX_NAMES });
}

/** The names without repeats; the order of first mention is kept. */
export function dropRepeats(names: readonly SubjectAltName[]): SubjectAltName[] {
  return [...new Map(names.map((name) => [`${name.kind}:${name.text}`, name])).values()];
}

/** Parses a list, dropping repeats; the order of first mention is kept. */
export function parseSubjectAltNames(texts: readonly string[], rules: NameRules): SubjectAltName[] {
  return dropRepeats(texts.map((text) => parseSubjectAltName(text, rules)));
}

/** The GeneralName of a parsed name. */
export function encodeGeneralName(name: SubjectAltName): Bytes {
  const value = name.kind === 'ip' ? name.bytes : encodeUtf8(name.text);
  return encodeDer(contextPrimitive(GENERAL_NAME_TAG[name.kind]), value);
}

// RFC 5321 section 4.1.2 Dot-string; quoted local parts are legal and used by nobody.
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const LOCAL_PART_MAX_BYTES = 64; // RFC 5321 section 4.5.3.1.1

function parseEmail(text: string, rules: NameRules): SubjectAltName {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  if (!LOCAL_PART.test(local)) {
    throw coreError('EMAIL_INVALID', {
      name: text,
      reason: "the part before @ must be ASCII letters, digits and .!#$%&'*+/=?^_`{|}~-",
    });
  }
  if (local.length > LOCAL_PART_MAX_BYTES) {
    throw coreError('EMAIL_INVALID', {
      name: text,
      reason: `the part before @ is ${local.length} bytes, the limit is ${LOCAL_PART_MAX_BYTES}`,
    });
  }
  if (text.slice(at + 1).includes('*'))
    throw coreError('EMAIL_INVALID', { name: text, reason: "a wildcard can't receive mail" });
  const domain = parseDnsName(text.slice(at + 1), rules);
  return { kind: 'email', text: `${local}@${domain}`, domain };
}

const URI_MAX_BYTES = 2048; // what SPIFFE allows and more than any identity needs

/** A URI is an identity (SPIFFE, URN), not something browsers match; it is kept as written, ASCII only. */
function parseUri(text: string): SubjectAltName {
  if (!/^[\u0021-\u007e]+$/.test(text))
    throw coreError('URI_INVALID', { name: text, reason: 'only ASCII without spaces; percent-encode the rest' });
  if (text.length > URI_MAX_BYTES)
    throw coreError('URI_INVALID', { name: text, reason: `${text.length} bytes, the limit is ${URI_MAX_BYTES}` });
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw coreError('URI_INVALID', { name: text, reason: 'malformed' });
  }
  if (url.username !== '' || url.password !== '')
    throw coreError('URI_INVALID', { name: text, reason: 'it holds a user name or password' });
  if (text.includes('://') && url.hostname === '')
    throw coreError('URI_INVALID', { name: text, reason: 'it has no host' });
  return { kind: 'uri', text };
}
