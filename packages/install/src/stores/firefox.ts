/**
 * @module Firefox and its forks: the NSS database of each profile is a place, and so is the policy file while it trusts the root or
 * where there is no profile yet. On macOS and Windows Firefox follows the system's store unless a profile refuses to.
 */
import { formatBase64 } from '@mintmark/ca-core';
import type { TrustAnchor } from '../anchor.ts';
import type { Facts } from '../facts/facts.ts';
import type { FirefoxPolicy } from '../facts/firefox-policies.ts';
import type { FirefoxFacts, FirefoxProfile } from '../facts/firefox-profiles.ts';
import type { NativeStep, Route } from '../plan/steps.ts';
import { CERTUTIL_HINT, explainAbsence, explainStuck, explainUnusable, formatUserPath } from './browser-labels.ts';
import { planFirefoxPolicy, planFirefoxPolicyRemoval } from './browser-policy.ts';
import { hasDirectWay, planNssAddition, planNssRemoval, rootsOf, typeCertutil, type NssMeans } from './nss-place.ts';
import type { PlaceView, Store, StoreView } from './store.ts';

export const firefoxStore: Store = { id: 'firefox', view: viewFirefox };

function viewFirefox(facts: Facts, anchor: TrustAnchor): StoreView | undefined {
  const firefox = facts.browsers?.firefox;
  if (firefox === undefined) return undefined;
  const look = { firefox, facts, anchor };
  const places = [...viewPolicy(look), ...firefox.profiles.map((profile) => viewProfile(profile, look))];
  if (places.length === 0) return undefined;
  const apps = [...(firefox.program === undefined ? [] : ['Firefox']), ...firefox.profiles.map(({ app }) => app)];
  return { id: 'firefox', name: 'Firefox', clients: [...new Set(apps)], places };
}

type Look = { readonly firefox: FirefoxFacts; readonly facts: Facts; readonly anchor: TrustAnchor };

/** First, so that what the policy made is known by the time it goes, and profiles are seen without it. */
function viewPolicy({ firefox, facts, anchor }: Look): PlaceView[] {
  const { policy, profiles, program } = firefox;
  if (policy === undefined) return [];
  const removal = planFirefoxPolicyRemoval(policy, anchor, facts.created);
  const common = { id: policy.path, label: policy.path, uninstall: removal === undefined ? [] : [removal] };
  if (isInForce(policy, anchor)) return [{ ...common, state: 'trusted', detail: 'policy of Firefox', install: [] }];
  const isFresh = program !== undefined && !profiles.some(({ app, sandbox }) => app === 'Firefox' && !sandbox);
  if (isFresh) return [{ ...common, ...planForFreshFirefox(policy, facts, anchor) }];
  return removal === undefined ? [] : [{ ...common, state: 'absent', detail: 'a policy of ours is left', install: [] }];
}

const isInForce = (policy: FirefoxPolicy, { sha256Hex }: TrustAnchor): boolean =>
  policy.installed.some((installed) => installed.sha256Hex === sha256Hex);

/** Without a profile there is no database to write to; a policy reaches the one that will be made. */
function planForFreshFirefox(
  policy: FirefoxPolicy,
  { isRoot, elevation }: Facts,
  anchor: TrustAnchor,
): Pick<PlaceView, 'state' | 'install' | 'detail' | 'hint'> {
  const route = isRoot || elevation !== undefined ? planFirefoxPolicy(policy, anchor) : undefined;
  const detail = 'Firefox has no profile yet';
  return route === undefined
    ? { state: 'unavailable', detail, hint: 'start Firefox once, then: mintmark install', install: [] }
    : { state: 'absent', detail, install: [route] };
}

