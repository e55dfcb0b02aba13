/** @module SHA-256 and randomness of Node, synchronous. */
import { createHash, randomBytes } from 'node:crypto';
import type { Bytes } from '../der/bytes.ts';
import type { Sha256 } from '../keys/subject-key.ts';
import { SERIAL_BYTES } from '../profiles/limits.ts';

/** SHA-256 of bytes: 32 bytes. */
export const nodeSha256: Sha256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest());

/** 16 random bytes for a serial. */
export function createSerialBytes(): Bytes {
  return new Uint8Array(randomBytes(SERIAL_BYTES));
}
