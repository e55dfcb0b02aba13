/**
 * @module Go's crypto/x509, in a program compiled once for each scratch folder: no modules, no network.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../../programs/program.ts';
import { runOrThrow } from '../../programs/run.ts';
import type { Client } from '../visit.ts';
import { sourceFile, visitByScript } from './scripted.ts';

async function compileOnce(folder: string): Promise<string> {
  const binary = join(folder, 'visit-go');
  if (existsSync(binary)) return binary;
  const env = {
    GO111MODULE: 'off',
    GOCACHE: join(folder, 'go-cache'),
    GOPATH: join(folder, 'go-path'),
    GOENV: 'off',
    CGO_ENABLED: '0',
  };
  await runOrThrow([programPath('go'), 'build', '-o', binary, sourceFile('visit.go')], {
    env,
    cwd: folder,
    timeoutMs: 110_000,
  });
  return binary;
}

export const goClient: Client = {
  name: 'go net/http',
  programs: ['go'],
  visitAll: async (visits, trust) => visitByScript([await compileOnce(trust.folder), trust.rootFile], visits),
};
