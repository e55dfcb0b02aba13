/**
 * @module Names as mkcert takes them. Stricter than mkcert where a name could never match (empty labels, labels of 70 bytes, words
 * that were meant as flags), and IDN is mapped as browsers map it. Underscores are taken: containers have them in their names.
 */
import {
  dropRepeats,
  isCaError,
  isDevName,
  parseDnsName,
  parseSubjectAltName,
  type DnsName,
  type NameRules,
  type SubjectAltName,
} from '@mintmark/ca-core';
import { loadNameRules } from '../certificates/name-rules.ts';
import { mkcertError } from './mkcert-errors.ts';

export type HostNames = {
  /** Each once, in the order of first mention. */
  readonly names: readonly SubjectAltName[];
  /** As they are shown: one for each word, spelled as the certificate spells it. */
  readonly shown: readonly string[];
};

/** @throws MKCERT_NAME_INVALID */
export async function parseHosts(hosts: readonly string[]): Promise<HostNames> {
  const needsList = hosts.some((host) => host.includes('*') && !isDevName(host.toLowerCase()));
  const rules: NameRules = needsList ? await loadNameRules() : { isPublicSuffix: () => false };
  const parsed = hosts.map((host) => parseHost(host, rules));
  return { names: dropRepeats(parsed), shown: parsed.map(({ text }) => text) };
}

function parseHost(host: string, rules: NameRules): SubjectAltName {
  try {
    return parseUnderscored(host, rules) ?? parseSubjectAltName(host, rules);
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
    const isFlag = /^--?[A-Za-z]/.test(host);
    const advice = isFlag ? 'flags go before the first name' : cause.hint;
    const reason = isFlag ? 'it reads as a flag' : cause.message.replace(/^"(?:[^"\\]|\\.)*":? /, '');
    throw mkcertError('MKCERT_NAME_INVALID', { name: host, reason, advice }, { cause });
  }
}

/** A DNS name with underscores is held to all other rules with a letter in their place. */
function parseUnderscored(host: string, rules: NameRules): SubjectAltName | undefined {
  if (!/^(?:\*\.)?[\w-]+(?:\.[\w-]+)*$/.test(host) || !host.includes('_')) return undefined;
  const checked = parseDnsName(host.replaceAll('_', 'u'), rules);
  const text = [...checked].map((character, i) => (host[i] === '_' ? '_' : character)).join('');
  return { kind: 'dns', text: text as DnsName };
}

const BASE_MAX_CHARACTERS = 200; // file systems allow 255 bytes, suffixes included

/**
 * `localhost+2-client`: as mkcert names files, by the first word as it was typed (IDN as the certificate spells it), with what can't
 * stand in a file name as `_`.
 * @param count how many words there are, repeats and all
 */
export function formatMkcertBase(first: string, count: number, isClient: boolean): string {
  const safe = first
    .replaceAll('*', '_wildcard')
    .replaceAll(/[:/\\<>"|?\u0000-\u001f\u007f]/g, '_')
    .slice(0, BASE_MAX_CHARACTERS);
  return `${safe}${count > 1 ? `+${count - 1}` : ''}${isClient ? '-client' : ''}`;
}

/** The word that a file is named after: as it was typed where it is plain, else as the certificate spells it. */
export const baseWord = (host: string, shown: string): string => (/^[\u0021-\u007e]+$/.test(host) ? host : shown);
