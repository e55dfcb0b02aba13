/**
 * @module Go's crypto/x509, in a program compiled once for each scratch folder: no modules, no network.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildGo } from '../../programs/go.ts';
import type { Client } from '../visit.ts';
import { sourceFile, visitByScript } from './scripted.ts';

async function compileOnce(folder: string): Promise<string> {
  const binary = join(folder, 'visit-go');
  return existsSync(binary) ? binary : buildGo(folder, [sourceFile('visit.go')], binary);
}

export const goClient: Client = {
  name: 'go net/http',
  programs: ['go'],
  visitAll: async (visits, trust) => visitByScript([await compileOnce(trust.folder), trust.rootFile], visits),
};
