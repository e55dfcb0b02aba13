/** @module SHA-256 and randomness of Node, synchronous. */
import { hash, randomFillSync } from 'node:crypto';
import type { Bytes } from '../der/bytes.ts';
import type { Sha256 } from '../keys/subject-key.ts';
import { SERIAL_BYTES } from '../profiles/limits.ts';

/** SHA-256 of bytes: 32 bytes. */
export const nodeSha256: Sha256 = (bytes) => new Uint8Array(hash('sha256', bytes, 'buffer'));

/** SHA-1 of bytes: 20 bytes. Only for systems that list certificates by it; nothing is trusted for its sake. */
export const nodeSha1 = (bytes: Uint8Array): Bytes => new Uint8Array(hash('sha1', bytes, 'buffer'));

// One call for many serials: asking the generator costs more than what it gives.
const pool = new Uint8Array(SERIAL_BYTES * 64);
let used = pool.length;

/** 16 random bytes for a serial, each handed out once. */
export function createSerialBytes(): Bytes {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += SERIAL_BYTES;
  return pool.slice(used - SERIAL_BYTES, used);
}
