/** @module Windows: its root stores, its revocation lists, and whether its dialogs would find anybody. */
import { win32 } from 'node:path';
import type { MachineReader } from '../machine/machine.ts';
import type { FactsRequest } from './facts.ts';
import { isRootFileThere } from './root-file.ts';
import { readWindowsCrls, type WindowsCrls } from './windows-crls.ts';
import { readWindowsRoots, type WindowsRoots } from './windows-roots.ts';

export type WindowsFacts = {
  readonly roots: WindowsRoots;
  /** False in builds and over SSH, where a dialog waits for nobody. */
  readonly isDesktop: boolean;
  /** SHA-256 (hex) of the wanted roots whose file is where it should be. */
  readonly rootFiles: ReadonlySet<string>;
  readonly crls: WindowsCrls;
};

/** Undefined on other systems. */
export async function readWindowsFacts(
  reader: MachineReader,
  request: FactsRequest,
): Promise<WindowsFacts | undefined> {
  if (reader.platform !== 'win32') return undefined;
  const folder = win32.join(readVariable(reader.env, 'SystemRoot') ?? 'C:\\Windows', 'System32');
  const find = (...names: string[]): string | undefined => {
    const path = win32.join(folder, ...names);
    return reader.status(path) === undefined ? undefined : path;
  };
  const programs = {
    reg: win32.join(folder, 'reg.exe'),
    powershell: find('WindowsPowerShell', 'v1.0', 'powershell.exe'),
    certutil: find('certutil.exe'),
  };
  const isDesktop = ['CI', 'SSH_CONNECTION'].every((name) => (readVariable(reader.env, name) ?? '') === '');
  const rootFiles = new Set(
    request.roots.filter((root) => isRootFileThere(reader, root)).map((root) => root.sha256Hex),
  );
  const roots = await readWindowsRoots(reader, request, programs);
  return { roots, isDesktop, rootFiles, crls: await readWindowsCrls(reader, request, programs.reg) };
}

/** Windows takes no notice of case in names of variables. */
function readVariable(env: MachineReader['env'], name: string): string | undefined {
  const key = Object.keys(env).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : env[key];
}
