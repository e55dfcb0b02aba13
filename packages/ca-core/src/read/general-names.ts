/**
 * @module GeneralNames and name constraints (RFC 5280 sections 4.2.1.6 and 4.2.1.10) over parsed ASN.1. PKI.js reads them too, but
 * takes a third of a millisecond for each name, so that a small request with thousands of names would hold the process for seconds.
 */
import { RelativeDistinguishedNames } from 'pkijs';
import { decodeLatin1 } from '../der/bytes.ts';
import { DerReader } from '../der/reader.ts';
import { TAG_OID } from '../der/tags.ts';
import { encodeDer } from '../der/writer.ts';
import { formatIpOrRange } from '../names/ip-address.ts';
import { childrenOf, CLASS_CONTEXT, contentOf, readSequence, type Node } from './asn1-nodes.ts';
import { formatAttributes, readAttributes, type GeneralNameFacts } from './name-facts.ts';

/** The names of a GeneralNames value. Throws on anything else; callers guard. */
export function readGeneralNames(der: Uint8Array): GeneralNameFacts[] {
  return readSequence(der).map(readGeneralName);
}

/** Permitted and excluded subtrees; their minimum and maximum are not looked at. Throws on anything else; callers guard. */
export function readNameConstraints(der: Uint8Array): { permitted: GeneralNameFacts[]; excluded: GeneralNameFacts[] } {
  const parts = readSequence(der);
  const names = (tagNumber: number): GeneralNameFacts[] =>
    parts.filter(({ idBlock }) => idBlock.tagNumber === tagNumber).flatMap((part) => childrenOf(part).map(readBase));
  if (parts.some(({ idBlock }) => idBlock.tagClass !== CLASS_CONTEXT || idBlock.tagNumber > 1))
    throw new TypeError('name constraints of neither kind');
  return { permitted: names(0), excluded: names(1) };
}

function readBase(subtree: Node): GeneralNameFacts {
  const [base] = childrenOf(subtree);
  if (base === undefined) throw new TypeError('subtree without a base');
  return readGeneralName(base);
}

type NameReader = { readonly kind: GeneralNameFacts['kind']; readonly read: (node: Node) => string };

// By the context tag of the choice.
const READERS: readonly NameReader[] = [
  { kind: 'other', read: readOtherName },
  { kind: 'email', read: (node) => readIa5(contentOf(node)) },
  { kind: 'dns', read: (node) => readIa5(contentOf(node)) },
  { kind: 'x400', read: () => '' },
  { kind: 'directory', read: readDirectoryName },
  { kind: 'edi', read: () => '' },
  { kind: 'uri', read: (node) => readIa5(contentOf(node)) },
  { kind: 'ip', read: (node) => formatIpOrRange(contentOf(node)) },
  { kind: 'registered-id', read: (node) => new DerReader(encodeDer(TAG_OID, contentOf(node)), 'the name').readOid() },
];

function readGeneralName(node: Node): GeneralNameFacts {
  const reader = node.idBlock.tagClass === CLASS_CONTEXT ? READERS[node.idBlock.tagNumber] : undefined;
  if (reader === undefined) throw new TypeError('no choice of GeneralName');
  return { kind: reader.kind, text: reader.read(node) };
}

/** otherName: the OID that says what it is. */
function readOtherName(node: Node): string {
  const [oid] = childrenOf(node);
  return oid === undefined ? '' : String(oid.valueBlock);
}

function readDirectoryName(node: Node): string {
  const [name] = childrenOf(node);
  if (name === undefined) throw new TypeError('directoryName without a name');
  return formatAttributes(
    readAttributes(RelativeDistinguishedNames.fromBER(Uint8Array.from(name.valueBeforeDecodeView))),
  );
}

/** IA5String is ASCII; the UTF-8 that some CAs put there is shown as what it was meant to be. */
function readIa5(bytes: Uint8Array): string {
  const latin1 = decodeLatin1(bytes);
  if (/^[\u0000-\u007f]*$/.test(latin1)) return latin1;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return latin1;
  }
}
