/**
 * @module The two root stores of a Windows as places, for Windows itself and for the host of WSL. The user's store is asked for
 * by a dialog that cannot be suppressed, the machine's needs an administrator and asks nothing.
 */
import type { TrustAnchor } from '../anchor.ts';
import type { WindowsLocation, WindowsRoots } from '../facts/windows-roots.ts';
import {
  ADD_ROOT_SCRIPT,
  REMOVE_ROOT_SCRIPT,
  SCRIPT_DECLINED_EXIT,
  SCRIPT_VARIABLES,
} from '../windows/powershell-scripts.ts';
import type { Route, RunStep, Step } from '../plan/steps.ts';
import type { PlaceView } from './store.ts';

/** Steps that differ between Windows and the host of WSL. */
export type WindowsReach = {
  readonly roots: WindowsRoots;
  /** A dialog finds somebody. */
  readonly isDesktop: boolean;
  /** Our worker runs on that Windows. */
  readonly hasWorker: boolean;
  /** Hands variables of the environment over to Windows programs. */
  readonly shareVariables: (env: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  /** The steps around a command that takes the root as a file; empty when there is no way to hand one over. */
  readonly withRootFile: (command: (path: string) => RunStep['command']) => readonly Step[];
};

/** A person has to find the dialog, read it and answer. */
const DIALOG_TIMEOUT_MS = 120_000;

/** HRESULT 0x800704C7, ERROR_CANCELLED: whole, as a signed number, and its last byte, which is all that WSL hands on. */
const CERTUTIL_DECLINED_EXITS = [0x8007_04c7, 0x8007_04c7 - 2 ** 32, 0xc7];
/** By agreement with our worker. */
const WORKER_DECLINED_EXIT = 4;

/**
 * The machine's store where it holds the root or may be changed, the user's otherwise: it is never asked for twice, because
 * what the machine trusts each user trusts.
 */
export function viewWindowsPlaces(reach: WindowsReach, anchor: TrustAnchor): PlaceView[] {
  const { roots } = reach;
  const isHeld = (location: WindowsLocation): boolean =>
    roots.held.some((entry) => entry.location === location && entry.sha256Hex === anchor.sha256Hex);
  if (!roots.isReadable) return [viewUnreadable(roots)];
  const isMachineHeld = isHeld('LocalMachine');
  const isUserHeld = isHeld('CurrentUser');
  const isMachineShown = isMachineHeld || (roots.isElevated && !isUserHeld);
  return [
    ...(isMachineShown ? [viewMachine(reach, anchor, isMachineHeld)] : []),
    ...(isUserHeld || !isMachineShown ? [viewUser(reach, anchor, isUserHeld)] : []),
  ];
}

const viewUnreadable = ({ programs }: WindowsRoots): PlaceView => ({
  ...placeNames('CurrentUser'),
  state: 'unavailable',
  detail: `${programs.reg} cannot be run`,
  install: [],
  uninstall: [],
});

const placeNames = (location: WindowsLocation): Pick<PlaceView, 'id' | 'label'> => ({
  id: `${location}\\Root`,
  label: `${location}\\Root`,
});

function viewMachine(reach: WindowsReach, anchor: TrustAnchor, isHeld: boolean): PlaceView {
  const common = placeNames('LocalMachine');
  if (!isHeld)
    return {
      ...common,
      state: 'absent',
      install: planRoutes({ action: 'add', location: 'LocalMachine', reach, anchor }),
      uninstall: [],
    };
  const uninstall = planRoutes({ action: 'remove', location: 'LocalMachine', reach, anchor });
  const hint = reach.roots.isElevated ? {} : { hint: 'in a terminal opened as administrator: mintmark uninstall' };
  return { ...common, ...hint, state: 'trusted', install: [], uninstall };
}

function viewUser(reach: WindowsReach, anchor: TrustAnchor, isHeld: boolean): PlaceView {
  const common = placeNames('CurrentUser');
  if (isHeld)
    return {
      ...common,
      state: 'trusted',
      install: [],
      uninstall: planRoutes({ action: 'remove', location: 'CurrentUser', reach, anchor }),
    };
  if (!reach.isDesktop)
    return {
      ...common,
      state: 'unavailable',
      detail: 'Windows asks in a dialog, and nobody is there to answer it',
      hint: 'in a terminal opened as administrator: mintmark install --stores system',
      install: [],
      uninstall: [],
    };
  const hint = 'mintmark install, and answer Yes in the dialog of Windows';
  return {
    ...common,
    state: 'absent',
    hint,
    install: planRoutes({ action: 'add', location: 'CurrentUser', reach, anchor }),
    uninstall: [],
  };
}

type Action = 'add' | 'remove';

type Job = {
  readonly action: Action;
  readonly location: WindowsLocation;
  readonly reach: WindowsReach;
  readonly anchor: TrustAnchor;
};

function planRoutes(job: Job): Route[] {
  const { reach } = job;
  const { powershell, certutil } = reach.roots.programs;
  return [
    ...(reach.hasWorker ? [{ name: 'crypt32', steps: [planWorker(job)] }] : []),
    ...(powershell === undefined ? [] : [{ name: 'powershell', steps: [planPowershell(job, powershell)] }]),
    ...(certutil === undefined ? [] : planCertutil(job, certutil)),
  ];
}

function planWorker({ action, location, anchor }: Job): Step {
  const { certDer, sha256Hex } = anchor;
  const certDerBase64 = Buffer.from(certDer).toString('base64');
  return {
    kind: 'native',
    task: { worker: 'crypt32', action, location, certDerBase64, sha256Hex },
    typed: ['certutil.exe', ...certutilWords(action, location), action === 'add' ? anchor.certFile : anchor.sha1Hex],
    timeoutMs: DIALOG_TIMEOUT_MS,
    declinedExitCodes: [WORKER_DECLINED_EXIT],
  };
}

function planPowershell({ action, location, reach, anchor }: Job, powershell: string): Step {
  const script = action === 'add' ? ADD_ROOT_SCRIPT : REMOVE_ROOT_SCRIPT;
  return {
    kind: 'run',
    command: [powershell, '-NoLogo', '-NoProfile', '-NonInteractive', '-Command', script],
    env: reach.shareVariables({
      [SCRIPT_VARIABLES.location]: location,
      ...(action === 'add'
        ? { [SCRIPT_VARIABLES.certDer]: Buffer.from(anchor.certDer).toString('base64') }
        : { [SCRIPT_VARIABLES.sha256]: anchor.sha256Hex.toUpperCase() }),
    }),
    timeoutMs: DIALOG_TIMEOUT_MS,
    declinedExitCodes: [SCRIPT_DECLINED_EXIT],
  };
}

/** By full path always: the program of NSS has the same name. */
function planCertutil({ action, location, reach, anchor }: Job, certutil: string): Route[] {
  const words = certutilWords(action, location);
  const patient = { timeoutMs: DIALOG_TIMEOUT_MS, declinedExitCodes: CERTUTIL_DECLINED_EXITS };
  // The facts have matched the SHA-256 of what has this SHA-1 here.
  const removal: Step = { kind: 'run', command: [certutil, ...words, anchor.sha1Hex.toUpperCase()], ...patient };
  const steps =
    action === 'remove'
      ? [removal]
      : reach
          .withRootFile((path) => [certutil, ...words, path])
          .map((step) => (step.kind === 'run' ? { ...step, ...patient } : step));
  const cleanUp = steps.filter(({ kind }) => kind === 'remove-file');
  return steps.length === 0 ? [] : [{ name: 'certutil', steps, ...(cleanUp.length === 0 ? {} : { cleanUp }) }];
}

function certutilWords(action: Action, location: WindowsLocation): string[] {
  const whose = location === 'CurrentUser' ? ['-user'] : [];
  return [...whose, action === 'add' ? '-addstore' : '-delstore', 'Root'];
}
