/**
 * @module Which CA signs: the named one, else the first whose scope covers all names, else a first CA made on the spot,
 * else an error (or, on a terminal, a question) about another CA.
 */
import {
  baseDomain,
  coreError,
  createScope,
  isDevName,
  isNameInScope,
  parseKeyType,
  type KeyType,
  type SubjectAltName,
} from '@mintmark/ca-core';
import {
  addCa,
  changeHome,
  createCa,
  hasCaKey,
  isHomePresent,
  listCaNames,
  openHome,
  previewCa,
  readCa,
  type Home,
  type StoredCa,
} from '@mintmark/ca-store';
import type { Access, Context } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { loadNameRules } from './name-rules.ts';

export const DEFAULT_CA = 'default';
const DEFAULT_CA_KEY_TYPE: KeyType = parseKeyType('ecdsa-p256');

export type ChooseOptions = {
  /** Names by which the scope of a first CA may grow beyond "dev": those that the user typed. Default: all. */
  readonly widenBy?: readonly SubjectAltName[];
  /** Runs on a CA before it is stored; what it throws leaves the home as it was. */
  readonly rehearse?: (ca: StoredCa) => unknown;
};

/** `isNew` when it was made by this call. */
export type ChosenCa = { readonly ca: StoredCa; readonly isNew: boolean };

/**
 * A CA for the names. A dry run stores none.
 * @throws CA_NOT_FOUND, CA_DAMAGED, SCOPE_PUBLIC_SUFFIX; a name outside the chosen scope is left to `prepareCertificate`
 */
export async function chooseCa(
  names: readonly SubjectAltName[],
  { invocation, context }: Access,
  { widenBy = names, rehearse }: ChooseOptions = {},
): Promise<ChosenCa> {
  const isDryRun = isOptionSet(invocation, 'dry-run');
  const home = isDryRun ? { path: context.homePath, fs: context.io.fs } : context.home();
  const named = optionText(invocation, 'ca');
  const present = isHomePresent(home.fs, home.path) ? listCaNames(home) : [];
  if (named !== undefined && (named !== DEFAULT_CA || present.includes(named)))
    return { ca: readCa(home, named), isNew: false };
  const covering = named === undefined ? findCovering(names, present, { home, now: context.io.now() }) : undefined;
  if (covering !== undefined) {
    if (names.length > 0 && covering.issuer.scope.kind === 'unscoped') {
      rehearse?.(covering); // whatever it refuses is not signed
      context.say(`${isDryRun ? 'To be signed' : 'Signed'} by CA "${covering.name}", which is unscoped.\n`);
    }
    return { ca: covering, isNew: false };
  }
  if (!present.includes(DEFAULT_CA)) return makeDefaultCa(widenBy, { home, isDryRun, context, rehearse });
  const offered = await offerCa(names, home, context);
  if (offered === undefined) await assertInDefaultScope(names, readCa(home, DEFAULT_CA));
  return offered ?? { ca: readCa(home, DEFAULT_CA), isNew: false };
}

/**
 * The first scoped CA that covers all names and can sign now; an unscoped one covers everything, so it comes after those. One
 * that can't sign comes last, to say why it can't; where the home has no default CA, that is made instead.
 */
function findCovering(
  names: readonly SubjectAltName[],
  present: readonly string[],
  { home, now }: { home: Home; now: Date },
): StoredCa | undefined {
  let unscoped: StoredCa | undefined;
  let idle: StoredCa | undefined;
  for (const name of present) {
    const ca = readCa(home, name);
    const { scope, notAfter } = ca.issuer;
    if (!names.every((san) => isNameInScope(san, scope))) continue;
    if (notAfter <= now || !hasCaKey(home, ca)) idle ??= ca;
    else if (scope.kind === 'unscoped') unscoped ??= ca;
    else return ca;
  }
  return unscoped ?? (present.includes(DEFAULT_CA) ? idle : undefined);
}

/** Domains outside "dev", widened to what their registrant holds. @throws SCOPE_PUBLIC_SUFFIX */
export async function ownDomains(names: readonly SubjectAltName[]): Promise<string[]> {
  const outside = names.flatMap((name) => {
    const domain = name.kind === 'dns' ? baseDomain(name.text) : name.kind === 'email' ? name.domain : undefined;
    return domain === undefined || isDevName(domain) ? [] : [domain];
  });
  if (outside.length === 0) return [];
  const { registrableDomain } = await import('@mintmark/ca-core/public-suffix');
  return [...new Set(outside.map(registrableDomain))];
}

