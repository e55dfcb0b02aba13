/** @module RC4, as the two oldest PKCS#12 schemes use it. Broken as a cipher; here it only opens what exists. */
import type { Bytes } from '../der/bytes.ts';

/** The same for both directions. Never fails: a wrong key gives nonsense. */
export function decryptRc4(ciphertext: Uint8Array, key: Uint8Array): Bytes {
  const state = Uint8Array.from({ length: 256 }, (_, i) => i);
  const at = (index: number): number => state[index] ?? 0;
  const swap = (a: number, b: number): void => {
    const kept = at(a);
    state[a] = at(b);
    state[b] = kept;
  };
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + at(i) + (key[i % key.length] ?? 0)) & 0xff;
    swap(i, j);
  }
  let i = 0;
  let j = 0;
  return Uint8Array.from(ciphertext, (byte) => {
    i = (i + 1) & 0xff;
    j = (j + at(i)) & 0xff;
    swap(i, j);
    return byte ^ at((at(i) + at(j)) & 0xff);
  });
}
