/** @module The peer crypto/x509 of Go: a small program, compiled in the scratch folder without modules or network. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, runProgram } from './programs.ts';
import { newFolder } from './scratch.ts';

const SOURCE = fileURLToPath(new URL('go-issue.go', import.meta.url));

export type GoPeer = {
  /** For example `go1.19.8`. */
  readonly version: string;
  /** Certificates a second. */
  readonly measure: () => number;
};

/** Compiles the program; undefined when Go is not installed. */
export function openGoPeer(scratch: string): GoPeer | undefined {
  const go = findProgram('go');
  if (go === undefined) return undefined;
  const cwd = newFolder(scratch, 'go');
  const env = {
    HOME: cwd,
    GO111MODULE: 'off',
    GOCACHE: join(cwd, 'cache'),
    GOPATH: join(cwd, 'path'),
    GOENV: 'off',
    GOTOOLCHAIN: 'local',
  };
  const binary = join(cwd, 'go-issue');
  runProgram({ argv: [go, 'build', '-o', binary, SOURCE], cwd, env });
  return {
    version: runProgram({ argv: [go, 'env', 'GOVERSION'], cwd, env }).trim(),
    measure: () => Number(runProgram({ argv: [binary], cwd, env: { GOMAXPROCS: '1' } })),
  };
}
