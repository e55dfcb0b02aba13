/**
 * @module What a pinned client demands of a server: the options as people write them, and the same once checked.
 * A fault in them is a TypeError at once, because a client that pins nothing by mistake looks like one that pins.
 */
import { formatHex, parsePin, quote } from '@mintmark/ca-core';

/** Beyond the pin: `dates` the validity period, `host` the name, as the ordinary client checks them. */
const CHECKS = ['pin-only', 'dates', 'host', 'host-and-dates'] as const;
export type PinChecks = (typeof CHECKS)[number];

const PINNED = ['server', 'ca'] as const;
export type Pinned = (typeof PINNED)[number];

/** What a pinned agent and a pinned dispatcher have in common. */
export type PinnedOptions = {
  /**
   * SHA-256 pins in any spelling that `parsePin` of `@mintmark/ca-core` reads: of a public key (curl, OkHttp, …) or of a
   * certificate (Node, OpenSSL, …). At least one; the server must match one of them. Give a second one before a key changes.
   * One text may hold several with `;` between them, as curl takes them: so they fit into one variable of the environment.
   */
  readonly pins: readonly string[];
  /**
   * Whose pins they are.
   * - `server`, the default: the certificate that the server proves to hold the key of. One that it merely sends along,
   *   a CA's included, counts for nothing.
   * - `ca`: of a CA that the server sends in its chain. The server's certificate must be verified up to it: signatures, dates
   *   if `checks` says so, CA:TRUE, path lengths, key usages and name constraints. What can't be checked is refused.
   *   The pin of a certificate binds all that stands in it; the pin of a key binds the key alone, so whoever has that key
   *   writes its own constraints. A server that doesn't send the CA (most don't send their root) can't be reached so:
   *   pin the issuer that it does send, or give `ca`. There is no revocation.
   */
  readonly pinned?: Pinned;
  /**
   * What else must be right. Any certificate that breaks it is refused, whatever its pin.
   * - `pin-only`, the default for a server's pin: its key says who the server is, better than a name could, and the pin
   *   holds until it is taken out of `pins`. So it works by address, by any name, and on the day after the certificate ended.
   * - `dates`, `host`: one of them.
   * - `host-and-dates`, the default for a CA's pin, because such a CA speaks for other servers too; and the default with `ca`.
   */
  readonly checks?: PinChecks;
  /**
   * PEM of roots, issuers or the server's own certificate. The ordinary check of the chain up to one of these then stays on
   * besides the pin; dates are part of it, whatever `checks` says. Without it no CA is asked, not even the system's.
   */
  readonly ca?: string | readonly string[];
};

/** Options that were checked. */
export type PinPolicy = {
  /** As they were given, for messages. */
  readonly pins: readonly string[];
  /** Lower-case hex of the digests. */
  readonly digests: ReadonlySet<string>;
  readonly pinned: Pinned;
  readonly hasDates: boolean;
  readonly hasHost: boolean;
  /** Undefined: no chain is checked by OpenSSL. */
  readonly ca: readonly string[] | undefined;
};

const PIN_KEYS: readonly string[] = ['pins', 'pinned', 'checks', 'ca'] satisfies (keyof PinnedOptions)[];

/**
 * @param otherKeys what else may stand in `options`
 * @throws TypeError for no pins, another option, or one of another kind; PIN_INVALID for a pin that is no SHA-256
 */
export function parsePinnedOptions(options: PinnedOptions, otherKeys: readonly string[] = []): PinPolicy {
  assertKeys(options, [...PIN_KEYS, ...otherKeys]);
  const pins = splitPins(options.pins);
  const digests = new Set(pins.map((pin) => formatHex(parsePin(pin))));
  const pinned = parseWord('pinned', options.pinned ?? 'server', PINNED);
  const ca = options.ca === undefined ? undefined : parseCa(options.ca);
  const isByName = pinned === 'ca' || ca !== undefined;
  const checks = parseWord('checks', options.checks ?? (isByName ? 'host-and-dates' : 'pin-only'), CHECKS);
  return {
    pins,
    digests,
    pinned,
    hasDates: checks === 'dates' || checks === 'host-and-dates',
    hasHost: checks === 'host' || checks === 'host-and-dates',
    ca,
  };
}

/** A misspelt option would leave out a check without a word. */
function assertKeys(options: unknown, keys: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError("options with pins are needed, such as { pins: ['sha256//…'] }");
  const stranger = Object.keys(options).find((key) => !keys.includes(key));
  if (stranger !== undefined)
    throw new TypeError(`there is no option ${quote(stranger)}; there are ${keys.join(', ')}`);
}

/** A pin often comes from a variable of the environment; an unset one must not read as "no pin". */
function splitPins(pins: unknown): readonly string[] {
  if (!Array.isArray(pins) || pins.length === 0) throw new TypeError('pins must be a list of at least one pin');
  return pins.flatMap((pin: unknown) => {
    if (typeof pin !== 'string') throw new TypeError(`a pin must be text, and one is ${typeof pin}`);
    return pin.split(';');
  });
}

function parseWord<const T extends string>(name: string, value: string, words: readonly T[]): T {
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw new TypeError(`${name} must be one of ${words.join(', ')}`);
  return word;
}

/** To Node an empty text is no `ca`, which would let every public CA in. */
function parseCa(ca: unknown): readonly string[] {
  const texts: unknown[] = Array.isArray(ca) ? ca : [ca];
  const isPem = (text: unknown): text is string =>
    typeof text === 'string' && text.includes('-----BEGIN CERTIFICATE-----');
  if (texts.length === 0 || !texts.every(isPem)) throw new TypeError('ca must be certificates in PEM');
  return texts;
}
