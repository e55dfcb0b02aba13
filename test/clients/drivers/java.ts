/**
 * @module Java's default PKIX trust manager, with a key store that holds our root alone.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { javaCommand, jdkCommand } from '../../programs/java.ts';
import { runOrThrow } from '../../programs/run.ts';
import type { Client } from '../visit.ts';
import { sourceFile, visitByScript } from './scripted.ts';

export const javaClient: Client = {
  name: 'java',
  programs: ['java', 'javac'],
  visitAll: async (visits, trust) => {
    if (!existsSync(join(trust.folder, 'Visit.class'))) {
      await runOrThrow(jdkCommand('javac', '-d', trust.folder, sourceFile('visit.java')));
    }
    return visitByScript(javaCommand('-cp', trust.folder, 'Visit', trust.rootFile), visits);
  },
};
