/** @module The file of a root key that is kept: written once, encrypted, over nothing. */
import { resolve } from 'node:path';
import { KEY_MODE, storeError, withDiskErrors, writeFileAtomically, type Home } from '@mintmark/ca-store';
import type { Access } from '../command.ts';
import { optionText } from '../parse-args.ts';

/** Where `--keep-root-key` says. */
export function readKeepFile({ invocation, context }: Access): string | undefined {
  const file = optionText(invocation, 'keep-root-key');
  return file === undefined ? undefined : resolve(context.io.cwd, file);
}

/** A root key that is kept is the only one there will be, so it replaces nothing. @throws FILE_EXISTS */
export function writeKept(path: string, text: string, { fs }: Home): void {
  if (withDiskErrors(path, () => fs.status(path)) !== undefined) throw storeError('FILE_EXISTS', { path });
  writeFileAtomically(fs, { path, text, mode: KEY_MODE });
}
