/** @module Whether a certificate names a host, as clients see it: RFC 9525 section 6.3. Pure. */
import { isIP } from 'node:net';
import { parseIpAddress } from '@mintmark/ca-core';
import type { GeneralNameFacts } from '@mintmark/ca-core/read';

/** `bare-wildcard`: it matches by the letter, and browsers ignore a star before a single label. */
export type NameMatch = 'match' | 'bare-wildcard' | 'too-deep' | 'ip-as-dns' | 'none';

/** @param host a DNS name in ASCII or an IP address without brackets. */
export function matchName(host: string, names: readonly GeneralNameFacts[]): NameMatch {
  if (isIP(host) !== 0) return matchIp(host, names);
  const wanted = host.toLowerCase().replace(/\.$/, '');
  const dns = names.filter(({ kind }) => kind === 'dns').map(({ text }) => text.toLowerCase());
  if (dns.includes(wanted)) return 'match';
  const bases = dns.filter((name) => name.startsWith('*.')).map((name) => name.slice(2));
  const parent = wanted.slice(wanted.indexOf('.') + 1);
  if (wanted.includes('.') && bases.includes(parent)) return parent.includes('.') ? 'match' : 'bare-wildcard';
  return bases.some((base) => wanted.endsWith(`.${base}`)) ? 'too-deep' : 'none';
}

function matchIp(host: string, names: readonly GeneralNameFacts[]): NameMatch {
  const wanted = parseIpAddress(host).text;
  if (names.some(({ kind, text }) => kind === 'ip' && text === wanted)) return 'match';
  return names.some(({ kind, text }) => kind === 'dns' && text === host) ? 'ip-as-dns' : 'none';
}