type DefaultCaOrder = {
  readonly home: Home;
  readonly isDryRun: boolean;
  readonly context: Context;
  readonly rehearse: ChooseOptions['rehearse'] | undefined;
};

async function makeDefaultCa(names: readonly SubjectAltName[], order: DefaultCaOrder): Promise<ChosenCa> {
  const { home, isDryRun, context, rehearse } = order;
  const domains = await ownDomains(names);
  const scope = createScope(
    { domains },
    domains.length === 0 ? { isPublicSuffix: () => false } : await loadNameRules(),
  );
  const plan = { name: DEFAULT_CA, scope, keyType: DEFAULT_CA_KEY_TYPE, now: context.io.now() };
  const { files } = createCa(plan);
  const preview = previewCa(home, DEFAULT_CA, files);
  rehearse?.(preview);
  if (isDryRun) return { ca: preview, isNew: true };
  return changeHome(home, () => {
    // Another first run may have made it while this one waited for the lock.
    if (listCaNames(home).includes(DEFAULT_CA)) return { ca: readCa(home, DEFAULT_CA), isNew: false };
    return { ca: addCa(home, DEFAULT_CA, files), isNew: true };
  });
}

/** Domains that a new CA would need for the names; every such CA has localhost. */
async function neededDomains(names: readonly SubjectAltName[]): Promise<string[]> {
  const dev = names.flatMap((san) =>
    san.kind === 'dns' && isDevName(baseDomain(san.text)) ? [baseDomain(san.text)] : [],
  );
  return [...new Set([...(await ownDomains(names)), ...dev.filter((domain) => domain !== 'localhost')])];
}

const caNameFor = (domain: string): string => domain.split('.')[0] ?? domain;

/** Says before anything else that no CA covers the names, with the command that makes one. @throws NAME_OUTSIDE_SCOPE */
async function assertInDefaultScope(names: readonly SubjectAltName[], ca: StoredCa): Promise<void> {
  const { scope } = ca.issuer;
  const outside = names.find((san) => !isNameInScope(san, scope));
  if (outside === undefined || outside.kind === 'ip' || scope.kind === 'unscoped') return;
  const { isPublicSuffix } = await import('@mintmark/ca-core/public-suffix');
  const domains = await neededDomains(names);
  const [first = ''] = domains;
  const suffix = domains.find((domain) => !isDevName(domain) && isPublicSuffix(domain));
  const command =
    suffix === undefined
      ? `mintmark ca create ${caNameFor(first)} ${domains.map((domain) => `--scope ${domain}`).join(' ')}`
      : `"${suffix}" belongs to everybody; take a name of your own, for example: mintmark ${suffix}.test`;
  throw coreError('NAME_OUTSIDE_SCOPE', { name: outside.text, caName: ca.name, scope: scope.domains, command });
}

/** On a terminal: offers to make a CA for the domains that no scope covers. */
async function offerCa(names: readonly SubjectAltName[], home: Home, context: Context): Promise<ChosenCa | undefined> {
  if (!context.canAsk) return undefined;
  const domains = await neededDomains(names);
  const [first] = await ownDomains(names);
  if (first === undefined) return undefined;
  const name = caNameFor(first);
  const { askConfirmation } = await import('../terminal/ask.ts');
  const question = `No CA may speak for ${domains.join(', ')}. Make a CA "${name}" for it?`;
  if (listCaNames(home).includes(name) || !(await askConfirmation(question))) return undefined;
  const scope = createScope({ domains: ['localhost', ...domains], hasDevDomains: false }, await loadNameRules());
  return changeHome(home, () => ({
    ca: addCa(home, name, createCa({ name, scope, keyType: DEFAULT_CA_KEY_TYPE, now: context.io.now() }).files),
    isNew: true,
  }));
}

/** Opens the home for reading; undefined when there is none yet. */
export function readableHome(context: Context): Home | undefined {
  return isHomePresent(context.io.fs, context.homePath) ? openHome(context.io.fs, context.homePath) : undefined;
}
