/**
 * @module A ceiling on the entries of one file: OpenSSL takes up to a tenth of a second for a key that somebody made to be slow,
 * and readers compare every key with every certificate.
 */
import { UnsupportedError } from './algorithms.ts';

/** Three times the roots of an operating system, as in PEM; more keys than anyone keeps in one file. */
const LIMITS = { certificate: 500, key: 50 } as const;
const NAMES = { certificate: 'certificates', key: 'private keys' } as const;

export class EntryCount {
  readonly #counts = { certificate: 0, key: 0 };

  /** Before the entry is decrypted. @throws UnsupportedError */
  add(kind: keyof typeof LIMITS): void {
    if (++this.#counts[kind] > LIMITS[kind]) throw new UnsupportedError(`more than ${LIMITS[kind]} ${NAMES[kind]}`);
  }
}
