/**
 * @module What a certificate says of its place in a chain (RFC 5280 sections 4.2.1 and 6.1.4), and whether it may stand there. Signatures
 * are checked elsewhere. Pure.
 */
import { DerReader } from '../der/reader.ts';
import { TAG_BIT_STRING, TAG_BOOLEAN } from '../der/tags.ts';
import { parseNameConstraints, type NameConstraints } from '../names/name-constraints.ts';
import { findExtension, type CertificateView } from './certificate-view.ts';
import * as oids from './oids.ts';

/** `CertificateFacts` of `@mintmark/ca-core/read` are such facts. An empty list: there is no such extension. */
export type LinkFacts = NameConstraints & {
  readonly extensions: readonly { readonly oid: string; readonly isCritical: boolean }[];
  readonly isCa: boolean;
  /** How many CAs may follow below; undefined is no limit. */
  readonly pathLength?: number;
  readonly keyUsage: readonly string[];
};

/** @throws DER_INVALID, also for constraints that are not understood */
export function readLinkFacts(view: CertificateView, what: string): LinkFacts {
  const valueOf = (oid: string): Uint8Array | undefined => findExtension(view, oid)?.value;
  const constraints = valueOf(oids.OID_NAME_CONSTRAINTS);
  return {
    extensions: view.extensions,
    ...readBasicConstraints(valueOf(oids.OID_BASIC_CONSTRAINTS), what),
    keyUsage: readKeyUsage(view, what),
    ...(constraints === undefined ? { permitted: [], excluded: [] } : parseNameConstraints(constraints, what)),
  };
}

function readBasicConstraints(der: Uint8Array | undefined, what: string): Pick<LinkFacts, 'isCa' | 'pathLength'> {
  if (der === undefined) return { isCa: false };
  const fields = new DerReader(der, what).enterSequence();
  const isCa = fields.readOptional(TAG_BOOLEAN)?.value[0] === 0xff;
  return fields.isAtEnd ? { isCa } : { isCa, pathLength: fields.readSmallInteger() };
}

// RFC 5280 section 4.2.1.3.
const USAGES: ReadonlyMap<number, string> = new Map([
  ...Object.entries(oids.KEY_USAGE_BITS).map(([name, bit]) => [bit, name] as const),
  [4, 'keyAgreement'],
]);

/** The names of the bits that are set; empty where there is no such extension. @throws DER_INVALID */
export function readKeyUsage(view: CertificateView, what: string): readonly string[] {
  const extension = findExtension(view, oids.OID_KEY_USAGE);
  if (extension === undefined) return [];
  const [, bits = 0] = new DerReader(extension.value, what).readElement(TAG_BIT_STRING).value;
  const set = [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (bits & (0x80 >> bit)) !== 0);
  // One without any bit allows nothing, which an empty list would not say.
  return set.length === 0 ? ['none'] : set.map((bit) => USAGES.get(bit) ?? `bit ${bit}`);
}

/** The OID of a critical extension that is none of these. */
export function findUnknownCritical(
  { extensions }: Pick<LinkFacts, 'extensions'>,
  known: readonly string[],
): string | undefined {
  return extensions.find(({ oid, isCritical }) => isCritical && !known.includes(oid))?.oid;
}

/** What keeps a certificate from vouching for others. */
export type AuthorityFault = 'no-ca' | 'path-length';

/** @param casBelow how many CAs stand between it and what it vouches for */
export function findAuthorityFault(facts: LinkFacts, casBelow: number): AuthorityFault | undefined {
  const maySign = facts.keyUsage.length === 0 || facts.keyUsage.includes('keyCertSign');
  if (!facts.isCa || !maySign) return 'no-ca';
  return facts.pathLength !== undefined && casBelow > facts.pathLength ? 'path-length' : undefined;
}
