/** @module A CA in words and as --json: what it may speak for, where it is, when it ends. */
import { createPins, formatHex, formatSpkiPin, quote, type Scope } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import { readKeyProtection, type Home, type KeyProtection, type StoredCa } from '@mintmark/ca-store';
import type { Context } from '../command.ts';
import { describeTokenKey, parseTokenRecord, type TokenPlace } from '../key-storage/token-record.ts';
import { formatColumns, formatExpiry, formatPath } from '../terminal/text.ts';

export type CaDescription = {
  readonly name: string;
  readonly path: string;
  readonly rootFile: string;
  readonly issuerFile: string;
  readonly scope: { readonly dns: readonly string[]; readonly ips: readonly string[] };
  readonly isUnscoped: boolean;
  readonly keyState: 'plain' | 'encrypted' | 'secret-store' | 'token' | 'absent';
  /** Where `keyState` is `token`. */
  readonly token?: TokenPlace;
  readonly keyLabel: string;
  readonly rootSha256Hex: string;
  readonly rootSpkiSha256Base64: string;
  readonly notAfter: string;
};

/** The object of `ca show --json`. */
export function describeCa(home: Home, ca: StoredCa): CaDescription {
  const pins = createPins({ certDer: ca.root.certDer, spkiDer: ca.root.subjectKey.spkiDer }, nodeSha256);
  return {
    name: ca.name,
    path: ca.path,
    rootFile: ca.rootFile,
    issuerFile: ca.issuerFile,
    scope: describeScope(ca.issuer.scope),
    isUnscoped: ca.issuer.scope.kind === 'unscoped',
    ...describeProtection(readKeyProtection(home, ca), ca),
    keyLabel: ca.issuer.subjectKey.label,
    rootSha256Hex: formatHex(pins.certSha256 ?? new Uint8Array()),
    rootSpkiSha256Base64: formatSpkiPin(pins),
    notAfter: ca.issuer.notAfter.toISOString(),
  };
}

function describeScope(scope: Scope): CaDescription['scope'] {
  return scope.kind === 'unscoped'
    ? { dns: [], ips: [] }
    : { dns: scope.domains, ips: scope.ips.map(({ text }) => text) };
}

function describeProtection(protection: KeyProtection, ca: StoredCa): Pick<CaDescription, 'keyState' | 'token'> {
  const { kind } = protection;
  if (kind !== 'token') return { keyState: kind === 'passphrase' ? 'encrypted' : kind };
  return { keyState: 'token', token: describeTokenKey(parseTokenRecord(protection.json, ca.name)) };
}

const KEY_WORDS = {
  plain: 'in the CA folder, readable by you alone',
  encrypted: 'in the CA folder, encrypted',
  'secret-store': "in the CA folder, encrypted; the platform's secret store opens it",
  absent: "not in this home: can be trusted, can't sign",
};

function renderPlace({ keyState, token }: CaDescription): string {
  if (keyState !== 'token') return KEY_WORDS[keyState];
  return `in token ${quote(token?.label ?? '')}, serial ${quote(token?.serial ?? '')}`;
}

/** The block of `ca create` and `ca import`. */
export const renderCa = (home: Home, ca: StoredCa, context: Context): string =>
  renderShownCa(home, { ca, isRotating: false, sharedWith: [] }, context);

/** `sharedWith`: other CAs of the home below the same root. */
type ShownCa = { readonly ca: StoredCa; readonly isRotating: boolean; readonly sharedWith: readonly string[] };

/** The block of `ca show`. */
export function renderShownCa(home: Home, { ca, isRotating, sharedWith }: ShownCa, { io, style }: Context): string {
  const facts = describeCa(home, ca);
  const names = facts.isUnscoped ? style.red('every name there is (unscoped)') : facts.scope.dns.join(', ');
  const rows: [string, string][] = [
    ['CA', facts.name],
    ['speaks for', names],
    ['addresses', facts.scope.ips.length === 0 ? 'any IP address' : facts.scope.ips.join(', ')],
    ['root', formatPath(facts.rootFile, io.cwd)],
    ['issuer', formatPath(facts.issuerFile, io.cwd)],
    ['key', `${facts.keyLabel}, ${renderPlace(facts)}`],
    ['expires', formatExpiry(new Date(facts.notAfter), io.now())],
    ['root sha256', facts.rootSha256Hex],
  ];
  if (sharedWith.length > 0) rows.push(['same root', `CA ${sharedWith.map(quote).join(', ')}`]);
  if (isRotating) rows.push(['rotation', 'under way; the old root is still trusted']);
  return formatColumns(rows, style.dim);
}
