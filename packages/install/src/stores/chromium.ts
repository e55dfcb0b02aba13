/**
 * @module Chromium, Chrome, Brave, Edge and their kin on Linux: each NSS database that they read is a place, and so is each of our
 * policy files that is in force. Elsewhere they follow the system's store.
 */
import { posix } from 'node:path';
import type { TrustAnchor } from '../anchor.ts';
import type { ChromiumDatabase, ChromiumFacts } from '../facts/chromium-family.ts';
import type { Facts } from '../facts/facts.ts';
import { addPkcs11Module, parsePkcs11Modules, removePkcs11Module } from '../nss/pkcs11-txt.ts';
import type { Route, Step } from '../plan/steps.ts';
import { CERTUTIL_HINT, explainAbsence, explainStuck, explainUnusable, formatUserPath } from './browser-labels.ts';
import { planChromiumPolicies, planChromiumPolicyRemoval } from './browser-policy.ts';
import { hasDirectWay, planNssAddition, planNssRemoval, rootsOf, type NssMeans } from './nss-place.ts';
import type { PlaceView, Store, StoreView } from './store.ts';

export const chromiumStore: Store = { id: 'chromium', view: viewChromium };

function viewChromium(facts: Facts, anchor: TrustAnchor): StoreView | undefined {
  const chromium = facts.browsers?.chromium;
  if (chromium === undefined) return undefined;
  const places = [
    // First, so that what a policy made is known by the time it goes, and databases are seen without it.
    ...viewPolicies(chromium, facts, anchor),
    ...chromium.databases.map((database) => viewDatabase(database, { chromium, facts, anchor })),
  ];
  if (places.length === 0) return undefined;
  const names = chromium.browsers.map(({ name }) => name);
  return { id: 'chromium', name: names.length === 0 ? 'Chromium' : names.join(', '), clients: names, places };
}

function viewPolicies({ policies }: ChromiumFacts, facts: Facts, anchor: TrustAnchor): PlaceView[] {
  return policies
    .filter(({ roots }) => roots.has(anchor.sha256Hex))
    .map((policy) => ({
      id: policy.path,
      label: policy.path,
      state: 'trusted',
      detail: `policy of ${policy.browser}`,
      install: [],
      uninstall: [planChromiumPolicyRemoval(policy, anchor, facts.created)],
    }));
}

type Look = { readonly chromium: ChromiumFacts; readonly facts: Facts; readonly anchor: TrustAnchor };

function viewDatabase(database: ChromiumDatabase, look: Look): PlaceView {
  const { chromium, facts, anchor } = look;
  const label = formatUserPath(database.folder, facts.userFolder);
  const means: NssMeans = {
    certutil: chromium.certutil,
    libraryFolder: chromium.libraryFolder,
    passwordOf: `the browser database ${label}`,
  };
  const edits = planModuleRemoval(database, anchor);
  const removal = planNssRemoval(database, { means, anchor }, { created: facts.created, edits });
  const common = { id: database.folder, label };
  const trust = explainTrust(database, look);
  // What a policy did is undone at its own place; this one is then looked at again.
  if (trust === 'by policy')
    return { ...common, state: 'trusted', detail: trust, install: [], uninstall: orEmptyRoute(removal) };
  const isHeld = rootsOf(database, anchor).length > 0;
  if (trust !== undefined) {
    const words = { ...(trust === '' ? {} : { detail: trust }), ...explainStuck(isHeld, removal) };
    return { ...common, state: 'trusted', ...words, install: [], uninstall: removal };
  }
  const unusable = explainUnusable(database);
  if (unusable !== undefined) return { ...common, state: 'unavailable', ...unusable, install: [], uninstall: removal };
  const install = [...planNssAddition(database, means, anchor), ...planOtherWays(database, look)];
  if (install.length === 0)
    return {
      ...common,
      state: 'unavailable',
      detail: 'certutil is missing',
      hint: CERTUTIL_HINT,
      install,
      uninstall: removal,
    };
  return {
    ...common,
    state: 'absent',
    ...explainAbsence(database, isHeld),
    install,
    uninstall: removal,
  };
}

/** The journal must hear that a place which was trusted by policy no longer is. */
const orEmptyRoute = (routes: readonly Route[]): readonly Route[] =>
  routes.length === 0 ? [{ name: 'policy', steps: [] }] : routes;

/** Why it is trusted, empty when that is plain; undefined when it is not. */
function explainTrust(database: ChromiumDatabase, { chromium, anchor }: Look): string | undefined {
  const seesNewTrust = database.isSandboxed || chromium.isNewNss;
  const isTrusted = rootsOf(database, anchor).some(
    (root) => root.isTrusted || (seesNewTrust && root.isTrustedByNewNss),
  );
  if (isTrusted) return '';
  if (database.isSandboxed) return undefined;
  if (namesP11Kit(database) && chromium.inSystemStore.has(anchor.sha256Hex)) return 'by way of the system store';
  const { browsers, policies } = chromium;
  const ruled = policies.filter(({ roots }) => roots.has(anchor.sha256Hex));
  return ruled.length > 0 && ruled.length === browsers.length ? 'by policy' : undefined;
}

const namesP11Kit = ({ modules }: ChromiumDatabase): boolean =>
  parsePkcs11Modules(modules.text ?? '').some(({ library }) => posix.basename(library) === 'p11-kit-trust.so');

function planOtherWays(database: ChromiumDatabase, { chromium, anchor }: Look): Route[] {
  if (database.isSandboxed) return [];
  const { policies, browsers } = chromium;
  // A policy rules the whole machine: not because a database was busy or its password wrong.
  const isOfUse = !hasDirectWay(chromium) && policies.length === browsers.length;
  const policy = isOfUse ? planChromiumPolicies(policies, anchor) : undefined;
  return [...planModule(database, chromium, anchor), ...(policy === undefined ? [] : [policy])];
}

/** The browser then follows the system's store, which must hold the root. */
function planModule(database: ChromiumDatabase, chromium: ChromiumFacts, anchor: TrustAnchor): Route[] {
  const { p11KitModule, inSystemStore } = chromium;
  const isOfUse = inSystemStore.has(anchor.sha256Hex) && !namesP11Kit(database);
  if (p11KitModule === undefined || !isOfUse) return [];
  const module = { library: p11KitModule, name: anchor.fileStem };
  const steps = editModules(database, (text) => addPkcs11Module(text, module));
  return steps.length === 0 ? [] : [{ name: 'p11-kit', steps }];
}

/** Behind links and with the old mode. What root writes anew in the folder of another would be out of its owner's reach. */
function editModules({ modules, isOfOthers }: ChromiumDatabase, edit: (text: string) => string): Step[] {
  const { writePath: path, mode, text, textSha256Hex } = modules;
  if (text === undefined || textSha256Hex === undefined || mode === undefined || isOfOthers) return [];
  return [{ kind: 'write-file', path, text: edit(text), mode, replacesSha256Hex: textSha256Hex }];
}

function planModuleRemoval(database: ChromiumDatabase, { fileStem }: TrustAnchor): Step[] {
  if (!parsePkcs11Modules(database.modules.text ?? '').some(({ name }) => name === fileStem)) return [];
  return editModules(database, (text) => removePkcs11Module(text, fileStem));
}
