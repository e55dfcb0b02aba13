/**
 * @module What real clients do that differs from the rule, as measured. Every entry is asserted, so a client that changes
 * makes its test fail and this table true again.
 */

/** Clients by name, forgeries or key types by id, and why. */
export interface Measured {
  readonly clients: readonly string[];
  readonly ids: readonly string[];
  readonly reason: string;
}

const BROWSERS = ['chromium', 'firefox'];
const GNUTLS = ['git', 'wget', 'gnutls-cli'];
const PYTHON = ['python ssl, strict', 'python requests'];
/** Programs whose chain check is OpenSSL's. */
const OPENSSL = ['openssl s_client', 'curl', 'node', ...PYTHON, 'ruby net/http', 'php streams'];
const NO_COMMON_NAME = ['go net/http', ...BROWSERS];
const EVERYONE = [...OPENSSL, ...GNUTLS, 'java', ...NO_COMMON_NAME];

function everyoneBut(...clients: readonly string[]): readonly string[] {
  return EVERYONE.filter((client) => !clients.includes(client));
}

/** Honest certificates that a client can't use. */
export const UNSUPPORTED_KEYS: readonly Measured[] = [
  { clients: BROWSERS, ids: ['ed25519'], reason: 'browsers offer no Ed25519 signatures in TLS' },
];

const NOT_A_HOST_NAME =
  'OpenSSL checks a common name against DNS constraints only when it reads as a host name of two or more labels, ' +
  'and this client falls back to the common name when there is no DNS alternative name';

/** Forgeries that get through the scope: what a stolen issuer key can still do. */
export const KNOWN_HOLES: readonly Measured[] = [
  { clients: OPENSSL, ids: ['cn-wildcard', 'cn-single'], reason: NOT_A_HOST_NAME },
  {
    clients: ['openssl s_client', 'node', 'python ssl, strict', 'php streams'],
    ids: ['cn-wildcard-ip'],
    reason: NOT_A_HOST_NAME,
  },
  {
    clients: ['curl', 'node', 'ruby net/http'],
    ids: ['cn-dot'],
    reason: `${NOT_A_HOST_NAME}, without its trailing dot`,
  },
];

/** Forgeries that a client refuses whoever signed them: there the scope is a second lock. */
export const REFUSED_EVEN_WHEN_UNSCOPED: readonly Measured[] = [
  {
    clients: everyoneBut('python requests', 'ruby net/http', 'php streams', 'go net/http', 'java'),
    ids: ['san-public-suffix'],
    reason: 'it wants two labels behind the asterisk, or knows the public suffixes',
  },
  {
    clients: everyoneBut('curl', 'node', 'ruby net/http', 'php streams', 'chromium'),
    ids: ['san-dot'],
    reason: 'the dot is part of the name',
  },
  {
    clients: everyoneBut(
      'openssl s_client',
      'curl',
      'git',
      'node',
      'python ssl, strict',
      'ruby net/http',
      'go net/http',
      'chromium',
    ),
    ids: ['san-dot-both'],
    reason: 'it takes no names with a trailing dot',
  },
  { clients: EVERYONE, ids: ['san-nul'], reason: 'nobody stops reading at a zero byte any more' },
  {
    clients: NO_COMMON_NAME,
    ids: ['cn', 'cn-wildcard', 'cn-single', 'cn-email'],
    reason: 'it never reads the common name',
  },
  {
    clients: everyoneBut('curl', 'node', 'ruby net/http'),
    ids: ['cn-dot'],
    reason: 'it never reads the common name, or reads its dot',
  },
  {
    clients: everyoneBut('openssl s_client', 'node', 'python ssl, strict', 'php streams', 'java'),
    ids: ['cn-ip', 'cn-wildcard-ip'],
    reason: 'an IP address among the alternative names hides the common name',
  },
  {
    clients: [...GNUTLS, 'php streams', ...NO_COMMON_NAME],
    ids: ['cn-uri'],
    reason: 'a URI among the alternative names hides the common name',
  },
  { clients: EVERYONE, ids: ['cn-san'], reason: 'a DNS name among the alternative names hides the common name' },
];

/** The reason why a client differs in this case, or undefined when it follows the rule. */
export function measuredReason(table: readonly Measured[], client: string, id: string): string | undefined {
  return table.find(({ clients, ids }) => clients.includes(client) && ids.includes(id))?.reason;
}
