/**
 * @module BER trees through asn1js: indefinite lengths, and strings in pieces, which old writers of PKCS#12 use. The parser's own
 * limits on depth and number of elements hold; strings are not parsed inside. What is not as expected throws StructureError.
 */
import { fromBER, type BaseBlock } from 'asn1js';
import { concatBytes, type Bytes } from '../der/bytes.ts';
import { MAX_DER_DEPTH, MAX_DER_ELEMENTS } from '../der/budget.ts';

export type BerNode = BaseBlock;

/** The file is not what the RFC says; the message completes "it is no PKCS#12 file: …". Never leaves this room. */
export class StructureError extends Error {}

const CLASS_UNIVERSAL = 1; // asn1js' numbers of tag classes
const CLASS_CONTEXT = 3;
/** Universal tag numbers, X.680 section 8.6. */
export const TAG = { integer: 2, octets: 4, oid: 6, utf8: 12, sequence: 16, set: 17, bmp: 30 } as const;
const END_OF_CONTENTS = 0;

const LIMITS = { maxDepth: MAX_DER_DEPTH, maxNodes: MAX_DER_ELEMENTS, parseEmbedded: false };

/** The one element that these bytes are. */
export function parseBer(bytes: Uint8Array): BerNode {
  const { node, length } = parseFirstBer(bytes);
  if (length !== bytes.length) throw new StructureError('an element has bytes after its end');
  return node;
}

/** The element that these bytes begin with. */
export function parseFirstBer(bytes: Uint8Array): { node: BerNode; length: number } {
  const { offset, result } = fromBER(bytes, LIMITS);
  if (offset < 0) throw new StructureError('its encoding is malformed, cut off or too deep');
  return { node: result, length: offset };
}

/** True for this universal tag. */
export const isTagged = (node: BerNode | undefined, tag: number): boolean =>
  node?.idBlock.tagClass === CLASS_UNIVERSAL && node.idBlock.tagNumber === tag;

/** True for the context tag `[number]`. */
export const isContext = (node: BerNode | undefined, number: number): boolean =>
  node?.idBlock.tagClass === CLASS_CONTEXT && node.idBlock.tagNumber === number;

/** The members of a constructed element of any tag. */
export function membersOf(node: BerNode | undefined): readonly BerNode[] {
  const members: unknown =
    node?.valueBlock !== undefined && 'value' in node.valueBlock ? node.valueBlock.value : undefined;
  if (node?.idBlock.isConstructed !== true || !Array.isArray(members))
    throw new StructureError('a part that should have members has none');
  return (members as BerNode[]).filter((member) => !isTagged(member, END_OF_CONTENTS));
}

/** The members of a SEQUENCE. */
export function sequenceOf(node: BerNode | undefined): readonly BerNode[] {
  if (!isTagged(node, TAG.sequence)) throw new StructureError('another part stands where a SEQUENCE should');
  return membersOf(node);
}

/** The content bytes of a primitive element of any tag. */
export function contentOf(node: BerNode | undefined): Bytes {
  const content: unknown =
    node?.valueBlock !== undefined && 'valueHexView' in node.valueBlock ? node.valueBlock.valueHexView : undefined;
  if (node?.idBlock.isConstructed !== false || !(content instanceof Uint8Array))
    throw new StructureError('a part that should be a plain value is none');
  return Uint8Array.from(content);
}

/** The bytes of an OCTET STRING in one piece or in several (X.690 section 8.7.3); of `[number] IMPLICIT` ones, too. */
export function octetsOf(node: BerNode | undefined, contextNumber?: number): Bytes {
  const isExpected = contextNumber === undefined ? isTagged(node, TAG.octets) : isContext(node, contextNumber);
  if (!isExpected) throw new StructureError('another part stands where an OCTET STRING should');
  if (node?.idBlock.isConstructed !== true) return contentOf(node);
  return concatBytes(membersOf(node).map((piece) => octetsOf(piece)));
}

/** Dotted decimal of an OBJECT IDENTIFIER. */
export function oidOf(node: BerNode | undefined): string {
  if (!isTagged(node, TAG.oid)) throw new StructureError('another part stands where an OBJECT IDENTIFIER should');
  return node?.valueBlock.toString() ?? '';
}

/** A non-negative INTEGER; one beyond 2^53 - 1 as that number. */
export function integerOf(node: BerNode | undefined): number {
  if (!isTagged(node, TAG.integer)) throw new StructureError('another part stands where an INTEGER should');
  const content = contentOf(node);
  if (content.length === 0 || (content[0] ?? 0) >= 0x80) throw new StructureError('a number is negative or empty');
  return content.reduce((sum, byte) => Math.min(sum * 256 + byte, Number.MAX_SAFE_INTEGER), 0);
}

/** The whole encoding of an element, as it stands in the file. */
export const encodingOf = (node: BerNode): Bytes => Uint8Array.from(node.valueBeforeDecodeView);
