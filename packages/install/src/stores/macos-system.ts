/**
 * @module The keychains of macOS. The user's own is the usual place: one dialog with the user's password, no root, and enough for
 * every program of the user. The system's is taken by root, and cleared wherever the root is found.
 */
import type { TrustAnchor } from '../anchor.ts';
import type { Facts } from '../facts/facts.ts';
import { SECURITY_PROGRAM, SYSTEM_KEYCHAIN, type MacosFacts } from '../facts/macos.ts';
import type { Route, RunStep } from '../plan/steps.ts';
import { runWithRootFile } from './root-file.ts';
import type { PlaceView, Store, StoreView } from './store.ts';

/** Programs of the report that read the keychains by themselves. */
const READERS: readonly (readonly [program: string, name: string])[] = [
  ['curl', 'curl'],
  ['git', 'git'],
  ['go', 'Go'],
];

export const macosSystemStore: Store = { id: 'system', view: viewMacosSystem };

function viewMacosSystem(facts: Facts, anchor: TrustAnchor): StoreView | undefined {
  const { macos } = facts;
  if (macos === undefined) return undefined;
  const found = READERS.filter(([program]) => facts.programs.has(program)).map(([, name]) => name);
  const clients = ['Safari', 'Chrome', ...found];
  return { id: 'system', name: 'macOS keychain', clients, places: viewPlaces(macos, anchor, facts.isRoot) };
}

/** What is known of one keychain for one root. */
type Keychain = {
  readonly domain: 'user' | 'admin';
  readonly path: string;
  readonly copies: number;
  /** The other keychain holds the root too, so that trust may be due to its settings. */
  readonly isElsewhere: boolean;
  readonly isTrusted: boolean;
};

function viewPlaces(macos: MacosFacts, anchor: TrustAnchor, isRoot: boolean): PlaceView[] {
  const { sha256Hex } = anchor;
  const [inLogin, inSystem] = [macos.inLogin.get(sha256Hex) ?? 0, macos.inSystem.get(sha256Hex) ?? 0];
  const isTrusted = macos.trusted.has(sha256Hex);
  const login: Keychain = {
    domain: 'user',
    path: macos.loginKeychain,
    copies: inLogin,
    isElsewhere: inSystem > 0,
    isTrusted,
  };
  const system: Keychain = {
    domain: 'admin',
    path: SYSTEM_KEYCHAIN,
    copies: inSystem,
    isElsewhere: inLogin > 0,
    isTrusted,
  };
  const isSystemEnough = isRoot || (inSystem > 0 && isTrusted);
  const shown = [...(isRoot || inSystem > 0 ? [system] : []), ...(inLogin > 0 || !isSystemEnough ? [login] : [])];
  return shown.map((keychain) => viewKeychain(keychain, { macos, anchor, isRoot }));
}

type Scene = { readonly macos: MacosFacts; readonly anchor: TrustAnchor; readonly isRoot: boolean };

function viewKeychain(keychain: Keychain, scene: Scene): PlaceView {
  const { macos, isRoot } = scene;
  const { domain, path, copies, isTrusted } = keychain;
  const common = { id: path, label: path, uninstall: planRemoval(keychain, scene) };
  if (!macos.isReadable)
    return { ...common, state: 'unavailable', detail: `${SECURITY_PROGRAM} cannot be run`, install: [] };
  if (copies > 0 && isTrusted) return { ...common, state: 'trusted', install: [] };
  const half = describeHalf(keychain);
  if (macos.refusal !== undefined) return { ...common, state: 'unavailable', install: [], ...REFUSALS[macos.refusal] };
  // Each user's own: root puts nothing into somebody's keychain, and nobody but root into the system's.
  if ((domain === 'admin') !== isRoot) return { ...common, ...half, state: 'unavailable', install: [] };
  const hint = 'mintmark install, and confirm the dialog of macOS';
  return { ...common, ...half, hint, state: 'absent', install: [planAddition(keychain, scene)] };
}

