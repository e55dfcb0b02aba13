/**
 * @module RC2 in CBC mode, decryption only (RFC 2268): forty bits of it protect the certificates of most PKCS#12 files written
 * before 2020. Broken as a cipher; here it only opens what exists.
 */
import type { Bytes } from '../der/bytes.ts';

const BLOCK_BYTES = 8;

// RFC 2268 section 2: a permutation of 0 to 255 from the digits of pi.
const PI_TABLE = [
  'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2',
  '179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82',
  '54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626',
  '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7',
  '08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec',
  'c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731',
  '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9',
  '0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad',
].flatMap((row) => (row.match(/../g) ?? []).map((hex) => Number.parseInt(hex, 16)));

const pi = (index: number): number => PI_TABLE[index & 0xff] ?? 0;

/** RFC 2268 section 2: 64 words of 16 bits from a key of 1 to 128 bytes, of whose strength `effectiveBits` are kept. */
function expandKey(key: Uint8Array, effectiveBits: number): Uint16Array {
  const bytes = new Uint8Array(128);
  bytes.set(key);
  const at = (index: number): number => bytes[index] ?? 0;
  for (let i = key.length; i < 128; i++) bytes[i] = pi(at(i - 1) + at(i - key.length));
  const effectiveBytes = Math.ceil(effectiveBits / 8);
  const mask = 0xff >> (8 * effectiveBytes - effectiveBits);
  bytes[128 - effectiveBytes] = pi(at(128 - effectiveBytes) & mask);
  for (let i = 127 - effectiveBytes; i >= 0; i--) bytes[i] = pi(at(i + 1) ^ at(i + effectiveBytes));
  return Uint16Array.from({ length: 64 }, (_, i) => at(2 * i) + 256 * at(2 * i + 1));
}

const SHIFTS = [1, 2, 3, 5]; // RFC 2268 section 3.1
const ROUNDS = 16;
const isMashedBefore = (round: number): boolean => round === 10 || round === 4; // section 4.3: after 5 and 11 from the end

/** RFC 2268 section 4, on one block of four little-endian words in place. */
function decryptBlock(words: Uint16Array, keys: Uint16Array): void {
  const word = (index: number): number => words[index & 3] ?? 0;
  for (let round = ROUNDS - 1; round >= 0; round--) {
    if (isMashedBefore(round)) for (let i = 3; i >= 0; i--) words[i] = word(i) - (keys[word(i + 3) & 63] ?? 0);
    for (let i = 3; i >= 0; i--) {
      const shift = SHIFTS[i] ?? 0;
      const rotated = (word(i) >>> shift) | (word(i) << (16 - shift));
      const mixed = (word(i + 3) & word(i + 2)) + (~word(i + 3) & word(i + 1));
      words[i] = rotated - (keys[4 * round + i] ?? 0) - mixed;
    }
  }
}

/** Decrypts and removes the padding; undefined where there is none that is right. */
export function decryptRc2Cbc(
  ciphertext: Uint8Array,
  { key, iv, effectiveBits }: { key: Uint8Array; iv: Uint8Array; effectiveBits: number },
): Bytes | undefined {
  if (ciphertext.length === 0 || ciphertext.length % BLOCK_BYTES !== 0) return undefined;
  const keys = expandKey(key, effectiveBits);
  const plaintext = new Uint8Array(ciphertext.length);
  const words = new Uint16Array(4);
  for (let start = 0; start < ciphertext.length; start += BLOCK_BYTES) {
    for (let i = 0; i < 4; i++)
      words[i] = (ciphertext[start + 2 * i] ?? 0) + 256 * (ciphertext[start + 2 * i + 1] ?? 0);
    decryptBlock(words, keys);
    for (let i = 0; i < BLOCK_BYTES; i++) {
      const previous = start === 0 ? iv[i] : ciphertext[start - BLOCK_BYTES + i];
      plaintext[start + i] = ((words[i >> 1] ?? 0) >>> (8 * (i & 1))) ^ (previous ?? 0);
    }
  }
  return removePadding(plaintext);
}

/** RFC 8018 section 6.1.1: n bytes of the value n. */
function removePadding(padded: Bytes): Bytes | undefined {
  const count = padded.at(-1) ?? 0;
  if (count < 1 || count > BLOCK_BYTES) return undefined;
  const isRight = padded.subarray(-count).every((byte) => byte === count);
  return isRight ? padded.slice(0, -count) : undefined;
}
