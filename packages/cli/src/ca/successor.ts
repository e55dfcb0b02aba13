/**
 * @module The CA that is to take the place of another: what it may speak for, its kind of key, how long it lasts and its names, all as
 * the old one's unless told otherwise; but a new subject, because clients look issuers up by it.
 */
import { randomBytes } from 'node:crypto';
import {
  baseDomain,
  createNameAttribute,
  isCaError,
  isNameInScope,
  KEY_TYPE_FACTS,
  KEY_TYPES,
  parseDistinguishedName,
  parseKeyType,
  type DistinguishedName,
  type NameAttribute,
  type Scope,
  type SubjectAltName,
} from '@mintmark/ca-core';
import { parseCertificate } from '@mintmark/ca-core/read';
import type { CaPlan, IssuedEntry, StoredCa } from '@mintmark/ca-store';
import { parseNames } from '../certificates/name-rules.ts';
import type { Access, Invocation } from '../command.ts';
import { optionDays, optionList, optionText } from '../parse-args.ts';
import { caError } from './ca-errors.ts';
import { isScopeAsked, readScope } from './ca-scope.ts';

/**
 * @param entries certificates that are to be of the new CA
 * @throws ROTATION_SCOPE_NEEDED, ROTATION_SCOPE_NARROW, SCOPE_*, DN_INVALID
 */
export async function planSuccessor(
  old: StoredCa,
  entries: readonly IssuedEntry[],
  { invocation, context }: Access,
): Promise<CaPlan> {
  const names = await parseNames(entries.flatMap((entry) => entry.names));
  const scope = isScopeAsked(invocation) ? await readScope(old.name, invocation) : old.issuer.scope;
  if (scope.kind === 'unscoped' && !isScopeAsked(invocation))
    throw caError('ROTATION_SCOPE_NEEDED', { caName: old.name, domains: await domainsOf(names) });
  await assertCovered(names, scope, { caName: old.name, invocation });
  const subject = optionText(invocation, 'subject');
  const renamed = subject === undefined ? renameSubject(old) : parseDistinguishedName(subject);
  const keyType = optionText(invocation, 'key');
  return {
    name: old.name,
    scope,
    keyType: keyType === undefined ? keyTypeOf(old) : parseKeyType(keyType),
    now: context.io.now(),
    validityDays: optionDays(invocation) ?? daysOf(old),
    ...(renamed === undefined ? {} : { subject: renamed }),
  };
}

/** Before anything is made: every certificate must have a place under the new CA. @throws ROTATION_SCOPE_NARROW */
async function assertCovered(
  names: readonly SubjectAltName[],
  scope: Scope,
  { caName, invocation }: { readonly caName: string; readonly invocation: Invocation },
): Promise<void> {
  const outside = names.filter((name) => !isNameInScope(name, scope));
  const [first] = outside;
  if (first === undefined || scope.kind === 'unscoped') return;
  const missing = await domainsOf(outside);
  const said = optionList(invocation, 'scope');
  const domains = missing.length === 0 ? [] : [...new Set([...said, ...missing])];
  throw caError('ROTATION_SCOPE_NARROW', { caName, name: first.text, scope: scope.domains, domains });
}

/** What a scope would have to name for the certificates that there are. */
async function domainsOf(names: readonly SubjectAltName[]): Promise<string[]> {
  const { registrableDomain } = await import('@mintmark/ca-core/public-suffix');
  const bases = names.flatMap((name) =>
    name.kind === 'dns' ? [baseDomain(name.text)] : name.kind === 'email' ? [name.domain] : [],
  );
  return [...new Set(bases.map((base) => (base === 'localhost' ? base : registrableDomain(base))))];
}

const keyTypeOf = ({ issuer }: StoredCa) =>
  KEY_TYPES.find((type) => KEY_TYPE_FACTS[type].label === issuer.subjectKey.label) ?? parseKeyType('ecdsa-p256');

const DAY_MS = 86_400_000;
const MAX_DAYS = 36_500;

/** A validity period includes its last second. */
function daysOf({ root }: StoredCa): number {
  const days = Math.round((root.notAfter.getTime() - root.notBefore.getTime()) / DAY_MS);
  return Math.min(MAX_DAYS, Math.max(1, days));
}

const OWN_ORGANIZATION = 'Mintmark development CA';
const COMMON_NAME_MAX_CHARACTERS = 64; // RFC 5280 appendix A.1 ub-common-name

/** True for a root that has the subject that Mintmark gives who chooses none. */
export const isOwnMake = ({ root }: StoredCa): boolean =>
  parseCertificate(root.certDer, 'the root').subject.some(
    ({ type, value }) => type === 'O' && value === OWN_ORGANIZATION,
  );

/** A subject that somebody chose stays, with another ending of its common name; undefined for one that we made up. */
function renameSubject(old: StoredCa): DistinguishedName | undefined {
  if (isOwnMake(old)) return undefined;
  const { subject } = parseCertificate(old.root.certDer, 'the root');
  const ending = ` ${randomBytes(4).toString('hex')}`;
  try {
    const attributes = subject.map(({ type, value }) => createNameAttribute(type as NameAttribute['type'], value));
    const name = attributes.findLast(({ type }) => type === 'CN')?.value ?? 'root';
    const bare = name.replace(/ [0-9a-f]{8}$/, '').slice(0, COMMON_NAME_MAX_CHARACTERS - ending.length);
    return [...attributes.filter(({ type }) => type !== 'CN'), createNameAttribute('CN', bare + ending)];
  } catch (cause) {
    if (isCaError(cause)) return undefined; // of another CA's making, with attributes that we don't write
    throw cause;
  }
}
