/** @module Whether this program was called `mkcert`, by a link of that name. Part of the start, so it loads nothing more. */
import { basename } from 'node:path';

/** Also as mkcert's releases are called (`mkcert-v1.4.4-linux-amd64`), which Next.js looks for. */
const NAME = /^mkcert(?:-v[\d.]+-[a-z]+-[a-z\d]+)?(?:\.(?:cjs|js|exe|cmd))?$/i;

/** @param script `process.argv[1]`: the path that was called, links not followed */
export const isCalledMkcert = (script = process.argv[1] ?? ''): boolean => NAME.test(basename(script));

/** What people type to call it again. */
export const mkcertCommandLine = (): string => (isCalledMkcert() ? 'mkcert' : 'mintmark mkcert');
