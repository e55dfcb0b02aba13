/**
 * @module The Windows that runs this Linux as WSL: whether it can be reached, and what its root stores hold. Reaching it takes
 * interop (the kernel hands Windows programs to /init) and the drive of Windows mounted here.
 */
import { posix } from 'node:path';
import type { MachineReader } from '../machine/machine.ts';
import { parseRegText } from '../windows/reg-output.ts';
import type { FactsRequest } from './facts.ts';
import { readWindowsRoots, type WindowsRoots } from './windows-roots.ts';

/** One folder, as Linux and as Windows name it. */
export type SharedFolder = { readonly linuxPath: string; readonly windowsPath: string };

export type WindowsHostFacts = {
  /** Why the host is out of reach; undefined when it is not. */
  readonly obstacle: 'interop-off' | 'no-drive' | undefined;
  readonly roots: WindowsRoots | undefined;
  /** The user's folder for short-lived files; only looked up when a root is to be put in. */
  readonly temporaryFolder: SharedFolder | undefined;
  readonly isDesktop: boolean;
};

/** Undefined outside WSL, and in containers that merely share its kernel. */
export async function readWindowsHostFacts(
  reader: MachineReader,
  request: FactsRequest,
): Promise<WindowsHostFacts | undefined> {
  if (reader.platform !== 'linux' || !isWsl(reader)) return undefined;
  const isDesktop = (reader.env['CI'] ?? '') === '' && (reader.env['SSH_CONNECTION'] ?? '') === '';
  const nothing = { roots: undefined, temporaryFolder: undefined, isDesktop };
  if (!isInteropOn(reader)) return { ...nothing, obstacle: 'interop-off' };
  const drive = findDrive(reader);
  if (drive === undefined) return { ...nothing, obstacle: 'no-drive' };
  const roots = await readWindowsRoots(reader, request, programsOn(reader, drive));
  const isWanted = roots.isReadable && roots.held.length === 0;
  const temporaryFolder = isWanted ? await findTemporaryFolder(reader, drive, roots.programs.reg) : undefined;
  return { obstacle: undefined, roots, temporaryFolder, isDesktop };
}

/** The variables are set by WSL alone, but sudo drops them; then its kernel and its own program must both be there. */
function isWsl(reader: MachineReader): boolean {
  if (['WSL_INTEROP', 'WSL_DISTRO_NAME'].some((name) => (reader.env[name] ?? '') !== '')) return true;
  const kernel = textOf(reader, '/proc/version');
  return /microsoft/i.test(kernel) && ['/usr/bin/wslpath', '/bin/wslpath'].some((path) => reader.status(path));
}

const INTEROP_FOLDER = '/proc/sys/fs/binfmt_misc';

/** `WSLInterop`, or `WSLInterop-late` where systemd registers it again. */
const isInteropOn = (reader: MachineReader): boolean =>
  reader
    .readFolder(INTEROP_FOLDER)
    .some((name) => name.startsWith('WSLInterop') && textOf(reader, `${INTEROP_FOLDER}/${name}`).startsWith('enabled'));

type Drive = { readonly folder: string; readonly letter: string };

const SYSTEM_FOLDER = 'Windows/System32';

/** The drive with Windows on it: C nearly always, below the folder that wsl.conf may have moved. */
function findDrive(reader: MachineReader): Drive | undefined {
  const root = readMountFolder(reader);
  const letters = new Set(['c', ...reader.readFolder(root).filter((name) => /^[a-z]$/.test(name))]);
  return [...letters]
    .map((letter) => ({ letter, folder: posix.join(root, letter) }))
    .find(({ folder }) => reader.status(posix.join(folder, SYSTEM_FOLDER, 'reg.exe')) !== undefined);
}

function readMountFolder(reader: MachineReader): string {
  const [, automount = ''] = /^\s*\[automount\]([^[]*)/m.exec(textOf(reader, '/etc/wsl.conf')) ?? [];
  const [, root = '/mnt/'] = /^\s*root\s*=\s*"?([^"\s]+)"?\s*$/m.exec(automount) ?? [];
  return root;
}

function programsOn(reader: MachineReader, { folder }: Drive): WindowsRoots['programs'] {
  const system = posix.join(folder, SYSTEM_FOLDER);
  const find = (name: string): string | undefined => {
    const path = posix.join(system, name);
    return reader.status(path) === undefined ? undefined : path;
  };
  const [powershell, certutil] = [find('WindowsPowerShell/v1.0/powershell.exe'), find('certutil.exe')];
  return { reg: posix.join(system, 'reg.exe'), powershell, certutil };
}

/** Names that no code page changes on the way from reg.exe to here. */
const PLAIN_PATH = /^([A-Za-z]):\\[ -~]+$/;

async function findTemporaryFolder(
  reader: MachineReader,
  drive: Drive,
  reg: string,
): Promise<SharedFolder | undefined> {
  const command = [reg, 'query', 'HKCU\\Volatile Environment', '/v', 'LOCALAPPDATA'] as const;
  const local = parseRegText((await reader.query({ command })).stdout, 'LOCALAPPDATA');
  if (local === undefined || PLAIN_PATH.exec(local)?.[1]?.toLowerCase() !== drive.letter) return undefined;
  const windowsPath = `${local}\\Temp`;
  const linuxPath = posix.join(drive.folder, ...windowsPath.slice(3).split('\\'));
  return reader.status(linuxPath)?.kind === 'folder' ? { linuxPath, windowsPath } : undefined;
}

const textOf = (reader: MachineReader, path: string): string => Buffer.from(reader.readFile(path) ?? []).toString();
