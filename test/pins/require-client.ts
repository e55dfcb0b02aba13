/** @module The rule for missing programs, for clients that need a library besides. */
import type { TestContext } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import type { PinnedClient } from './pinned-client.ts';

/** Skips the running test by name where something is missing, or fails it when MINTMARK_REQUIRE_CLIENTS=1. */
export function requireClient(
  context: TestContext,
  { programs, findMissing }: Pick<PinnedClient, 'programs' | 'findMissing'>,
): void {
  requirePrograms(context, programs);
  const missing = findMissing?.();
  if (missing === undefined) return;
  const reason = `${missing} is not installed (scripts/install-clients.sh)`;
  if (process.env['MINTMARK_REQUIRE_CLIENTS'] === '1') throw new Error(reason);
  context.skip(reason);
}
