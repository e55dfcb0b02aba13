/**
 * @module The gate before the general ASN.1 parser: budget first, and whatever the parser throws becomes one coded error,
 * so that no internal TypeError or RangeError ever reaches a person.
 */
import { assertDerBudget } from '../der/budget.ts';
import type { Bytes } from '../der/bytes.ts';
import { isCaError, type CaError } from '../errors.ts';

/** Runs `parse` over bytes that passed the budget; a foreign error becomes `toError(reason)`. */
export function parseGuarded<T>(
  der: Uint8Array,
  what: string,
  parser: { parse: (der: Bytes) => T; toError: (reason: string) => CaError },
): T {
  assertDerBudget(der, what);
  try {
    return parser.parse(Uint8Array.from(der));
  } catch (cause) {
    if (isCaError(cause)) throw cause;
    throw parser.toError('its ASN.1 structure is not the one of RFC 5280');
  }
}
