/**
 * @module Git for Windows: told to use Schannel, it trusts what Windows trusts. Which roots that was done for is kept beside the
 * setting in git's own configuration, so that it is taken back with the last of them, and never when somebody else made it.
 */
import type { TrustAnchor } from '../anchor.ts';
import type { Facts } from '../facts/facts.ts';
import type { GitForWindowsFacts } from '../facts/git-for-windows.ts';
import type { Route, RunStep, Step } from '../plan/steps.ts';
import type { PlaceView, Store, StoreView } from './store.ts';

const BACKEND = 'http.sslBackend';
const SCHANNEL = 'schannel';
/** SHA-256 (hex) of a root, once for each. */
const MARK = 'mintmark.schannelFor';
/** `git config` when there is nothing to unset. */
const NOTHING_UNSET = 5;
/** From 2.26 on a certificate without a revocation list is taken; before, Schannel refuses it. */
const [NEEDED_MAJOR, NEEDED_MINOR] = [2, 26];

export const gitForWindowsStore: Store = { id: 'git-for-windows', view: viewGit };

function viewGit(facts: Facts, anchor: TrustAnchor): StoreView | undefined {
  const git = facts.gitForWindows;
  if (git === undefined) return undefined;
  return { id: 'git-for-windows', name: 'Git for Windows', clients: ['git'], places: [viewPlace(git, facts, anchor)] };
}

function viewPlace(git: GitForWindowsFacts, facts: Facts, anchor: TrustAnchor): PlaceView {
  const common = { id: git.program, label: `git config ${BACKEND}`, uninstall: planRemoval(git, facts, anchor) };
  const isHeld = git.windowsRoots.has(anchor.sha256Hex);
  const obstacle = findObstacle(git);
  if (obstacle !== undefined) return { ...common, state: 'unavailable', ...obstacle, install: [] };
  const isFollowing = readSetting(git, BACKEND)?.value === SCHANNEL;
  if (isFollowing && isHeld) return { ...common, state: 'trusted', install: planMark(git, anchor) };
  // In a plan for both stores, the system's comes first.
  if (isFollowing || (!isHeld && facts.windows === undefined))
    return { ...common, state: 'absent', detail: 'it goes by the Windows store', install: [] };
  return { ...common, state: 'absent', install: [planAddition(git, anchor)] };
}

/** A setting that was made for another root must outlast it, so this one is noted as well. */
function planMark(git: GitForWindowsFacts, anchor: TrustAnchor): Route[] {
  const marks = git.settings.filter(({ scope, key }) => scope === 'global' && key === MARK.toLowerCase());
  if (marks.length === 0 || marks.some(({ value }) => value === anchor.sha256Hex)) return [];
  return [{ name: SCHANNEL, steps: [planConfig(git, '--add', MARK, anchor.sha256Hex)] }];
}

/** The last one wins. */
const readSetting = (
  { settings }: GitForWindowsFacts,
  key: string,
): GitForWindowsFacts['settings'][number] | undefined =>
  settings.findLast((setting) => setting.key === key.toLowerCase());

const isOn = (value: string | undefined): boolean => /^(?:true|yes|on|1)$/i.test(value ?? '');

/** What keeps git from following Windows and is somebody's own wish. */
function findObstacle(git: GitForWindowsFacts): { readonly detail: string; readonly hint: string } | undefined {
  const [major = 0, minor = 0] = git.version ?? [];
  if (major < NEEDED_MAJOR || (major === NEEDED_MAJOR && minor < NEEDED_MINOR))
    return {
      detail: `git before ${NEEDED_MAJOR}.${NEEDED_MINOR} refuses roots of one's own`,
      hint: 'git update-git-for-windows',
    };
  const backend = readSetting(git, BACKEND);
  const list = readSetting(git, 'http.sslCAInfo');
  const isListUsed = isOn(readSetting(git, 'http.schannelUseSSLCAInfo')?.value);
  // The installer writes its choice into the system's settings; only what the user wrote is a wish.
  if (backend?.scope === 'global' && backend.value !== SCHANNEL)
    return { detail: `${BACKEND} is set to another one`, hint: `git config --global ${BACKEND} ${SCHANNEL}` };
  if (list !== undefined && isListUsed)
    return {
      detail: 'http.sslCAInfo overrides the Windows store',
      hint: 'git config --global http.schannelUseSSLCAInfo false',
    };
  if (list?.scope === 'global' && backend?.value !== SCHANNEL)
    return {
      detail: 'http.sslCAInfo names a list that Schannel would not read',
      hint: `git config --global ${BACKEND} ${SCHANNEL}`,
    };
  if (isOn(readSetting(git, 'http.schannelCheckRevoke')?.value))
    return {
      detail: 'http.schannelCheckRevoke refuses roots without a revocation list',
      hint: 'git config --global http.schannelCheckRevoke best-effort',
    };
  return undefined;
}

const planConfig = ({ program }: GitForWindowsFacts, ...args: string[]): RunStep => ({
  kind: 'run',
  command: [program, 'config', '--global', ...args],
});

function planAddition(git: GitForWindowsFacts, anchor: TrustAnchor): Route {
  const creates = git.missingConfig === undefined ? {} : { creates: [git.missingConfig] };
  const unmark = { ...planConfig(git, '--unset-all', MARK, `^${anchor.sha256Hex}$`), okExitCodes: [NOTHING_UNSET] };
  return {
    name: SCHANNEL,
    steps: [{ ...planConfig(git, '--add', MARK, anchor.sha256Hex), ...creates }, planConfig(git, BACKEND, SCHANNEL)],
    cleanUp: [unmark],
  };
}

/** The setting goes with the last root that it was made for, and a file that was made for it goes when nothing else is in it. */
function planRemoval(git: GitForWindowsFacts, facts: Facts, anchor: TrustAnchor): Route[] {
  const own = git.settings.filter(({ scope }) => scope === 'global');
  const marks = own.filter(({ key }) => key === MARK.toLowerCase());
  if (!marks.some(({ value }) => value === anchor.sha256Hex)) return [];
  const isLast = marks.every(({ value }) => value === anchor.sha256Hex);
  const keys = [MARK, BACKEND].map((key) => key.toLowerCase());
  const config = `${facts.userFolder}\\.gitconfig`;
  const isFileOurs = isLast && facts.created.has(config) && own.every(({ key }) => keys.includes(key));
  const unset = (key: string, value: string): Step => ({
    ...planConfig(git, '--unset-all', key, `^${value}$`),
    okExitCodes: [NOTHING_UNSET],
  });
  return [
    {
      name: SCHANNEL,
      steps: [
        ...(isLast ? [unset(BACKEND, SCHANNEL)] : []),
        unset(MARK, anchor.sha256Hex),
        ...(isFileOurs ? [{ kind: 'remove-file', path: config } as const] : []),
      ],
    },
  ];
}
