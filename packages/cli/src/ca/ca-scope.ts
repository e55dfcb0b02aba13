/** @module The scope that the words of `ca create` and `ca rotate` ask for. */
import { createScope, type Scope } from '@mintmark/ca-core';
import { DEFAULT_CA } from '../certificates/choose-ca.ts';
import { loadNameRules } from '../certificates/name-rules.ts';
import { cliError } from '../cli-errors.ts';
import type { Invocation } from '../command.ts';
import { isOptionSet, optionList } from '../parse-args.ts';

/** True where any of the words is there. */
export const isScopeAsked = (invocation: Invocation): boolean =>
  optionList(invocation, 'scope').length > 0 ||
  isOptionSet(invocation, 'unscoped') ||
  isOptionSet(invocation, 'constrain-ips');

/**
 * A CA of the user's own gets the named domains and localhost; the default CA keeps the dev domains beside them.
 * @throws SCOPE_INVALID, SCOPE_PUBLIC_SUFFIX, OPTIONS_CONFLICT
 */
export async function readScope(name: string, invocation: Invocation): Promise<Scope> {
  const domains = optionList(invocation, 'scope');
  const hasIpConstraints = isOptionSet(invocation, 'constrain-ips');
  if (isOptionSet(invocation, 'unscoped')) {
    if (domains.length > 0) throw cliError('OPTIONS_CONFLICT', { first: '--scope', second: '--unscoped' });
    if (hasIpConstraints) throw cliError('OPTIONS_CONFLICT', { first: '--constrain-ips', second: '--unscoped' });
    return { kind: 'unscoped' };
  }
  const hasDevDomains = domains.length === 0 || name === DEFAULT_CA;
  return createScope(
    { domains: hasDevDomains ? domains : ['localhost', ...domains], hasDevDomains, hasIpConstraints },
    await loadNameRules(),
  );
}