const REFUSALS = {
  'no-screen': {
    detail: 'macOS asks in a dialog, and this session has no screen',
    hint: 'in Terminal on the screen of this Mac: mintmark install --stores system',
  },
  build: {
    detail: 'macOS asks in a dialog, and nobody is there to answer it in a build',
    hint: 'sudo security authorizationdb write com.apple.trust-settings.user allow',
  },
} as const;

/** Certificate and trust settings are kept apart, so each may be there without the other. */
function describeHalf({ copies, isElsewhere, isTrusted }: Keychain): Pick<PlaceView, 'detail'> {
  if (copies > 0) return { detail: 'it lies in the keychain without trust settings' };
  return isTrusted && !isElsewhere ? { detail: 'there are trust settings for it, and no certificate' } : {};
}

/** A person has to find the dialog, read it and type a password. */
const DIALOG_TIMEOUT_MS = 180_000;

function planAddition(keychain: Keychain, { macos, anchor }: Scene): Route {
  const domainWords = keychain.domain === 'admin' ? ['-d'] : [];
  const uses = ['-r', 'trustRoot', '-p', 'ssl', '-p', 'basic'];
  const addition = runWithRootFile(anchor, macos.rootFiles, (file) => [
    SECURITY_PROGRAM,
    'add-trusted-cert',
    ...domainWords,
    ...uses,
    '-k',
    keychain.path,
    file,
  ]);
  // The certificate is put in before the question is asked, and stays when the answer is no.
  const cleanUp = keychain.copies === 0 ? { cleanUp: [planDeletion(keychain, anchor)] } : {};
  return { name: 'security', steps: [{ ...addition, timeoutMs: DIALOG_TIMEOUT_MS, ...rootOf(keychain) }], ...cleanUp };
}

const rootOf = ({ domain }: Keychain): { root?: true } => (domain === 'admin' ? { root: true } : {});

/** The facts have matched the SHA-256 of what has this SHA-1 here; a call deletes one. */
const planDeletion = (keychain: Keychain, { sha1Hex }: TrustAnchor): RunStep => ({
  kind: 'run',
  command: [SECURITY_PROGRAM, 'delete-certificate', '-Z', sha1Hex.toUpperCase(), keychain.path],
  ...rootOf(keychain),
});

/** First the settings, then the certificate: a no to the first leaves the whole as it was. */
function planRemoval(keychain: Keychain, scene: Scene): Route[] {
  const { copies, isElsewhere, isTrusted, domain } = keychain;
  const isAlone = copies === 0 && isTrusted && !isElsewhere;
  if (copies === 0 && !isAlone) return [];
  const settings =
    domain === 'user'
      ? [planSettingsRemoval('user', !isTrusted || isElsewhere, scene)]
      : [
          // Settings of the user for a certificate that only this keychain holds would stay behind.
          ...(scene.isRoot || isElsewhere ? [] : [planSettingsRemoval('user', true, scene)]),
          planSettingsRemoval('admin', !isTrusted || isElsewhere, scene),
        ];
  const deletions = Array.from({ length: copies }, () => planDeletion(keychain, scene.anchor));
  return [{ name: 'security', steps: [...settings, ...deletions] }];
}

const NO_SETTINGS_EXIT = 1;
/** errSecNoTrustSettings and errSecItemNotFound, where the system speaks English. */
const NO_SETTINGS_OUTPUT = /No Trust Settings were found|could not be found/;

/** `mayBeNone`: then "there are none" is expected, and cannot be told from a refusal by anything but words. */
function planSettingsRemoval(domain: Keychain['domain'], mayBeNone: boolean, { macos, anchor }: Scene): RunStep {
  const words = domain === 'admin' ? ['-d'] : [];
  const step = runWithRootFile(anchor, macos.rootFiles, (file) => [
    SECURITY_PROGRAM,
    'remove-trusted-cert',
    ...words,
    file,
  ]);
  return {
    ...step,
    timeoutMs: DIALOG_TIMEOUT_MS,
    okOutput: NO_SETTINGS_OUTPUT,
    ...(mayBeNone ? { okExitCodes: [NO_SETTINGS_EXIT] } : {}),
    ...(domain === 'admin' ? { root: true } : {}),
  };
}
