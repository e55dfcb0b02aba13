/**
 * @module Java's default PKIX trust manager, with a key store that holds our root alone.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../../programs/program.ts';
import { runOrThrow } from '../../programs/run.ts';
import type { Client } from '../visit.ts';
import { sourceFile, visitByScript } from './scripted.ts';

export const javaClient: Client = {
  name: 'java',
  programs: ['java', 'javac'],
  visitAll: async (visits, trust) => {
    if (!existsSync(join(trust.folder, 'Visit.class'))) {
      await runOrThrow([programPath('javac'), '-d', trust.folder, sourceFile('visit.java')]);
    }
    return visitByScript([programPath('java'), '-Xshare:auto', '-cp', trust.folder, 'Visit', trust.rootFile], visits);
  },
};
