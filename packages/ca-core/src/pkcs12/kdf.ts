/** @module Keys from passwords as RFC 7292 appendix B.2 has it: for the MAC, and for the encryption schemes of PKCS#12 itself. */
import { concatBytes, type Bytes } from '../der/bytes.ts';
import { digest, digestAgain, type HashAlgorithm, type Stretching } from './primitives.ts';

/** The diversifier of RFC 7292 appendix B.3. */
export const PURPOSE = { key: 1, iv: 2, mac: 3 } as const;

/** @param password as a BMPString with its two zero bytes, or nothing at all */
export function derivePkcs12Key(
  hash: HashAlgorithm,
  password: Uint8Array,
  { salt, iterations, keyBytes, purpose }: Stretching & { purpose: number },
): Bytes {
  const block = hash.blockBytes;
  const diversifier = new Uint8Array(block).fill(purpose);
  const input = concatBytes([fillBlocks(salt, block), fillBlocks(password, block)]);
  const parts: Bytes[] = [];
  for (let length = 0; length < keyBytes; length += hash.digestBytes) {
    const first = digest(hash, concatBytes([diversifier, input]));
    const part = digestAgain(hash, first, iterations - 1);
    parts.push(part);
    addToBlocks(input, repeat(part, block));
  }
  return concatBytes(parts).slice(0, keyBytes);
}

/** What one derivation costs, in rounds. */
export const pkcs12KeyCost = (hash: HashAlgorithm, { iterations, keyBytes }: Omit<Stretching, 'salt'>): number =>
  iterations * Math.ceil(keyBytes / hash.digestBytes);

const fillBlocks = (bytes: Uint8Array, block: number): Bytes => repeat(bytes, block * Math.ceil(bytes.length / block));

const repeat = (bytes: Uint8Array, length: number): Bytes =>
  Uint8Array.from({ length }, (_, i) => bytes[i % bytes.length] ?? 0);

/** Step 6C: each block of `input`, as a big-endian number, becomes itself + addend + 1, without what overflows. */
function addToBlocks(input: Bytes, addend: Uint8Array): void {
  for (let start = 0; start < input.length; start += addend.length) {
    let carry = 1;
    for (let i = addend.length - 1; i >= 0; i--) {
      carry += (input[start + i] ?? 0) + (addend[i] ?? 0);
      input[start + i] = carry;
      carry >>= 8;
    }
  }
}
