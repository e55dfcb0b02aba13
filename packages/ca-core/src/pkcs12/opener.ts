/**
 * @module Tries the spellings of one password on what a file has locked, and keeps the account of the work. What opened once is
 * tried first from then on.
 */
import type { Bytes } from '../der/bytes.ts';
import type { Encryption } from './encryption.ts';
import { spellPassword, type PasswordSpellings } from './password-spellings.ts';
import { RoundBudget } from './round-budget.ts';

/** No spelling of the password opens it. Never leaves this room. */
export class LockedError extends Error {}

type Cost = { readonly spelling: keyof PasswordSpellings; readonly iterations: number; readonly rounds: number };

export class Opener {
  readonly #spellings: { bmp: readonly Bytes[]; octets: readonly Bytes[] };
  readonly #budget: RoundBudget;

  constructor(password: string, what: string) {
    this.#spellings = { ...spellPassword(password) };
    this.#budget = new RoundBudget(what);
  }

  /** The first result that is not undefined. @throws LockedError, KEY_TOO_COSTLY */
  open<T>({ spelling, iterations, rounds }: Cost, attempt: (password: Bytes) => T | undefined): T {
    const spellings = this.#spellings[spelling];
    this.#budget.spend(iterations, rounds);
    for (const [i, password] of spellings.entries()) {
      if (i > 0 && !this.#budget.canRepeat(rounds)) break;
      const opened = attempt(password);
      if (opened === undefined) continue;
      this.#spellings[spelling] = [password, ...spellings.filter((other) => other !== password)];
      return opened;
    }
    throw new LockedError();
  }

  /**
   * What `accept` makes of the decrypted bytes; it throws or gives undefined for nonsense, which a wrong password leaves behind.
   * @throws LockedError, KEY_TOO_COSTLY
   */
  decrypt<T>(encryption: Encryption, ciphertext: Bytes, accept: (plaintext: Bytes) => T | undefined): T {
    return this.open(encryption, (password) => {
      const plaintext = encryption.decrypt(ciphertext, password);
      return plaintext === undefined ? undefined : attemptTo(() => accept(plaintext));
    });
  }
}

function attemptTo<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
