/**
 * @module Go's compiler without modules and without the network. What it has compiled of Go's own library is kept in `.cache` for all
 * tests: it takes half a minute, and Go itself tells by digests what fits.
 */
import { fileURLToPath } from 'node:url';
import { programPath } from './program.ts';
import { runOrThrow } from './run.ts';

/** GOCACHE. */
export const GO_CACHE = fileURLToPath(new URL('../../.cache/go-build', import.meta.url));

/** Where Debian puts the sources of Go's packages. */
export const GO_PATH = '/usr/share/gocode';

/** The first build on a machine takes in Go's library. */
const TIMEOUT_MS = 400_000;

/** `go build -o BINARY FILES`; returns the binary. @throws Error with what the compiler says */
export async function buildGo(folder: string, files: readonly string[], binary: string): Promise<string> {
  const env = {
    GO111MODULE: 'off',
    GOCACHE: GO_CACHE,
    GOPATH: GO_PATH,
    GOENV: 'off',
    GOTOOLCHAIN: 'local',
    CGO_ENABLED: '0',
  };
  await runOrThrow([programPath('go'), 'build', '-o', binary, ...files], { env, cwd: folder, timeoutMs: TIMEOUT_MS });
  return binary;
}
