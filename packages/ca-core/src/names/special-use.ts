/**
 * @module Names that never belong to anybody on the public internet: the default scope "dev" of a CA.
 * Sources: RFC 6761 (localhost, test, example, invalid), RFC 6762 (local), RFC 8375 (home.arpa), ICANN 2024-07-29
 * (internal); localdomain and lan are habits of resolvers and routers and are delegated to nobody.
 */

export const DEV_DOMAINS = [
  'localhost',
  'test',
  'local',
  'internal',
  'home.arpa',
  'example',
  'invalid',
  'localdomain',
  'lan',
] as const;

/** True for a dev domain and everything below it. */
export function isDevName(domain: string): boolean {
  return DEV_DOMAINS.some((dev) => domain === dev || domain.endsWith(`.${dev}`));
}
