/** @module Puts the files of a planned environment into the home. Only what differs is written, so that asking again costs nothing. */
import { dirname } from 'node:path';
import { withDiskErrors } from '@mintmark/ca-store';
import type { Machine } from '../machine/machine.ts';
import type { EnvironmentPlan } from './environment.ts';

const FOLDER_MODE = 0o700;

/** @returns the paths that were written @throws disk codes */
export function writeEnvironment({ files }: Pick<EnvironmentPlan, 'files'>, { reader, writer }: Machine): string[] {
  const stale = files.filter(({ path, bytes }) => {
    const present = reader.readFile(path);
    return present === undefined || Buffer.compare(present, bytes) !== 0;
  });
  for (const { path, bytes, mode } of stale)
    withDiskErrors(path, () => {
      writer.makeFolder(dirname(path), FOLDER_MODE);
      writer.writeFile({ path, bytes, mode });
    });
  return stale.map(({ path }) => path);
}
