/** @module A server's chain up to a pinned CA, in the words of a pinned client. */
import type { X509Certificate } from 'node:crypto';
import { isCaError } from '@mintmark/ca-core';
import { findServerChainFault } from '@mintmark/ca-core/node';
import { devError } from './dev-errors.ts';

/**
 * `path`: the server's certificate first, the pinned CA last. Dates are not looked at.
 * @throws PINNED_CHAIN_INVALID
 */
export function assertChain(path: readonly X509Certificate[], peer: string): void {
  let reason: string | undefined;
  try {
    reason = findServerChainFault(path);
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
    throw devError('PINNED_CHAIN_INVALID', { peer, reason: cause.message }, { cause });
  }
  if (reason !== undefined) throw devError('PINNED_CHAIN_INVALID', { peer, reason });
}
