/**
 * @module Which CA signs. The one that lies in `rootCA.pem` where it may; else the first of our own whose scope covers all names; else
 * a new one, made there and then: the first with the dev domains, a further one for the names' own domains alone. Never an unscoped one.
 */
import {
  baseDomain,
  createScope,
  isCaError,
  isDevName,
  isNameInScope,
  parseKeyType,
  type Bytes,
  type NameRules,
  type Scope,
  type Signer,
  type SubjectAltName,
} from '@mintmark/ca-core';
import { createNodeSigner } from '@mintmark/ca-core/node';
import { addCa, changeHome, createCa, hasCaKey, previewCa, type StoredCa } from '@mintmark/ca-store';
import { DEFAULT_CA, ownDomains } from '../certificates/choose-ca.ts';
import { loadNameRules } from '../certificates/name-rules.ts';
import { unlockSigner } from '../certificates/open-ca.ts';
import type { Access } from '../command.ts';
import { readAuthorities, type Authorities } from './authorities.ts';
import { mkcertError } from './mkcert-errors.ts';

/** `isNew`: made by this call. `isGuest`: it lies in `rootCA.pem` alone. */
export type ChosenAuthority = {
  readonly ca: StoredCa;
  readonly isNew: boolean;
  readonly isGuest: boolean;
  readonly openSigner: () => Promise<Signer<Bytes>>;
};

/**
 * @param rehearse runs on a new CA before it is stored; what it throws leaves the folder as it was
 * @throws MKCERT_CA_KEY_MISSING, MKCERT_NAME_INVALID, disk codes, and what `rehearse` throws
 */
export async function chooseAuthority(
  names: readonly SubjectAltName[],
  authorities: Authorities,
  options: { readonly access: Access; readonly rehearse: (ca: StoredCa) => unknown },
): Promise<ChosenAuthority> {
  const { access, rehearse } = options;
  const { guest, home } = authorities;
  const openOwn = (ca: StoredCa, isNew: boolean): ChosenAuthority => ({
    ca,
    isNew,
    isGuest: false,
    openSigner: () => unlockSigner(ca, access),
  });
  const guestKey = guest?.key;
  if (guest !== undefined && guestKey !== undefined && covers(guest.ca, names))
    return { ca: guest.ca, isNew: false, isGuest: true, openSigner: async () => createNodeSigner(guestKey) };
  const known = findCovering(names, authorities);
  if (known !== undefined) return openOwn(known, false);
  if (guest !== undefined && guestKey === undefined && authorities.own.length === 0)
    throw mkcertError('MKCERT_CA_KEY_MISSING', { path: home.path });
  const plan = await planAuthority(names, authorities);
  const { files } = createCa({ ...plan, keyType: parseKeyType('ecdsa-p256'), now: access.context.io.now() });
  rehearse(previewCa(home, plan.name, files));
  return changeHome(home, () => {
    // Another run may have made one while this one waited for the lock.
    const now = readAuthorities(home);
    const made = findCovering(names, now);
    if (made !== undefined) return openOwn(made, false);
    return openOwn(addCa(home, freeName(plan.name, now), files), true);
  });
}

const covers = (ca: StoredCa, names: readonly SubjectAltName[]): boolean =>
  names.every((name) => isNameInScope(name, ca.issuer.scope));

/** One that could not sign is none. */
const findCovering = (names: readonly SubjectAltName[], { home, own }: Authorities): StoredCa | undefined =>
  own.find((ca) => covers(ca, names) && hasCaKey(home, ca));

async function planAuthority(
  names: readonly SubjectAltName[],
  authorities: Authorities,
): Promise<{ readonly name: string; readonly scope: Scope }> {
  const domains = await ownDomains(names);
  const isFirst = authorities.own.length === 0 && authorities.guest === undefined;
  if (isFirst || domains.length === 0)
    return { name: freeName(DEFAULT_CA, authorities), scope: await createWideScope(domains, []) };
  const name = (domains[0] ?? '').split('.')[0]?.replace(/[^A-Za-z0-9-]/g, '-') ?? '';
  return {
    name: freeName(/^[A-Za-z0-9]/.test(name) ? name : `ca${name}`, authorities),
    scope: await createWideScope(domains, ['localhost', ...devDomains(names)]),
  };
}

const devDomains = (names: readonly SubjectAltName[]): string[] =>
  names.flatMap((name) => {
    const domain = name.kind === 'dns' ? baseDomain(name.text) : name.kind === 'email' ? name.domain : '';
    return isDevName(domain) ? [domain] : [];
  });

/** `instead`: what stands beside the domains in place of the dev domains; those where it is empty. */
async function createWideScope(domains: readonly string[], instead: readonly string[]): Promise<Scope> {
  const rules = domains.length === 0 ? { isPublicSuffix: () => false } : await loadNameRules();
  // Containers have underscores in their names; no such name can be anybody's on the internet.
  const plain = [...instead, ...domains].filter((domain) => !domain.includes('_'));
  const scope = scopeOf({ domains: plain, hasDevDomains: instead.length === 0 }, rules);
  return scope.kind === 'unscoped'
    ? scope
    : { ...scope, domains: [...scope.domains, ...domains.filter((domain) => domain.includes('_'))] };
}

/** @throws MKCERT_NAME_INVALID for what belongs to everybody */
function scopeOf(request: Parameters<typeof createScope>[0], rules: NameRules): Scope {
  try {
    return createScope(request, rules);
  } catch (cause) {
    if (!isCaError(cause, 'SCOPE_PUBLIC_SUFFIX')) throw cause;
    const name = String(cause.details['scope']);
    const advice = `take a name of your own, for example my-site.${name} or my-site.test`;
    throw mkcertError('MKCERT_NAME_INVALID', { name, reason: 'it belongs to everybody', advice }, { cause });
  }
}

function freeName(wanted: string, { own }: Authorities): string {
  const taken = new Set(own.map(({ name }) => name));
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted}-${n}`;
  return name;
}
