/**
 * @module The UTF-8 of Java's `DataInput`: UTF-16 units one by one, NUL in two bytes, so that a string never holds a zero
 * byte. Aliases of a JKS file are written in it.
 */

/** Undefined when the bytes are no such text. */
export function decodeModifiedUtf8(bytes: Uint8Array): string | undefined {
  // Nearly every alias there is; a store holds hundreds.
  if (bytes.every((byte) => byte > 0 && byte < 0x80)) return Buffer.from(bytes).toString('latin1');
  const units: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3);
    const length = first < 0x80 ? 1 : first >> 5 === 0b110 ? 2 : first >> 4 === 0b1110 ? 3 : 0;
    const isFollowed = [second, third].slice(0, Math.max(0, length - 1)).every((byte) => byte >> 6 === 0b10);
    if (length === 0 || at + length > bytes.length || !isFollowed) return undefined;
    const tail = length === 3 ? ((second & 0x3f) << 6) | (third & 0x3f) : second & 0x3f;
    const unit = length === 1 ? first : ((first & (length === 2 ? 0x1f : 0x0f)) << (6 * (length - 1))) | tail;
    units.push(String.fromCharCode(unit));
    at += length;
  }
  return units.join('');
}

/** The bytes alone, without the length that a file has before them. */
export function encodeModifiedUtf8(text: string): Uint8Array {
  return Uint8Array.from(Array.from({ length: text.length }, (_, at) => encodeUnit(text.charCodeAt(at))).flat());
}

function encodeUnit(unit: number): number[] {
  if (unit !== 0 && unit < 0x80) return [unit];
  if (unit < 0x800) return [0xc0 | (unit >> 6), 0x80 | (unit & 0x3f)];
  return [0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)];
}
