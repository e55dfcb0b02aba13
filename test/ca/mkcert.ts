/** @module The real mkcert of the distribution, in a CAROOT of its own. It installs nothing. */
import type { Desk } from '../cli/desk.ts';
import { programPath } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';

/** Makes a certificate with a new root, or the one that is there. Returns the CAROOT. */
export async function mkcert(desk: Desk, words: readonly string[]): Promise<string> {
  const root = subfolder(desk.folder, 'caroot');
  const env = { CAROOT: root, HOME: desk.folder, TRUST_STORES: 'none' };
  await runOrThrow([programPath('mkcert'), ...words], { cwd: desk.folder, env });
  return root;
}
