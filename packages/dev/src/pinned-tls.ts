/** @module The TLS options under which a pinned client connects: made once for a client, and by nothing else. */
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { PinPolicy } from './pin-policy.ts';

export const IDENTITY_KEYS = [
  'cert',
  'key',
  'pfx',
  'passphrase',
  'ciphers',
  'sigalgs',
  'ecdhCurve',
  'minVersion',
  'maxVersion',
] as const;

/**
 * A client certificate of one's own, and limits of the protocol. As in `tls.createSecureContext`. A client certificate goes with
 * TLS 1.3 alone: older versions show it to any server before the pin can be checked, and so does Deno in each.
 */
export type ClientTlsOptions = Pick<SecureContextOptions, (typeof IDENTITY_KEYS)[number]>;

/** Readonly, so that nothing takes its place later. */
export type PinnedTlsOptions = {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
  readonly checkServerIdentity: () => undefined;
};

/**
 * What `tls.connect` takes besides the address. It must be spread behind everything that a request says.
 * Without `ca` the chain is not OpenSSL's business (an empty list spares it the public roots), and the pin decides alone.
 * @throws TypeError for a client certificate with another TLS than 1.3
 */
export function createTlsOptions(policy: PinPolicy, options: ClientTlsOptions): PinnedTlsOptions {
  const identity = { ...pick(options, IDENTITY_KEYS), ...limitVersion(options) };
  const ca = [...(policy.ca ?? [])];
  return {
    secureContext: createSecureContext({ ...identity, ca, allowPartialTrustChain: true }),
    rejectUnauthorized: policy.ca !== undefined,
    // The name is checked along with the pin, or is not to be checked.
    checkServerIdentity: () => undefined,
  };
}

const CERTIFICATE_KEYS = ['cert', 'key', 'pfx'] as const;
const LIMIT_KEYS = ['minVersion', 'maxVersion'] as const;

/** In TLS 1.3 the client's certificate is still unsent when the server is checked; before, it goes out in clear, ahead of that. */
function limitVersion(options: ClientTlsOptions): ClientTlsOptions {
  if (CERTIFICATE_KEYS.every((key) => options[key] === undefined)) return {};
  const limit = LIMIT_KEYS.find((key) => options[key] !== undefined && options[key] !== 'TLSv1.3');
  if (limit !== undefined) throw new TypeError(`${limit} must be TLSv1.3 where a client certificate is given`);
  return { minVersion: 'TLSv1.3' };
}

/** The entries of an object under these keys that it has. */
export function pick<T extends object, const K extends keyof T>(source: T, keys: readonly K[]): Pick<T, K> {
  const entries = keys.filter((key) => source[key] !== undefined).map((key) => [key, source[key]] as const);
  return Object.fromEntries(entries) as Pick<T, K>;
}
