/** @module Where the CA is: mkcert's rules for the folder that it calls CAROOT, and the files in it that mkcert's users know. */
import { join } from 'node:path';
import type { Io } from '../io.ts';

/** The certificate that phones, containers and other programs are given. */
export const ROOT_FILE = 'rootCA.pem';
/** The key that signs. */
export const KEY_FILE = 'rootCA-key.pem';

/** How a CA that lies in `ROOT_FILE` alone is called, in the ledger too. */
export const MKCERT_GUEST = 'mkcert';

const FOLDER = 'mkcert';

type Environment = Pick<Io, 'env' | 'platform'>;

/**
 * The folder as it is printed: `CAROOT` as it stands, else `given` (--home or MINTMARK_HOME), else `mkcert` in the platform's data
 * folder. Undefined where nothing says it.
 */
export function resolveCaroot({ env, platform }: Environment, given: string): string | undefined {
  const read = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const chosen = read('CAROOT') ?? (given === '' ? undefined : given);
  if (chosen !== undefined) return chosen;
  const base =
    platform === 'win32' ? read('LocalAppData') : (read('XDG_DATA_HOME') ?? underHome(read('HOME'), platform));
  return base === undefined ? undefined : join(base, FOLDER);
}

const underHome = (home: string | undefined, platform: NodeJS.Platform): string | undefined =>
  home === undefined
    ? undefined
    : platform === 'darwin'
      ? join(home, 'Library', 'Application Support')
      : join(home, '.local', 'share');
