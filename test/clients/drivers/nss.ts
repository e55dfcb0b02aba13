/**
 * @module Puts a root into an NSS database, which is where the browsers on Linux look for added roots.
 */
import { mkdirSync } from 'node:fs';
import { programPath } from '../../programs/program.ts';
import { runOrThrow } from '../../programs/run.ts';

/** Makes the database if there is none, and trusts the root for TLS servers. */
export async function trustInNss(folder: string, rootFile: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = ['-d', `sql:${folder}`];
  await runOrThrow([programPath('certutil'), '-A', ...database, '-t', 'C,,', '-n', 'tested root', '-i', rootFile]);
}
