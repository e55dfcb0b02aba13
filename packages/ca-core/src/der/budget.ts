/**
 * @module A budget check over untrusted DER or BER before a general parser sees it: depth and number of elements.
 * It only counts; what the elements mean, and whether they are strict DER, is the parser's business.
 */
import { coreError } from '../core-errors.ts';

/** Deeper than any certificate, request or key: GeneralNames in distribution points reach about 12. */
export const MAX_DER_DEPTH = 48;
/** A certificate with thousands of names stays below this. */
export const MAX_DER_ELEMENTS = 50_000;

/**
 * Throws DER_INVALID when the bytes are not one element to their end, or deeper or larger than any honest one. Iterative,
 * so never a stack overflow. General parsers ignore what follows the first element; a digest over the whole would not.
 */
export function assertDerBudget(bytes: Uint8Array, what: string): void {
  const ends: number[] = [];
  let offset = 0;
  for (let count = 0; offset < bytes.length; count++) {
    while (ends.length > 0 && offset >= (ends.at(-1) ?? 0)) ends.pop();
    if (count > 0 && ends.length === 0)
      throw coreError('DER_INVALID', { what, reason: `bytes after the end (byte ${offset})` });
    if (count > MAX_DER_ELEMENTS)
      throw coreError('DER_INVALID', { what, reason: `more than ${MAX_DER_ELEMENTS} elements` });
    if (ends.length > MAX_DER_DEPTH)
      throw coreError('DER_INVALID', { what, reason: `nested deeper than ${MAX_DER_DEPTH}` });
    const header = readHeader(bytes, offset);
    if (header === undefined) throw coreError('DER_INVALID', { what, reason: `malformed element (byte ${offset})` });
    const end = header.valueStart + header.length;
    if (header.isConstructed) ends.push(end);
    offset = header.isConstructed ? header.valueStart : end;
  }
}

function readHeader(bytes: Uint8Array, start: number) {
  const identifier = bytes[start] ?? 0;
  let offset = start + 1;
  if ((identifier & 0x1f) === 0x1f) while ((bytes[offset++] ?? 0) >= 0x80);
  const first = bytes[offset++];
  if (first === undefined || first === 0x80 || first > 0x84) return undefined;
  let length = first;
  if (first > 0x80) {
    length = 0;
    for (let i = 0; i < (first & 0x7f); i++) length = length * 256 + (bytes[offset++] ?? 0);
  }
  if (offset + length > bytes.length) return undefined;
  return { isConstructed: (identifier & 0x20) !== 0, valueStart: offset, length };
}
