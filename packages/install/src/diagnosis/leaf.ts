/** @module Names and purposes of a server's certificate. Pure. */
import { isIP } from 'node:net';
import { isNameInScope, parseSubjectAltName, quoteWord } from '@mintmark/ca-core';
import type { Diagnosis, Finding } from './finding.ts';
import { formatMintAgain } from './mint-again.ts';
import { matchName, type NameMatch } from './name-match.ts';
import type { Case } from './server.ts';

const NAMES_SHOWN = 4;

export function checkNames(given: Case): Diagnosis {
  const { leaf, sight, target } = given;
  const { host } = sight;
  const match = matchName(host, leaf.names);
  const findings = match === 'match' ? [] : [describeMismatch(given, match)];
  const passes = match === 'match' ? [`the certificate names ${host}`] : [];
  const outside = listOutsideScope(given);
  if (outside.length === 0) return { findings, passes };
  const domain = outside.find((name) => isIP(name) === 0);
  const beyond: Finding = {
    id: 'server-outside-scope',
    severity: 'problem',
    subject: `clients refuse ${target}`,
    why: `the certificate names ${showNames(outside)}, outside the scope of its CA "${given.signing?.ca.name ?? ''}"`,
    fix: `mintmark ca create NAME${domain === undefined ? '' : ` --scope ${quoteWord(domain.replace(/^\*\./, ''))}`}`,
  };
  return { findings: [...findings, beyond], passes };
}

/** Names that the CA's constraints forbid: one is enough for a client to refuse the whole certificate. */
function listOutsideScope({ leaf, signing }: Case): string[] {
  if (signing === undefined) return [];
  const { scope } = signing.ca;
  return leaf.names
    .filter(({ kind, text }) => {
      if (kind !== 'dns' && kind !== 'ip') return false;
      try {
        return !isNameInScope(parseSubjectAltName(text, { isPublicSuffix: () => false }), scope);
      } catch {
        return false; // a name that we would not mint is judged elsewhere
      }
    })
    .map(({ text }) => text);
}

function describeMismatch(given: Case, match: Exclude<NameMatch, 'match'>): Finding {
  const { leaf, sight, target, newest, entry, around } = given;
  const { host } = sight;
  const names = leaf.names.map(({ text }) => text);
  const isWaiting = newest !== undefined && newest !== entry && newest.names.includes(host);
  return {
    id: match === 'bare-wildcard' ? 'server-bare-wildcard' : 'server-name',
    severity: 'problem',
    subject: match === 'bare-wildcard' ? `browsers refuse ${target}` : `clients refuse ${target}`,
    why: explainMismatch(host, names, match),
    ...(isWaiting
      ? {
          fix: `restart or reload the server: ${around.formatPath(newest.certFile)} holds a certificate that names ${host}`,
        }
      : { fix: formatMintAgain(given, [...new Set([...names, host])]), next: 'restart the server' }),
  };
}

function explainMismatch(host: string, names: readonly string[], match: Exclude<NameMatch, 'match'>): string {
  if (names.length === 0) return 'the certificate has no subject alternative name, and a common name counts no more';
  const wildcard = names.find((name) => name.startsWith('*.') && host.endsWith(name.slice(1))) ?? '';
  switch (match) {
    case 'too-deep':
      return `${wildcard} covers one label, and ${host} has more`;
    case 'bare-wildcard':
      return `browsers ignore ${wildcard}: they want two labels after the star`;
    case 'ip-as-dns':
      return `the certificate names ${host} as a DNS name; clients want an IP address there`;
    case 'none':
      return `the certificate names ${showNames(names)}, not ${host}`;
  }
}

const showNames = (names: readonly string[]): string =>
  names.length <= NAMES_SHOWN
    ? names.join(', ')
    : `${names.slice(0, NAMES_SHOWN).join(', ')} and ${names.length - NAMES_SHOWN} more`;

/** Purposes and strength: what makes a certificate unfit for a server whatever its names. */
export function checkUsage(given: Case): Diagnosis {
  const { leaf, target } = given;
  const faults = [
    leaf.isCa ? 'it sends the certificate of a CA in place of its own' : '',
    leaf.purposes.length > 0 &&
    !leaf.purposes.some((purpose) => ['serverAuth', 'anyExtendedKeyUsage'].includes(purpose))
      ? `the certificate is for ${leaf.purposes.join(', ')}, not for servers`
      : '',
    leaf.keyUsage.length > 0 && !leaf.keyUsage.some((usage) => FIT_USAGES.includes(usage))
      ? `the key may only be used for ${leaf.keyUsage.join(', ')}`
      : '',
    /sha-?1\b|md5/i.test(leaf.signatureLabel) ? `it is signed with ${leaf.signatureLabel}` : '',
    /RSA (?:512|768|1024)\b/.test(leaf.keyLabel) ? `its key is ${leaf.keyLabel}` : '',
  ].filter((why) => why !== '');
  const names = leaf.names.length === 0 || leaf.isCa ? [given.sight.host] : leaf.names.map(({ text }) => text);
  const findings = faults.map((why): Finding => {
    const fix = formatMintAgain({ ...given, entry: undefined }, names);
    const common = { id: 'server-usage', severity: 'problem', subject: `clients refuse ${target}` } as const;
    return { ...common, why, fix, next: 'give the server those files' };
  });
  return { findings, passes: [] };
}

const FIT_USAGES = ['digitalSignature', 'keyAgreement', 'keyEncipherment'];
