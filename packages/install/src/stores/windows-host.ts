/**
 * @module The root store of the Windows that runs this WSL, where its browsers look. Only the certificate ever crosses over: the
 * key stays on this side, where file modes mean something.
 */
import { posix } from 'node:path';
import type { TrustAnchor } from '../anchor.ts';
import type { Facts } from '../facts/facts.ts';
import type { SharedFolder, WindowsHostFacts } from '../facts/windows-host.ts';
import type { RunStep, Step } from '../plan/steps.ts';
import type { PlaceView, Store, StoreView } from './store.ts';
import { viewWindowsPlaces } from './windows-places.ts';

export const windowsHostStore: Store = { id: 'windows-host', view: viewWindowsHost };

function viewWindowsHost({ windowsHost }: Facts, anchor: TrustAnchor): StoreView | undefined {
  if (windowsHost === undefined) return undefined;
  return {
    id: 'windows-host',
    name: 'Windows (host of WSL)',
    clients: ['Edge', 'Chrome', 'Firefox'],
    places: viewPlaces(windowsHost, anchor),
  };
}

const OBSTACLES = {
  'interop-off': {
    detail: 'Windows programs cannot be started from here: interop is off',
    hint: 'set enabled=true under [interop] in /etc/wsl.conf, then in Windows: wsl --shutdown',
  },
  'no-drive': {
    detail: 'the drive of Windows is not mounted here',
    hint: 'sudo mkdir -p /mnt/c && sudo mount -t drvfs C: /mnt/c',
  },
} as const;

function viewPlaces(
  { obstacle, roots, temporaryFolder, isDesktop }: WindowsHostFacts,
  anchor: TrustAnchor,
): PlaceView[] {
  if (obstacle !== undefined || roots === undefined) {
    const common = { id: 'CurrentUser\\Root', label: 'CurrentUser\\Root', install: [], uninstall: [] };
    return [{ ...common, state: 'unavailable', ...OBSTACLES[obstacle ?? 'no-drive'] }];
  }
  return viewWindowsPlaces(
    {
      roots,
      isDesktop,
      hasWorker: false,
      // WSL hands over only what this variable names; /w is for the way to Windows, as plain text.
      shareVariables: (env) => ({ ...env, WSLENV: Object.keys(env).join('/w:').concat('/w') }),
      withRootFile: (command) =>
        temporaryFolder === undefined ? [] : planSharedFile(temporaryFolder, anchor, command),
    },
    anchor,
  );
}

const FILE_MODE = 0o644;

function planSharedFile(
  { linuxPath, windowsPath }: SharedFolder,
  { fileStem, certPem }: TrustAnchor,
  command: (path: string) => RunStep['command'],
): Step[] {
  const name = `${fileStem}.crt`;
  const path = posix.join(linuxPath, name);
  return [
    { kind: 'write-file', path, text: certPem, mode: FILE_MODE },
    { kind: 'run', command: command(`${windowsPath}\\${name}`) },
    { kind: 'remove-file', path },
  ];
}