function viewProfile(profile: FirefoxProfile, look: Look): PlaceView {
  const { firefox, facts, anchor } = look;
  const label = formatUserPath(profile.folder, facts.userFolder);
  const means: NssMeans = {
    certutil: firefox.certutil,
    libraryFolder: profile.program?.libraryFolder ?? firefox.libraryFolder,
    passwordOf: `the ${profile.app} profile ${label}`,
  };
  const others = planMarionette('remove', profile, anchor);
  // A running Firefox would go on writing logins and keys into files that are gone.
  const created = profile.isRunning ? new Set<string>() : facts.created;
  const removal = planNssRemoval(profile, { means, anchor }, { created, others });
  const common = { id: profile.folder, label };
  const roots = rootsOf(profile, anchor);
  if (roots.some(({ isTrustedByNewNss }) => isTrustedByNewNss))
    return { ...common, state: 'trusted', ...explainStuck(true, removal), install: [], uninstall: removal };
  if (isRuled(profile, look)) {
    // The journal must hear that a place which was trusted by policy no longer is.
    const uninstall = removal.length === 0 ? [{ name: 'policy', steps: [] }] : removal;
    return { ...common, state: 'trusted', detail: 'by policy', install: [], uninstall };
  }
  const unusable = explainUnusable(profile);
  if (unusable !== undefined) return { ...common, state: 'unavailable', ...unusable, install: [], uninstall: removal };
  const install = planAddition(profile, means, look);
  if (install.length === 0) {
    const words = explainNoWay(profile, facts);
    return { ...common, state: 'unavailable', ...words, install, uninstall: removal };
  }
  return { ...common, state: 'absent', ...explainAbsence(profile, roots.length > 0), install, uninstall: removal };
}

const explainNoWay = ({ isRunning }: FirefoxProfile, { platform }: Facts): Pick<PlaceView, 'detail' | 'hint'> =>
  platform === 'linux'
    ? { detail: isRunning ? 'certutil is missing, and Firefox is running' : 'certutil is missing', hint: CERTUTIL_HINT }
    : {
        detail: 'this profile refuses the roots of the system',
        hint: 'in about:config, set security.enterprise_roots.enabled to true',
      };

/** A flatpak sees nothing of the machine's policies, and forks have folders of their own. */
function isRuled({ app, sandbox }: FirefoxProfile, { firefox, anchor }: Look): boolean {
  const { policy } = firefox;
  return app === 'Firefox' && sandbox !== 'flatpak' && policy !== undefined && isInForce(policy, anchor);
}

function planAddition(profile: FirefoxProfile, means: NssMeans, { firefox, anchor }: Look): Route[] {
  // With a primary password Firefox would ask for it at every start, to take the root in, and without a window wait for ever.
  const isReached = profile.app === 'Firefox' && profile.sandbox !== 'flatpak' && profile.hasPassword === false;
  // A policy rules the whole machine: not because a database was busy.
  const isOfUse = isReached && !hasDirectWay(means);
  const policy = isOfUse && firefox.policy !== undefined ? planFirefoxPolicy(firefox.policy, anchor) : undefined;
  return [
    ...planNssAddition(profile, means, anchor),
    ...planMarionette('add', profile, anchor),
    ...(policy === undefined ? [] : [policy]),
  ];
}

const MARIONETTE_TIMEOUT_MS = 120_000;

/** Firefox itself does it, started without a window. Not while it runs, and not where it would ask for a password. */
function planMarionette(action: 'add' | 'remove', profile: FirefoxProfile, anchor: TrustAnchor): Route[] {
  const { program, isRunning, hasPassword } = profile;
  if (program === undefined || isRunning || hasPassword !== false) return [];
  const step: NativeStep = {
    kind: 'native',
    task: {
      worker: 'marionette',
      action,
      firefoxProgram: program.program,
      profileFolder: profile.folder,
      certDerBase64: formatBase64(anchor.certDer),
      sha256Hex: anchor.sha256Hex,
    },
    timeoutMs: MARIONETTE_TIMEOUT_MS,
    typed: typeCertutil(action, profile, anchor),
  };
  return [{ name: 'marionette', steps: [step] }];
}
