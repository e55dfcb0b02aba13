/**
 * @module What /usr/bin/security prints, as far as it is the same in every language and version: PEM and property lists.
 * Its sentences are translated and are never read.
 */
import { certificateSha256Hexes } from '../facts/certificates.ts';

/** How often each certificate stands in the output of `find-certificate -a -p`, by SHA-256 (hex). */
export function countCertificates(stdout: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const sha256Hex of certificateSha256Hexes(new Uint8Array(Buffer.from(stdout))))
    counts.set(sha256Hex, (counts.get(sha256Hex) ?? 0) + 1);
  return counts;
}

/**
 * True when `authorizationdb read RIGHT` prints a right that asks nobody: `allow` as its class or as its only rule. Such a right
 * is how build machines are opened up.
 */
export function isRightAllowed(plist: string): boolean {
  const [, single, list] = /<key>rule<\/key>\s*(?:<string>([^<]*)<\/string>|<array>(.*?)<\/array>)/s.exec(plist) ?? [];
  const rules =
    single === undefined ? [...(list ?? '').matchAll(/<string>([^<]*)<\/string>/g)].map(([, name]) => name) : [single];
  const [, kind] = /<key>class<\/key>\s*<string>([^<]*)<\/string>/.exec(plist) ?? [];
  return kind === 'allow' || (rules.length === 1 && rules[0] === 'allow');
}
