/** @module A CA in words and as --json: what it may speak for, where it is, when it ends. */
import { createPins, formatHex, formatSpkiPin, type Scope } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import { isCaKeyEncrypted, readCaKeyPem, type Home, type StoredCa } from '@mintmark/ca-store';
import type { Context } from '../command.ts';
import { formatColumns, formatExpiry, formatPath } from '../terminal/text.ts';

export type CaDescription = {
  readonly name: string;
  readonly path: string;
  readonly rootFile: string;
  readonly issuerFile: string;
  readonly scope: { readonly dns: readonly string[]; readonly ips: readonly string[] };
  readonly isUnscoped: boolean;
  readonly keyState: 'plain' | 'encrypted' | 'absent';
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
    keyState: readKeyState(home, ca),
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

function readKeyState(home: Home, ca: StoredCa): CaDescription['keyState'] {
  if (readCaKeyPem(home, ca) === undefined) return 'absent';
  return isCaKeyEncrypted(home, ca) ? 'encrypted' : 'plain';
}

const KEY_WORDS = {
  plain: 'in the CA folder, readable by you alone',
  encrypted: 'in the CA folder, encrypted',
  absent: "not in this home: can be trusted, can't sign",
};

/** The block of `ca show` and `ca create`. */
export function renderCa(home: Home, ca: StoredCa, { io, style }: Context): string {
  const facts = describeCa(home, ca);
  const names = facts.isUnscoped ? style.red('every name there is (unscoped)') : facts.scope.dns.join(', ');
  const rows: [string, string][] = [
    ['CA', facts.name],
    ['speaks for', names],
    ['addresses', facts.scope.ips.length === 0 ? 'any IP address' : facts.scope.ips.join(', ')],
    ['root', formatPath(facts.rootFile, io.cwd)],
    ['issuer', formatPath(facts.issuerFile, io.cwd)],
    ['key', `${facts.keyLabel}, ${KEY_WORDS[facts.keyState]}`],
    ['expires', formatExpiry(new Date(facts.notAfter), io.now())],
    ['root sha256', facts.rootSha256Hex],
  ];
  return formatColumns(rows, style.dim);
}
