/**
 * @module Generic ASN.1 trees of asn1js, typed as far as they are used here: for extensions whose PKI.js classes read one name
 * in the time this reads a thousand. Everything throws TypeError on what it does not expect; callers guard.
 */
import { fromBER } from 'asn1js';

export type Node = {
  readonly idBlock: { readonly tagClass: number; readonly tagNumber: number; readonly isConstructed: boolean };
  readonly valueBlock: { readonly value?: unknown; readonly valueHexView?: Uint8Array };
  readonly valueBeforeDecodeView: Uint8Array;
};

const CLASS_UNIVERSAL = 1; // asn1js' numbers of tag classes
export const CLASS_CONTEXT = 3;
const SEQUENCE = 16; // universal tag numbers, X.680 section 8.6
const OCTET_STRING = 4;
const BIT_STRING = 3;

function readWhole(der: Uint8Array, tag: number): Node {
  const { offset, result } = fromBER(der);
  if (offset !== der.length) throw new TypeError('malformed, or bytes after the end');
  const { tagClass, tagNumber } = result.idBlock;
  if (tagClass !== CLASS_UNIVERSAL || tagNumber !== tag) throw new TypeError('another type than expected');
  return result as unknown as Node;
}

/** The members of a SEQUENCE that is the whole of these bytes. */
export const readSequence = (der: Uint8Array): readonly Node[] => childrenOf(readWhole(der, SEQUENCE));

/** The content of an OCTET STRING that is the whole of these bytes. */
export const readOctetString = (der: Uint8Array): Uint8Array => contentOf(readWhole(der, OCTET_STRING));

/** The bits of a BIT STRING that is the whole of these bytes, without the count of unused ones. */
export const readBits = (der: Uint8Array): Uint8Array => contentOf(readWhole(der, BIT_STRING));

export function childrenOf(node: Node): readonly Node[] {
  if (!node.idBlock.isConstructed) throw new TypeError('primitive where members are expected');
  return node.valueBlock.value as readonly Node[];
}

export function contentOf(node: Node): Uint8Array {
  if (node.idBlock.isConstructed) throw new TypeError('constructed where bytes are expected');
  return node.valueBlock.valueHexView ?? new Uint8Array();
}
