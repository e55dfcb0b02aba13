/** @module The environment that trusts the roots of this home: which roots, planned and put on disk. For `env` and `exec`. */
import { join } from 'node:path';
import { isCaError } from '@mintmark/ca-core';
import { listCaNames, readCa, type Home, type StoredCa } from '@mintmark/ca-store';
import {
  createSources,
  planEnvironment,
  readRuntimeRoots,
  writeEnvironment,
  type EnvironmentPlan,
} from '@mintmark/install';
import { readableHome } from '../certificates/choose-ca.ts';
import { cliError } from '../cli-errors.ts';
import type { Access, Context } from '../command.ts';
import { optionText } from '../parse-args.ts';
import { readMachine } from './install-context.ts';

export type HomeEnvironment = { readonly plan: EnvironmentPlan; readonly cas: readonly StoredCa[] };

const FOLDER = 'environment';

/**
 * Plans the environment and puts its files into the home. What the user should know is said on stderr.
 *
 * @param options `isPlain` leaves the user's own variables out, for another machine's sake
 * @throws CA_NEEDED, CA_NOT_FOUND, CA_DAMAGED, disk codes
 */
export function prepareEnvironment(
  access: Access,
  options: { isPlain: boolean } = { isPlain: false },
): HomeEnvironment {
  const { invocation, context } = access;
  const named = optionText(invocation, 'ca');
  const home = readableHome(context);
  const cas = home === undefined ? [] : readCas(home, named, context);
  if (cas.length === 0) throw cliError('CA_NEEDED', {});
  const machine = readMachine(context);
  const sources = createSources(options.isPlain ? { ...machine.reader, env: {} } : machine.reader);
  const request = {
    folder: join(context.homePath, FOLDER),
    roots: cas.map(({ rootDer }) => rootDer),
    cwd: context.io.cwd,
    readRuntimeRoots,
    ...(named === undefined ? {} : { subset: named }),
  };
  const plan = planEnvironment(request, sources);
  writeEnvironment(plan, machine);
  for (const warning of plan.warnings) context.say(`${warning}\n`);
  if (!options.isPlain) for (const { name, reason } of plan.skipped) context.say(`${name} is left alone: ${reason}\n`);
  return { plan, cas };
}

/** One damaged CA among others takes nothing from them. */
function readCas(home: Home, named: string | undefined, context: Context): StoredCa[] {
  if (named !== undefined) return [readCa(home, named)];
  const names = listCaNames(home);
  return names.flatMap((name) => {
    try {
      return [readCa(home, name)];
    } catch (cause) {
      if (names.length === 1 || !isCaError(cause, 'CA_DAMAGED')) throw cause;
      context.say(`${cause.message}; the other CAs are trusted\n`);
      return [];
    }
  });
}
